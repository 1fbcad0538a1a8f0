// The map to explore: our own tiles, loaded only when it is asked for.
const HATCH = 8;

for (const place of document.querySelectorAll("[data-map]")) {
  const more = document.querySelector("[data-map-more]");
  const button = more.querySelector("[data-map-open]");
  const status = more.querySelector("[data-map-status]");
  more.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = "La carte arrive…";
    try {
      await open(place);
      status.textContent = "";
      button.hidden = true;
    } catch (error) {
      button.disabled = false;
      status.textContent = "La carte n’a pas pu s’afficher. Le dessin et le tableau disent la même chose.";
      throw error;
    }
  });
}

async function open(place) {
  const [{ Map, addProtocol, setWorkerUrl, NavigationControl, ScaleControl }, { Protocol }] =
    await libraries();
  const given = place.dataset;
  setWorkerUrl(new URL(given.worker, location.href).href);
  addProtocol("pmtiles", new Protocol().tile);
  const [zones, values] = await Promise.all([
    read(given.zones),
    given.values ? read(given.values) : null,
  ]);
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  canvas.setAttribute("role", "region");
  canvas.setAttribute("aria-label", "Carte à explorer ; le tableau dit la même chose");
  place.append(canvas);
  place.querySelector(".drawing").classList.add("covered");
  const [west, south, east, north] = box(zones, given.here);
  const map = new Map({
    container: canvas,
    style: { version: 8, sources: {}, layers: [paper()] },
    bounds: [west, south, east, north],
    fitBoundsOptions: { padding: 30 },
    maxZoom: 17,
    attributionControl: false,
    cooperativeGestures: true,
    locale: {
      "CooperativeGesturesHandler.WindowsHelpText": "Ctrl + molette pour agrandir la carte",
      "CooperativeGesturesHandler.MacHelpText": "⌘ + molette pour agrandir la carte",
      "CooperativeGesturesHandler.MobileHelpText": "Deux doigts pour déplacer la carte",
      "NavigationControl.ZoomIn": "Agrandir",
      "NavigationControl.ZoomOut": "Réduire",
      "NavigationControl.ResetBearing": "Remettre le nord en haut",
      "AttributionControl.ToggleAttribution": "Montrer les sources",
      "Map.Title": "Carte",
    },
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new ScaleControl({ unit: "metric" }));
  await map.once("load");
  map.addImage("hatch", hatch());
  map.addSource("zones", { type: "geojson", data: zones, promoteId: "zone" });
  if (values) {
    cells(map, new URL(given.cells, location.href).href, values);
    legend(values);
  }
  outlines(map, given.here);
  map.on("click", "qpv", (event) => {
    const code = event.features[0].properties.zone;
    if (code !== given.here) location.href = given.page.replace("ZONE", encodeURIComponent(code));
  });
  map.on("mouseenter", "qpv", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "qpv", () => (map.getCanvas().style.cursor = ""));
  await map.once("idle");
  place.dataset.ready = "1";
}

function libraries() {
  return Promise.all([maplibre(), pmtiles()]);
}

async function maplibre() {
  return import("../vendor/maplibre-gl.mjs");
}

async function pmtiles() {
  return import("../vendor/pmtiles.mjs");
}

async function read(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function box(zones, here) {
  const wanted = zones.features.filter((f) => (here ? f.id === here : f.properties.kind === "qpv"));
  const boxes = (wanted.length ? wanted : zones.features).map((f) => f.bbox);
  return [
    Math.min(...boxes.map((b) => b[0])),
    Math.min(...boxes.map((b) => b[1])),
    Math.max(...boxes.map((b) => b[2])),
    Math.max(...boxes.map((b) => b[3])),
  ];
}

function paper() {
  return { id: "paper", type: "background", paint: { "background-color": "#fbfaf7" } };
}

function cells(map, address, values) {
  map.addSource("cells", {
    type: "vector",
    url: `pmtiles://${address}`,
    promoteId: "zone",
  });
  const rank = ["get", ["get", "zone"], ["literal", values.classes]];
  const colours = values.colours.flatMap((colour, i) => [i, colour]);
  const known = ["has", ["get", "zone"], ["literal", values.classes]];
  map.addLayer({
    id: "cells",
    type: "fill",
    source: "cells",
    "source-layer": "cells",
    filter: known,
    paint: {
      "fill-color": ["match", rank, ...colours, "#e4e1d8"],
      "fill-outline-color": "rgba(29,36,51,0.18)",
    },
  });
  map.addLayer({
    id: "empty",
    type: "fill",
    source: "cells",
    "source-layer": "cells",
    filter: ["!", known],
    paint: { "fill-pattern": "hatch" },
  });
}

// The classes of the cells are not those of the neighbourhoods that the drawing showed.
function legend(values) {
  const list = document.querySelector(".legend");
  if (!list) return;
  list.hidden = false;
  for (const item of list.querySelectorAll("[data-class], [data-doubt]")) item.remove();
  const items = values.labels.map((words, i) => {
    const item = document.createElement("li");
    item.innerHTML = '<svg width="22" height="14" aria-hidden="true"><rect width="22" height="14"/></svg> ';
    item.querySelector("rect").setAttribute("fill", values.colours[i]);
    item.append(words);
    return item;
  });
  list.prepend(...items);
}

function outlines(map, here) {
  const kind = (name) => ["==", ["get", "kind"], name];
  map.addLayer({
    id: "communes",
    type: "line",
    source: "zones",
    filter: kind("commune"),
    paint: { "line-color": "#8a8778", "line-width": 1 },
  });
  map.addLayer({
    id: "qpv",
    type: "fill",
    source: "zones",
    filter: kind("qpv"),
    paint: { "fill-color": "#0b6e69", "fill-opacity": 0.06 },
  });
  map.addLayer({
    id: "qpv-edge",
    type: "line",
    source: "zones",
    filter: kind("qpv"),
    paint: {
      "line-color": "#1d2433",
      "line-width": ["case", ["==", ["get", "zone"], here], 4, 2],
    },
  });
}

function hatch() {
  const pixels = new Uint8Array(HATCH * HATCH * 4);
  for (let i = 0; i < HATCH * HATCH; i += 1) {
    const on = ((i % HATCH) + Math.floor(i / HATCH)) % HATCH < 2;
    pixels.set(on ? [138, 135, 120, 255] : [228, 225, 216, 255], i * 4);
  }
  return { width: HATCH, height: HATCH, data: pixels };
}
