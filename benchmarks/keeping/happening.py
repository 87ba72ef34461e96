"""What happens to an option that was taken: when its goods leave, come and stand ready, and who saw it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id, new_id
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.promising import service as promising
from anyshelf.promising.model import KINDS, Option, PromisedShipment
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Destination, Way
from anyshelf.sourcing.service import Grounds
from asking.world import MARKET
from keeping.world import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """When an option was there, and when it would have been by the books alone."""

    arrived_at: datetime
    by_the_books: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """The world in which options are carried out; what is seen is told to the product."""

    tx: Tx
    atlas: Atlas
    truth: Truth

    def carry_out(self, option: Option, grounds: Grounds, place: Destination, now: datetime) -> Happened:
        """Carry an option out, every parcel of it: there when the last of it is there."""
        parts = [self._part(option, shipment, grounds, place, now) for shipment in option.shipments]
        return Happened(
            arrived_at=max(part.arrived_at for part in parts),
            by_the_books=max(part.by_the_books for part in parts),
        )

    def _part(
        self, option: Option, shipment: PromisedShipment, grounds: Grounds, place: Destination, now: datetime
    ) -> Happened:
        if shipment.service:
            return self._travels(option, shipment, grounds, place)
        ready, books = self._stands_ready(shipment, grounds, now)
        if not option.slots:
            return Happened(arrived_at=ready, by_the_books=books)
        slot = option.slots[0]
        drive = timedelta(hours=self.truth.draw.uniform(0.2, 2.9))
        came = max(slot.opens_at + drive, ready + timedelta(hours=1))
        return Happened(arrived_at=came, by_the_books=slot.closes_at)

    def _stands_ready(
        self, shipment: PromisedShipment, grounds: Grounds, now: datetime
    ) -> tuple[datetime, datetime]:
        """When goods from a store's own shelf stand ready: from elsewhere, where it does not find them."""
        node, due = shipment.node, shipment.dispatch_by
        work = network.node(self.atlas, node).processing_minutes
        begins = network.working_before(self.atlas, node, due, work) or now
        minutes = self.truth.work_minutes(node, work)
        ready = network.working_after(self.atlas, node, max(now, begins), minutes) or due
        subject = new_id()
        if self.truth.finds(node, now):
            promising.saw_ready(self.tx, MARKET, subject, node, due_at=due, ready_at=ready)
            return ready, due
        home = Way(method="pickup", home=node, kinds=KINDS["pickup"], excluded=frozenset({node}))
        other = self._elsewhere(grounds, home, ready)
        store = network.node(self.atlas, node)
        end = Destination(lat=store.lat, lon=store.lon, postal_code=store.postal_code)
        there = self._on_the_road(other, "ground", end, ready)
        set_out = self.truth.work_minutes(node, work)
        later = network.working_after(self.atlas, node, there, set_out) or there
        promising.not_from_here(
            self.tx, MARKET, subject, node, due_at=due, instead_at=later, stays=True, now=ready
        )
        return later, due

    def _travels(
        self, option: Option, shipment: PromisedShipment, grounds: Grounds, place: Destination
    ) -> Happened:
        """A parcel to a shopper, or to the store where it is fetched."""
        node, due = shipment.node, shipment.dispatch_by
        end, to_store = place, option.node
        if to_store:
            store = network.node(self.atlas, to_store)
            end = Destination(lat=store.lat, lon=store.lon, postal_code=store.postal_code)
        books = self._comes(node, shipment.service, end, due, 0)
        kind = network.node(self.atlas, node).kind
        subject = new_id()
        if self.truth.finds(node, due):
            left = self._leaves(node, due, self.truth.days_late_leaving(node, kind, due))
            there = self._seen_on_the_road(node, shipment.service, end, left, learn=to_store is None)
            promising.saw_leaving(self.tx, MARKET, subject, node, due_at=due, left_at=left)
        else:
            way = Way(
                method="pickup" if to_store else "ship", destination=None if to_store else place,
                home=to_store, kinds=KINDS["ship"], excluded=frozenset({node}), service=shipment.service,
            )  # fmt: skip
            other = self._elsewhere(grounds, way, due - timedelta(hours=1))
            again = network.dispatch_at(self.atlas, other, due - timedelta(hours=1)) or due
            promising.not_from_here(
                self.tx, MARKET, subject, node, due_at=due, instead_at=again, stays=False, now=due
            )
            there = self._on_the_road(other, shipment.service, end, due - timedelta(hours=1))
        if not to_store:
            return Happened(arrived_at=there, by_the_books=books)
        work = network.node(self.atlas, to_store).processing_minutes
        minutes = self.truth.work_minutes(to_store, work)
        ready = self._next_open(to_store, there, minutes)
        books_ready = self._next_open(to_store, books, work)
        return Happened(arrived_at=ready, by_the_books=books_ready)

    def _next_open(self, node: str, at: datetime, minutes: int) -> datetime:
        ready = network.working_after(self.atlas, node, at, minutes) or at
        return network.next_open(self.atlas, node, ready) or ready

    def _elsewhere(self, grounds: Grounds, way: Way, now: datetime) -> str:
        """The node that serves instead, as sourcing chooses it."""
        plan = sourcing.choose(grounds, way, now=now)
        return plan.shipments[0].node if plan.shipments else next(iter(self.atlas.index))

    def _on_the_road(self, node: str, service: str, end: Destination, now: datetime) -> datetime:
        kind = network.node(self.atlas, node).kind
        due = network.dispatch_at(self.atlas, node, now) or now
        left = self._leaves(node, due, self.truth.days_late_leaving(node, kind, due))
        return self._seen_on_the_road(node, service, end, left, learn=False)

    def _leaves(self, node: str, due: datetime, days: int) -> datetime:
        """The collection so many open days after the one that was due, or some time before it."""
        if not days:
            return due - timedelta(minutes=self.truth.draw.uniform(0, 30))
        later = due
        for _ in range(days):
            later = network.dispatch_at(self.atlas, node, later + timedelta(minutes=1)) or later
        return later

    def _seen_on_the_road(
        self, node: str, service: str, end: Destination, left: datetime, *, learn: bool
    ) -> datetime:
        zone = network.zone_between(self.atlas, node, end.postal_code, end.lat, end.lon)
        late = self.truth.days_late(service, zone, end.lon or 0.0, left)
        hours = timedelta(hours=self.truth.draw.triangular(0.1, 11, 5))
        there = max(self._comes(node, service, end, left, late) - hours, left + timedelta(hours=2))
        if learn:
            promising.saw_transit(
                self.tx, MARKET, new_id(), node=node, service=service, destination=end, dispatched_at=left,
                delivered_at=there,
            )  # fmt: skip
        return there

    def _comes(self, node: str, service: str, end: Destination, left: datetime, late: int) -> datetime:
        zone = network.zone_between(self.atlas, node, end.postal_code, end.lat, end.lon)
        days = network.transit_days(self.atlas, service, zone)
        tz = network.timezone_near(self.atlas, end.lat or 0.0, end.lon or 0.0)
        return network.arrival(
            self.atlas, node=node, dispatched_at=left, service=service, days=max(0, days + late),
            destination_tz=tz,
        ).latest  # fmt: skip


def bind(tx: Tx, option: Option, order_id: Id, now: datetime) -> None:
    """Take an option, as an order does: its place in the nodes' days, and what was said, written down."""
    atlas = network.atlas(tx, MARKET)
    for shipment in option.shipments:
        promising.book(tx, atlas, shipment.node, shipment.dispatch_by)
    told = {
        "method": option.method, "confidence": option.confidence, "taken_at": now.isoformat(),
        "arrives_by": option.arrives_by.isoformat(),
        "shipments": [{"node": each.node, "service": each.service} for each in option.shipments],
    }  # fmt: skip
    promising.bind(tx, MARKET, [promising.Taken(order_id=order_id, channel="web", promise=told)])


def twin(option: Option, others: Sequence[Option]) -> Option | None:
    """The same way in another answer, which differs in nothing but how sure it is."""

    def way(each: Option) -> tuple[object, ...]:
        nodes = tuple((shipment.node, shipment.service) for shipment in each.shipments)
        return each.method, each.node, nodes

    return next((replace(each) for each in others if way(each) == way(option)), None)
