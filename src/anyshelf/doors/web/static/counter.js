// What lies on a counter: scanned or typed, so many of each, at its price. A till and an exchange are built on it.
"use strict";

// The members of `own` on top of those of every counter; getters stay getters.
function atCounter(own) {
  return Object.defineProperties(counter(), Object.getOwnPropertyDescriptors(own));
}

function counter() {
  return {
    items: [], lines: [], typed: "", hits: [], said: "", currency: "USD",

    look() {
      const wanted = this.typed.trim().toLowerCase();
      this.hits = wanted.length < 2 ? [] : this.items.filter((each) => `${each.item} ${each.name}`.toLowerCase().includes(wanted)).slice(0, 8);
    },
    scan() {
      const code = this.typed.trim().toUpperCase();
      const bare = code.replace(/^0+/, "");
      const fits = (each) => each.item.toUpperCase() === code || (each.gtin && each.gtin.replace(/^0+/, "") === bare);
      const found = this.items.find(fits) || (this.hits.length === 1 ? this.hits[0] : null);
      if (!code) return;
      if (found) this.put(found);
      else this.say(`This till knows nothing called ${code}.`);
    },
    put(item) {
      const line = this.lines.find((each) => each.item === item.item);
      if (line) line.quantity += 1;
      else this.lines.push({ item: item.item, name: item.name, minor: item.minor, quantity: 1 });
      this.typed = "";
      this.hits = [];
      this.say(item.name);
    },
    more(line) { line.quantity += 1; },
    less(line) {
      line.quantity -= 1;
      this.lines = this.lines.filter((each) => each.quantity > 0);
    },
    say(text) { this.said = text; },
    get total() { return this.lines.reduce((sum, line) => sum + line.minor * line.quantity, 0); },
    price(minor) { return new Intl.NumberFormat("en-US", { style: "currency", currency: this.currency }).format(minor / 100); },
  };
}
