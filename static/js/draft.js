// A form that is kept after each change ([data-draft]): one request at a time, and each sends what stands there when it
// leaves. An answer that comes after newer input does not touch the form; the request behind it brings the next answer.
// What was open stays open. A button that is pressed while something is under way waits for it: what it sends then is
// newer than all of that, and says so.

const changes = new Map(); // so often has something in a form changed
const underWay = new Map(); // so many requests of a form
const pressed = new Map(); // which button of a form waits, and whom it showed
const idOf = (form) => form.getAttribute("id"); // form.id is its field of that name
const changed = (form) => changes.get(idOf(form)) ?? 0;
const draftOf = (element) => element?.closest?.("form[data-draft]");

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    const form = draftOf(target);
    if (form) changes.set(idOf(form), changed(form) + 1);
  }, true); // before the request that the change makes
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = draftOf(ctx.sourceElement);
  if (!form) return;
  ctx.request.body = new URLSearchParams(new FormData(form));
  ctx.changed = changed(form);
  underWay.set(idOf(form), (underWay.get(idOf(form)) ?? 0) + 1);
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.changed === undefined) return;
  const id = idOf(ctx.sourceElement);
  underWay.set(id, underWay.get(id) - 1);
  setTimeout(() => goOn(id), 50); // a request that waited behind this one has begun by then
});

document.addEventListener("submit", (event) => {
  const form = draftOf(event.target);
  if (!form || !underWay.get(idOf(form))) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // it is not sent yet, so it may be pressed again
  const { name, value } = event.submitter ?? {};
  pressed.set(idOf(form), { name, value, expected: form.querySelector("[name=expected]")?.value });
}, true);

/** Send the form by the button that waited, unless the answers meanwhile say what has to be seen first. */
function goOn(id) {
  const waiting = pressed.get(id);
  if (!waiting || underWay.get(id)) return;
  pressed.delete(id);
  const form = document.getElementById(id);
  if (!form || form.querySelector("#conflict, .error-summary")) return;
  const expected = form.querySelector("[name=expected]");
  if (expected && waiting.expected !== undefined) expected.value = waiting.expected; // only these were seen
  const buttons = [...form.querySelectorAll('button[type="submit"]')];
  form.requestSubmit(buttons.find((button) => button.name === (waiting.name ?? "") && button.value === (waiting.value ?? "")));
}

document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  const form = draftOf(ctx.sourceElement);
  const main = tasks.findIndex((task) => task.type === "main");
  if (!form || main < 0) return;
  const answer = tasks[main].fragment;
  if (ctx.changed !== changed(form)) {
    const [here, kept] = [form, answer].map((part) => part.querySelector("[name=revision]"));
    if (here && kept) here.value = kept.value;
    tasks.splice(main, 1);
    return;
  }
  for (const part of form.querySelectorAll("details[id][open]")) answer.querySelector(`#${CSS.escape(part.id)}`)?.setAttribute("open", "");
});
