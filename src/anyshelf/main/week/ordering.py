"""The demo's shoppers order: what each wished for, promised and paid for as in the shop."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Shortage
from anyshelf.ground.ids import Id, derived_id, id_made_at
from anyshelf.main.week.player import Past
from anyshelf.orders import service as orders
from anyshelf.orders.model import Draft, DraftLine
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation
from anyshelf.promising import service as promising
from anyshelf.promising.model import Option, TakenOption, Wanted, WantedLine
from anyshelf.simulator.demo import Wish
from anyshelf.sourcing.model import Destination

PROMISED = frozenset({"ship", "pickup", "reserve", "deliver"})
CODE = "135790"
FINGERPRINT = b"demo"


@dataclass(slots=True)
class Placed:
    """What was ordered: each order with the wish it came from."""

    wishes: dict[Id, Wish] = field(default_factory=dict)
    due: dict[Id, datetime] = field(default_factory=dict)
    """By when each was promised."""

    def fate(self, order_id: Id) -> str:
        """What goes otherwise with an order; nothing with one that came out of another."""
        wish = self.wishes.get(order_id)
        return wish.fate if wish else ""


def order(past: Past, placed: Placed, wish: Wish, tx: Tx, now: datetime) -> Id:
    """Take the first way there is and order by it; raises what the shop would refuse."""
    option = _promised(past, wish, tx, now)
    draft = _draft(wish, option)
    orders.check(tx, past.market, draft)
    order_id = id_made_at(now, "demo", past.market, str(wish.number))
    made = orders.place(
        tx, past.market, draft, _paid(past, draft, order_id), now, order_id=order_id, pickup_code=CODE
    )
    placed.wishes[made.order_id] = wish
    if option:
        placed.due[made.order_id] = option.option.arrives_by
    return made.order_id


def name_of(wish: Wish) -> str:
    """Under which name its channel sent the order."""
    return f"week-{wish.number}"


def _promised(past: Past, wish: Wish, tx: Tx, now: datetime) -> TakenOption | None:
    if wish.method not in PROMISED:
        return None
    wanted = Wanted(
        channel=wish.channel,
        lines=tuple(WantedLine(item=item.item, quantity=units) for item, units in wish.items),
        destination=Destination(**_home_of(wish)),
        stores=() if wish.method == "ship" else (wish.store.node,),
        methods=(wish.method,),
    )
    promise = promising.quote(tx, past.market, wanted, now)
    option = next(iter(sorted(promise.options, key=_dearness)), None)
    if option is None:
        raise Shortage("There is no way to have it.", lines=[])
    return promising.take(tx, past.market, promise.promise_id, option.option_id, now)


def _dearness(option: Option) -> tuple[int, datetime]:
    return option.fee_minor, option.arrives_by


def _home_of(wish: Wish) -> dict[str, Any]:
    store = wish.store
    return {
        "lat": store.lat, "lon": store.lon, "postal_code": store.postal_code, "country": store.country,
    }  # fmt: skip


def _draft(wish: Wish, taken: TakenOption | None) -> Draft:
    promise = taken.as_json() if taken else None
    lines = tuple(
        DraftLine(
            line=place, item=item.item, quantity=units, unit_price_minor=item.price_minor, discount_minor=0,
            tax_minor=0, method=wish.method, node=None if wish.method == "ship" else wish.store.node,
        )
        for place, (item, units) in enumerate(wish.items, start=1)
    )  # fmt: skip
    return Draft(
        channel=wish.channel,
        external_id=name_of(wish),
        fingerprint=FINGERPRINT,
        customer=wish.customer,
        contact={"name": wish.name, "email": wish.email, "phone": ""},
        destination=None if wish.method == "carry_out" else _home_of(wish),
        currency=wish.items[0][0].currency,
        shipping_minor=taken.option.fee_minor if taken else 0,
        held=None,
        promise=promise,
        slot=taken.option.slots[0].as_json() if taken and taken.option.slots else None,
        lines=lines,
    )


def _paid(past: Past, draft: Draft, order_id: Id) -> Authorisation | None:
    due = orders.to_authorise_minor(draft)
    if not due:
        return None
    tender = "cash" if draft.channel == "till" else "test"
    key = str(derived_id("demo", past.market, str(order_id)))
    return payments.authorise(tender, "tok_ok", amount_minor=due, currency=draft.currency, key=key)


def cancel(past: Past, wish: Wish, tx: Tx, now: datetime) -> None:
    """Change their mind before anybody has begun; what was never ordered is not cancelled."""
    for order_id in orders_of(past, wish, tx):
        orders.cancel(tx, past.market, order_id, None, now, reason="changed_mind")


def orders_of(past: Past, wish: Wish, tx: Tx) -> list[Id]:
    """The order a wish became, if it did."""
    known = orders.recent(tx, past.market, channels=(wish.channel,), external_id=name_of(wish), limit=1)
    return [order.order_id for order in known]
