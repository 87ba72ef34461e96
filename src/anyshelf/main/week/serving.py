"""The demo's stores, vendors and carriers do their work: picked, set ready, sent, scanned, handed over.

Each answers events and does one step at a time, so that at any moment some work stands at every step.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from anyshelf.delivery import service as delivery
from anyshelf.delivery.model import Arrived, Scan
from anyshelf.fulfilment import service as fulfilment
from anyshelf.fulfilment.model import Pick, Work
from anyshelf.ground.db import Tx
from anyshelf.ground.events import Told
from anyshelf.ground.ids import Id
from anyshelf.main.week.ordering import Placed
from anyshelf.main.week.player import Past
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.service import Settling
from anyshelf.payments import service as payments
from anyshelf.vendors import service as vendors
from anyshelf.vendors.model import Answer, Notice

AT_COUNTERS = frozenset({"hand_over", "till", "counter"})
WORKS_MAX = 500
TRIES_MAX = 5
CARRIER = "Overland Parcel"
CREW = ("jo", "kim", "lee", "max", "pia")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

Done = Callable[[Id, datetime], None]
"""What is told when a shopper has their goods: of which order, when."""


class Serving:
    """Everybody who serves orders, and whom they tell when an order has come to its shopper."""

    def __init__(self, past: Past, placed: Placed, done: Done) -> None:
        self.past, self.placed, self.done = past, placed, done
        self._went_wrong: set[Id] = set()

    def hear(self, told: Told) -> None:
        """Somebody has something to do now."""
        if told.kind == "OrderReleased":
            for part in told.data["release"]:
                self._released(Id(told.data["order_id"]), part, told.happened_at)
        elif told.kind == "PackageDispatched":
            self._left(told)

    def _released(self, order_id: Id, part: dict[str, str], at: datetime) -> None:
        luck = self._luck(order_id, part["node"])
        if part["finish"] == "purchase":
            self.past.later(at + luck.uniform(1, 3) * HOUR, partial(self._confirm, order_id, part["node"]))
            return
        # Claimed on a phone, at any hour; picked when the shop is open.
        claimed = at + luck.uniform(2, 15) * MINUTE
        self.past.later(claimed, partial(self._claim, order_id, part["node"]))

    def _luck(self, order_id: Id, what: str) -> random.Random:
        """Draws of their own for each order and step: what happens to one does not shift another's."""
        return random.Random(f"{order_id}/{what}")  # noqa: S311  a demo, not a secret

    def _open(self, node: str, at: datetime) -> datetime | None:
        return network.next_open(self.past.atlas, node, at)

    def _once(self, order_id: Id, fate: str) -> bool:
        """Whether this goes wrong with the order now: it does once, and not again at the next node."""
        if self.placed.fate(order_id) != fate or order_id in self._went_wrong:
            return False
        self._went_wrong.add(order_id)
        return True

    # In a node

    def _works(self, tx: Tx, order_id: Id, node: str) -> list[Work]:
        found = fulfilment.of_node(tx, self.past.market, node, unfinished=True, limit=WORKS_MAX)
        return [work for work in found if work.order_id == order_id and work.node == node]

    def _claim(self, order_id: Id, node: str, tx: Tx, now: datetime) -> None:
        for work in self._works(tx, order_id, node):
            if work.state != "open":
                continue
            if self._once(order_id, "rejected"):
                fulfilment.reject(tx, work.market, work.work_id, reason="no time today", now=now)
                continue
            by = self._luck(order_id, "hands").choice(CREW)
            fulfilment.claim(tx, work.market, work.work_id, by=by, now=now)
            soon = now + self._luck(order_id, "pick").uniform(3, 20) * MINUTE
            self.past.later(self._open(node, soon), partial(self._pick, work))

    def _pick(self, work: Work, tx: Tx, now: datetime) -> None:
        short = 1 if self._once(work.order_id, "short") else 0
        picks = [
            Pick(
                line=line.line,
                quantity=line.quantity - (short if place == 0 else 0),
                short_reason="not on the shelf" if short and place == 0 else None,
            )
            for place, line in enumerate(work.lines)
        ]
        by = self._luck(work.order_id, "hands").choice(CREW)
        picked = fulfilment.pick(tx, work.market, work.work_id, picks, by=by, now=now)
        if picked.state != "picked":
            return
        soon = now + self._luck(work.order_id, "ready").uniform(2, 12) * MINUTE
        self.past.later(soon, partial(self._stage if work.finish in AT_COUNTERS else self._pack, work))

    def _pack(self, work: Work, tx: Tx, now: datetime) -> None:
        fulfilment.pack(tx, work.market, work.work_id, [], now)
        leaves = max(work.due_at - self._luck(work.order_id, "van").uniform(5, 40) * MINUTE, now + 5 * MINUTE)
        if self._once(work.order_id, "left_late"):
            leaves += 6 * HOUR
        self.past.later(leaves, partial(self._send, work))

    def _send(self, work: Work, tx: Tx, now: datetime) -> None:
        carrier = "Own fleet" if work.finish == "transfer" else CARRIER
        number = f"DEMO-{work.work_id.hex[:8].upper()}"
        fulfilment.dispatch(tx, work.market, work.work_id, carrier=carrier, tracking=number, now=now)

    def _stage(self, work: Work, tx: Tx, now: datetime) -> None:
        luck = self._luck(work.order_id, "shelf")
        fulfilment.stage(
            tx, work.market, work.work_id, shelf=f"{luck.choice('ABC')}{luck.randint(1, 6)}", now=now
        )
        comes = self._open(work.node, now + luck.uniform(0.5, 40) * HOUR)
        gives = self._settle if work.finish == "till" else self._hand_over
        self.past.later(comes, partial(gives, work))

    # At the counter

    def _hand_over(self, work: Work, tx: Tx, now: datetime) -> None:
        fulfilment.arrive(tx, work.market, work.order_id, node=work.node, spot="counter", now=now)
        after = now + self._luck(work.order_id, "wait").uniform(2, 15) * MINUTE
        self.past.later(after, partial(self._hand_out, work))

    def _hand_out(self, work: Work, tx: Tx, now: datetime) -> None:
        code = orders.find(tx, work.market, work.order_id).pickup_code or ""
        fulfilment.hand_over(tx, work.market, work.work_id, code=code, tries_max=TRIES_MAX, now=now)
        self.done(work.order_id, now)

    def _settle(self, work: Work, tx: Tx, now: datetime) -> None:
        """Some take all that was kept for them, some leave a part of it."""
        kept = orders.find(tx, work.market, work.order_id)
        there = {line.line: line.in_state("staged", node=work.node) for line in kept.lines}
        leaves = self._luck(work.order_id, "taste").random() < 0.3  # noqa: PLR2004
        declined = {min(there): there[min(there)]} if leaves else {}
        settling = Settling(
            accepted={line: units for line, units in there.items() if units and line not in declined},
            declined=declined,
        )
        due = orders.settling_due_minor(kept, settling)
        paid = payments.authorise(
            "cash", "tok_ok", amount_minor=due, currency=kept.currency, key=f"demo {work.work_id}"
        ) if due else None  # fmt: skip
        orders.settle(tx, work.market, work.order_id, settling, paid, now)
        if settling.accepted:
            self.done(work.order_id, now)

    # At a vendor

    def _confirm(self, order_id: Id, node: str, tx: Tx, now: datetime) -> None:
        vendor = network.vendor_at(self.past.atlas, node)
        if vendor is None:
            return
        found = vendors.of_vendor(tx, self.past.market, vendor.vendor, unfinished=True, limit=WORKS_MAX)
        for po in found:
            if po.order_id != order_id or not po.unanswered:
                continue
            answers = [
                Answer(line=line.line, accept=line.quantity - line.rejected - line.cancelled)
                for line in po.lines
            ]
            vendors.acknowledge(tx, po.market, po.po_id, answers, now)
            leaves = max(now + HOUR, po.ship_by - self._luck(order_id, "asn").uniform(0.2, 5) * HOUR)
            self.past.later(leaves, partial(self._ship, po.po_id))

    def _ship(self, po_id: Id, tx: Tx, now: datetime) -> None:
        po = vendors.find(tx, self.past.market, po_id)
        lines = {line.line: line.to_ship for line in po.lines if line.to_ship}
        if lines:
            number = f"DEMO-{po_id.hex[-8:].upper()}"
            notice = Notice(asn=number, carrier=CARRIER, tracking=number, shipped_at=now, lines=lines)
            vendors.ship(tx, po.market, po.po_id, notice, now)

    # On the road

    def _left(self, told: Told) -> None:
        shipment_id, order_id = Id(told.data["work_id"]), Id(told.data["order_id"])
        at, luck = told.happened_at, self._luck(order_id, told.data["work_id"])
        if told.data["to_node"]:
            opened = self._open(told.data["to_node"], at + luck.uniform(16, 30) * HOUR)
            self.past.later(opened, partial(self._open_box, shipment_id, order_id, told.data["to_node"]))
            return
        promised = self.placed.due.get(order_id, at + 2 * DAY)
        comes = max(promised - luck.uniform(1, 8) * HOUR, at + 4 * HOUR)
        self.past.later(at + luck.uniform(2, 5) * HOUR, partial(self._scan, shipment_id, "in_transit"))
        if self._once(order_id, "lost"):
            self.past.later(comes, partial(self._scan, shipment_id, "lost"))
            return
        if self._once(order_id, "carried_late"):
            comes = promised + luck.uniform(3, 30) * HOUR
        if self._once(order_id, "not_at_home"):
            self.past.later(comes - 3 * HOUR, partial(self._scan, shipment_id, "failed"))
        self.past.later(comes - 2 * HOUR, partial(self._scan, shipment_id, "out_for_delivery"))
        self.past.later(comes, partial(self._deliver, shipment_id, order_id))

    def _scan(self, shipment_id: Id, kind: str, tx: Tx, now: datetime) -> None:
        said = Scan(event_id=f"{shipment_id}-{kind}", kind=kind, happened_at=now)
        delivery.hear(tx, self.past.market, shipment_id, [said], now)

    def _deliver(self, shipment_id: Id, order_id: Id, tx: Tx, now: datetime) -> None:
        self._scan(shipment_id, "delivered", tx, now)
        self.done(order_id, now)

    def _open_box(self, shipment_id: Id, order_id: Id, node: str, tx: Tx, now: datetime) -> None:
        box = delivery.ensure(tx, self.past.market, shipment_id)
        found = [Arrived(line=line["line"], received=line["quantity"]) for line in box.lines]
        delivery.receive(tx, self.past.market, shipment_id, found, now)
        for work in self._works(tx, order_id, node):
            if work.finish == "counter":
                self.past.later(now + 20 * MINUTE, partial(self._stage, work))
