// The sheet on which a site is drawn. What is drawn is kept in this browser and sent to be scored.
import { History, area, box, copy, emptyDrawing, inside, isDrawing, middle, path, rectangle, round } from "./drawing.js";

const SVG = "http://www.w3.org/2000/svg";
const CROWNS = { young: 1.6, grown: 3.1, old: 5.4 };
const GRIDS = [0.5, 1, 2, 5, 10, 20, 50, 100];
const NUMBER = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 1 });

const given = JSON.parse(document.getElementById("pour-dessiner").textContent);
const form = document.querySelector("[data-drawing]");
const one = (name) => form.querySelector(`[data-${name}]`);
const paper = one("paper");
const key = `labo-site ${form.dataset.key}`;

const kept = read();
const history = new History(kept ?? emptyDrawing(given));
let active = 0; // which state is drawn
let pen = []; // points of the shape that is being drawn
let chosen = null; // { list: "surfaces" | "trees", at }
let cursor = middle(history.now.outline).map(Math.round);
let view = framed();
let dragged = null;

// What was kept

function read() {
  const sent = form.elements.dessin.value;
  for (const text of [sent, stored()]) {
    try {
      const found = JSON.parse(text);
      if (isDrawing(found, given)) return found;
    } catch {
      // Nothing was kept, or not a drawing: the sheet is new.
    }
  }
  return null;
}

function stored() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // this browser keeps nothing
  }
}

function keep() {
  form.elements.dessin.value = JSON.stringify(history.now);
  try {
    localStorage.setItem(key, form.elements.dessin.value);
  } catch {
    tell("Ce navigateur ne garde rien : ne fermez pas la page avant d’avoir imprimé.");
  }
}

function ask() {
  form.elements.dessin.value = JSON.stringify(history.now);
  form.dispatchEvent(new CustomEvent("dessin"));
}

// Every change goes through here: it can be undone, is kept, shown and scored.
function change(work, said) {
  if (history.change(work)) after(said);
}

function after(said) {
  active = Math.min(active, history.now.states.length - 1);
  chosen = null;
  keep();
  show();
  ask();
  if (said) tell(said);
}

const state = () => history.now.states[active];
const tool = () => form.elements.outil.value;

function tell(text) {
  one("status").textContent = text;
}

// The view

function framed() {
  const b = box(history.now.outline);
  const margin = 0.12 * Math.max(b.east - b.west, b.south - b.north, 5);
  return {
    x: b.west - margin,
    y: b.north - margin,
    w: b.east - b.west + 2 * margin,
    h: b.south - b.north + 2 * margin,
  };
}

function grid() {
  const least = Math.max(view.w, view.h) / 45;
  return GRIDS.find((g) => g >= least) ?? 100;
}

// Points go to the half metre, or to a corner that is near: neighbours then share their edge.
function snapped([x, y]) {
  const near = Math.max(view.w, view.h) / 60;
  const corners = [history.now.outline, ...state().surfaces.map((s) => s.points)].flat();
  let best = null;
  for (const [u, v] of corners) {
    const d = Math.hypot(u - x, v - y);
    if (d < near && (!best || d < best.d)) best = { d, at: [u, v] };
  }
  const step = Math.min(1, grid());
  return best ? copy(best.at) : [round(Math.round(x / step) * step), round(Math.round(y / step) * step)];
}

function metres(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(
    paper.getScreenCTM().inverse(),
  );
  return [at.x, at.y];
}

function make(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function show() {
  const step = grid();
  paper.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
  const pattern = paper.querySelector("pattern");
  for (const name of ["width", "height"]) pattern.setAttribute(name, step);
  pattern.querySelector("path").setAttribute("d", `M${step} 0H0V${step}`);
  for (const [name, value] of Object.entries({ x: view.x, y: view.y, width: view.w, height: view.h }))
    one("grid").setAttribute(name, value);
  one("grid-words").textContent = `${NUMBER.format(step)} m`;
  paper.classList.toggle("choosing", tool() === "choose");
  const size = Math.max(view.w, view.h) / 34;
  const { rest, surfaces, trees } = state();
  const drawn = [make("path", { class: `outline k-${rest}`, d: path(history.now.outline) })];
  const picked = (list, at) => (chosen?.list === list && chosen.at === at ? " picked" : "");
  surfaces.forEach((s, at) =>
    drawn.push(make("path", { class: `shape k-${s.kind}${picked("surfaces", at)}`, d: path(s.points) })),
  );
  trees.forEach((t, at) =>
    drawn.push(
      make("circle", {
        class: `crown${picked("trees", at)}`,
        cx: t.points[0][0],
        cy: t.points[0][1],
        r: CROWNS[t.kind],
      }),
    ),
  );
  surfaces.forEach((s, at) => {
    const [x, y] = middle(s.points);
    drawn.push(make("text", { x, y, "font-size": size }, at + 1));
  });
  one("shapes").replaceChildren(...drawn);
  showPen();
  list();
  buttons();
}

function showPen() {
  const r = Math.max(view.w, view.h) / 130;
  const marks = pen.map(([cx, cy]) => make("circle", { class: "point", cx, cy, r }));
  const [x, y] = cursor;
  const arm = 3 * r;
  one("pen").replaceChildren(
    make("path", { class: "line-drawn", d: path(pen, false) }),
    ...marks,
    make("path", { class: "cursor", d: `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}` }),
  );
  one("close").hidden = pen.length < 3;
}

function list() {
  const { surfaces, trees } = state();
  const labels = given.labels;
  one("count").textContent = `${surfaces.length} surface${surfaces.length > 1 ? "s" : ""}, ${trees.length} arbre${trees.length > 1 ? "s" : ""}`;
  const rows = [
    ...surfaces.map((s, at) => ["surfaces", at, `${at + 1}`, s, `${NUMBER.format(area(s.points))} m²`]),
    ...trees.map((t, at) => ["trees", at, "", t, `à ${NUMBER.format(t.points[0][0])} m, ${NUMBER.format(t.points[0][1])} m`]),
  ];
  one("list").replaceChildren(
    ...rows.map(([from, at, number, shape, amount]) => {
      const row = document.createElement("tr");
      const [first, what, much, away] = ["th", "td", "td", "td"].map((name) => {
        const cell = document.createElement(name);
        row.append(cell);
        return cell;
      });
      first.scope = "row";
      first.textContent = number || "arbre";
      const kinds = (from === "trees" ? one("tree") : one("surface")).cloneNode(true);
      kinds.removeAttribute("id");
      kinds.removeAttribute("data-surface");
      kinds.removeAttribute("data-tree");
      kinds.dataset.kindOf = `${from} ${at}`;
      kinds.setAttribute("aria-label", `${from === "trees" ? "Arbre" : "Surface"} ${at + 1} : ce que c’est`);
      kinds.value = shape.kind;
      what.append(kinds);
      much.textContent = amount;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "second";
      button.dataset.remove = `${from} ${at}`;
      button.textContent = "Retirer";
      button.setAttribute("aria-label", `Retirer ${from === "trees" ? "l’arbre" : "la surface"} ${at + 1}, ${labels[shape.kind]}`);
      away.append(button);
      return row;
    }),
  );
}

function buttons() {
  const names = given.states.slice(0, history.now.states.length);
  one("states").replaceChildren(
    ...names.map((name, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = at === active ? "" : "second";
      button.dataset.state = at;
      button.setAttribute("aria-pressed", at === active);
      button.textContent = name;
      return button;
    }),
  );
  one("add-state").disabled = history.now.states.length >= given.states.length;
  one("remove-state").disabled = active === 0;
  one("undo").disabled = !history.past.length && !pen.length;
  one("redo").disabled = !history.future.length;
  one("rest").value = state().rest;
}

function fill() {
  if (given.placed) return;
  const b = box(history.now.outline);
  one("width").value = NUMBER.format(b.east - b.west);
  one("height").value = NUMBER.format(b.south - b.north);
}

// Drawing

function put(at) {
  const point = snapped(at);
  cursor = point;
  if (tool() === "tree") {
    const kind = one("tree").value;
    change((d) => d.states[active].trees.push({ kind, points: [point] }), `${given.labels[kind]}, placé.`);
    return;
  }
  if (tool() === "choose") {
    pick(at);
    return;
  }
  const last = pen.at(-1);
  const again = last && last[0] === point[0] && last[1] === point[1];
  if (tool() === "rectangle") {
    if (!pen.length) pen = [point];
    else if (point[0] !== pen[0][0] && point[1] !== pen[0][1]) return finish(rectangle(pen[0], point));
    else return tell("Le second coin doit être ailleurs, en travers du premier.");
  } else if (pen.length >= 3 && (again || (point[0] === pen[0][0] && point[1] === pen[0][1]))) {
    return finish(pen);
  } else if (!again) {
    pen.push(point);
  }
  showPen();
  buttons();
  tell(
    tool() === "rectangle"
      ? `Premier coin à ${said(point)}. Posez le coin opposé.`
      : `${pen.length} point${pen.length > 1 ? "s" : ""}, le dernier à ${said(point)}. ${pen.length >= 3 ? "Touchez le premier point pour fermer la forme." : ""}`,
  );
}

function finish(points) {
  const shape = copy(points);
  pen = [];
  if (tool() === "outline") {
    change((d) => {
      d.outline = shape;
    }, `Contour du site : ${NUMBER.format(area(shape))} m².`);
    return;
  }
  const kind = one("surface").value;
  change(
    (d) => d.states[active].surfaces.push({ kind, points: shape }),
    `${given.labels[kind]} : ${NUMBER.format(area(shape))} m².`,
  );
}

function pick([x, y]) {
  const { surfaces, trees } = state();
  const tree = trees.findLastIndex((t) => Math.hypot(t.points[0][0] - x, t.points[0][1] - y) <= CROWNS[t.kind]);
  const surface = surfaces.findLastIndex((s) => inside([x, y], s.points));
  chosen = tree >= 0 ? { list: "trees", at: tree } : surface >= 0 ? { list: "surfaces", at: surface } : null;
  show();
  tell(
    chosen
      ? `${given.labels[state()[chosen.list][chosen.at].kind]}, choisi. Flèches ou souris pour déplacer, Suppr pour retirer.`
      : "Rien ici.",
  );
}

function move(dx, dy) {
  const { list: from, at } = chosen;
  const work = (d) => {
    for (const p of d.states[active][from][at].points) {
      p[0] = round(p[0] + dx);
      p[1] = round(p[1] + dy);
    }
  };
  const still = chosen;
  change(work);
  chosen = still;
  show();
}

function remove(from, at) {
  change((d) => d.states[active][from].splice(at, 1), "Retiré.");
}

const said = ([x, y]) => `${NUMBER.format(x)} m, ${NUMBER.format(y)} m`;

function undo() {
  if (pen.length) {
    pen.pop();
    showPen();
    buttons();
    tell("Dernier point repris.");
  } else if (history.undo()) {
    after("Annulé.");
    fill();
  }
}

function redo() {
  if (history.redo()) {
    after("Refait.");
    fill();
  }
}

// Mouse, finger

paper.addEventListener("pointerdown", (event) => {
  if (tool() !== "choose" || event.button !== 0) return;
  pick(metres(event));
  if (!chosen) return;
  dragged = { from: metres(event), moved: [0, 0] };
  paper.setPointerCapture(event.pointerId);
});
paper.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const at = metres(event);
  dragged.moved = at.map((x, i) => Math.round((x - dragged.from[i]) * 2) / 2);
  const drawn = one("shapes").querySelector(".picked");
  drawn?.setAttribute("transform", `translate(${dragged.moved.join(" ")})`);
});
paper.addEventListener("pointerup", () => {
  if (!dragged) return;
  const [dx, dy] = dragged.moved;
  dragged = null;
  if (dx || dy) move(dx, dy);
});
paper.addEventListener("pointercancel", () => {
  dragged = null;
  show();
});
paper.addEventListener("click", (event) => {
  if (tool() !== "choose") put(metres(event));
});

// Keyboard

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

paper.addEventListener("keydown", (event) => {
  const { key: pressed } = event;
  if (pressed in ARROWS && !event.ctrlKey && !event.metaKey) {
    const step = Math.min(1, grid()) * (event.shiftKey ? 5 : 1);
    const [dx, dy] = ARROWS[pressed].map((x) => x * step);
    if (tool() === "choose" && chosen) {
      move(dx, dy);
    } else {
      cursor = [round(cursor[0] + dx), round(cursor[1] + dy)];
      follow();
      showPen();
      tell(`Repère à ${said(cursor)}.`);
    }
  } else if (pressed === "Enter" || pressed === " ") {
    put(cursor);
  } else if (pressed === "Backspace" && pen.length) {
    undo();
  } else if (pressed === "Delete" && chosen) {
    remove(chosen.list, chosen.at);
  } else if (pressed === "Escape" && (pen.length || chosen)) {
    pen = [];
    chosen = null;
    show();
    tell("Forme abandonnée.");
  } else {
    return;
  }
  event.preventDefault();
});

form.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.matches("[type=text]")) return;
  const letter = event.key.toLowerCase();
  if (letter === "z" && !event.shiftKey) undo();
  else if (letter === "y" || (letter === "z" && event.shiftKey)) redo();
  else return;
  event.preventDefault();
});

function follow() {
  const [x, y] = cursor;
  view.x = Math.min(Math.max(view.x, x - view.w), x);
  view.y = Math.min(Math.max(view.y, y - view.h), y);
  paper.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
  for (const name of ["x", "y"]) one("grid").setAttribute(name, view[name]);
}

// Buttons and choices

form.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const { dataset } = button;
  if ("state" in dataset) {
    active = Number(dataset.state);
    pen = [];
    chosen = null;
    show();
    form.querySelector(`[data-state="${active}"]`).focus();
    tell(`Vous dessinez : ${given.states[active]}.`);
  } else if ("addState" in dataset) {
    const from = active;
    change((d) => d.states.push(copy(d.states[from])));
    active = history.now.states.length - 1;
    show();
    tell(`${given.states[active]} ajoutée, copie de « ${given.states[from]} ».`);
  } else if ("removeState" in dataset) {
    const gone = active;
    change((d) => d.states.splice(gone, 1), `${given.states[gone]} retirée. « Annuler » la rend.`);
  } else if ("undo" in dataset) undo();
  else if ("redo" in dataset) redo();
  else if ("close" in dataset) finish(pen);
  else if ("zoom" in dataset) zoom(Number(dataset.zoom));
  else if ("pan" in dataset) {
    const [dx, dy] = dataset.pan.split(" ").map(Number);
    view.x += (dx * view.w) / 4;
    view.y += (dy * view.h) / 4;
    show();
  } else if ("clear" in dataset) {
    pen = [];
    change((d) => {
      d.states = emptyDrawing(given).states;
    }, "Tout est effacé. « Annuler » le rend.");
  } else if ("remove" in dataset) {
    const [from, at] = dataset.remove.split(" ");
    remove(from, Number(at));
    one("undo").focus();
  } else if ("print" in dataset) window.print();
});

function zoom(factor) {
  const [w, h] = [view.w * factor, view.h * factor];
  if (w < 4 || w > 20000) return;
  view = { x: view.x + (view.w - w) / 2, y: view.y + (view.h - h) / 2, w, h };
  show();
}

form.addEventListener("change", ({ target }) => {
  if (target.name === "outil") {
    pen = [];
    chosen = null;
    show();
  } else if (target.matches("[data-rest]")) {
    const kind = target.value;
    change((d) => {
      d.states[active].rest = kind;
    }, `Ailleurs : ${given.labels[kind]}.`);
  } else if (target.dataset.kindOf) {
    const [from, at] = target.dataset.kindOf.split(" ");
    const kind = target.value;
    change((d) => {
      d.states[active][from][Number(at)].kind = kind;
    }, `Devient : ${given.labels[kind]}.`);
    one("list").querySelector(`[data-kind-of="${from} ${at}"]`)?.focus();
  } else if (target.matches("[data-width], [data-height]")) {
    const [w, h] = ["width", "height"].map((name) => Number(one(name).value.replace(/\s/g, "").replace(",", ".")));
    if (!(w >= 2 && w <= 1000 && h >= 2 && h <= 1000)) {
      tell("La feuille fait de 2 à 1 000 m de côté : écrivez un nombre.");
      target.setAttribute("aria-invalid", "true");
      return;
    }
    for (const name of ["width", "height"]) one(name).removeAttribute("aria-invalid");
    change((d) => {
      d.outline = rectangle([0, 0], [w, h]);
    }, `Feuille de ${NUMBER.format(w)} m sur ${NUMBER.format(h)} m.`);
    view = framed();
    show();
  } else if (target.name === "sol") ask();
});

window.addEventListener("beforeprint", () => {
  for (const details of form.querySelectorAll("details")) details.open = true;
});

form.hidden = false;
fill();
show();
if (kept) {
  tell("Votre brouillon est revenu.");
  // htmx listens by then. What the table was just answered, a refusal perhaps, is left to be read.
  if (!document.querySelector("[data-table]").open) window.addEventListener("load", ask);
}
