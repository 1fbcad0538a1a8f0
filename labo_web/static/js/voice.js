// A voice note where the browser can record; elsewhere the choice of a file stays.
const MOST = 180_000;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export function recorderIn(form) {
  const place = form.querySelector("[data-voice]");
  if (!window.MediaRecorder || !navigator.mediaDevices?.getUserMedia || !place) return null;
  const line = place.querySelector("[data-recorder]");
  const button = line.querySelector("[data-record]");
  const told = line.querySelector("[data-recorded]");
  const kept = { blob: null };
  let recorder, timer, stopped;
  line.hidden = false;
  place.querySelector("[type=file]").hidden = true;

  async function start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const type = TYPES.find((x) => MediaRecorder.isTypeSupported(x));
    recorder = new MediaRecorder(stream, { audioBitsPerSecond: 32_000, ...(type && { mimeType: type }) });
    const parts = [];
    const began = Date.now();
    recorder.ondataavailable = ({ data }) => data.size && parts.push(data);
    stopped = new Promise((resolve) => {
      recorder.onstop = () => {
        clearTimeout(timer);
        stream.getTracks().forEach((track) => track.stop());
        kept.blob = new Blob(parts, { type: recorder.mimeType });
        button.setAttribute("aria-pressed", "false");
        button.textContent = "Parler de nouveau";
        told.textContent = `${Math.round((Date.now() - began) / 1000)} secondes enregistrées.`;
        resolve();
      };
    });
    recorder.start(1000);
    timer = setTimeout(() => recorder.stop(), MOST - 2000);
    button.setAttribute("aria-pressed", "true");
    button.textContent = "Arrêter";
    told.textContent = "On vous écoute…";
  }

  button.addEventListener("click", () => {
    if (recorder?.state === "recording") return recorder.stop();
    start().catch(() => {
      told.textContent = "Le micro n’est pas permis : choisissez un fichier, ou écrivez.";
    });
  });
  return {
    async take() {
      if (recorder?.state === "recording") {
        recorder.stop();
        await stopped;
      }
      const { blob } = kept;
      return blob;
    },
    clear() {
      kept.blob = null;
      button.textContent = "Parler";
      told.textContent = "";
    },
  };
}

// Smaller before it waits on the phone; as it came where the browser cannot.
const SIDE = 1600;

export async function smaller(file) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
    return made && made.size < file.size ? made : file;
  } catch {
    return file;
  }
}
