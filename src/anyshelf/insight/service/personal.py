"""One person: their profile, what to show them, what we hold of them, and forgetting them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.insight.model import Consent, Known
from anyshelf.insight.rules import instead as rules_instead
from anyshelf.insight.rules import personal as rules
from anyshelf.insight.rules import worth
from anyshelf.insight.service.people import Seen, own_handles, person
from anyshelf.insight.service.tasting import taste_beside, wanted_by
from anyshelf.insight.store import entries, feedback, people
from anyshelf.insight.store import personal as store
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network

LOOKED_BACK = timedelta(days=365)
NEAR_KM = 50.0
SHELF_MAX = 200
"""Of a shelf so many items are compared."""
STEPS_MAX = 100_000


def profile(tx: Tx, market: str, asked: Id, now: datetime) -> dict[str, Any]:
    """Who somebody is to us: what they bought through which channels, what they prefer, what to expect."""
    seen = person(tx, market, asked)
    bought = store.purchases(tx, market, own_handles(tx, market, seen.known))
    return {
        **seen.as_json(),
        "orders": len(bought),
        "channels": rules.mix([channel for _, channel, *_ in bought]),
        "methods": rules.mix([method for _, _, method, *_ in bought]),
        "stores": rules.mix([node for *_, node in bought]),
        "first_order_at": bought[-1][5].isoformat() if bought else None,
        "last_order_at": bought[0][5].isoformat() if bought else None,
        "value": _value(tx, market, seen.known, now),
    }


def _value(tx: Tx, market: str, known: Known, now: datetime) -> dict[str, Any] | None:
    found = everybodys_value(tx, market, now).get(str(known.person))
    return found.as_json() if found else None


def everybodys_value(tx: Tx, market: str, now: datetime) -> dict[str, worth.Value]:
    """What everybody who ordered within a year is worth, by person."""
    rows = store.all_purchases(tx, market, now - LOOKED_BACK)
    holders = people.holders(tx, market, {account for account, _, _ in rows})
    bought: dict[str, list[worth.Bought]] = defaultdict(list)
    for account, placed_at, amount_minor in rows:
        whose = holders.get(account, [account])
        day = (placed_at - now + LOOKED_BACK).days
        if len(whose) == 1:
            bought[str(whose[0])].append(worth.Bought(day=day, amount_minor=amount_minor))
    return worth.values(bought, today=LOOKED_BACK.days)


def cohorts(tx: Tx, market: str) -> list[dict[str, Any]]:
    """By the month of a first order: how many bought again so many months later, and for how much."""
    return [
        {"cohort": cohort.strftime("%Y-%m"), "month": month, "people": count, "spent_minor": spent}
        for cohort, month, count, spent in store.cohorts(tx, market)
    ]


def recommend(
    tx: Tx, market: str, asked: Id, *, near: tuple[float, float] | None, limit: int, now: datetime
) -> dict[str, Any]:
    """What to show somebody, of what lies on shelves near them; who is held out sees what everybody buys.

    What is likely wanted is learned from baskets ahead of time; before that is done, nothing is shown.
    """
    seen = person(tx, market, asked)
    out = rules.held_out(market, seen.known.person)
    own = [] if out else own_handles(tx, market, seen.known)
    items = on_shelves(tx, market, wanted_by(tx, market, own, now=now), near)[:limit]
    store.shown(
        tx, market, seen.known.person, now.date(), what="items", held_out=out,
        items=[item for item, _ in items],
    )  # fmt: skip
    return {
        "person": str(seen.known.person),
        "held_out": out,
        "items": [{"item": item, "nodes": nodes[:3]} for item, nodes in items],
    }


def instead(
    tx: Tx, market: str, code: str, *, near: tuple[float, float] | None, limit: int
) -> list[tuple[Item, list[str]]]:
    """What could be had instead of an item, of what lies free on shelves near a place, and on which.

    Raises NotFound for an item nobody knows.
    """
    wanted = catalogue.item(tx, market, code)
    shelf = catalogue.search(tx, market, wanted.category, SHELF_MAX) if wanted.category else []
    others = {each.item: each for each in shelf}
    popular, beside = taste_beside(tx, market, code, list(others))
    order = rules_instead.alike(
        _good(wanted), [_good(each) for each in others.values()], popular=popular, beside=beside
    )
    return [(others[item], nodes[:3]) for item, nodes in on_shelves(tx, market, order, near)[:limit]]


def _good(item: Item) -> rules_instead.Good:
    return rules_instead.Good(
        item=item.item, name=item.name, category=item.category, price_minor=item.price_minor
    )


def on_shelves(
    tx: Tx, market: str, items: Sequence[str], near: tuple[float, float] | None
) -> list[tuple[str, list[str]]]:
    """Those of these items that lie free on a shelf, near a place where one is given, and on which."""
    atlas = network.atlas(tx, market)
    apart_km = None if near is None else network.distances_km(atlas, *near)
    free: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for position in inventory.positions_of(tx, market, items):
        place = atlas.index.get(position.node)
        away_km = float(apart_km[place]) if apart_km is not None and place is not None else 0.0
        if position.on_hand - position.reserved - position.allocated > 0 and away_km <= NEAR_KM:
            free[position.item].append((away_km, position.node))
    return [(item, [node for _, node in sorted(free[item])]) for item in items if item in free]


def lift(tx: Tx, market: str, *, what: str, since: datetime, until: datetime, days: int) -> dict[str, Any]:
    """What showing people their own items, or their likely ways first, was worth against those held out."""
    found = store.lift(tx, market, what=what, since=since, until=until, days=days)
    return {"of": what, "days": days, **rules.lift(found)}


def consents(tx: Tx, market: str, asked: Id) -> list[Consent]:
    """What a person has said may be done with their journey; raises NotFound."""
    return store.consents(tx, market, sorted(person(tx, market, asked).known.handles))


def held(tx: Tx, market: str, asked: Id) -> dict[str, Any]:
    """Everything insight holds of a person, for them to read; raises NotFound."""
    seen: Seen = person(tx, market, asked)
    handles = own_handles(tx, market, seen.known)
    steps = entries.timeline(tx, market, handles, after=None, limit=STEPS_MAX)
    return {
        **seen.as_json(),
        "consents": [
            {"purpose": each.purpose, "given": each.given, "said_at": each.said_at.isoformat()}
            for each in consents(tx, market, asked)
        ],
        "orders": [str(order_id) for order_id, *_ in store.purchases(tx, market, handles)],
        "steps": [step.as_json() for step in steps],
    }


def orders_of(tx: Tx, market: str, asked: Id) -> list[Id]:
    """The orders placed under what is this person's alone; raises NotFound."""
    seen = person(tx, market, asked)
    return [order_id for order_id, *_ in store.purchases(tx, market, own_handles(tx, market, seen.known))]


def erase(tx: Tx, market: str, asked: Id) -> int:
    """Forget a person: their steps, handles and names are deleted, their orders are nobody's in the figures.

    A handle they share with others is taken from them alone. Returns how many rows went. Raises NotFound.
    """
    people.alone(tx, market)
    seen = person(tx, market, asked)
    handles, whose = own_handles(tx, market, seen.known), sorted(seen.known.people)
    return feedback.forget(tx, market, whose) + store.forget(tx, market, people=whose, handles=handles)
