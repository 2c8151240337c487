// What every page has: dialogs, focus after a change, toasts, the double-submit guard, the lost network, live times.
// Other modules speak through events on document: "attest:say" {text}, "attest:toast" {text, undo}.
// Every page works without this file.

const page = document.documentElement;
const word = (name) => document.querySelector("template[data-words]").content.querySelector(`[data-word="${name}"]`).textContent;

/** Say a line to screen readers, and toast what can be taken back. */
document.addEventListener("attest:say", ({ detail }) => {
  const live = document.querySelector("[data-live]");
  live.textContent = "";
  requestAnimationFrame(() => (live.textContent = detail.text));
});
document.addEventListener("attest:toast", ({ detail }) => {
  const line = document.createElement("div");
  line.className = "toast-line";
  line.append(Object.assign(document.createElement("span"), { textContent: detail.text }));
  if (detail.undo) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: word("undo") });
    button.addEventListener("click", () => (detail.undo(), line.remove()));
    line.append(button);
  }
  document.querySelector("[data-toasts]").append(line);
  leaveLater(line);
});

/** Take a toast away after ten seconds, but never while someone reads it or is about to press it. */
function leaveLater(toast, seconds = 10) {
  let timer;
  const start = () => (timer = setTimeout(() => toast.remove(), seconds * 1000));
  const wait = () => clearTimeout(timer);
  for (const [event, act] of [["pointerenter", wait], ["focusin", wait], ["pointerleave", start], ["focusout", start]]) toast.addEventListener(event, act);
  start();
}
for (const toast of document.querySelectorAll("[data-toast]")) leaveLater(toast);

// Dialogs. A link with data-dialog leads to a page; with scripts its dialog opens above this one.

/** Open a dialog, with the focus on the first thing that needs an answer. */
function open(dialog) {
  if (dialog.open) dialog.close();
  dialog.showModal();
  const first =
    dialog.querySelector("[data-focus]") ?? dialog.querySelector('[aria-invalid="true"]') ?? dialog.querySelector("[autofocus]") ??
    dialog.querySelector("input:not([type=hidden], [readonly]), select, textarea") ?? dialog.querySelector("h2");
  if (first?.matches("h2")) first.tabIndex = -1;
  first?.focus();
}

/** Take the dialog out of the page that a link leads to; go there when it has none. */
async function fetchDialog(link) {
  const response = await fetch(link.href, { headers: { Accept: "text/html" } });
  const found = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("dialog[data-modal]");
  if (!response.ok || !found) return location.assign(link.href);
  const dialog = document.importNode(found, true);
  dialog.dataset.fetched = "";
  dialog.removeAttribute("open");
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  window.htmx?.process(dialog);
  open(dialog);
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const here = document.getElementById(opener.dataset.dialog);
    if (!here && !opener.href) return;
    event.preventDefault();
    if (here) open(here);
    else fetchDialog(opener).catch(() => location.assign(opener.href));
    return;
  }
  const closer = event.target.closest("dialog[data-fetched] [data-close]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
  if (event.target.matches("dialog:modal")) event.target.close(); // a click beside it
  for (const menu of document.querySelectorAll("details[data-light][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-light][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
for (const dialog of document.querySelectorAll("dialog[data-modal][open]")) {
  open(dialog);
  // Closed by Esc, this page has nothing to show any more: go where its close link leads.
  dialog.addEventListener("cancel", () => dialog.querySelector("a[data-close]")?.click());
}

// Focus: to what went wrong, or to the heading of what came.

function focusIn(part) {
  const target = part.matches?.("[data-focus]") ? part : part.querySelector("[data-focus]");
  if (target) return target.focus();
  if (document.activeElement && document.activeElement !== document.body) return;
  const heading = part.querySelector("h1, h2, h3") ?? part;
  if (!heading.hasAttribute("tabindex")) heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
document.querySelector("[data-focus]")?.focus();
document.addEventListener("htmx:after:swap", ({ detail, target }) => {
  if (detail?.ctx?.swap === "none") return;
  if (detail?.ctx?.sourceElement?.matches('[hx-trigger="load"]')) return tellTimes(); // came by itself: nobody's focus moves
  const changed = detail?.ctx?.target?.isConnected ? detail.ctx.target : target;
  if (changed instanceof Element) focusIn(changed);
  tellTimes();
});

// What is said to be wrong with a field while others are filled in marks its control, too.
document.addEventListener("htmx:finally:request", () => {
  for (const said of document.querySelectorAll("[data-wrong]")) {
    for (const control of said.parentElement.querySelectorAll("input, select, textarea")) {
      if (said.childElementCount) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }
});

// htmx: the token that every change needs, and a line above the page when an answer takes long.

document.addEventListener("htmx:config:request", ({ detail }) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) detail.ctx.request.headers["X-CSRFToken"] = token;
});
const underWay = new Map();
document.addEventListener("htmx:before:request", ({ detail }) => {
  const line = Object.assign(document.createElement("div"), { className: "line" });
  underWay.set(detail.ctx, line);
  document.body.append(line);
});
document.addEventListener("htmx:finally:request", ({ detail }) => {
  underWay.get(detail.ctx)?.remove();
  underWay.delete(detail.ctx);
});
// A whole page that says why there is no answer is no part of this one: what is gone is shown as gone, else it may be tried again.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const status = ctx.response?.raw.status ?? 0;
  if (status < 400 || !/^\s*<!doctype/i.test(ctx.text)) return;
  event.preventDefault();
  if (status === 404) location.reload();
  else document.dispatchEvent(new CustomEvent("attest:toast", { detail: { text: word("failed") } }));
});
document.addEventListener("htmx:error", () => document.dispatchEvent(new CustomEvent("attest:toast", { detail: { text: word("failed") } })));

// A form with data-once is sent once, however often its button is pressed; what only downloads leaves it as it is.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]") || event.defaultPrevented) return;
  if (event.submitter?.matches("[data-download]")) return form.dataset.sent && event.preventDefault();
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll('[type="submit"], button:not([type])')) button.setAttribute("aria-disabled", "true");
  document.dispatchEvent(new CustomEvent("attest:say", { detail: { text: word("sending") } }));
});
const mayBeSentAgain = () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
};
addEventListener("pageshow", (event) => event.persisted && mayBeSentAgain()); // back from the browser's memory

// A form with data-unsaved asks before its page is left with something in it that was not sent.
const unsaved = new Set();
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => target.form?.matches("[data-unsaved]") && unsaved.add(target.form));
}
document.addEventListener("submit", (event) => event.defaultPrevented || unsaved.delete(event.target));
addEventListener("beforeunload", (event) => {
  if (!unsaved.size) return;
  event.preventDefault();
  setTimeout(mayBeSentAgain); // they stay
});

// A list's filters may be sent as soon as they change; without scripts there is a button.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-theme]")) {
    if (event.target.value === "system") delete page.dataset.bsTheme;
    else page.dataset.bsTheme = event.target.value;
  }
});

// What one answer asks for opens with it; without scripts it is opened by hand.

document.addEventListener("change", ({ target }) => {
  for (const part of target.form?.querySelectorAll("details[data-open-when]") ?? []) {
    const [name, value] = part.dataset.openWhen.split("=");
    if (target.name === name) part.open = target.value === value;
  }
});

// Of tabs that scroll sideways, the one that is shown is in sight.

for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const all = tab.parentElement;
  all.scrollLeft += tab.getBoundingClientRect().right - all.getBoundingClientRect().right + 1;
}

// The network, and times that are young.

const tellNetwork = () => (document.querySelector("[data-offline]").hidden = navigator.onLine);
addEventListener("online", tellNetwork);
addEventListener("offline", tellNetwork);
tellNetwork();

const relative = new Intl.RelativeTimeFormat(page.lang, { numeric: "auto" });
function tellTimes() {
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const minutes = Math.round((new Date(time.dateTime) - Date.now()) / 60000);
    if (Math.abs(minutes) >= 60) continue;
    time.title ||= time.textContent;
    time.textContent = relative.format(minutes, "minute");
  }
}
tellTimes();
setInterval(tellTimes, 30000);
