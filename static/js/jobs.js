// Keeps the cards of running jobs up to date, without moving the focus. When one has ended, the page is read again.
const EVERY = 2000;

/** Ask for a card again until its job has ended. */
async function follow(card) {
  while (card.dataset.poll) {
    await new Promise((wake) => setTimeout(wake, EVERY));
    if (document.hidden) continue;
    const response = await fetch(card.dataset.poll, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) continue;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-job]");
    if (!fresh) return;
    if (!fresh.dataset.poll) return location.reload();
    const [bar, line] = ["progress", ".row-x .muted"].map((part) => [card.querySelector(part), fresh.querySelector(part)]);
    bar[0].value = bar[1].value;
    card.querySelector(".row-x b").textContent = fresh.querySelector(".row-x b").textContent;
    if (line[0].textContent !== line[1].textContent) {
      line[0].textContent = line[1].textContent;
      document.dispatchEvent(new CustomEvent("attest:say", { detail: { text: line[1].textContent } }));
    }
  }
}

for (const card of document.querySelectorAll("[data-poll]")) follow(card);
