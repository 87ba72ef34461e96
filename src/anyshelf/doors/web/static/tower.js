// The tower looks again when the server says that something has happened, at most once in two seconds.
"use strict";

(() => {
  const pulse = document.getElementById("pulse");
  const live = document.getElementById("live");
  if (!pulse || !live) return;
  const EVERY_MS = 2000;
  let looked = 0;
  let waiting = null;

  const say = (text, good) => {
    pulse.lastElementChild.textContent = text;
    pulse.classList.toggle("good", good);
    pulse.classList.toggle("warn", !good);
  };
  const look = () => {
    if (waiting) return;
    waiting = setTimeout(() => {
      waiting = null;
      looked = Date.now();
      if (!live.contains(document.activeElement)) htmx.trigger(live, "refresh");
    }, Math.max(0, looked + EVERY_MS - Date.now()));
  };

  const source = new EventSource(pulse.dataset.live);
  source.addEventListener("open", () => say("live", true));
  source.addEventListener("changed", look);
  source.addEventListener("error", () => say("no connection; trying again", false));
  window.addEventListener("pagehide", () => source.close());
})();
