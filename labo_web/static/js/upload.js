// Says at once that a file is too heavy, before it travels; without it the server says so.
const form = document.querySelector("[data-upload]");
const said = form?.querySelector("[data-too-heavy]");
const sending = form?.querySelector("[data-sending]");

function tooHeavy() {
  for (const input of form.querySelectorAll("input[type=file][data-most]")) {
    const most = Number(input.dataset.most);
    for (const file of input.files) {
      if (file.size > most) {
        said.textContent = `« ${file.name} » pèse ${Math.round(file.size / 1e6)} Mo : ` +
          `${Math.floor(most / 1e6)} Mo au plus. Exportez-le plus petit, ou coupez-le.`;
        return true;
      }
    }
  }
  return false;
}

if (form && said) {
  form.addEventListener("change", () => { said.hidden = !tooHeavy(); });
  form.addEventListener("submit", (event) => {
    said.hidden = !tooHeavy();
    if (!said.hidden) {
      event.preventDefault();
      said.scrollIntoView({ block: "center" });
      return;
    }
    const chosen = [...form.querySelectorAll("input[type=file]")].some((x) => x.files.length);
    if (sending && chosen) sending.hidden = false;
  });
}
