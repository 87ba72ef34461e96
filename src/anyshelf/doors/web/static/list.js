// A list worked with the keyboard: j and k go down and up, other keys press what bears their letter on the item.
"use strict";

(() => {
  const list = document.querySelector("[data-keys]");
  const items = list ? [...list.children] : [];
  const here = () => items.findIndex((item) => item.contains(document.activeElement));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select");
    if (typing) {
      if (event.key === "Escape") (items[here()] || document.body).focus();
      return;
    }
    const at = here();
    if (event.key === "j" || event.key === "k") {
      const next = event.key === "j" ? at + 1 : Math.max(at - 1, 0);
      if (items[next]) items[next].focus();
      event.preventDefault();
      return;
    }
    const there = at < 0 ? document : items[at];
    const named = `[data-key="${CSS.escape(event.key)}"]`;
    const found = there.querySelector(named) || (event.key === "u" && document.querySelector(named));
    if (!found || found.closest("[hidden]") || (at < 0 && event.key !== "u")) return;
    event.preventDefault();
    if (found.matches("input")) found.focus();
    else found.click();
  });
})();
