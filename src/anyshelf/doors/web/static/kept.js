// Without a connection: the pages that are kept on this phone, by what they are called.
"use strict";

(async () => {
  document.getElementById("again").addEventListener("click", () => location.reload());
  window.addEventListener("online", () => location.reload());
  const names = (await caches.keys()).filter((name) => name.startsWith("anyshelf-pages-"));
  for (const name of names) {
    const pages = await caches.open(name);
    for (const asked of await pages.keys()) {
      const text = await (await pages.match(asked)).text();
      const link = document.createElement("a");
      link.href = asked.url;
      link.textContent = new DOMParser().parseFromString(text, "text/html").title;
      const row = document.createElement("li");
      row.append(link);
      document.getElementById("kept").append(row);
    }
  }
})();
