"""Taste: learned from the baskets of a year ahead of time, and asked of one person in a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.insight.rules import baskets as rules
from anyshelf.insight.rules.baskets import Basket, Taste
from anyshelf.insight.store import people
from anyshelf.insight.store import taste as store

LOOKED_BACK = timedelta(days=365)
BASKETS_MAX = 500_000
HISTORY_MAX = 300
POPULAR_MAX = 500
"""Of what everybody buys so many are candidates, whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Baskets over numbered items, and what they teach once that is worked out."""

    codes: Sequence[str]
    baskets: Sequence[Basket]
    taste: Taste | None = None


def baskets_of(tx: Tx, market: str, now: datetime) -> tuple[datetime, Learned]:
    """The baskets of the last year, each with its person where one is known; since when."""
    since = now - LOOKED_BACK
    found = store.baskets(tx, market, since, limit=BASKETS_MAX)
    holders = people.holders(tx, market, {account for account, _, _ in found if account})
    numbers: dict[Id, int] = {}
    codes = sorted({item for _, _, items in found for item in items})
    place = {code: number for number, code in enumerate(codes)}
    baskets = [
        Basket(
            person=_number(numbers, account, holders), day=(day - since.date()).days,
            items=np.array(sorted(place[item] for item in items), dtype=np.int64),
        )
        for account, day, items in found
    ]  # fmt: skip
    return since, Learned(codes=codes, baskets=baskets)


def _number(numbers: dict[Id, int], account: Id | None, holders: Mapping[Id, Sequence[Id]]) -> int:
    """A number for whose basket it is; NOBODY where that cannot be told."""
    whose = holders.get(account, [account]) if account else []
    return numbers.setdefault(whose[0], len(numbers)) if len(whose) == 1 else rules.NOBODY


def learn(gathered: Learned) -> Learned:
    """Work out what the baskets teach; it takes no database."""
    taste = rules.taste(gathered.baskets, len(gathered.codes))
    return Learned(codes=gathered.codes, baskets=gathered.baskets, taste=taste)


def keep_taste(tx: Tx, market: str, learned: Learned, now: datetime) -> None:
    """Write down what was learned."""
    taste = learned.taste
    if taste is None:
        return
    store.keep(
        tx,
        market,
        [
            (code, float(taste.popular[number]), float(taste.again[number]), _beside(learned, taste, number))
            for number, code in enumerate(learned.codes)
        ],
        now,
    )


def _beside(learned: Learned, taste: Taste, number: int) -> list[tuple[str, float]]:
    others, close = taste.beside.get(number, (np.zeros(0, dtype=np.int64), np.zeros(0)))
    return [(learned.codes[other], round(float(how), 6)) for other, how in zip(others, close, strict=True)]


def wanted_by(tx: Tx, market: str, handles: Sequence[Id], *, now: datetime) -> list[str]:
    """Items by how likely they are wanted by who ordered under these handles; without any, by anybody.

    The same function of the same sums as `make bench-insight` measures, over the items that can come first:
    their own, what goes with those, and what everybody buys.
    """
    since = now - LOOKED_BACK
    history = store.history(tx, market, handles, since, limit=HISTORY_MAX) if handles else []
    popular = store.popular(tx, market, limit=POPULAR_MAX)
    own = store.of_items(tx, market, {item for _, items in history for item in items})
    going_along = {other for _, _, _, beside in own for other, _ in beside}
    rows = {row[0]: row for row in (*popular, *store.of_items(tx, market, going_along), *own)}
    codes = sorted(rows)
    if not codes:
        return []
    score = rules.wanted(_taste(codes, rows), _baskets(codes, history, since.date()), LOOKED_BACK.days)
    return [codes[place] for place in rules.best(score, len(codes))]


def taste_beside(
    tx: Tx, market: str, code: str, others: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """How popular each of these items is, and how closely each goes with one: what is known of either."""
    rows = store.of_items(tx, market, [code, *others])
    popular = {item: popular for item, popular, _, _ in rows if item != code}
    beside = next((dict(row[3]) for row in rows if row[0] == code), {})
    return popular, beside


def _taste(codes: Sequence[str], rows: Mapping[str, store.Row]) -> Taste:
    place = {code: number for number, code in enumerate(codes)}
    beside = {}
    for code, number in place.items():
        known = [(place[other], close) for other, close in rows[code][3] if other in place]
        if known:
            others, close = zip(*known, strict=True)
            beside[number] = (np.array(others, dtype=np.int64), np.array(close, dtype=np.float64))
    return Taste(
        popular=np.array([rows[code][1] for code in codes]),
        again=np.array([rows[code][2] for code in codes]),
        beside=beside,
    )


def _baskets(codes: Sequence[str], history: Sequence[tuple[date, list[str]]], first: date) -> list[Basket]:
    place = {code: number for number, code in enumerate(codes)}
    return [
        Basket(
            person=rules.NOBODY, day=(day - first).days,
            items=np.array(sorted(place[item] for item in items if item in place), dtype=np.int64),
        )
        for day, items in history
    ]  # fmt: skip
