// Saves each answer as it is given. What could not be sent waits here, also through a reload, and is tried again.
//
// <form data-quiz data-save="address" data-attempt="id" [data-deadline="…" data-now="…"]> holds one or more
// [data-question="id"]. A change in one posts its fields, and `question`, urlencoded, with an Idempotency-Key.
// The answer may be JSON {clock, answered, open}. Numbers are a[data-number="id"], the warning #unanswered.
// A field with data-was holds what was last saved, so that the whole form, sent later, changes nothing else.

const form = document.querySelector("form[data-quiz]");
const key = `attest:quiz:${form.dataset.attempt}`;
const waiting = new Map(Object.entries(JSON.parse(localStorage.getItem(key) ?? "{}"))); // question → {body, id}
const status = document.querySelector("[data-saved]");
const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const announce = (text) => document.dispatchEvent(new CustomEvent("attest:say", { detail: { text } }));
let sending = null;
let pause = 1000;

const keep = () => (waiting.size ? localStorage.setItem(key, JSON.stringify(Object.fromEntries(waiting))) : localStorage.removeItem(key));

/** Return the fields of one question, as a form would send them. */
function fieldsOf(question) {
  const body = new URLSearchParams({ question: question.dataset.question });
  const own = new Set(question.querySelectorAll("[name]"));
  for (const field of own) {
    if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
    if (field.multiple && field.options) for (const option of field.selectedOptions) body.append(field.name, option.value);
    else body.append(field.name, field.value);
  }
  return body;
}

function say(kind, clock) {
  if (!status) return;
  const time = clock ?? new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const text = kind === "saved" ? `${status.dataset.wordSaved} ${time}` : status.dataset[kind === "ended" ? "wordEnded" : "wordWaiting"];
  status.classList.toggle("is-waiting", kind !== "saved");
  if (status.textContent !== text) status.textContent = text;
}

/** Send what waits, oldest first; the last answer to a question is the one that counts. */
async function send() {
  let clock;
  while (waiting.size) {
    const [question, entry] = waiting.entries().next().value;
    const response = await fetch(form.dataset.save, {
      method: "POST", body: new URLSearchParams(entry.body), keepalive: true,
      headers: { "X-CSRFToken": token(), "Idempotency-Key": entry.id, Accept: "application/json" },
    });
    if (response.redirected || response.status === 401 || response.status === 403) {
      say("ended");
      return true; // kept here; the server takes it after the next sign-in
    }
    if (response.status === 409) return leave(await response.json().catch(() => ({})));
    if (!response.ok) throw new Error(response.status);
    if (waiting.get(question)?.id === entry.id) waiting.delete(question);
    keep();
    noteSaved(question, entry.body);
    if (!response.headers.get("Content-Type")?.includes("json")) continue;
    const answer = await response.json();
    if (!waiting.size) count(answer);
    clock = answer.clock;
  }
  say("saved", clock);
  document.dispatchEvent(new CustomEvent("attest:used"));
  return true;
}

/** The attempt is over, in another tab perhaps: nothing more can be sent, so show what came of it. */
function leave({ next }) {
  waiting.clear();
  keep();
  location.assign(next ?? location.href);
}

/** Note in the form what the server has now. */
function noteSaved(question, body) {
  const was = form.querySelector(`[data-question="${CSS.escape(question)}"] [data-was]`);
  if (!was) return;
  const values = new URLSearchParams(body);
  was.value = [...values].filter(([name]) => name !== "question" && name !== was.name).map(([, value]) => value).join(",");
}

/** Send now, once at a time, and again later when the network fails. */
function flush() {
  sending ??= send()
    .then(() => (pause = 1000))
    .catch(() => {
      say("waiting");
      setTimeout(flush, pause);
      pause = Math.min(pause * 2, 30000);
    })
    .finally(() => {
      sending = null;
    });
  return sending;
}

function answered(question) {
  return [...question.querySelectorAll("[name]:not([data-flag])")].some((field) =>
    field.type === "radio" || field.type === "checkbox" ? field.checked : field.type !== "hidden" && field.value.trim());
}

function changed(question) {
  waiting.set(question.dataset.question, { body: fieldsOf(question).toString(), id: crypto.randomUUID?.() ?? String(Math.random()).slice(2) });
  keep();
  mark(question);
  flush();
}

/** Show in the row of numbers whether a question is answered and marked. */
function mark(question) {
  const number = document.querySelector(`[data-number="${CSS.escape(question.dataset.question)}"]`);
  if (!number) return;
  const done = answered(question);
  const flagged = question.querySelector("[data-flag]")?.checked ?? false;
  number.classList.toggle("answered", done);
  number.classList.toggle("flagged", flagged);
  for (const [name, on] of [["answered", done], ["open", !done], ["flagged", flagged]]) {
    const part = number.querySelector(`[data-if="${name}"]`);
    if (part) part.hidden = !on;
  }
  const numbers = [...document.querySelectorAll("[data-number]")];
  count({ answered: numbers.filter((one) => one.classList.contains("answered")).length, open: numbers.filter((one) => !one.classList.contains("answered")).length });
}

function count({ answered: done, open }) {
  if (open !== undefined) for (const part of document.querySelectorAll("[data-open-count]")) part.textContent = open;
  if (done !== undefined) for (const bar of document.querySelectorAll("progress[data-answered]")) bar.value = done;
}

let typing;
form.addEventListener("input", (event) => {
  const question = event.target.closest("[data-question]");
  if (!question || event.target.matches("[type=radio], [type=checkbox], select")) return;
  clearTimeout(typing);
  typing = setTimeout(() => changed(question), 800);
});
form.addEventListener("change", (event) => {
  const question = event.target.closest("[data-question]");
  clearTimeout(typing);
  if (question) changed(question);
});

// Handing in: first what waits, then a word about what is open.
form.addEventListener("submit", async (event) => {
  if (event.submitter && !event.submitter.matches("[data-finish]")) return;
  const open = document.querySelectorAll("[data-number]:not(.answered)").length;
  const warning = document.getElementById("unanswered");
  if (open && warning && !form.dataset.confirmed) {
    event.preventDefault();
    event.stopImmediatePropagation();
    warning.showModal();
    warning.addEventListener("close", () => {
      if (warning.returnValue !== "finish") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
    }, { once: true });
    return;
  }
  if (!waiting.size) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  await flush();
  if (!waiting.size) form.requestSubmit(event.submitter);
}, { capture: true });

// Time: said at five minutes and at one, and handed in when it is over.
if (form.dataset.deadline) {
  const ahead = form.dataset.now ? Date.now() - new Date(form.dataset.now) : 0; // this device's clock against the server's
  const shown = document.querySelector("[data-left]");
  const said = new Set();
  const tick = () => {
    const seconds = Math.round((new Date(form.dataset.deadline) - Date.now() + ahead) / 1000);
    const minutes = Math.max(0, Math.ceil(seconds / 60));
    if (shown) shown.textContent = minutes;
    for (const at of [5, 1]) if (minutes === at && seconds > 0 && !said.has(at)) said.add(at), announce(`${at} ${form.dataset.wordLeft ?? "min"}`);
    if (seconds > 0) return;
    clearInterval(timer);
    form.dataset.confirmed = "yes";
    form.requestSubmit(form.querySelector("[data-finish]"));
  };
  const timer = setInterval(tick, 1000);
  tick();
}

// What waits since before a reload: put it back into the form and send it.
for (const [question, { body }] of waiting) {
  const part = form.querySelector(`[data-question="${CSS.escape(question)}"]`);
  if (!part) continue;
  const values = new URLSearchParams(body);
  for (const field of part.querySelectorAll("[name]")) {
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.getAll(field.name).includes(field.value);
    else if (values.has(field.name)) field.value = values.get(field.name);
  }
  mark(part);
}
// What was answered while this script was still on its way.
for (const part of form.querySelectorAll("[data-question]")) {
  const was = part.querySelector("[data-was]");
  const now = [...part.querySelectorAll(":checked")].map((field) => field.value).join(",");
  if (was && was.value !== now && !waiting.has(part.dataset.question)) changed(part);
}
if (waiting.size) flush();
addEventListener("online", flush);
