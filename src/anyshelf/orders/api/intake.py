"""Orders on their way in: those that wait are priced, paid and written together, and answered one by one."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from anyshelf.catalogue import service as catalogue
from anyshelf.ground import idempotency
from anyshelf.ground.batching import Batcher, Reply, Waiting
from anyshelf.ground.db import OutcomeUnknown, Tx, foresee, persisting, retrying
from anyshelf.ground.errors import Busy, InFlight, PromiseExpired, Refusal, Shortage
from anyshelf.ground.http import House, reading
from anyshelf.ground.idempotency import Answer, Asked
from anyshelf.ground.ids import Id, new_codes, new_ids
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.orders import service
from anyshelf.orders.api.bodies import PlaceOrder
from anyshelf.orders.api.drafting import draft_of
from anyshelf.orders.api.kits import name_kits
from anyshelf.orders.api.paid import Paying
from anyshelf.orders.api.shown import as_json
from anyshelf.orders.model import Draft, Order
from anyshelf.orders.service import Placing
from anyshelf.payments import service as payments
from anyshelf.payments.model import Paid

WAITING_MAX = 4000
"""So many orders may wait in a process; the next one is told to come back."""

ASKED_AT_ONCE = 32
"""For so many orders of a batch a payment provider elsewhere is asked side by side."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Incoming:
    """An order as it was sent: to which market, under which key of its sender (none: no key was given)."""

    market: str
    body: PlaceOrder
    asked: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a sender is told, and whether it was told before."""

    answer: Answer
    again: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class _Order:
    """An order on its way through a batch."""

    incoming: Incoming
    answer: Reply[Told]
    order_id: Id
    draft: Draft | None = None
    paying: Paying | None = None
    again: bool = False

    @property
    def asked(self) -> Asked | None:
        return self.incoming.asked

    def refuse(self, refused: Exception) -> None:
        if isinstance(refused, Shortage) and self.draft is not None:
            name_kits(refused, self.draft.lines)
        if not self.answer.done():
            self.answer.set_exception(refused)


class Intake:
    """Where orders are handed in, one by one or by the hundred; one for each process."""

    def __init__(self, house: House, *, waiting_max: int = WAITING_MAX) -> None:
        self.house = house
        # Two hands: while one waits for the database the other plans.
        self._batcher: Batcher[Incoming, Told] = Batcher(
            "orders", self._take_in, batch_max=200, waiting_max=waiting_max, threads=2
        )

    def hand_in(self, incoming: Incoming) -> "asyncio.Future[Told]":
        """Hand an order in from an event loop; raises Busy when too many wait."""
        return self._batcher.hand_in(incoming)

    def submit(self, incoming: Incoming) -> "Future[Told]":
        """Hand an order in from a thread that waits for it; raises Busy as `hand_in`."""
        return self._batcher.submit(incoming)

    def close(self) -> None:
        """Finish what was handed in."""
        self._batcher.close()

    def _take_in(self, waiting: Sequence[Waiting[Incoming, Told]]) -> None:
        by_market: dict[str, list[_Order]] = defaultdict(list)
        for each, order_id in zip(waiting, new_ids(len(waiting)), strict=True):
            order = _Order(incoming=each.item, answer=each.answer, order_id=order_id)
            by_market[each.item.market].append(order)
        for market, orders in by_market.items():
            for batch in _without_twins(orders):
                self._together(market, batch)
        self.house.wake.set()

    def _together(self, market: str, orders: Sequence[_Order]) -> None:
        """Draft, pay and write; where the batch stumbles as a whole its orders go one by one.

        Where the database is away or somebody keeps it waiting, nobody tries alone: each would wait as long.
        """
        try:
            drafted = persisting(lambda: self._draft(market, orders))
        except Busy as busy:
            _refuse_all(orders, busy)
            return
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs to one of them
            self._one_by_one(market, orders, error)
            return
        afar = [order for order in drafted if _paid_afar(order)]
        near = [order for order in drafted if order not in afar]
        for some in (near, afar):  # who pays here does not wait for the others' providers
            self._place(market, [order for order, paid in zip(some, _pay(some), strict=True) if paid])

    def _place(self, market: str, paid: Sequence[_Order]) -> None:
        """Write orders whose money is set aside; where they stumble as a whole, they go one by one."""
        if not paid:
            return
        try:
            on = persisting(lambda: self._look(market, paid))
            told = retrying(self.house.database, lambda tx: self._write(tx, market, paid, on))
        except OutcomeUnknown as unknown:
            _refuse_all(paid, unknown)  # their money stays set aside: they may be written
        except Busy as busy:
            _let_go(paid)
            _refuse_all(paid, busy)
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs to one of them
            _let_go(paid)
            self._one_by_one(market, paid, error)
        else:
            _tell(paid, told)

    def _one_by_one(self, market: str, orders: Sequence[_Order], error: Exception) -> None:
        """Each for itself. Whose twin another hand was writing looks once more, and is told what it was."""
        (first, *others) = orders
        twin = isinstance(error, InFlight) and not first.again
        if not others and not twin:
            first.refuse(error)
            return
        for order in orders:
            order.again = True
            self._together(market, [order])

    def _draft(self, market: str, orders: Sequence[_Order]) -> list[_Order]:
        """Those that are new, priced and checked; the others are answered or refused."""
        now = self.house.clock.now()
        with reading(self.house) as tx, _at_a_glance(tx, market):
            known = idempotency.earlier_answers(tx, market, [each.asked for each in orders if each.asked])
            goods = catalogue.goods(tx, market, _items(orders))
            new = [order for order in orders if not _answered(order, known)]
            for order in new:
                try:
                    order.draft = draft_of(tx, market, order.incoming.body, now, goods=goods)
                    service.check(tx, market, order.draft)
                except PromiseExpired as late:
                    _refuse_late(tx, market, order, late)
                except Refusal as refused:
                    order.refuse(refused)
        return [order for order in new if not order.answer.done()]

    def _look(self, market: str, orders: Sequence[_Order]) -> service.Seen:
        """The shelves to plan on, from memory; nobody looks for goods that stay where the shopper chose."""
        drafts = [order.draft for order in orders if order.draft is not None]
        if all(map(service.stays_put, drafts)):
            return {}
        with inventory.looking(self.house.database, market) as look, network.pinned(look.tx, market):
            return service.shelves_for(look, drafts, self.house.clock.now(), trusting=True)

    def _write(
        self, tx: Tx, market: str, orders: Sequence[_Order], on: service.Seen
    ) -> list[Told | Exception]:
        """Write all of them in this transaction; what each is told, or why it is refused."""
        foresee(tx, [
            network.version_asked(market), catalogue.stamp_asked(market), inventory.feeds_asked(market),
            inventory.doubts_asked(market),
        ])  # fmt: skip
        now = self.house.clock.now()
        for order in orders:
            if order.paying:
                order.paying.used = False
        asked = [order.asked for order in orders if order.asked]
        noted = idempotency.note_all(tx, market, asked, now)
        earlier = idempotency.earlier_answers(tx, market, [each for each in asked if each not in noted])
        drafts = [order.draft for order in orders if order.draft is not None]
        before = service.all_sent_before(tx, market, drafts)
        outcomes: dict[int, Told | Exception] = {}
        for place, order in enumerate(orders):
            if order.asked and order.asked not in noted:
                outcomes[place] = _told_earlier(earlier.get(order.asked))
            elif place in before:
                outcomes[place] = _sent_before(tx, market, before[place])
        new = [place for place in range(len(orders)) if place not in outcomes]
        codes = new_codes(len(new))
        placing = [self._placing(orders[place], code) for place, code in zip(new, codes, strict=True)]
        placed = service.place_all(tx, market, placing, now, on=on, trusting=True)
        for place, outcome in zip(new, placed, strict=True):
            outcomes[place] = _placed(tx, orders[place], outcome)
        outcomes |= _short_of_their_own(tx, market, orders, outcomes)
        _remember(tx, market, orders, outcomes, noted)
        return [outcomes[place] for place in range(len(orders))]

    def _placing(self, order: _Order, pickup_code: str) -> Placing:
        if order.draft is None:
            raise ValueError("an order is drafted before it is placed")
        return Placing(
            draft=order.draft,
            order_id=order.order_id,
            pickup_code=pickup_code,
            authorisation=order.paying.authorisation if order.paying else None,
            release_after=timedelta(seconds=self.house.settings.release_after_seconds),
        )


@contextmanager
def _at_a_glance(tx: Tx, market: str) -> Iterator[None]:
    """The same network throughout; whether the books have changed is asked once, of all of them together."""
    foresee(tx, [network.version_asked(market), catalogue.stamp_asked(market)])
    with network.pinned(tx, market):
        yield


def _without_twins(orders: Sequence[_Order]) -> list[list[_Order]]:
    """The orders in batches of which none holds the same key, or the same sender's id, twice."""
    if not any(order.asked or order.incoming.body.external_id for order in orders):
        return [list(orders)]
    batches: list[tuple[set[object], list[_Order]]] = []
    for order in orders:
        body = order.incoming.body
        marks: set[object] = {order.asked and (order.asked.asker, order.asked.key)}
        marks.add(body.external_id and (body.channel, body.external_id))
        marks -= {None}
        home = next((batch for batch in batches if not batch[0] & marks), None)
        if home is None:
            home = (set(), [])
            batches.append(home)
        home[0].update(marks)
        home[1].append(order)
    return [batch for _, batch in batches]


def _paid_afar(order: _Order) -> bool:
    payment = order.incoming.body.payment
    return payment is not None and payments.takes_its_time(payment.provider)


def _pay(orders: Sequence[_Order]) -> list[bool]:
    """Set money aside for each; says for whom it is. A provider elsewhere is asked for several at once."""
    if len(orders) > 1 and _paid_afar(orders[0]):
        with ThreadPoolExecutor(min(len(orders), ASKED_AT_ONCE)) as asking:
            return list(asking.map(_paid_for, orders))
    return [_paid_for(order) for order in orders]


def _paid_for(order: _Order) -> bool:
    """Set the money aside; an order that cannot be paid is refused."""
    body, draft = order.incoming.body, order.draft
    if draft is None:
        return False
    due = 0 if body.payment is None else service.to_authorise_minor(draft)
    try:
        order.paying = Paying(due, body.payment, draft.currency, field="payment")
    except Refusal as refused:
        order.refuse(refused)
        return False
    return True


def _items(orders: Sequence[_Order]) -> list[str]:
    return sorted({line.item for order in orders for line in order.incoming.body.lines})


def _answered(order: _Order, known: Mapping[Asked, Answer | Refusal]) -> bool:
    """Whether this order was told something before: then it is told it again."""
    earlier = known.get(order.asked) if order.asked else None
    if isinstance(earlier, Refusal):
        order.refuse(earlier)
    elif earlier is not None and not order.answer.done():
        order.answer.set_result(Told(answer=earlier, again=True))
    return earlier is not None


def _refuse_late(tx: Tx, market: str, order: _Order, late: PromiseExpired) -> None:
    """Refuse who takes up a promise too late; who did so in time and asks again is told of their order."""
    body = order.incoming.body
    known = [] if body.external_id is None else service.recent(
        tx, market, channels=[body.channel], external_id=body.external_id, limit=1
    )  # fmt: skip
    if known and known[0].promise and known[0].promise["option_id"] == body.option_id:
        if not order.answer.done():
            order.answer.set_result(Told(answer=Answer(200, as_json(tx, known[0]))))
    else:
        order.refuse(late)


def _told_earlier(earlier: Answer | Refusal | None) -> Told | Exception:
    if isinstance(earlier, Answer):
        return Told(answer=earlier, again=True)
    return earlier or InFlight(
        "A request with this Idempotency-Key is being worked on; ask again in a moment."
    )


def _sent_before(tx: Tx, market: str, before: Id | Refusal) -> Told | Exception:
    if isinstance(before, Refusal):
        return before
    return Told(answer=Answer(200, as_json(tx, service.find(tx, market, before))))


def _short_of_their_own(
    tx: Tx, market: str, orders: Sequence[_Order], outcomes: Mapping[int, Told | Exception]
) -> dict[int, Told | Exception]:
    """Who is short of what the same order took a moment ago, by another hand, is told of that order."""
    short = {
        place: order.draft
        for place, order in enumerate(orders)
        if order.draft is not None and isinstance(outcomes[place], Shortage)
    }
    before = service.all_sent_before(tx, market, list(short.values()))
    return {list(short)[number]: _sent_before(tx, market, known) for number, known in before.items()}


def _placed(tx: Tx, order: _Order, outcome: Order | Refusal) -> Told | Exception:
    if isinstance(outcome, Refusal):
        return outcome
    if order.paying:
        order.paying.used = True
    return Told(answer=Answer(201, as_json(tx, outcome, _paid(order, outcome))))


def _paid(order: _Order, placed: Order) -> Paid | None:
    """Where a new order stands in money, without asking; None for one that moved on as it was placed."""
    if placed.version > 1 or any(line.captured == "sourced" for line in placed.lines):
        return None
    authorisation = order.paying.authorisation if order.paying else None
    return Paid(authorised_minor=authorisation.amount_minor) if authorisation else Paid()


def _remember(
    tx: Tx,
    market: str,
    orders: Sequence[_Order],
    outcomes: Mapping[int, Told | Exception],
    noted: set[Asked],
) -> None:
    """Keep what was told under the senders' keys; who was refused may send the same again."""
    told: dict[Asked, Answer] = {}
    refused: list[Asked] = []
    for place, order in enumerate(orders):
        if order.asked not in noted or order.asked is None:
            continue
        outcome = outcomes[place]
        if isinstance(outcome, Told):
            told[order.asked] = outcome.answer
        else:
            refused.append(order.asked)
    idempotency.remember_all(tx, market, told)
    idempotency.take_back_all(tx, market, refused)


def _refuse_all(orders: Sequence[_Order], refused: Refusal) -> None:
    for order in orders:
        order.refuse(refused)


def _let_go(orders: Sequence[_Order]) -> None:
    for order in orders:
        if order.paying:
            order.paying.let_go()


def _tell(orders: Sequence[_Order], outcomes: Sequence[Told | Exception]) -> None:
    """Answer every caller; the money of an order that was not written by this attempt is let go."""
    for order, outcome in zip(orders, outcomes, strict=True):
        if order.paying and not order.paying.used:
            order.paying.let_go()
        if isinstance(outcome, Told):
            order.answer.set_result(outcome)
        else:
            order.refuse(outcome)
