"use strict";
// Nothing here is needed: it keeps a second press from being made, moves the focus, and renews a waiting page.
const summary = document.querySelector(".summary");
if (summary) summary.focus();

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// who comes back with the back button may press again
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
});

let pauseMs = 2000;
async function renew() {
  const shown = document.querySelector("[data-waiting]");
  if (!shown) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = fresh.querySelector("#status");
      if (next && next.dataset.stage !== shown.dataset.stage) {
        document.title = fresh.title;
        shown.innerHTML = next.innerHTML;
        shown.className = next.className;
        shown.dataset.stage = next.dataset.stage;
        if (!("waiting" in next.dataset)) delete shown.dataset.waiting;
      }
    }
  } catch { /* no network just now: tried again */ }
  pauseMs = Math.min(pauseMs * 1.2, 15000);
  setTimeout(renew, pauseMs);
}
setTimeout(renew, pauseMs);

// Photos of a telephone are larger than what may be sent: they are made smaller where the browser can.
const LARGEST_BYTES = 600000;
const LONGEST_PX = 2000;
async function smaller(file) {
  if (!file.type.startsWith("image/") || file.size <= LARGEST_BYTES) return file;
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
  if (!blob || blob.size >= file.size) return file;
  return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
}
for (const input of document.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", async () => {
    const button = input.form.querySelector("button");
    button.disabled = true;
    try {
      const chosen = new DataTransfer();
      for (const file of input.files) chosen.items.add(await smaller(file));
      input.files = chosen.files;
    } catch { /* sent as it is */ }
    button.disabled = false;
  });
}
