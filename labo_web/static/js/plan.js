// A place on a plain drawing, by touch, by buttons, or where the phone is.
const STEP = 0.05; // of the drawing

export function planIn(form) {
  const place = form.querySelector("[data-plan]");
  if (!place) return null;
  const drawing = place.querySelector("svg");
  const mark = drawing.querySelector(".mark");
  const told = place.querySelector("[data-placed]");
  const { width, height } = drawing.viewBox.baseVal;
  const [west, east, south, north] = ["west", "east", "south", "north"].map((x) => Number(place.dataset[x]));
  const longitude = form.elements.longitude, latitude = form.elements.latitude;
  let at = null;
  place.hidden = false;

  function put(x, y) {
    at = [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))];
    mark.setAttribute("cx", at[0] * width);
    mark.setAttribute("cy", at[1] * height);
    longitude.value = (west + at[0] * (east - west)).toFixed(4);
    latitude.value = (north - at[1] * (north - south)).toFixed(4);
    told.textContent = "Le lieu est posé, à 50 mètres près.";
  }

  function clear() {
    at = null;
    mark.setAttribute("cx", -100);
    longitude.value = latitude.value = "";
    told.textContent = "";
  }

  drawing.addEventListener("click", (event) => {
    const box = drawing.getBoundingClientRect();
    put((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  });
  for (const button of place.querySelectorAll("[data-move]")) {
    button.addEventListener("click", () => {
      const [x, y] = button.dataset.move.split(" ").map(Number);
      if (at) put(at[0] + x * STEP, at[1] + y * STEP);
      else put(0.5, 0.5);
    });
  }
  place.querySelector("[data-nowhere]").addEventListener("click", clear);
  const here = place.querySelector("[data-here]");
  if (!navigator.geolocation) here.hidden = true;
  here.addEventListener("click", () => {
    told.textContent = "On cherche…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const x = (coords.longitude - west) / (east - west), y = (north - coords.latitude) / (north - south);
        if (x < 0 || x > 1 || y < 0 || y > 1) told.textContent = "Vous êtes hors du plan : touchez-le, ou écrivez le lieu.";
        else put(x, y);
      },
      () => (told.textContent = "Le téléphone ne dit pas où il est : touchez le plan."),
      { timeout: 15_000 },
    );
  });
  return { clear };
}
