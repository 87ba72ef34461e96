// Making a wave of what waits, and opening its walk.
"use strict";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-plan]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  form.dataset.key = form.dataset.key || Queue.newKey();
  let answer;
  try {
    answer = await fetch(form.dataset.plan, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": form.dataset.key },
      body: JSON.stringify({
        carrier: form.dataset.carrier, leaves_by: form.dataset.leavesBy,
        orders_max: Number(form.elements.orders_max.value),
      }),
    });
  } catch {
    button.disabled = false;
    toast("There is no connection. Press again when it is back: the wave is made once.", true);
    return;
  }
  const text = await answer.text();
  if (answer.ok) {
    location.assign(form.dataset.opens + JSON.parse(text).wave_id);
    return;
  }
  delete form.dataset.key;
  button.disabled = false;
  toast(sentenceOf(text, answer.status), true);
});
