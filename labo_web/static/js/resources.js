// A touch on the map says where a resource is. Without this, the list of known places does.
const area = document.querySelector("[data-pick]");
const map = area?.querySelector("[data-touch]");
const lon = document.querySelector("input[name=lon]");
const lat = document.querySelector("input[name=lat]");

if (map && lon && lat) {
  const { west, north, scale, squeeze } = map.dataset;
  const said = area.querySelector("[data-picked]");
  const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  dot.setAttribute("r", "12");
  dot.setAttribute("class", "picked");

  const show = () => {
    if (lon.value === "" || lat.value === "") return;
    dot.setAttribute("cx", (Number(lon.value) - west) * squeeze * scale);
    dot.setAttribute("cy", (north - Number(lat.value)) * scale);
    map.append(dot);
    said.textContent = "L’endroit est noté, à 50 mètres près.";
  };

  map.addEventListener("click", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(map.getScreenCTM().inverse());
    lon.value = (Number(west) + point.x / scale / squeeze).toFixed(5);
    lat.value = (Number(north) - point.y / scale).toFixed(5);
    show();
  });
  area.hidden = false;
  show();
}
