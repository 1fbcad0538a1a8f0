// What was entered stays on this phone until the server has said that it is kept.
const NAME = "atelier", STORE = "sendings";
const PAUSE = 15_000, PATIENCE = 40_000, PATIENCE_FILE = 180_000;

let opened;

function base() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "at" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function store(mode) {
  return (await base()).transaction(STORE, mode).objectStore(STORE);
}

// Resolves once the data is on the disk of the phone, not before.
async function write(change) {
  const transaction = (await base()).transaction(STORE, "readwrite", { durability: "strict" });
  const finished = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  change(transaction.objectStore(STORE));
  await finished;
}

export async function all(room) {
  const found = await done((await store("readonly")).getAll());
  return found.filter((x) => x.room === room);
}

export async function forget(room) {
  const found = (await all(room)).filter((x) => x.state !== "waiting");
  await write((rows) => found.forEach((x) => rows.delete(x.at)));
}

// A number that no other phone makes; old browsers have no randomUUID.
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

let last = 0;

// Keep a sending; one with a key takes the place of what waits under the same key.
export async function put(room, url, fields, { key = "", said = "" } = {}) {
  const before = key ? (await all(room)).filter((x) => x.key === key) : [];
  last = Math.max(last + 1, Date.now());
  const row = { at: last, room, url, key, said, state: "waiting", fields };
  if (!key) row.fields = [...fields, ["client_id", uuid()]];
  await write((rows) => {
    before.forEach((x) => rows.delete(x.at));
    rows.put(row);
  });
  return row.at;
}

function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

async function post(row) {
  const body = new FormData();
  for (const [name, value] of row.fields) {
    if (value instanceof Blob) body.append(name, value, name);
    else body.append(name, value);
  }
  const heavy = row.fields.some(([, value]) => value instanceof Blob);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), heavy ? PATIENCE_FILE : PATIENCE);
  try {
    return await fetch(row.url, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": token(), Accept: "application/json" },
      signal: stop.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

// Send one; false when the rest has to wait too.
async function attempt(row) {
  let answer = await post(row);
  if (answer.status === 403) {
    // The page was kept longer than its token: the room gives another.
    await fetch(row.room, { cache: "no-store" });
    answer = await post(row);
  }
  if (answer.status === 200) {
    const { number = "", follow = "" } = await answer.json();
    await settle(row, { state: "sent", number, follow });
    return true;
  }
  if ([404, 413, 422].includes(answer.status)) {
    const { error } = await answer.json().catch(() => ({}));
    const words = answer.status === 413 ? "C’est trop lourd." : "La salle ne le prend pas.";
    await settle(row, { state: "refused", error: error ?? words });
    return true;
  }
  return false;
}

async function settle(row, result) {
  const heard = { ...row, ...result, fields: result.state === "sent" ? [] : row.fields };
  await write((rows) => {
    const there = rows.get(row.at);
    // Replaced meanwhile by a later vote: that one is still to be sent.
    there.onsuccess = () => there.result && rows.put(heard);
  });
}

async function drain(room, told) {
  for (const row of await all(room)) {
    if (row.state !== "waiting") continue;
    if (!(await attempt(row))) return;
    told();
  }
}

// One page at a time sends; the server takes each sending once in any case.
export async function send(room, told) {
  const work = () => drain(room, told).catch(() => undefined).finally(told);
  if (!navigator.locks) return work();
  return navigator.locks.request("atelier-envoi", { ifAvailable: true }, (lock) => lock && work());
}

export function keepSending(room, told) {
  const now = () => send(room, told);
  addEventListener("online", now);
  document.addEventListener("visibilitychange", () => document.hidden || now());
  setInterval(now, PAUSE);
  return now();
}

export async function possible() {
  try {
    await base();
    return true;
  } catch {
    return false;
  }
}
