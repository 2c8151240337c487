// The video player: our controls over a native <video>, and the report of what was really watched.
// Every ten seconds, and whenever playing stops, it tells the server which part was played; the server
// decides what counts. What can not be sent waits and is sent later. Without this file the video plays.

const figure = document.querySelector("[data-video]");
const video = figure?.querySelector("video");
const EVERY = 10_000;

const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
};
const one = (selector) => document.querySelector(selector);
const duration = () => video.duration || Number(figure.dataset.duration) || 1;
const toggle = (button, on) => {
  button.querySelector("[data-on]").hidden = !on;
  button.querySelector("[data-off]").hidden = on;
};

// The controls

function showControls() {
  const control = (name) => figure.querySelector(`[data-do="${name}"]`);
  const seek = figure.querySelector("[data-seek]");
  const head = figure.querySelector(".head");
  const play = control("play");
  const words = [play.getAttribute("aria-label"), play.dataset.other];
  const track = video.textTracks[0];

  video.controls = false;
  figure.querySelector(".video-controls").hidden = false;
  if (track) track.mode = "showing";
  else control("captions").hidden = true;
  if (!figure.requestFullscreen) control("full").hidden = true;

  const toPlay = () => (video.paused ? video.play().catch(() => {}) : video.pause());
  const jump = (seconds) => (video.currentTime = Math.min(Math.max(video.currentTime + seconds, 0), duration()));
  const rates = [1, 1.25, 1.5, 2, 0.75];
  const acts = {
    play: toPlay,
    back: () => jump(-10),
    mute: () => (video.muted = !video.muted),
    rate: () => (video.playbackRate = rates[(rates.indexOf(video.playbackRate) + 1) % rates.length]),
    captions: () => {
      track.mode = track.mode === "showing" ? "hidden" : "showing";
      control("captions").setAttribute("aria-pressed", track.mode === "showing");
    },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : figure.requestFullscreen()),
  };
  figure.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());
  video.addEventListener("click", toPlay);
  seek.addEventListener("input", () => (video.currentTime = Number(seek.value) * duration()));

  const show = () => {
    const ratio = Math.min(video.currentTime / duration(), 1);
    seek.value = ratio;
    seek.setAttribute("aria-valuetext", `${clock(video.currentTime)} / ${clock(Math.round(duration()))}`);
    figure.querySelector("[data-now]").textContent = clock(video.currentTime);
    const x = Math.round(634 * ratio);
    head.setAttribute("d", `M${x} 4h6v16h-6z`);
  };
  for (const event of ["timeupdate", "seeking", "loadedmetadata"]) video.addEventListener(event, show);
  for (const event of ["play", "pause", "ended"])
    video.addEventListener(event, () => {
      toggle(play, !video.paused);
      play.setAttribute("aria-label", words[video.paused ? 0 : 1]);
    });
  video.addEventListener("volumechange", () => {
    toggle(control("mute"), video.muted);
    control("mute").setAttribute("aria-pressed", video.muted);
  });
  video.addEventListener("ratechange", () => (figure.querySelector("[data-rate]").textContent = `${video.playbackRate}×`));

  const keys = { " ": acts.play, arrowleft: () => jump(-10), arrowright: () => jump(10), c: () => track && acts.captions(), f: acts.full };
  document.addEventListener("keydown", (event) => {
    if (!("shortcuts" in document.body.dataset) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, button, a, summary, [contenteditable], dialog")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
  show();
}

// Read along: the line that is heard, and a way to each

function readAlong() {
  const lines = [...document.querySelectorAll(".transcript a[data-at]")];
  if (!lines.length) return;
  const box = lines[0].parentElement;
  let current;
  video.addEventListener("timeupdate", () => {
    const heard = lines.findLast((line) => Number(line.dataset.at) <= video.currentTime + 0.05);
    if (heard === current) return;
    current?.removeAttribute("aria-current");
    heard?.setAttribute("aria-current", "true");
    current = heard;
    if (heard && !video.paused) box.scrollTop = heard.offsetTop - box.clientHeight / 3;
  });
  for (const line of lines)
    line.addEventListener("click", (event) => {
      event.preventDefault();
      video.currentTime = Number(line.dataset.at);
    });
}

// The report

class Report {
  constructor(given) {
    Object.assign(this, given); // watch and beat are addresses; position, intervals and completed as the server has them
    this.session = null;
    this.sequence = 0;
    this.from = null;
    this.waiting = []; // parts that were played and are not acknowledged
    this.sending = null;
  }

  begin() {
    this.from = video.currentTime;
    this.last = video.currentTime;
    this.opening ??= this.open();
  }

  async open() {
    try {
      const state = await this.post(this.watch);
      if (!state) return (this.opening = null);
      this.session = state.session;
      this.sequence = 0;
      this.take(state);
      one("[data-elsewhere]").hidden = true;
    } catch {
      this.opening = null; // no network: tried again with the next report
    }
  }

  /** Note what was played until now; the part goes on when the video does. */
  cut() {
    if (this.from === null) return;
    const part = { from: this.from, to: this.last, rate: this.rate ?? video.playbackRate };
    this.from = video.paused || video.seeking ? null : this.last;
    if (part.to <= part.from) return;
    const before = this.waiting.at(-1);
    if (before && !before.sequence && before.to === part.from && before.rate === part.rate) before.to = part.to;
    else this.waiting.push(part);
  }

  send() {
    this.cut();
    this.sending ??= this.drain().finally(() => (this.sending = null));
  }

  async drain() {
    if (this.waiting.length && !this.session) await (this.opening ??= this.open());
    while (this.session && this.waiting.length) {
      const part = this.waiting[0];
      part.sequence ??= ++this.sequence;
      let state;
      try {
        state = await this.post(this.beat, this.body(part));
      } catch {
        return; // the network is away; the part waits
      }
      if (!state) return;
      this.waiting.shift();
      this.take(state);
    }
  }

  body(part) {
    const round = (seconds) => Math.round(seconds * 1000) / 1000;
    return {
      session: this.session, sequence: part.sequence, from: round(part.from), to: round(part.to),
      rate: part.rate, position: round(video.currentTime),
    };
  }

  async post(address, body) {
    const token = one('meta[name="csrf-token"]').content;
    const headers = { "X-CSRFToken": token, "Content-Type": "application/json", Accept: "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body ?? {}), keepalive: true });
    if (response.redirected) return location.reload(); // the session has ended: sign in, and come back here
    if (response.ok) return response.json();
    const refusal = await response.json().catch(() => ({}));
    if (response.status === 429) return null;
    this.waiting = [];
    if (refusal.error === "taken_over") this.takenOver(refusal.words);
    return null;
  }

  takenOver(words) {
    video.pause();
    this.session = this.opening = null;
    this.from = null;
    const note = one("[data-elsewhere]");
    note.querySelector("[data-words]").textContent = words;
    note.hidden = false;
    note.querySelector("button").focus();
  }

  /** Take over what the server counts. */
  take(state) {
    const wasCompleted = this.completed;
    this.intervals = state.intervals;
    this.completed = state.completed;
    this.draw();
    const saved = one("[data-saved]");
    if (saved) {
      saved.hidden = false;
      saved.querySelector("time").textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    }
    document.dispatchEvent(new CustomEvent("attest:used"));
    if (this.completed && !wasCompleted) {
      one("[data-skipped]").textContent = one("[data-skipped]").dataset.done;
      document.dispatchEvent(new CustomEvent("attest:completed"));
    }
  }

  draw() {
    const x = (seconds) => Math.round((6400 * Math.min(seconds / duration(), 1))) / 10;
    const path = this.intervals.map(([start, end]) => `M${x(start)} 10H${x(end)}v4H${x(start)}z`).join("");
    figure.querySelector(".seen").setAttribute("d", path);
    const seconds = this.intervals.reduce((sum, [start, end]) => sum + end - start, 0);
    one("[data-counted]").textContent = `${clock(seconds)} / ${clock(Math.round(duration()))}`;
  }

  /** Say it when someone jumps over a part that does not count yet. */
  skipped(from, to) {
    const seen = this.intervals.some(([start, end]) => start <= from + 2 && end >= to - 2);
    one("[data-skipped]").textContent = to > from + 2 && !seen && !this.completed ? one("[data-skipped]").dataset.says : "";
  }
}

function report(given) {
  const watcher = new Report(given);
  watcher.draw();
  video.addEventListener("play", () => watcher.begin());
  video.addEventListener("timeupdate", () => {
    if (!video.seeking && !video.paused && watcher.from !== null) watcher.last = video.currentTime;
  });
  video.addEventListener("seeking", () => {
    const before = watcher.last ?? video.currentTime;
    watcher.send();
    watcher.from = null;
    watcher.skipped(before, video.currentTime);
  });
  video.addEventListener("seeked", () => {
    watcher.last = video.currentTime;
    if (!video.paused) watcher.begin();
  });
  video.addEventListener("ratechange", () => {
    watcher.send();
    watcher.rate = video.playbackRate;
  });
  for (const event of ["pause", "ended"])
    video.addEventListener(event, () => {
      if (watcher.from !== null && !video.seeking) watcher.last = video.currentTime;
      watcher.send();
    });
  setInterval(() => watcher.send(), EVERY);
  addEventListener("online", () => watcher.send());
  addEventListener("pagehide", () => watcher.send());
  document.addEventListener("visibilitychange", () => document.hidden && video.pause()); // what nobody sees does not count
  figure.parentElement.addEventListener("click", (event) => {
    if (event.target.closest('[data-do="take"]')) video.play();
  });
  const place = () => {
    if (given.position > 0 && given.position < duration() - 1) video.currentTime = given.position;
  };
  if (video.readyState) place();
  else video.addEventListener("loadedmetadata", place, { once: true });
}

if (video) {
  showControls();
  readAlong();
  if (figure.dataset.playback) report(JSON.parse(figure.dataset.playback));
}
