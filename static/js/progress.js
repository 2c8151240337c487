// Keeps the cards of running jobs up to date, without moving the focus; asks less often the longer they take.
// [data-job="state"][data-poll="address"]; the address answers the card again. When one has ended, the page is read
// again, since what it made stands there.

const ENDED = new Set(["done", "failed", "cancelled"]);
const LONGEST = 10;

/** Put what has changed into the card, and say it. */
function update(card, fresh) {
  card.querySelector("progress").value = fresh.querySelector("progress").value;
  card.querySelector(".num").textContent = fresh.querySelector(".num").textContent;
  const [line, words] = [card, fresh].map((each) => each.querySelector(".num + .muted"));
  if (line.textContent === words.textContent) return;
  line.textContent = words.textContent;
  document.dispatchEvent(new CustomEvent("attest:say", { detail: { text: words.textContent } }));
}

/** Ask for a card again until its job has ended. */
async function follow(card) {
  for (let seconds = 1; !ENDED.has(card.dataset.job); seconds = Math.min(seconds * 1.4, LONGEST)) {
    await new Promise((wake) => setTimeout(wake, seconds * 1000));
    if (!card.isConnected) return;
    if (document.hidden) continue;
    const answer = await fetch(card.dataset.poll, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.redirected || answer?.status === 404) return;
    if (!answer?.ok) continue;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-job]");
    if (!fresh) return;
    if (ENDED.has(fresh.dataset.job)) return location.reload();
    update(card, fresh);
  }
}

for (const card of document.querySelectorAll("[data-poll]")) follow(card);
