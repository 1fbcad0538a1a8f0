// Keeps the pages of rooms, and what they need, for when the network is cut. It sends nothing:
// what was entered is in the page's own queue.
const KEPT = "atelier-1";
const FILES = [/* files */];
const PATIENCE = 4_000;
const ROOM = /^\/a\/[0-9A-Z]{6}\/$/;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((x) => x !== KEPT).map((x) => caches.delete(x))))
      .then(() => self.clients.claim()),
  );
});

async function keep(path) {
  const answer = await fetch(path, { credentials: "same-origin" });
  if (answer.ok) await (await caches.open(KEPT)).put(path, answer);
}

self.addEventListener("message", (event) => {
  const path = event.data?.keep;
  if (typeof path === "string" && ROOM.test(path)) event.waitUntil(keep(path).catch(() => undefined));
});

// The network first, so that a question added in the room is seen; then what was kept.
async function page(request, path) {
  const kept = await caches.open(KEPT);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    if (answer.ok && !answer.redirected) await kept.put(path, answer.clone());
    return answer;
  } catch (error) {
    const found = await kept.match(path);
    if (found) return found;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function file(request) {
  const found = await caches.match(request, { ignoreVary: true });
  return found ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.mode === "navigate" && ROOM.test(pathname)) event.respondWith(page(request, pathname));
  else if (FILES.includes(pathname)) event.respondWith(file(request));
});
