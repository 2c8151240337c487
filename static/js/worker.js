// What a browser does with a message while no page of Attest is open: it shows its subject, and opens it when pressed.
// Served at /sw.js. It keeps nothing and answers no request of a page.

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data?.json() ?? {};
  } catch {
    // shown without words
  }
  const details = { tag: said.tag, data: { url: said.url ?? "/inbox/" }, icon: "/favicon.ico" };
  event.waitUntil(self.registration.showNotification(said.title ?? "Attest", details));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.url ?? "/inbox/", self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(self.clients.openWindow(url.href));
});
