"""What the demo's shoppers did on the web: three weeks of visits, with a pay page that failed on phones."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from anyshelf.insight.model import Sent

VISITS = 1200
DAYS = 21
BROKEN_DAYS = range(9, 13)
"""Of these days, counted from the first, who came by phone could mostly not pay."""
PHONES, STUCK, LOOKS_ON, BUYS = 0.55, 0.85, 0.55, 0.5


def drawn_visits(items: Sequence[str], *, seed: int, until: datetime, currency: str) -> list[Sent]:
    """The steps of all visits, oldest first, as a page would have sent them; the same seed draws the same."""
    draw = random.Random(f"{seed}/visits")  # noqa: S311  a demo, not a secret
    began = until - timedelta(days=DAYS)
    starts = sorted(draw.random() * DAYS for _ in range(VISITS))
    return [
        step
        for number, after in enumerate(starts)
        for step in _visit(draw, number, began + timedelta(days=after), int(after), items, currency)
    ]


def _visit(
    draw: random.Random, number: int, at: datetime, day: int, items: Sequence[str], currency: str
) -> list[Sent]:
    phone = draw.random() < PHONES
    names = ["Product Viewed"]
    if draw.random() < LOOKS_ON:
        names += ["Product Added", "Checkout Started"]
        stuck = phone and day in BROKEN_DAYS and draw.random() < STUCK
        names += ["Payment Failed"] if stuck else ["Order Placed"] if draw.random() < BUYS else []
    properties = {
        "product_id": draw.choice(items), "platform": "phone" if phone else "desktop",
        "session_id": f"demo-{number}", "order_id": f"demo-visit-{number}", "channel": "web",
        "total": draw.randrange(20, 180), "currency": currency,
    }  # fmt: skip
    return [
        Sent(
            type="track", message_id=f"demo-{number}-{place}", anonymous_id=f"demo-{number * 2 // 3}",
            event=name, timestamp=at + timedelta(minutes=2 * place), properties=properties,
        )
        for place, name in enumerate(names)
    ]  # fmt: skip
