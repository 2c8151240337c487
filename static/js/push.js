// Notifications of this browser: offered only where they can be had, and asked for only when the button is pressed.

const offer = document.querySelector("[data-push]");

/** Bytes from base64url, as the browser wants the key. */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

/** Base64url from bytes, as the server wants the keys of the browser. */
function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Ask the person, then the browser, and send the form with the address of this browser. */
async function turnOn(form) {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
  const worker = await navigator.serviceWorker.register(form.dataset.worker, { scope: "/" });
  await navigator.serviceWorker.ready;
  const known = await worker.pushManager.getSubscription();
  await known?.unsubscribe(); // it may belong to somebody else, or to another key
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) });
  form.elements.endpoint.value = made.endpoint;
  form.elements.p256dh.value = text(made.getKey("p256dh"));
  form.elements.auth.value = text(made.getKey("auth"));
  form.submit();
}

if (offer && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  const form = offer.querySelector("form");
  const problem = offer.querySelector("[data-push-problem]");
  offer.querySelector("[data-push-missing]").hidden = true;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    problem.hidden = true;
    turnOn(form).catch(() => (problem.hidden = false));
  });
}
