// Job cards: asks how far the work is, less often the longer it takes, and says when it has ended.
// [data-job="state"][data-poll="address"]; the address answers the card again as HTML.

const ENDED = new Set(["done", "failed", "cancelled"]);

async function follow(card, seconds = 1) {
  if (ENDED.has(card.dataset.job)) return;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  if (!card.isConnected) return;
  let next = card;
  if (!document.hidden) {
    const response = await fetch(card.dataset.poll, { headers: { Accept: "text/html" } }).catch(() => null);
    if (response?.redirected || response?.status === 404) return;
    if (response?.ok) {
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-job]");
      if (fresh && fresh.outerHTML !== card.outerHTML) {
        next = document.importNode(fresh, true);
        const focused = card.contains(document.activeElement);
        card.replaceWith(next);
        if (focused) next.querySelector("a, button")?.focus();
        if (ENDED.has(next.dataset.job)) {
          const words = `${next.querySelector("h2").textContent}: ${next.querySelector(".status").textContent}`;
          document.dispatchEvent(new CustomEvent("attest:say", { detail: { text: words } }));
        }
      }
    }
  }
  follow(next, Math.min(seconds * 1.4, 10));
}

for (const card of document.querySelectorAll("[data-poll]")) follow(card);
