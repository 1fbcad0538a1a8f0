// A slider and the number beside it say the same; htmx then asks the engine.
for (const form of document.querySelectorAll("[data-weights]")) {
  form.addEventListener("input", ({ target }) => {
    const row = target.closest(".slider");
    if (!row) return;
    const slider = row.querySelector("[type=range]");
    const number = row.querySelector("[type=text]");
    if (target === slider) {
      number.value = slider.value;
      number.removeAttribute("aria-invalid");
    } else {
      const typed = Number(number.value.replace(",", "."));
      if (number.value.trim() && typed >= 0 && typed <= Number(slider.max)) slider.value = typed;
    }
  });
}
