// Something else instead of what came back: the server says what is to be paid, and does it once.
"use strict";

document.addEventListener("alpine:init", () => {
  Alpine.data("exchange", () => atCounter({
    api: "", node: "", return_id: "", worth: 0, due: "", busy: false, key: "", for_lines: "",

    init() {
      Object.assign(this, JSON.parse(document.getElementById("exchange-data").textContent));
      this.$watch("lines", () => { this.due = ""; });
    },
    get at() { return `${this.api}/v1/returns/${this.return_id}`; },

    async exchange(how) {
      const tender = { cash: { provider: "cash", token: "drawer" }, test: { provider: "test", token: "tok_ok" } }[how];
      const told = await this.ask(`${this.at}:exchange`, {
        lines: this.lines.map((line) => ({ item: line.item, quantity: line.quantity })),
        fulfilment: { method: "carry_out", node: this.node }, ...(tender ? { payment: tender } : {}),
      });
      if (told && told.due) this.due = this.price(Math.round(Number(told.due.amount) * 100));
    },
    async refund() { await this.ask(`${this.at}:settle`, {}); },

    // Done, the page says what came of it; what is refused is told, with what is due where something is.
    async ask(path, body) {
      const asked = path + JSON.stringify(body);
      if (asked !== this.for_lines) Object.assign(this, { for_lines: asked, key: randomHex() });
      this.busy = true;
      try {
        const answer = await fetch(path, {
          method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": this.key }, body: JSON.stringify(body),
        });
        const text = await answer.text();
        if (answer.ok) {
          location.reload();
          return null;
        }
        const told = answer.headers.get("content-type").includes("json") ? JSON.parse(text) : {};
        if (!told.due) toast(sentenceOf(text, answer.status), true);
        this.key = randomHex();
        return told;
      } catch {
        toast("There is no connection. Press again when it is back: it is done once.", true);
        return null;
      } finally {
        this.busy = false;
      }
    },
  }));
});

function randomHex() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
