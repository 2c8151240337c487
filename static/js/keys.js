// Keyboard shortcuts: "/" searches, "?" lists them, "g" and a letter goes to a page, single letters press what says so.
// A person can turn them off (WCAG 2.1.4); the body then has no data-shortcuts. Ctrl K always works.

const TYPING = "input, textarea, select, [contenteditable]";
let going = 0;

const search = () => {
  const field = document.querySelector("[data-search-field]");
  if (field) return field.focus(), field.select();
  document.querySelector("a[data-search]")?.click();
};

if (location.hash === "#q") search();

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return search();
  }
  if (event.ctrlKey || event.metaKey || !("shortcuts" in document.body.dataset)) return;
  if (event.target.closest(TYPING) || document.querySelector("dialog:modal")) return;
  const key = event.key.toLowerCase();
  if (Date.now() - going < 1500) {
    going = 0;
    const link = document.querySelector(`a[data-key="${CSS.escape(key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  if (key === "g") going = Date.now();
  else if (key === "/") event.preventDefault(), search();
  else if (event.key === "?") document.getElementById("shortcuts")?.showModal();
  else document.querySelector(`[data-press="${CSS.escape(key)}"]`)?.click();
});
