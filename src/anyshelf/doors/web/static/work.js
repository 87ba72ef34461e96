// One piece of work on the phone: scan, find, pack or stage, hand over. Alpine keeps the page; the queue sends.
"use strict";

// In the order of the shelves: A-2 before A-10, and what lies nobody knows where at the end.
function byPlace(one, other) {
  if (!one.bin || !other.bin) return Number(!one.bin) - Number(!other.bin);
  return one.bin.localeCompare(other.bin, "en", { numeric: true });
}

document.addEventListener("alpine:init", () => {
  Alpine.data("work", () => ({
    work: null, lines: [], names: {}, api: "", person: "", node: "", offered: false, scanned: "", said: "", code: "", shelf: "",
    weight: 0, parcels: 1, carrier: "", tracking: "", pending: [], camera: false, reasonFor: null,

    init() {
      const given = JSON.parse(document.getElementById("work-data").textContent);
      Object.assign(this, given.form, {
        api: given.api, names: given.items, person: given.person, node: given.node, offered: given.offered,
      });
      this.take(given.work);
      this.recall();
      this.pending = this.mine();
      document.addEventListener("queue:changed", () => { this.pending = this.mine(); });
      document.addEventListener("step:done", (event) => {
        if (event.detail.step.about !== this.work.work_id) return;
        this.pending = this.mine();
        if (!this.pending.length && event.detail.answer.work_id) this.take(event.detail.answer);
      });
      document.addEventListener("step:refused", (event) => {
        if (event.detail.step.about === this.work.work_id) this.look();
      });
      this.$watch("lines", () => this.remember());
      const code = new URLSearchParams(location.search).get("code");
      if (code) this.code = code;
    },

    // How things stand: as the server says, and as what waits to be sent will make it.
    take(work) {
      const before = Object.fromEntries(this.lines.map((line) => [line.line, line]));
      this.work = work;
      this.lines = work.lines.map((line) => ({
        ...line, ...this.names[line.item],
        left: line.quantity - line.picked - line.short - line.cancelled,
        found: before[line.line] && line.picked + line.short === 0 ? before[line.line].found : 0,
        reason: before[line.line] && line.picked + line.short === 0 ? before[line.line].reason : "",
      })).filter((line) => line.quantity > line.cancelled).sort(byPlace);
    },
    async look() {
      const answer = await fetch(`${this.api}/v1/work/${this.work.work_id}`);
      if (answer.ok) this.take(await answer.json());
    },
    mine() {
      return Queue.steps().filter((step) => step.about === this.work.work_id && !step.refused);
    },
    get state() {
      const last = this.pending.at(-1);
      return last ? last.leads_to || this.work.state : this.work.state;
    },
    get picking() { return !this.offered && (this.state === "open" || this.state === "claimed"); },
    get taken() {
      return this.work.claimed_by && this.work.claimed_by !== this.person ? this.work.claimed_by : "";
    },
    get parcel() { return this.work.finish === "dispatch" || this.work.finish === "transfer"; },
    get packing() { return this.state === "picked" && this.parcel; },
    get staging() { return this.state === "picked" && !this.parcel; },
    get leaving() { return this.state === "packed" || (this.state === "staged" && this.parcel); },
    get waiting() { return this.state === "staged" && !this.parcel; },
    get over() { return ["dispatched", "handed_over", "rejected", "cancelled"].includes(this.state); },
    get looked() { return this.lines.every((line) => line.left === line.found || line.reason); },
    get progress() { return this.lines.reduce((sum, line) => sum + (line.reason ? line.left : line.found), 0); },
    get whole() { return this.lines.reduce((sum, line) => sum + line.left, 0); },
    get shorts() { return this.lines.filter((line) => line.reason && line.found < line.left).length; },
    doneSaid() {
      return {
        dispatched: "It has left. Well done.", handed_over: "Handed over. Well done.",
        rejected: "Given back: another node will do it.", cancelled: "Nothing is left to do here.",
      }[this.state];
    },

    // What was found so far is kept on this phone until the pick is sent.
    remember() {
      const kept = Object.fromEntries(this.lines.map((line) => [line.line, [line.found, line.reason]]));
      localStorage.setItem(`anyshelf.found.${this.work.work_id}`, JSON.stringify(kept));
    },
    recall() {
      const kept = JSON.parse(localStorage.getItem(`anyshelf.found.${this.work.work_id}`) || "{}");
      if (!this.picking) return;
      for (const line of this.lines) {
        const [found, reason] = kept[line.line] || [0, ""];
        line.found = Math.min(found, line.left);
        line.reason = reason;
      }
    },

    // Scanning: a wedge types the code and Enter; the camera reads it where the browser can.
    scan() {
      const code = this.scanned.trim();
      this.scanned = "";
      if (code) this.match(code);
    },
    match(code) {
      const bare = code.replace(/^0+/, "").toUpperCase();
      const fits = (line) => line.item.toUpperCase() === bare || (line.gtin || "").replace(/^0+/, "") === bare;
      const line = this.lines.find((each) => fits(each) && each.found < each.left) || this.lines.find(fits);
      if (!line) return this.say(`${code} is not on this list.`, true);
      if (line.found >= line.left) return this.say(`All of ${line.name} is there already.`, true);
      line.reason = "";
      line.found += 1;
      this.say(`${line.name}: ${line.found} of ${line.left}`);
    },
    say(text, wrong) {
      this.said = text;
      if (navigator.vibrate) navigator.vibrate(wrong ? [80, 60, 80] : 40);
      if (wrong) toast(text, true);
    },
    more(line) { if (line.found < line.left) { line.found += 1; line.reason = ""; } },
    less(line) { if (line.found > 0) line.found -= 1; },
    missing(line) { this.reasonFor = line; this.$refs.why.showModal(); },
    because(reason) { this.reasonFor.reason = reason; this.$refs.why.close(); },
    open_camera() { openCamera(this.$refs.camera, (code) => this.match(code)); },
    can_see,
    open_code() { openCamera(this.$refs.camera, (code) => { this.code = code; this.hand_over(); }); },

    // The steps. Each is kept here first, then sent; the page goes on at once.
    step(verb, title, leads_to, body) {
      Queue.add({ path: `${this.api}/v1/work/${this.work.work_id}:${verb}`, body, title, about: this.work.work_id, leads_to });
      this.pending = this.mine();
    },
    claim() { this.step("claim", "Claim", "claimed", { node: this.node }); },
    reject() { this.step("reject", "Give back", "rejected", { node: this.node, reason: "the store cannot do it" }); },
    decline() { this.offered = false; this.reject(); },
    pick() {
      const lines = this.lines.filter((line) => line.left).map((line) => ({
        line: line.line, quantity: line.found,
        ...(line.found < line.left ? { short_reason: line.reason } : {}),
      }));
      const nothing = this.lines.every((line) => !line.found && !line.picked);
      this.step("pick", "Pick", nothing ? "cancelled" : "picked", { lines });
      localStorage.removeItem(`anyshelf.found.${this.work.work_id}`);
    },
    pack() {
      const each = Math.max(1, Math.round(Number(this.weight) / Math.max(1, Number(this.parcels))));
      const packages = Array.from({ length: Math.max(1, Number(this.parcels)) }, (_, place) => ({
        weight_g: each, tracking: place ? `${this.tracking}-${place + 1}` : this.tracking,
      }));
      this.step("pack", "Pack", "packed", { packages });
    },
    stage() { this.step("stage", "Set ready", "staged", this.shelf.trim() ? { shelf: this.shelf.trim() } : {}); },
    dispatch() { this.step("dispatch", "Dispatch", "dispatched", { carrier: this.carrier, tracking: this.tracking }); },

    // Two steps need the connection: a code is checked while the shopper waits, and of several stores that are
    // offered the same work the first one gets it.
    async ask(verb, body, without) {
      let answer;
      try {
        answer = await fetch(`${this.api}/v1/work/${this.work.work_id}:${verb}`, {
          method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
        });
      } catch {
        return this.say(without, true);
      }
      const told = await answer.json();
      if (!answer.ok) return this.say(told.detail, true);
      this.take(told);
      return told;
    },
    async claim_offered() {
      const claimed = await this.ask("claim", { node: this.node }, "There is no connection: another store may be faster.");
      if (claimed) this.offered = false;
    },
    async hand_over() {
      const shown = this.code.trim().split(":").at(-1);
      if (!shown) return this.say("Type or scan the shopper's code.", true);
      if (this.pending.length) return this.say("There is no connection: the code cannot be checked.", true);
      const done = await this.ask("hand_over", { code: shown }, "There is no connection: the code cannot be checked.");
      if (done) this.say("Handed over.");
    },
  }));
});
