// Warns before the session of someone who does nothing ends, and keeps it when they say so (WCAG 2.2.1).
// <dialog data-idle="1800"> holds the seconds; every tab knows when the last one was used.

const WARNING_SECONDS = 120;
const USED = "attest:used";
const dialog = document.querySelector("dialog[data-idle]");

function used() {
  localStorage.setItem(USED, Date.now());
}

function look() {
  const idle = (Date.now() - Number(localStorage.getItem(USED) ?? Date.now())) / 1000;
  const left = Number(dialog.dataset.idle) - idle;
  if (left <= 0) return location.reload(); // ended: the server shows the sign-in form and leads back here
  if (left > WARNING_SECONDS) return dialog.open && dialog.close();
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[data-left]").textContent = Math.max(1, Math.ceil(left / 60));
}

if (dialog) {
  used();
  setInterval(look, 15000);
  addEventListener("visibilitychange", () => document.hidden || look());
  document.addEventListener("htmx:finally:request", used);
  document.addEventListener("attest:used", used);
  dialog.addEventListener("close", async () => {
    const response = await fetch(dialog.dataset.keep, { cache: "no-store" });
    if (response.redirected) location.reload();
    else used();
  });
}
