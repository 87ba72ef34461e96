// Settling what was kept for a shopper: some are bought, some are left, and the answer is told at once.
"use strict";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-settle]");
  if (!form) return;
  event.preventDefault();
  const lines = [...form.querySelectorAll("[data-line]")].map((row) => {
    const kept = Number(row.dataset.kept);
    const taken = Math.min(kept, Math.max(0, Math.floor(Number(row.querySelector("input").value) || 0)));
    return { line: Number(row.dataset.line), accept: taken, decline: kept - taken };
  });
  const cash = event.submitter && event.submitter.value === "cash";
  form.dataset.key = form.dataset.key || Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
  let answer;
  try {
    answer = await fetch(form.dataset.settle, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": form.dataset.key },
      body: JSON.stringify({
        lines, node: form.dataset.node,
        tender: cash ? { provider: "cash", token: "drawer" } : { provider: "test", token: "tok_ok" },
      }),
    });
  } catch {
    toast("There is no connection. Press again when it is back: it is settled once.", true);
    return;
  }
  const text = await answer.text();
  if (!answer.ok) {
    delete form.dataset.key;
    toast(sentenceOf(text, answer.status), true);
    return;
  }
  const said = document.createElement("p");
  said.className = "note good";
  said.setAttribute("role", "status");
  const taken = lines.reduce((sum, line) => sum + line.accept, 0);
  said.textContent = taken ? `Settled: ${taken} sold, the rest goes back to the shelf.` : "Settled: all of it goes back to the shelf.";
  form.replaceWith(said);
});
