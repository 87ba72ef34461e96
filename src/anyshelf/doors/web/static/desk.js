// Counts, boxes, lorries and manifests: forms whose answer is kept on the phone and sent by the queue.
"use strict";

const bodies = {
  count: (form, key) => ({
    moves: [{
      kind: "count", node: form.dataset.node, item: form.dataset.item, reason: "cycle count", reference: key,
      quantity: Number(form.elements.quantity.value), happened_at: new Date().toISOString(),
    }],
  }),
  box: (form) => ({
    lines: [...form.querySelectorAll("[data-line]")].map((row) => ({
      line: Number(row.dataset.line),
      ...Object.fromEntries([...row.querySelectorAll("input")].map((field) => [field.name, Number(field.value)])),
    })),
  }),
  lorry: (form) => ({
    moves: [...form.querySelectorAll("[data-item]")].flatMap((row) => {
      const good = Number(row.querySelector("[name=good]").value);
      const damaged = Number(row.querySelector("[name=damaged]").value);
      const over = good > Number(row.dataset.expected);
      const move = (kind, quantity, reason) => ({
        kind, quantity, reason, node: form.dataset.node, item: row.dataset.item,
        reference: form.dataset.reference, delivery: form.dataset.delivery, happened_at: new Date().toISOString(),
      });
      return [
        ...(good ? [move("receive", good, over ? "more than was announced" : "delivery")] : []),
        ...(damaged ? [move("receive_damaged", damaged, "damaged on arrival")] : []),
      ];
    }),
  }),
  off: (form) => ({ work_id: form.dataset.workId }),
  nothing: () => undefined,
};

function whole(form) {
  return [...form.querySelectorAll("[data-outstanding]")].every((row) => {
    const told = [...row.querySelectorAll("input")].reduce((sum, field) => sum + Number(field.value), 0);
    return told <= Number(row.dataset.outstanding);
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-step]");
  if (!form) return;
  event.preventDefault();
  if (!whole(form)) {
    toast("That is more than was sent: good, damaged and missing together are what was in the box.", true);
    return;
  }
  if (form.dataset.kind === "lorry" && !bodies.lorry(form).moves.length) {
    toast("Say how many pieces came.", true);
    return;
  }
  const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  Queue.add({ path: form.dataset.step, body: bodies[form.dataset.kind](form, key), title: form.dataset.title });
  const said = document.createElement("p");
  said.className = "note good";
  said.setAttribute("role", "status");
  said.textContent = `${form.dataset.title}: ${form.dataset.done}`;
  form.replaceWith(said);
});
