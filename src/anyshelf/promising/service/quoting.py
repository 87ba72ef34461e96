"""What ways a basket has to a person, by when; and taking one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Piece
from anyshelf.catalogue.service import Goods
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound, PromiseExpired
from anyshelf.ground.ids import Id, new_id
from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.promising import store
from anyshelf.promising.model import (
    COUNTERS,
    DELIVER,
    DELIVER_KM_MAX,
    KINDS,
    PICKUP,
    PICKUP_STORES_MAX,
    RESERVE,
    SHIP,
    VALID_FOR,
    WHERE_OFFERED,
    Known,
    Liking,
    Option,
    Promise,
    Slot,
    TakenOption,
    Unreachable,
    Wanted,
)
from anyshelf.promising.rules import (
    delivered_by_van,
    kept_unpaid,
    likely_first,
    picked_up,
    shipped,
    worth_telling,
)
from anyshelf.promising.service.knowing import known_of, time_zone_at
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
    known = known_of(tx, grounds.atlas, now)
    promise = offer(grounds, wanted, goods, now, known=known, valid_for=valid_for)
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
    grounds: Grounds,
    wanted: Wanted,
    goods: Goods,
    now: datetime,
    *,
    known: Known | None = None,
    valid_for: timedelta = VALID_FOR,
    liking: Liking | None = None,
) -> Promise:
    """The ways this basket can be had, decided on what was looked at; nothing is kept. Raises as `quote`.

    `known` is what is known of how promises are kept, `liking` of what its shopper is likely to choose: the
    likeliest stand first. Where they are left out nothing is known.
    """
    worth_minor = sum(each.quantity * goods.items[each.item].price_minor for each in wanted.lines)
    worth = Money(worth_minor, grounds.channel.currency)
    ask = _Ask(grounds=grounds, wanted=wanted, worth=worth, known=known or Known(), now=now)
    answers: list[Answer] = []
    if ask.for_method(SHIP):
        answers.append(_by_parcel(ask))
    if any(ask.for_method(method) for method in (PICKUP, RESERVE, DELIVER)):
        answers.append(_at_stores(ask))
    answers.append(([], _not_offered(ask, answers)))
    options = likely_first([option for found, _ in answers for option in found], liking)
    return _promise(wanted, options, answers, now, valid_for)


def _not_offered(ask: "_Ask", answers: Sequence[Answer]) -> list[Unreachable]:
    """The methods somebody asked for that no answer speaks of."""
    told = {option.method for options, _ in answers for option in options}
    told |= {reason.method for _, reasons in answers for reason in reasons}
    reason = "No store that is near enough and has everything offers this."
    return [
        Unreachable(method=method, reason=reason)
        for method in dict.fromkeys(ask.wanted.methods)
        if method not in told
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """A basket, what it is worth, and all that its dates rest on."""

    grounds: Grounds
    wanted: Wanted
    worth: Money
    known: Known
    now: datetime

    @property
    def atlas(self) -> Atlas:
        return self.grounds.atlas

    def for_method(self, method: str) -> bool:
        """Whether this method is asked for."""
        return not self.wanted.methods or method in self.wanted.methods


def take(
    tx: Tx, market: str, promise_id: Id | None, option_id: str, now: datetime, *, slot: Slot | None = None
) -> TakenOption:
    """The option somebody chose; the promise may be left out, since an option's id begins with it.

    `slot` is the one they chose of those it has (none chosen: the first). Raises NotFound for a promise or
    option nobody made, PromiseExpired when it is no longer offered, Invalid for a slot it does not have.
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
    if any(shipment.dispatch_by <= now for shipment in option.shipments):
        raise PromiseExpired("What was to leave has left without it; ask for a new promise.")
    return TakenOption(
        promise_id=kept.promise_id,
        channel=kept.channel,
        wanted=msgspec.convert(kept.wanted, Wanted),
        option=_in_slot(option, slot),
        made_at=kept.made_at,
        taken_at=now,
    )


def _in_slot(option: Option, slot: Slot | None) -> Option:
    """The option in one of its slots, as it stands where it has none."""
    if not option.slots:
        return option
    chosen = slot or option.slots[0]
    if chosen not in option.slots:
        raise Invalid("The promise does not offer this slot; choose one of its slots.", field="slot")
    return replace(option, arrives_from=chosen.opens_at, arrives_by=chosen.closes_at, slots=(chosen,))


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


def _by_parcel(ask: _Ask) -> Answer:
    """The cheapest and the fastest way to ship, over all carriers' services."""
    grounds, destination = ask.grounds, ask.wanted.destination
    if destination is None:
        return [], [Unreachable(method=SHIP, reason="No destination was given.")]
    services = sourcing.parcel_services(ask.atlas)
    if not services:
        return [], [Unreachable(method=SHIP, reason="No carrier's rates are known.")]
    plans = [
        sourcing.choose(grounds, _way(SHIP, destination=destination, service=service), now=ask.now)
        for service in services
    ]
    zone = time_zone_at(ask.atlas, destination)
    found = [
        shipped(ask.atlas, ask.known, plan, goods=ask.worth, now=ask.now, destination_tz=zone)
        for plan in plans
    ]
    options = [option for option in found if option is not None]
    return worth_telling(options, ask.worth), [] if options else [_not_shipped(plans)]


def _way(
    method: str, *, destination: Destination | None = None, service: str = GROUND, node: str | None = None
) -> Way:
    return Way(method=method, destination=destination, node=node, kinds=KINDS[method], service=service)


def _not_shipped(plans: Sequence[Sourced]) -> Unreachable:
    """Why nothing can be shipped: what fell least short of all services tells most."""
    least = min((plan.short for plan in plans), key=_missing)
    if not least:
        return Unreachable(method=SHIP, reason="No node that has everything ever opens.")
    return Unreachable(
        method=SHIP, reason=f"No node that may ship there has enough of {_named(least)}.", short=least
    )


def _missing(short: Sequence[ShortLine]) -> int:
    return sum(line.wanted - line.available for line in short)


def _named(short: Sequence[ShortLine]) -> str:
    names = list(dict.fromkeys(line.item for line in short))
    return ", ".join(names[:5]) + (" and more" if len(names) > 5 else "")  # noqa: PLR2004  as many as one reads


# At a store


def _at_stores(ask: _Ask) -> Answer:
    """Ready, kept unpaid or brought by van at each store asked for, or at the nearest that can."""
    wanted = ask.wanted
    if wanted.stores:
        return _at_these(ask, wanted.stores)
    if wanted.destination is None:
        return [], [Unreachable(method=PICKUP, reason="Neither stores nor a destination were given.")]
    at_counters = replace(_way(PICKUP, destination=wanted.destination), kinds=COUNTERS)
    near = sourcing.holders(ask.grounds, at_counters, limit=PICKUP_STORES_MAX)
    options, unreachable = _at_these(ask, near)
    if not options and not unreachable:
        unreachable = [Unreachable(method=PICKUP, reason="No store of this channel has everything.")]
    return options, unreachable


def _at_these(ask: _Ask, stores: Sequence[str]) -> Answer:
    options: list[Option] = []
    unreachable: list[Unreachable] = []
    for node in dict.fromkeys(stores):
        network.node(ask.atlas, node, field="stores")
        plan = _at_counter(ask.grounds, node, ask.now)
        option = picked_up(ask.atlas, ask.known, plan, node=node, goods=ask.worth, now=ask.now)
        if option is None:
            unreachable.append(_not_picked_up(ask.grounds, node, plan))
        else:
            options += _ways_from(ask, node, option)
    return options, unreachable


def _ways_from(ask: _Ask, node: str, picked: Option) -> list[Option]:
    """What can be fetched at a store, and, where it offers that, kept there unpaid or brought by its van."""
    found = [picked] if ask.for_method(PICKUP) else []
    if any(shipment.service for shipment in picked.shipments):
        return found  # it is not there yet
    if _offers(ask, node, RESERVE):
        found.append(kept_unpaid(picked, ask.worth))
    if _offers(ask, node, DELIVER) and _within_reach(ask, node):
        brought = delivered_by_van(ask.atlas, ask.known, picked, goods=ask.worth)
        found += [brought] if brought else []
    return found


def _offers(ask: _Ask, node: str, method: str) -> bool:
    """Whether a store has a method: where its capabilities name it, or where it is asked for and may be."""
    names = network.node(ask.atlas, node).capabilities
    asked = method in ask.wanted.methods and (not names or method not in WHERE_OFFERED)
    return ask.for_method(method) and (method in names or asked)


def _within_reach(ask: _Ask, node: str) -> bool:
    """Whether an address is near enough for a store's van."""
    place, store_ = ask.wanted.destination, network.node_index(ask.atlas, node)
    if place is None or place.lat is None or place.lon is None:
        return False
    return float(network.distances_km(ask.atlas, place.lat, place.lon)[store_]) <= DELIVER_KM_MAX


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


def _promise(
    wanted: Wanted, options: Sequence[Option], answers: Sequence[Answer], now: datetime, valid_for: timedelta
) -> Promise:
    promise_id = new_id()
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
