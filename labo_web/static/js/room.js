// One question a screen; what is entered waits on the phone until it is sent.
import { all, forget, keepSending, possible, put, send } from "./queue.js";
import { planIn } from "./plan.js";
import { recorderIn, smaller } from "./voice.js";

const place = document.querySelector("[data-room]");
const room = location.pathname;
const status = place.querySelector("[data-status]");
const steps = [...place.querySelectorAll("[data-step]")];
const LOOK = 20_000;

function show() {
  const found = steps.find((step) => `#${step.id}` === location.hash) ?? steps[0];
  for (const step of steps) step.hidden = step !== found;
  return found;
}

function turn() {
  const found = show();
  scrollTo(0, 0);
  found.querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
  if (found.id === "mur") look();
}

const WORDS = {
  waiting: "Enregistré sur ce téléphone",
  sent: "Envoyé",
  refused: "Pas pris",
};

// Say how things stand: beside each thing, and in one line.
async function tell() {
  const rows = await all(room);
  const waiting = rows.filter((x) => x.state === "waiting");
  status.textContent = waiting.length
    ? `${waiting.length === 1 ? "1 envoi est enregistré" : `${waiting.length} envois sont enregistrés`} sur ce téléphone.`
    : rows.some((x) => x.state === "sent")
      ? "Tout est envoyé."
      : "";
  status.dataset.status = waiting.length ? "waiting" : "sent";
  for (const form of place.querySelectorAll("[data-last]")) {
    const row = rows.find((x) => String(x.at) === form.dataset.last);
    const done = form.querySelector("[data-done]");
    if (row && done) done.textContent = sentence(row);
  }
  list(rows.filter((x) => x.said));
}

function sentence(row) {
  const number = row.number ? `, numéro ${row.number}` : "";
  return `${WORDS[row.state]}${number}.${row.error ? ` ${row.error}` : ""}`;
}

function list(rows) {
  const lines = place.querySelector("[data-sent]");
  if (!lines) return;
  lines.replaceChildren(
    ...rows.map((row) => {
      const line = document.createElement("li");
      const words = document.createElement("span");
      words.dir = "auto";
      words.textContent = row.said;
      const how = document.createElement("strong");
      how.textContent = sentence(row);
      line.append(words, how);
      if (row.follow) {
        const link = document.createElement("a");
        link.href = row.follow;
        link.textContent = `Suivre la parole ${row.number}`;
        line.append(link);
      }
      return line;
    }),
  );
  place.querySelector("[data-sent-empty]").hidden = rows.length > 0;
  place.querySelector("[data-forget-line]").hidden = !rows.some((x) => x.state !== "waiting");
}

async function fieldsOf(form, recorder, submitter) {
  const fields = [];
  for (const [name, value] of new FormData(form)) {
    if (name === "csrfmiddlewaretoken" || name === "page_id") continue;
    if (!(value instanceof File)) fields.push([name, value]);
    else if (value.size) fields.push([name, name === "photo" ? await smaller(value) : value]);
  }
  if (submitter?.name) fields.push([submitter.name, submitter.value]);
  const voice = await recorder?.take();
  if (voice?.size) fields.push(["voice", voice]);
  return fields;
}

function saidIn(fields) {
  const given = Object.fromEntries(fields);
  const text = (given.text ?? "").trim();
  if (text) return text.length > 90 ? `${text.slice(0, 90)}…` : text;
  if (given.photo) return "Une photo";
  return given.voice ? "Un message vocal" : "";
}

async function submitted(form, recorder, plan, submitter) {
  const fields = await fieldsOf(form, recorder, submitter);
  const saying = form.dataset.queued === "say";
  const said = saying ? saidIn(fields) : "";
  const done = form.querySelector("[data-done]");
  if (saying && !said) {
    done.textContent = "Il n’y a rien à envoyer : écrivez, parlez ou prenez une photo.";
    return;
  }
  let at;
  try {
    at = await put(room, form.action, fields, { key: form.dataset.key, said });
  } catch {
    // No room left on the phone: the form goes as it is, and says what became of it.
    form.submit();
    return;
  }
  form.dataset.last = at;
  if (saying) {
    const { dictated_to: who, table } = Object.fromEntries(fields);
    form.reset();
    form.elements.dictated_to.value = who ?? "";
    form.elements.table.value = table ?? "";
    recorder?.clear();
    plan?.clear();
  }
  if (submitter?.name === "stance") {
    for (const button of form.querySelectorAll("[name=stance]")) {
      button.setAttribute("aria-pressed", String(button === submitter));
    }
  }
  await tell();
  await send(room, tell);
}

function prepare(form) {
  if (form.dataset.ready) return;
  form.dataset.ready = "1";
  const saying = form.dataset.queued === "say";
  const recorder = saying ? recorderIn(form) : null;
  const plan = saying ? planIn(form) : null;
  let busy = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    submitted(form, recorder, plan, event.submitter).finally(() => (busy = false));
  });
  if (form.dataset.dots) dots(form);
}

// Dots are put and taken with a thumb; those left are said.
function dots(form) {
  const most = Number(form.dataset.dots);
  const fields = [...form.querySelectorAll("[type=number]")];
  const left = form.querySelector("[data-left]");
  const total = () => fields.reduce((sum, field) => sum + (Number(field.value) || 0), 0);
  const told = () => {
    const rest = most - total();
    left.textContent = rest < 0 ? "Il y en a trop." : `Il en reste ${rest}.`;
  };
  for (const field of fields) {
    const label = form.querySelector(`label[for="${field.id}"]`).textContent;
    const [less, more] = [-1, 1].map((step) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "second";
      button.textContent = step > 0 ? "+" : "−";
      button.setAttribute("aria-label", `${step > 0 ? "Poser" : "Enlever"} une gommette : ${label}`);
      button.addEventListener("click", () => {
        const value = (Number(field.value) || 0) + step;
        if (value >= 0 && (step < 0 || total() < most)) field.value = value;
        told();
      });
      return button;
    });
    field.before(less);
    field.after(more);
    field.addEventListener("input", told);
  }
  told();
}

// What is on the wall, asked only while one looks at it, and not while one answers.
let looking;

async function look() {
  clearTimeout(looking);
  const here = place.querySelector("[data-shown-here]");
  if (!here || location.hash !== "#mur") return;
  try {
    const answer = await fetch(place.dataset.shown, { headers: { Accept: "text/html" } });
    const waiting = (await all(room)).some((x) => x.state === "waiting");
    if (answer.ok && !waiting && !here.contains(document.activeElement)) {
      here.innerHTML = await answer.text();
      here.querySelectorAll("[data-queued]").forEach(prepare);
    }
  } catch {
    // Without network, what was there stays.
  }
  looking = setTimeout(look, LOOK + 5_000 * Math.random());
}

async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(place.dataset.worker, { scope: "/a/" });
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ keep: room });
  await navigator.storage?.persist?.();
}

show();
addEventListener("hashchange", turn);
if (await possible()) {
  place.querySelectorAll("[data-queued]").forEach(prepare);
  place.querySelector("[data-forget]")?.addEventListener("click", async () => {
    await forget(room);
    await tell();
  });
  await tell();
  keepSending(room, tell);
  keepPage().then(() => (place.dataset.kept = "1"), () => undefined);
}
if (location.hash === "#mur") look();
place.dataset.here = "1";
