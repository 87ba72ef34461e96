"""The front door of promising: what ways this basket has to this person, by when, and taking one of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Piece
from anyshelf.catalogue.service import Goods
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound, PromiseExpired
from anyshelf.ground.ids import Id, new_id
from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.promising import store
from anyshelf.promising.model import (
    COUNTERS,
    KINDS,
    PICKUP,
    PICKUP_STORES_MAX,
    SHIP,
    VALID_FOR,
    Option,
    Promise,
    TakenOption,
    Unreachable,
    Wanted,
)
from anyshelf.promising.rules import picked_up, shipped, worth_telling
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Ask, Destination, ShortLine, Sourced, Way
from anyshelf.sourcing.service import GROUND, Grounds

Answer = tuple[list[Option], list[Unreachable]]


def quote(tx: Tx, market: str, wanted: Wanted, now: datetime, *, valid_for: timedelta = VALID_FOR) -> Promise:
    """The ways this basket can be had, each from the plan an order would be sourced by; kept until taken.

    Nothing is reserved. What cannot be had comes with its reason, so a promise may have no options. Raises
    Invalid for an item nobody knows, NotFound for such a channel or store.
    """
    goods = catalogue.goods(tx, market, [line.item for line in wanted.lines])
    asks = asks_for(wanted, goods)
    grounds = sourcing.look(tx, market, channel=wanted.channel, asks=asks, method=SHIP, now=now)
    promise = offer(grounds, wanted, goods, now, valid_for=valid_for)
    keep(tx, market, [(wanted, promise)])
    return promise


def asks_for(wanted: Wanted, goods: Goods) -> list[Ask]:
    """What a basket asks of shelves, kits as their parts; raises Invalid for an item nobody knows."""
    return [
        Ask(
            line=piece.line,
            item=piece.item,
            quantity=piece.quantity,
            weight_g=goods.items[piece.item].weight_g,
            unit_value_minor=goods.items[piece.item].price_minor,
            flags=goods.items[piece.item].flags,
        )
        for piece in _pieces(wanted, goods)
    ]


def offer(
    grounds: Grounds, wanted: Wanted, goods: Goods, now: datetime, *, valid_for: timedelta = VALID_FOR
) -> Promise:
    """The ways this basket can be had, decided on what was looked at; nothing is kept. Raises as `quote`."""
    worth_minor = sum(each.quantity * goods.items[each.item].price_minor for each in wanted.lines)
    worth = Money(worth_minor, grounds.channel.currency)
    answers = (_by_parcel(grounds, wanted, worth, now), _at_stores(grounds, wanted, worth, now))
    return _promise(wanted, answers, now, valid_for)


def take(tx: Tx, market: str, promise_id: Id | None, option_id: str, now: datetime) -> TakenOption:
    """The option somebody chose; the promise may be left out, since an option's id begins with it.

    Raises NotFound for a promise or option nobody made, PromiseExpired when it is no longer offered.
    """
    promised = promise_id or _promise_of(option_id)
    kept = store.find(tx, market, promised) if promised else None
    options = msgspec.convert(kept.options, tuple[Option, ...]) if kept else ()
    option = next((each for each in options if each.option_id == option_id), None)
    if kept is None or option is None:
        raise NotFound("There is no such option of a promise; ask for a new promise.", field="option_id")
    if now >= kept.expires_at:
        raise PromiseExpired(
            "The promise ran out; ask for a new one.", expires_at=kept.expires_at.isoformat()
        )
    return TakenOption(
        promise_id=kept.promise_id,
        channel=kept.channel,
        wanted=msgspec.convert(kept.wanted, Wanted),
        option=option,
        made_at=kept.made_at,
        taken_at=now,
    )


def _promise_of(option_id: str) -> Id | None:
    try:
        return Id(option_id.partition(".")[0])
    except ValueError:
        return None


def _pieces(wanted: Wanted, goods: Goods) -> list[Piece]:
    """What is wanted as it lies on shelves, kits as their parts."""
    if not wanted.lines:
        raise Invalid("Nothing is wanted.", field="lines")
    asked = [
        Piece(line=line, item=each.item, quantity=each.quantity)
        for line, each in enumerate(wanted.lines, start=1)
    ]
    for place, each in enumerate(wanted.lines):
        if each.quantity < 1:
            raise Invalid("A quantity is at least 1.", field=f"lines.{place}.quantity")
    pieces = goods.on_shelves(asked)
    for place, each in enumerate(wanted.lines):
        if each.item not in goods.items:
            raise Invalid(f"There is no item {each.item}.", field=f"lines.{place}.item")
    return pieces


# Shipped


def _by_parcel(grounds: Grounds, wanted: Wanted, goods: Money, now: datetime) -> Answer:
    """The cheapest and the fastest way to ship, over all carriers' services."""
    if wanted.destination is None:
        return [], [Unreachable(method=SHIP, reason="No destination was given.")]
    services = sourcing.parcel_services(grounds.atlas)
    if not services:
        return [], [Unreachable(method=SHIP, reason="No carrier's rates are known.")]
    plans = [
        sourcing.choose(grounds, _way(SHIP, destination=wanted.destination, service=service), now=now)
        for service in services
    ]
    zone = _zone_at(grounds, wanted.destination)
    found = [shipped(grounds.atlas, plan, goods=goods, now=now, destination_tz=zone) for plan in plans]
    options = [option for option in found if option is not None]
    return worth_telling(options, goods), [] if options else [_not_shipped(plans)]


def _way(
    method: str, *, destination: Destination | None = None, service: str = GROUND, node: str | None = None
) -> Way:
    return Way(method=method, destination=destination, node=node, kinds=KINDS[method], service=service)


def _zone_at(grounds: Grounds, destination: Destination) -> ZoneInfo:
    """The time zone of the address; UTC where nobody knows where it lies."""
    if destination.lat is None or destination.lon is None:
        return ZoneInfo("UTC")
    return network.timezone_near(grounds.atlas, destination.lat, destination.lon)


def _not_shipped(plans: Sequence[Sourced]) -> Unreachable:
    """Why nothing can be shipped: what fell least short of all services tells most."""
    least = min((plan.short for plan in plans), key=_missing)
    return Unreachable(
        method=SHIP, reason=f"No node that may ship there has enough of {_named(least)}.", short=least
    )


def _missing(short: Sequence[ShortLine]) -> int:
    return sum(line.wanted - line.available for line in short)


def _named(short: Sequence[ShortLine]) -> str:
    names = list(dict.fromkeys(line.item for line in short))
    return ", ".join(names[:5]) + (" and more" if len(names) > 5 else "")  # noqa: PLR2004  as many as one reads


# Picked up


def _at_stores(grounds: Grounds, wanted: Wanted, goods: Money, now: datetime) -> Answer:
    """Ready at each store that was asked for, or at the nearest ones that have everything."""
    if wanted.stores:
        return _at_these(grounds, wanted.stores, goods, now)
    if wanted.destination is None:
        return [], [Unreachable(method=PICKUP, reason="Neither stores nor a destination were given.")]
    at_counters = replace(_way(PICKUP, destination=wanted.destination), kinds=COUNTERS)
    near = sourcing.holders(grounds, at_counters, limit=PICKUP_STORES_MAX)
    options, unreachable = _at_these(grounds, near, goods, now)
    if not options and not unreachable:
        unreachable = [Unreachable(method=PICKUP, reason="No store of this channel has everything.")]
    return options, unreachable


def _at_these(grounds: Grounds, stores: Sequence[str], goods: Money, now: datetime) -> Answer:
    options: list[Option] = []
    unreachable: list[Unreachable] = []
    for node in dict.fromkeys(stores):
        network.node(grounds.atlas, node, field="stores")
        plan = _at_counter(grounds, node, now)
        option = picked_up(grounds.atlas, plan, node=node, goods=goods, now=now)
        if option is not None:
            options.append(option)
        else:
            unreachable.append(_not_picked_up(grounds, node, plan))
    return options, unreachable


def _at_counter(grounds: Grounds, node: str, now: datetime) -> Sourced:
    """The plan to have everything at a counter: what it does not hold comes to it from other nodes."""
    own = sourcing.choose(grounds, _way(PICKUP, node=node), now=now)
    counter = replace(_way(PICKUP, node=node), kinds=COUNTERS)
    if (
        not own.short
        or sourcing.why_not(grounds, counter, node)
        or not sourcing.parcel_services(grounds.atlas)
    ):
        return own
    brought = sourcing.choose(grounds, replace(_way(PICKUP), home=node), now=now)
    return own if brought.short else brought


def _not_picked_up(grounds: Grounds, node: str, plan: Sourced) -> Unreachable:
    barred = sourcing.why_not(grounds, replace(_way(PICKUP), kinds=COUNTERS), node)
    if barred:
        return Unreachable(method=PICKUP, node=node, reason=f"{node} {barred}.")
    reason = f"{node} has not enough of {_named(plan.short)}."
    return Unreachable(method=PICKUP, node=node, reason=reason, short=plan.short)


# Kept


def _promise(wanted: Wanted, answers: Sequence[Answer], now: datetime, valid_for: timedelta) -> Promise:
    promise_id = new_id()
    options = [option for found, _ in answers for option in found]
    return Promise(
        promise_id=promise_id,
        channel=wanted.channel,
        made_at=now,
        expires_at=now + valid_for,
        options=tuple(
            replace(option, option_id=f"{promise_id}.{number}")
            for number, option in enumerate(options, start=1)
        ),
        unreachable=tuple(reason for _, reasons in answers for reason in reasons),
    )


def keep(tx: Tx, market: str, offered: Sequence[tuple[Wanted, Promise]]) -> None:
    """Write promises down with what was wanted, to be taken until they run out."""
    kept = [
        store.Kept(
            promise_id=promise.promise_id,
            channel=promise.channel,
            wanted=wanted,
            options=promise.options,
            made_at=promise.made_at,
            expires_at=promise.expires_at,
        )
        for wanted, promise in offered
    ]
    if kept:
        store.write(tx, market, kept)
