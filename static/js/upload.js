// Sends a form with files and says how far it is; without this file the browser sends it as it is.
// <form data-upload> holds [data-sending] with a <progress> and [data-sent data-word="%(percent)s %% sent"].

for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    const chosen = [...form.querySelectorAll('input[type="file"]')].some((input) => input.files.length);
    if (!chosen) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    send(form);
  });
}

function send(form) {
  const place = form.querySelector("[data-sending]");
  const [bar, words] = [place.querySelector("progress"), place.querySelector("[data-sent]")];
  const request = new XMLHttpRequest();
  place.hidden = false;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    const percent = Math.round((100 * loaded) / total);
    bar.value = percent;
    if (percent % 25 === 0 || percent === 100) words.textContent = words.dataset.word.replace("%(percent)s", percent).replace("%%", "%");
  });
  request.addEventListener("load", () => {
    delete form.dataset.sent;
    if (request.status === 200) return location.reload();
    place.hidden = true;
    refuse(form, request.response);
  });
  request.addEventListener("error", () => {
    delete form.dataset.sent;
    place.hidden = true;
    document.dispatchEvent(new CustomEvent("attest:toast", { detail: { text: form.dataset.failed } }));
  });
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.send(new FormData(form));
}

/** Say beside each field why it was not taken; what was typed and chosen stays. */
function refuse(form, answer) {
  for (const old of form.querySelectorAll("[data-by-upload]")) old.remove();
  const conflict = form.querySelector("[data-conflict]");
  if (answer?.message && conflict) {
    conflict.hidden = false;
    conflict.querySelector("[data-conflict-text]").textContent = answer.message;
    return conflict.focus();
  }
  let first;
  for (const [name, words] of Object.entries(answer?.errors ?? {})) {
    const field = form.elements[name];
    if (!field?.after) continue;
    const line = Object.assign(document.createElement("p"), { className: "error", textContent: words.join(" "), id: `${field.id}_refused` });
    line.dataset.byUpload = "";
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", line.id);
    field.after(line);
    first ??= field;
  }
  first?.focus();
}
