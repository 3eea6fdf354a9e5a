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
