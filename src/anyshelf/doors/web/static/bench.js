// The bench: the first scan opens an order, the next ones put its pieces in; packed, it goes on its manifest.
"use strict";

(() => {
  const scan = document.getElementById("scan");
  const bench = document.getElementById("bench");
  const field = scan.elements.code;
  const order = () => document.getElementById("on-bench");

  scan.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = field.value.trim();
    field.value = "";
    if (!code) return;
    if (order()) putIn(code);
    else htmx.ajax("GET", `${scan.dataset.order}?code=${encodeURIComponent(code)}`, { target: "#bench", swap: "innerHTML" });
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    const open = order();
    if (open && open.dataset.scanned && !/^t\d+$/i.test(open.dataset.scanned)) putIn(open.dataset.scanned);
    if (open) open.dataset.scanned = "";
  });

  function putIn(code) {
    const bare = code.replace(/^0+/, "").toUpperCase();
    const fits = (row) => row.dataset.item.toUpperCase() === bare || row.dataset.gtin.replace(/^0+/, "") === bare;
    const rows = [...order().querySelectorAll("[data-item]")].filter(fits);
    const row = rows.find((each) => Number(each.dataset.in) < Number(each.dataset.wanted));
    if (!rows.length) toast(`${code} is not of this order. Pack this one first, or put it aside.`, true);
    else if (!row) toast(`All of ${code} is in already.`, true);
    else count(row, Number(row.dataset.in) + 1);
  }
  function count(row, units) {
    row.dataset.in = units;
    const said = row.querySelector("output");
    said.textContent = `${units}/${row.dataset.wanted}`;
    said.classList.toggle("good", units === Number(row.dataset.wanted));
    const missing = [...order().querySelectorAll("[data-item]")].some((each) => each.dataset.in !== each.dataset.wanted);
    document.getElementById("packed").disabled = missing;
    document.getElementById("all-in").hidden = !missing;
  }
  function free(...shown) {
    bench.replaceChildren(...shown);
    field.focus();
  }

  bench.addEventListener("click", (event) => {
    if (event.target.closest("#all-in")) {
      for (const row of order().querySelectorAll("[data-item]")) count(row, Number(row.dataset.wanted));
    }
    if (event.target.closest("#put-away")) free();
  });
  bench.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = order();
    const { work, workId, load, tracking, label, number } = form.dataset;
    const parcels = Math.max(1, Number(form.elements.parcels.value));
    const each = Math.max(1, Math.round(Number(form.elements.weight.value) / parcels));
    const packages = Array.from({ length: parcels }, (_, place) => ({
      weight_g: each, tracking: place ? `${tracking}-${place + 1}` : tracking,
    }));
    const carrier = form.elements.carrier.value;
    Queue.add({ path: `${work}:pack`, body: { packages }, title: `Pack ${number}`, about: workId, leads_to: "packed" });
    Queue.add({ path: load, body: { work_id: workId, carrier }, title: `${number} for ${carrier}`, about: workId });
    const said = document.createElement("section");
    said.className = "card stack";
    const done = document.createElement("p");
    done.className = "note good";
    done.setAttribute("role", "status");
    done.textContent = `${number} is packed and waits for ${carrier}.`;
    const print = document.createElement("a");
    print.className = "button second wide";
    print.href = label;
    print.target = "_blank";
    print.textContent = parcels > 1 ? "Print the labels" : "Print the label";
    said.append(done, print);
    free(said);
  });
})();
