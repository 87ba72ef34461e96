// What an associate does is kept on the phone until the server has said that it knows.
// Steps go out one by one in their order, each under an idempotency key of its own: sent twice is done once.
"use strict";

(() => {
  const bar = document.getElementById("connection");
  if (!bar) return;
  const PLACE = `anyshelf.queue.${bar.dataset.person}`;
  const RETRY_MS = 4000;
  let sending = false;
  let waiting = null;

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(PLACE)) || [];
    } catch {
      return [];
    }
  };
  const write = (steps) => {
    localStorage.setItem(PLACE, JSON.stringify(steps));
    show(steps);
  };
  const tell = (kind, detail) => document.dispatchEvent(new CustomEvent(kind, { detail }));

  // One step: where it goes, what it says, what people call it, and which piece of work it belongs to.
  function add({ path, body, title, about, leads_to, key }) {
    const step = {
      key: key || randomKey(),
      path, body, title, about, leads_to, at: Date.now(),
    };
    write([...read(), step]);
    flush();
    return step;
  }

  function randomKey() {  // crypto.randomUUID needs https or this very machine; a store's network may have neither
    if (crypto.randomUUID) return crypto.randomUUID();
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function flush() {
    if (sending) return;
    sending = true;
    try {
      for (;;) {
        const step = read().find((each) => !each.refused);
        if (!step || !(await send(step))) break;
      }
    } finally {
      sending = false;
    }
    const left = read().some((each) => !each.refused);
    clearTimeout(waiting);
    if (left) waiting = setTimeout(flush, RETRY_MS);
  }

  // Whether the step is settled, one way or the other; if not, it stays and is sent again.
  async function send(step) {
    let answer;
    try {
      answer = await fetch(step.path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": step.key },
        body: step.body === undefined ? undefined : JSON.stringify(step.body),
      });
    } catch {
      show(read());
      return false;
    }
    const text = await answer.text();
    if (answer.ok) {
      write(read().filter((each) => each.key !== step.key));
      const list = document.getElementById("tasks");
      if (list) htmx.trigger(list, "refresh");
      tell("step:done", { step, answer: text ? JSON.parse(text) : null });
      return true;
    }
    const problem = problemOf(text);
    const later = answer.status >= 500 || problem.type === "/problems/in-flight";
    if (answer.status === 401 || later) {
      if (answer.status === 401) toast("Sign in again: what you did is kept here.", true);
      return false;
    }
    write(read().map((each) => each.key === step.key ? { ...each, refused: problem.detail } : each));
    tell("step:refused", { step, problem });
    return true;
  }

  function problemOf(text) {
    try {
      return JSON.parse(text);
    } catch {
      return { detail: "The server said no." };
    }
  }

  function show(steps) {
    const open = steps.filter((each) => !each.refused);
    const refused = steps.filter((each) => each.refused);
    const late = open.filter((each) => Date.now() - each.at > 1500 || !navigator.onLine);
    bar.replaceChildren();
    bar.dataset.waiting = open.length;
    bar.hidden = !late.length && !refused.length && navigator.onLine;
    if (!navigator.onLine || late.length) {
      const said = document.createElement("span");
      const kept = open.length === 1 ? "1 step is" : `${open.length} steps are`;
      said.textContent = navigator.onLine
        ? `Still on its way: ${kept} kept on this phone until the server has them.`
        : open.length
          ? `No connection. ${kept} kept on this phone and sent as soon as it is back.`
          : "No connection. Carry on: what you do is kept on this phone.";
      bar.append(said);
    }
    for (const step of refused) {
      const row = document.createElement("div");
      row.className = "row straight apart";
      const said = document.createElement("span");
      said.textContent = `${step.title}: ${step.refused}`;
      const seen = document.createElement("button");
      seen.className = "second little";
      seen.textContent = "Seen";
      seen.addEventListener("click", () => write(read().filter((each) => each.key !== step.key)));
      row.append(said, seen);
      bar.append(row);
    }
    tell("queue:changed", { steps });
  }

  // This page and the work on its list are kept on the phone, to be opened when there is no connection.
  async function keepPages(script) {
    if (!navigator.serviceWorker) return;  // a browser asks for https first
    try {
      await navigator.serviceWorker.register(script);
      const { active } = await navigator.serviceWorker.ready;
      const listed = [...document.querySelectorAll("a.task")].slice(0, 12).map((link) => link.href);
      active.postMessage({ keep: [location.href, ...listed] });
    } catch {
      // Without it the pages that are open go on as before.
    }
  }

  window.Queue = { add, flush, steps: read, newKey: randomKey };
  window.addEventListener("online", () => { show(read()); flush(); });
  window.addEventListener("offline", () => show(read()));
  setInterval(() => show(read()), RETRY_MS);
  keepPages(new URL("../offline.js", document.currentScript.src));
  show(read());
  flush();
})();
