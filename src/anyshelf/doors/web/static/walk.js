// One walk for many orders: stop by stop, so many into each tote. What is found goes to each order's own pick.
"use strict";

document.addEventListener("alpine:init", () => {
  Alpine.data("walk", () => ({
    api: "", wave: null, state: "", stops: [], whole: 0, scanned: "", said: "",

    init() {
      const given = JSON.parse(document.getElementById("walk-data").textContent);
      Object.assign(this, { api: given.api, wave: given.wave, state: given.wave.state });
      if (Queue.steps().some((step) => step.about === this.wave.wave_id && !step.refused)) this.state = "started";
      this.stops = given.stops.map((stop) => ({
        name: stop.item, category: "", gtin: "", ...given.items[stop.item], ...stop,
        puts: stop.puts.filter((put) => !this.told(put)).map((put) => ({ ...put, found: put.quantity })),
      })).filter((stop) => stop.puts.length);
      this.whole = this.stops.length;
    },
    // Whether this was found already and only waits to be sent.
    told(put) {
      return Queue.steps().some((step) => step.about === put.work_id && !step.refused && step.body.lines && step.body.lines[0].line === put.line);
    },

    get stop() { return this.stops[0]; },
    get next() { return this.stops.slice(1); },
    get taken() { return this.stop.puts.reduce((sum, put) => sum + put.found, 0); },
    get missing() { return this.stop.puts.reduce((sum, put) => sum + put.quantity - put.found, 0); },
    more(put) { if (put.found < put.quantity) put.found += 1; },
    less(put) { if (put.found > 0) put.found -= 1; },
    later() { this.stops = [...this.stops.slice(1), this.stops[0]]; },

    scan() {
      const code = this.scanned.trim();
      this.scanned = "";
      if (code) this.match(code);
    },
    match(code) {
      const bare = code.replace(/^0+/, "").toUpperCase();
      const fits = (stop) => stop.item.toUpperCase() === bare || (stop.gtin || "").replace(/^0+/, "") === bare;
      const found = this.stops.find(fits);
      if (!found) return this.say(`${code} is not on this walk.`, true);
      this.stops = [found, ...this.stops.filter((each) => each !== found)];
      this.say(`Right: ${found.name}.`);
    },
    say(text, wrong) {
      this.said = text;
      if (navigator.vibrate) navigator.vibrate(wrong ? [80, 60, 80] : 40);
      if (wrong) toast(text, true);
    },
    open_camera() { openCamera(this.$refs.camera, (code) => this.match(code)); },
    can_see,

    start() {
      Queue.add({ path: `${this.api}/v1/waves/${this.wave.wave_id}:start`, title: "Set out", about: this.wave.wave_id });
      this.state = "started";
    },
    async dissolve() {
      let answer;
      try {
        answer = await fetch(`${this.api}/v1/waves/${this.wave.wave_id}:dissolve`, { method: "POST" });
      } catch {
        return this.say("There is no connection; nothing was changed.", true);
      }
      if (answer.ok) this.state = "dissolved";
      else this.say(sentenceOf(await answer.text(), answer.status), true);
    },
    done() {
      if (this.missing) this.$refs.why.showModal();
      else this.tell("");
    },
    because(reason) {
      this.$refs.why.close();
      this.tell(reason);
    },
    tell(reason) {
      for (const put of this.stop.puts) {
        Queue.add({
          path: `${this.api}/v1/work/${put.work_id}:pick`, about: put.work_id,
          title: `Tote ${put.tote}, ${this.stop.name}`,
          body: { lines: [{ line: put.line, quantity: put.found, ...(put.found < put.quantity ? { short_reason: reason } : {}) }] },
        });
      }
      this.stops = this.stops.slice(1);
      this.said = "";
    },
  }));
});
