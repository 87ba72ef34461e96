// A till that goes on when it is cut off: it keeps a lease of stock, sells no more than that for cash while there
// is no connection, and sends every sale under a key of its own until the server has said that it knows.
"use strict";

document.addEventListener("alpine:init", () => {
  Alpine.data("till", () => atCounter({
    node: "", api: "", channel: "", towns: [], way: "carry_out",
    name: "", email: "", street: "", town: "", busy: false, off: false, lease: null, receipts: [], till: "",
    now: Date.now(),

    init() {
      Object.assign(this, JSON.parse(document.getElementById("till-data").textContent));
      this.currency = this.items.length ? this.items[0].currency : "USD";
      this.off = !navigator.onLine;
      this.till = localStorage.getItem("anyshelf.till") || `T${Queue.newKey().slice(0, 8)}`;
      localStorage.setItem("anyshelf.till", this.till);
      this.lease = this.kept("lease", null);
      this.receipts = this.kept("receipts", []);
      window.addEventListener("online", () => { this.off = false; this.renew(); });
      window.addEventListener("offline", () => { this.off = true; this.way = "carry_out"; });
      document.addEventListener("step:done", (event) => this.told(event.detail.step, "sold", "good"));
      document.addEventListener("step:refused", (event) => this.told(event.detail.step, "refused", "bad"));
      setInterval(() => { this.now = Date.now(); }, 15000);
      setInterval(() => this.renew(), 300000);
      this.renew();
    },

    // What this till remembers, by store: its lease and its receipts.
    kept(what, otherwise) {
      try {
        return JSON.parse(localStorage.getItem(`anyshelf.till.${this.node}.${what}`)) || otherwise;
      } catch {
        return otherwise;
      }
    },
    keep(what, value) { localStorage.setItem(`anyshelf.till.${this.node}.${what}`, JSON.stringify(value)); },

    get at() { return `${this.api}/v1/nodes/${encodeURIComponent(this.node)}/tills/${this.till}`; },
    waiting() { return Queue.steps().filter((step) => step.about === this.at && !step.refused); },

    // The lease is renewed when nothing waits to be sent: what is sold meanwhile is taken off what we are told.
    async renew() {
      if (this.off || this.waiting().length) return;
      let answer;
      try {
        answer = await fetch(`${this.at}/lease`, { method: "PUT" });
      } catch {
        return;
      }
      if (!answer.ok) return;
      const told = await answer.json();
      const left = Object.fromEntries(told.items.map((each) => [each.item, each.quantity]));
      for (const step of this.waiting()) this.takeOff(left, step.body.lines);
      this.lease = { left, until: Date.now() + told.sells_for_seconds * 1000 };
      this.keep("lease", this.lease);
    },
    takeOff(left, lines) {
      for (const line of lines) left[line.item] = Math.max(0, (left[line.item] || 0) - line.quantity);
    },
    get open() { return Boolean(this.lease) && this.now < this.lease.until; },
    get leaseSaid() {
      const units = this.open ? Object.values(this.lease.left).reduce((sum, each) => sum + each, 0) : 0;
      if (this.off) return this.open ? `cut off: ${units} pieces may be sold` : "cut off, and nothing may be sold";
      return this.open ? `ready to be cut off: ${units} pieces` : "connected";
    },
    get badge() { return this.off ? (this.open ? "warn" : "bad") : "good"; },
    // What is missing in the lease for these lines: empty when all of it is covered.
    uncovered(lines) {
      return lines.filter((line) => !this.open || Date.now() >= this.lease.until || (this.lease.left[line.item] || 0) < line.quantity);
    },

    // Paying.
    async pay(how) {
      const tender = how === "cash" ? { provider: "cash", token: "drawer" } : { provider: "test", token: "tok_ok" };
      const lines = this.lines.map((line) => ({ item: line.item, quantity: line.quantity }));
      if (this.way === "carry_out") await this.sell(lines, tender);
      else await this.send(lines, tender);
    },
    async sell(lines, tender) {
      const step = {
        path: `${this.at}/sales`, key: Queue.newKey(), about: this.at, title: `Sale of ${this.words()}`,
        body: { channel: this.channel, external_id: `${this.till}-${Date.now().toString(36)}`, lines, tender },
      };
      const missing = this.uncovered(lines);
      if (this.off) {
        if (missing.length) return this.refuse(`Cut off: this till may not sell ${missing.map((line) => `${line.quantity} of ${line.item}`).join(", ")}.`);
        return this.later(step, "kept here");
      }
      const answer = await this.ask(step.path, step.key, step.body);
      if (answer === null) return this.later(step, missing.length ? "not sure yet: hand nothing over" : "kept here");
      if (answer.status === 201) this.done(step.body.external_id, lines, "sold", "good");
    },
    async send(lines, tender) {
      const town = this.towns.find((each) => each.postal_code === this.town);
      if (!town || !this.name.trim() || !this.street.trim()) return this.refuse("Fill in the name, the street and the town.");
      this.sending = this.sending || Queue.newKey();
      const number = `${this.till}-${this.sending.slice(0, 8)}`;
      const answer = await this.ask(`${this.api}/v1/orders`, this.sending, {
        channel: this.channel, external_id: number, lines, payment: tender,
        contact: { name: this.name.trim(), email: this.email.trim() },
        fulfilment: {
          method: this.way, node: this.way === "deliver" ? this.node : null,
          destination: {
            lat: town.lat, lon: town.lon, postal_code: town.postal_code, country: town.country, city: town.name,
            name: this.name.trim(), street: this.street.trim(),
          },
        },
      });
      if (answer === null) return this.refuse("There is no connection. Press again when it is back: it is ordered once.");
      this.sending = "";
      if (answer.status === 201) this.done(number, [], "on its way", "info");
    },
    // The answer of the server, after saying what it refused; null when there was none.
    async ask(path, key, body) {
      this.busy = true;
      try {
        const answer = await fetch(path, {
          method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": key }, body: JSON.stringify(body),
        });
        if (answer.status >= 500) return null;
        if (!answer.ok) this.refuse(sentenceOf(await answer.text(), answer.status));
        return answer;
      } catch {
        return null;
      } finally {
        this.busy = false;
      }
    },
    later(step, state) {
      Queue.add(step);
      this.done(step.body.external_id, step.body.lines, state, "warn");
    },
    refuse(text) {
      this.say(text);
      toast(text, true);
    },
    words() { return this.lines.map((line) => `${line.quantity} × ${line.name}`).join(", "); },
    done(number, lines, state, tone) {
      if (this.lease) {
        this.takeOff(this.lease.left, lines);
        this.keep("lease", this.lease);
      }
      this.receipts = [{ number, what: this.words(), minor: this.total, state, tone }, ...this.receipts].slice(0, 20);
      this.keep("receipts", this.receipts);
      Object.assign(this, { lines: [], way: "carry_out", name: "", email: "", street: "", town: "", said: "" });
    },
    told(step, state, tone) {
      if (step.about !== this.at) return;
      this.receipts = this.receipts.map((each) => each.number === step.body.external_id ? { ...each, state, tone } : each);
      this.keep("receipts", this.receipts);
      if (!this.waiting().length) this.renew();
    },
  }));
});
