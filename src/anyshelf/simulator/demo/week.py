"""What the demo's shoppers wanted in the week before it opened: when, how, from where, and how it ended.

The hours are those of shops: stores sell while they are open, the web sells most in the evening.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from anyshelf.catalogue.model import Item
from anyshelf.network.model import Node
from anyshelf.simulator.demo.places import FIRST_NAMES, LAST_NAMES

DAYS: Final = 7
SHOPPERS_PER_ORDER: Final = 0.8
HOME_SHARE: Final = 0.06
"""So many of the orders at stores are at the one where the demo's people work."""
TWO_UNITS_SHARE: Final = 0.15
LINES_SHARES: Final = (0.62, 0.27, 0.11)
ITEMS_RANK: Final = 25.0
"""The item of rank r is wanted 1 / (r + 25) as often: a few sell well, most seldom."""
ATTEMPTS: Final = 8

# Channel, method, whether the store is asked for what it may not have, and how many of a hundred orders.
WAYS: Final = (
    ("web", "ship", False, 26),
    ("app", "ship", False, 12),
    ("marketplace", "ship", False, 8),
    ("call_centre", "ship", False, 3),
    ("web", "pickup", False, 11),
    ("app", "pickup", False, 9),
    ("web", "pickup", True, 5),
    ("app", "reserve", False, 7),
    ("till", "carry_out", False, 14),
    ("till", "deliver", False, 5),
)
# What happens to so many of a hundred orders; the others go as they should.
FATES: Final = (
    ("short", 5), ("rejected", 3), ("left_late", 4), ("carried_late", 5), ("lost", 1), ("not_at_home", 2),
    ("brought_back", 7), ("mailed_back", 4), ("exchanged", 2), ("cancelled", 3),
)  # fmt: skip
WEEKDAYS: Final = (0.9, 0.85, 0.9, 0.95, 1.1, 1.25, 1.05)
_OPEN: Final = (9, 17)
_SUNDAY: Final = (12, 16)
_ONLINE: Final = np.repeat([0.3, 0.1, 0.8, 1.0, 1.6, 0.8], [1, 6, 3, 9, 4, 1])
"""How busy each hour of the day is online."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody who wanted something: it becomes an order where it is to be had.

    `store` is the one they chose, stand in, or live near; `fate` what goes otherwise than it should.
    """

    number: int
    at: datetime
    channel: str
    method: str
    store: Node
    customer: str
    name: str
    email: str
    items: tuple[tuple[Item, int], ...]
    fate: str


def week(
    *,
    seed: int,
    count: int,
    until: datetime,
    stores: Sequence[Node],
    home: Node,
    items: Sequence[Item],
    shelves: Mapping[str, Sequence[Item]],
) -> list[Wish]:
    """So many wishes of the seven days before `until`, in the order of time.

    `shelves` is what stores have; somebody who goes to a store wants what lies there. The same arguments give
    the same week.
    """
    rng = np.random.default_rng((seed, count))
    ranks = {item.item: float(rank) for rank, item in zip(rng.permutation(len(items)), items, strict=True)}
    shoppers = max(1, round(count * SHOPPERS_PER_ORDER))
    shares = np.array([share for *_, share in WAYS], dtype=np.float64)
    found = []
    for number in range(count):
        channel, method, anything, _ = WAYS[int(rng.choice(len(WAYS), p=shares / shares.sum()))]
        at_store = method != "ship"
        store = home if at_store and rng.random() < HOME_SHARE else stores[int(rng.integers(len(stores)))]
        shelf = shelves.get(store.node, ()) if at_store and not anything else items
        shopper = int(rng.integers(shoppers))
        name = _name(shopper)
        wanted = _basket(rng, shelf or items, ranks)
        found.append(
            Wish(
                number=number, at=_moment(rng, until, store, open_only=channel == "till"), channel=channel,
                method=method, store=store, customer=f"demo-{shopper}", name=name,
                email=f"{name.lower().replace(' ', '.')}.{shopper}@example.com", items=wanted,
                fate=_fate(rng),
            )
        )  # fmt: skip
    return sorted(found, key=lambda wish: (wish.at, wish.number))


def _name(shopper: int) -> str:
    first = FIRST_NAMES[shopper % len(FIRST_NAMES)]
    return f"{first} {LAST_NAMES[(shopper // len(FIRST_NAMES) + 7 * shopper) % len(LAST_NAMES)]}"


def _basket(
    rng: np.random.Generator, shelf: Sequence[Item], ranks: Mapping[str, float]
) -> tuple[tuple[Item, int], ...]:
    weights = np.array([1 / (ranks[item.item] + ITEMS_RANK) for item in shelf])
    lines = min(len(shelf), 1 + int(rng.choice(len(LINES_SHARES), p=LINES_SHARES)))
    places = rng.choice(len(shelf), size=lines, replace=False, p=weights / weights.sum())
    return tuple((shelf[place], 2 if rng.random() < TWO_UNITS_SHARE else 1) for place in places.tolist())


def _moment(rng: np.random.Generator, until: datetime, store: Node, *, open_only: bool) -> datetime:
    """A moment of the week by the store's clock: while it is open, or as people shop at home."""
    zone = ZoneInfo(store.timezone)
    last = until.astimezone(zone)
    days = [last.date() - timedelta(days=ago) for ago in range(DAYS + 1)]
    shares = np.array([WEEKDAYS[day.weekday()] for day in days])
    for _ in range(ATTEMPTS):
        day = days[int(rng.choice(len(days), p=shares / shares.sum()))]
        opens, closes = _SUNDAY if day.isoweekday() == 7 else _OPEN  # noqa: PLR2004  Sunday
        hours = np.zeros(24)
        hours[opens:closes] = 1.0
        hours = hours if open_only else _ONLINE
        minutes = 60 * int(rng.choice(24, p=hours / hours.sum())) + int(rng.integers(60))
        at = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
        if until - timedelta(days=DAYS) <= at <= until:
            return at.astimezone(until.tzinfo)
    return until - timedelta(days=DAYS) * float(rng.random())


def _fate(rng: np.random.Generator) -> str:
    left = float(rng.random()) * 100
    for fate, share in FATES:
        left -= share
        if left < 0:
            return fate
    return ""
