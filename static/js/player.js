// The player of a course: after something was completed in place, outline, numbers and states are read again.
// A document opens in a tab of its own; this page learns of it when its reader returns.

const PARTS = [".player-bar .where", ".player-bar progress", ".drawer", "#outline nav", ".actionbar", "[data-state]"];

/** Read this page again, and take over what may have changed; scripts and video go on. */
async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (response.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of PARTS) {
    const [here, there] = [document.querySelector(part), fresh.querySelector(part)];
    if (here && there && here.outerHTML !== there.outerHTML) here.replaceWith(document.importNode(there, true));
  }
}
document.addEventListener("attest:completed", () => refresh().catch(() => {}));

let opened = false;
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-opens]")) return;
  opened = true;
  setTimeout(look, 1500);
});
function look() {
  if (opened && !document.hidden) refresh().catch(() => {});
}
document.addEventListener("visibilitychange", look);
addEventListener("focus", look);
