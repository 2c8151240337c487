// The author's desk: drafts save themselves, and moving things says where they went.
//
// <form data-autosave="address"> is posted two seconds after the last change. The answer is JSON: {revision, saved_at}; with
// 409 {by, at, message} when somebody else saved in between (nothing is overwritten); with 422 {errors: {field: [words]}}.
// <form data-move="up|down"> inside an <li> posts, and then moves that <li> among its siblings.

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const say = (text) => document.dispatchEvent(new CustomEvent("attest:say", { detail: { text } }));
const post = (address, body) =>
  fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Autosave": "1", Accept: "application/json" } });

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const status = form.querySelector("[data-saved]") ?? document.querySelector("[data-saved]");
  const conflict = form.querySelector("[data-conflict]");
  let timer;
  let dirty = false;
  let stopped = false;

  let underWay = Promise.resolve(true);
  const save = () => (underWay = underWay.then(send));

  /** Send what was changed; answer whether nothing waits any more. */
  const send = async () => {
    clearTimeout(timer);
    if (stopped || !dirty) return !stopped;
    dirty = false;
    try {
      const response = await post(form.dataset.autosave || form.action, new FormData(form));
      if (response.status === 409) {
        stop(await response.json());
        return false;
      }
      if (response.status === 422) {
        dirty = true; // what can not be saved is not lost by leaving either
        explain((await response.json()).errors);
        return false;
      }
      if (!response.ok || response.redirected) throw new Error(response.status);
      explain({});
      const { revision } = await response.json();
      if (revision !== undefined && form.elements.revision) form.elements.revision.value = revision;
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      if (status) status.textContent = `${status.dataset.wordSaved} ${time}`;
      for (const event of ["attest:used", "attest:saved"]) document.dispatchEvent(new CustomEvent(event));
      return true;
    } catch {
      dirty = true;
      if (status) status.textContent = status.dataset.wordWaiting;
      timer = setTimeout(save, 5000);
      return false;
    }
  };

  /** Somebody else saved: keep what is typed, say who and when, and write nothing more. */
  const stop = ({ message }) => {
    stopped = dirty = true;
    if (!conflict) return;
    conflict.hidden = false;
    conflict.querySelector("[data-conflict-text]").textContent = message;
    conflict.focus();
  };

  const explain = (errors) => {
    for (const field of form.querySelectorAll("[aria-invalid][data-by-script]")) field.removeAttribute("aria-invalid");
    for (const old of form.querySelectorAll(".error[data-by-script]")) old.remove();
    for (const [name, words] of Object.entries(errors ?? {})) {
      const field = form.elements[name];
      if (!field?.setAttribute) continue;
      field.setAttribute("aria-invalid", "true");
      field.dataset.byScript = "";
      const line = Object.assign(document.createElement("p"), { className: "error", textContent: words.join(" "), id: `${field.id}_error` });
      line.dataset.byScript = "";
      field.setAttribute("aria-describedby", `${field.id}_helptext ${line.id}`);
      field.after(line);
    }
  };

  const changed = () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 2000);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", () => (dirty = false));
  addEventListener("beforeunload", (event) => dirty && event.preventDefault());
  document.addEventListener("visibilitychange", () => document.hidden && save());

  // What is decided in a dialog, such as submitting, is about what was typed: save that first.
  let passing = false;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || passing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await save())) return void (stopped && conflict?.focus());
    passing = true;
    link.click();
    passing = false;
  }, { capture: true });
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-move]");
  if (!form) return;
  event.preventDefault();
  const part = form.closest("li");
  const up = form.dataset.move === "up";
  const other = up ? part.previousElementSibling : part.nextElementSibling;
  if (!other) return;
  const response = await post(form.action, new FormData(form)).catch(() => null);
  if (!response?.ok) return location.reload(); // the order here is not the order there
  up ? other.before(part) : other.after(part);
  event.submitter?.focus();
  const siblings = [...part.parentElement.children];
  const words = (form.dataset.word ?? "%(place)s / %(count)s").replace("%(place)s", siblings.indexOf(part) + 1).replace("%(count)s", siblings.length);
  say(words);
});
