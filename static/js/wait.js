// Looks whether a file that is being made is there, and reads the page again when it is.
const note = document.querySelector("[data-wait]");

async function look() {
  const answer = await fetch(note.dataset.wait, { method: "HEAD" }).catch(() => null);
  if (answer?.ok) return location.reload();
  setTimeout(look, note.dataset.seconds * 1000);
}

if (note) setTimeout(look, note.dataset.seconds * 1000);
