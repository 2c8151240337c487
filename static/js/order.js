// Lets an author drag an activity to another place by its grip. The buttons of the editor do the same for the keyboard.
// [data-order] holds li[data-module] with li[data-activity][data-move]; the form beside it is sent to where the part was put.

const order = document.querySelector("[data-order]");
const form = document.querySelector("[data-order-form]");
const PARTS = "li[data-activity]";
let dragged = null;

for (const part of order?.querySelectorAll(PARTS) ?? []) {
  const grip = part.querySelector("[data-grip]");
  grip.addEventListener("pointerdown", () => (part.draggable = true));
  grip.addEventListener("pointerup", () => (part.draggable = false));
  part.addEventListener("dragstart", (event) => {
    dragged = part;
    event.dataTransfer.effectAllowed = "move";
    part.classList.add("dragged");
  });
  part.addEventListener("dragend", () => {
    part.classList.remove("dragged");
    part.draggable = false;
    dragged = null;
  });
}

order?.addEventListener("dragover", (event) => {
  if (!dragged) return;
  const module = event.target.closest("li[data-module]");
  if (!module) return;
  event.preventDefault();
  const over = event.target.closest(PARTS);
  if (!over) return module.querySelector("ol").append(dragged);
  const { top, height } = over.getBoundingClientRect();
  if (over !== dragged) over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
});

order?.addEventListener("drop", (event) => {
  if (!dragged) return;
  event.preventDefault();
  form.action = dragged.dataset.move;
  form.elements.module.value = dragged.closest("[data-module]").dataset.module;
  form.elements.number.value = [...dragged.parentElement.children].indexOf(dragged) + 1;
  form.submit();
});
