"""What the demo's shoppers looked at: visits with their steps, most of which end without an order."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx
from anyshelf.insight import service as insight
from anyshelf.insight.model import Sent
from anyshelf.main.week.player import Past
from anyshelf.simulator.demo import Wish

ONLINE: Final = frozenset({"web", "app"})
VISITS_PER_ORDER: Final = 5
PLATFORMS: Final = {"web": ("desktop", "desktop", "mobile"), "app": ("ios", "android")}
CAME_BY: Final = ("direct", "search", "search", "newsletter", "social")
AT_ONCE: Final = 1000
GOES_ON: Final = 0.55
"""How many of those who look put something in the basket, and of those begin to pay."""


def look(past: Past, wishes: Sequence[Wish], items: Sequence[Item], until: datetime) -> None:
    """Have every visit of the week written down: of who ordered, and of those who only looked."""
    steps = sorted(_steps(wishes, items, until), key=lambda step: (step.timestamp or until, step.message_id))
    for first in range(0, len(steps), AT_ONCE):
        batch = steps[first : first + AT_ONCE]
        past.later(batch[-1].timestamp, partial(_send, past, batch))


def _send(past: Past, batch: Sequence[Sent], tx: Tx, now: datetime) -> None:
    sent = list(enumerate(batch))
    insight.collect(tx, past.market, sent, [], sender="demo", channel="web", now=now)


def _steps(wishes: Sequence[Wish], items: Sequence[Item], until: datetime) -> Iterator[Sent]:
    for wish in wishes:
        if wish.channel not in ONLINE:
            continue
        luck = random.Random(f"{wish.number}/visits")  # noqa: S311  a demo, not a secret
        yield from _visit(wish, f"{wish.number}", [item for item, _ in wish.items], wish.at, luck, buys=True)
        for visit in range(VISITS_PER_ORDER):
            at = min(wish.at + timedelta(hours=luck.uniform(-24, 24)), until)
            seen = [luck.choice(items) for _ in range(luck.randint(1, 3))]
            yield from _visit(wish, f"{wish.number}-{visit}", seen, at, luck, buys=False)


def _visit(
    wish: Wish, name: str, seen: Sequence[Item], ends: datetime, luck: random.Random, *, buys: bool
) -> Iterator[Sent]:
    """A search, the items looked at, the basket, the checkout; somebody who does not buy stops on the way."""
    begins = ends - timedelta(minutes=luck.uniform(3, 20))
    steps: list[tuple[str, dict[str, object]]] = [("Products Searched", {"query": seen[0].category})]
    steps += [("Product Viewed", {"product_id": item.item}) for item in seen]
    if buys or luck.random() < GOES_ON:
        steps += [("Product Added", {"product_id": seen[0].item}), ("Cart Viewed", {})]
        if buys or luck.random() < GOES_ON:
            steps += [("Checkout Started", {})]
            if buys:
                steps += [("Payment Info Entered", {})]
    common = {
        "session_id": f"demo-{name}", "channel": wish.channel,
        "platform": luck.choice(PLATFORMS[wish.channel]), "acquisition_channel": luck.choice(CAME_BY),
    }  # fmt: skip
    pace = (ends - begins) / (len(steps) + 1)
    for place, (event, properties) in enumerate(steps, start=1):
        yield Sent(
            type="track", message_id=f"demo-{name}-{place}", event=event, timestamp=begins + place * pace,
            anonymous_id=f"device-{name}", user_id=wish.customer if buys else None,
            properties={**properties, **common},
        )  # fmt: skip
