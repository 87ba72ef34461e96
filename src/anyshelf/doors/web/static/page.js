// What every page can do: say something in passing, copy a command, count up and down, send a choice at once.
"use strict";

function toast(text, bad = false) {
  const said = document.createElement("div");
  said.className = bad ? "toast bad" : "toast";
  said.textContent = text;
  document.getElementById("toasts").append(said);
  setTimeout(() => said.remove(), bad ? 9000 : 4000);
}

// A refusal is a problem document (RFC 9457): its detail is the sentence to show.
function sentenceOf(text, status) {
  try {
    return JSON.parse(text).detail || "That did not work.";
  } catch {
    return status ? `That did not work (${status}).` : "There is no connection; nothing was changed.";
  }
}

document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  toast(sentenceOf(answer.responseText, answer.status), true);
});
document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.elt.id === "tasks") return;  // it asks every few seconds, and the line at the top says it
  toast("There is no connection; nothing was changed.", true);
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".copy") && navigator.clipboard) {
    await navigator.clipboard.writeText(button.closest(".command").querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }
  if (button.matches(".print")) window.print();
  const step = Number(button.dataset.step || 0);
  const field = step && button.parentElement.querySelector("input");
  if (field) {
    const least = field.min === "" ? -Infinity : Number(field.min);
    const most = field.max === "" ? Infinity : Number(field.max);
    field.value = Math.min(most, Math.max(least, Number(field.value || 0) + step));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-at-once]");
  if (form) form.requestSubmit();
});

// A form that leaves the page is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.dataset.sent) {
    if (form.dataset.sent) event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 8000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
