// Compares a file with the stored fingerprint on this device. Without a secure context the form is sent instead.
const form = document.querySelector("[data-compare]");

if (form && globalThis.crypto?.subtle) {
  const place = form.parentElement;
  const [same, other] = ["[data-same]", "[data-other]"].map((part) => place.querySelector(part));
  place.querySelector("[data-sent]").hidden = true;
  place.querySelector("[data-local]").hidden = false;

  form.addEventListener("submit", async (event) => {
    const [file] = form.elements.file.files;
    if (!file) return;
    event.preventDefault();
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    same.hidden = hex !== form.dataset.compare;
    other.hidden = !same.hidden;
  });
}
