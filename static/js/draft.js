// A form that is kept after each change ([data-draft]): one request at a time, and each sends what stands there when it
// leaves. An answer that comes after newer input does not touch the form; the request behind it brings the next answer.
// What was open stays open.

const changes = new Map(); // so often has something in a form changed
const changed = (form) => changes.get(form.id) ?? 0;
const draftOf = (element) => element?.closest?.("form[data-draft]");

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    const form = draftOf(target);
    if (form) changes.set(form.id, changed(form) + 1);
  }, true); // before the request that the change makes
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = draftOf(ctx.sourceElement);
  if (!form) return;
  ctx.request.body = new URLSearchParams(new FormData(form));
  ctx.changed = changed(form);
});

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
