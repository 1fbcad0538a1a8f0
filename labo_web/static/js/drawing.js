// What a drawing of a site is: an outline, and states of surfaces and trees in metres. History kept.
const MOST_STEPS = 200;

export const copy = (value) => structuredClone(value);

export function emptyDrawing(given) {
  return { outline: copy(given.outline), states: [{ rest: given.rest, surfaces: [], trees: [] }] };
}

// Whether what was kept in the browser still is a drawing: a page may have changed since.
export function isDrawing(found, given) {
  const ring = (points, least) =>
    Array.isArray(points) &&
    points.length >= least &&
    points.every((p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite));
  const shapes = (list, least) =>
    Array.isArray(list) && list.every((s) => s.kind in given.labels && ring(s.points, least));
  return (
    !!found &&
    ring(found.outline, 3) &&
    Array.isArray(found.states) &&
    found.states.length >= 1 &&
    found.states.length <= given.states.length &&
    found.states.every(
      (s) => s.rest in given.labels && shapes(s.surfaces, 3) && shapes(s.trees, 1),
    )
  );
}

export class History {
  constructor(drawing) {
    this.now = drawing;
    this.past = [];
    this.future = [];
  }

  // Change a copy, so that what was before can come back.
  change(work) {
    const before = copy(this.now);
    work(this.now);
    if (JSON.stringify(before) === JSON.stringify(this.now)) return false;
    this.past.push(before);
    if (this.past.length > MOST_STEPS) this.past.shift();
    this.future = [];
    return true;
  }

  undo() {
    return this.step(this.past, this.future);
  }

  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.now);
    this.now = from.pop();
    return true;
  }
}

export function area(points) {
  let twice = 0;
  points.forEach(([x, y], i) => {
    const [u, v] = points[(i + 1) % points.length];
    twice += x * v - u * y;
  });
  return Math.abs(twice) / 2;
}

export function path(points, closed = true) {
  return points.length ? `M${points.map(([x, y]) => `${x} ${y}`).join("L")}${closed ? "z" : ""}` : "";
}

export function middle(points) {
  const sum = points.reduce(([a, b], [x, y]) => [a + x, b + y], [0, 0]);
  return sum.map((x) => x / points.length);
}

export function box(points) {
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  return { west: Math.min(...xs), east: Math.max(...xs), north: Math.min(...ys), south: Math.max(...ys) };
}

export function inside([x, y], points) {
  let within = false;
  points.forEach(([a, b], i) => {
    const [c, d] = points[(i + 1) % points.length];
    if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) within = !within;
  });
  return within;
}

export const rectangle = ([x, y], [u, v]) => [[x, y], [u, y], [u, v], [x, v]];

export const round = (x) => Math.round(x * 100) / 100;
