"""What the demo's shoppers did on the web before its week: visits, and days when phones could not pay.

They speak the words of the week's own visits (`anyshelf.main.week.looking`), and as many of them come to each
step: but for those days nothing is to be found in them.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from anyshelf.insight.model import Sent

VISITS = 1800
DAYS = 21
BROKEN_DAYS = range(9, 13)
"""Of these days, counted from the first, who came by phone could mostly not pay."""
PHONES, STUCK, ADDS, BEGINS, BUYS = 1 / 3, 0.95, 0.62, 0.67, 0.4
CAME_BY = ("direct", "search", "search", "newsletter", "social")


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
    names = ["Products Searched", *["Product Viewed"] * draw.randint(1, 3)]
    if draw.random() < ADDS:
        names += ["Product Added", "Cart Viewed"]
        if draw.random() < BEGINS:
            stuck = phone and day in BROKEN_DAYS and draw.random() < STUCK
            paid = not stuck and draw.random() < BUYS
            names += ["Checkout Started"]
            names += ["Payment Failed"] if stuck else ["Payment Info Entered", "Order Placed"] if paid else []
    item = draw.choice(items)
    properties = {
        "product_id": item, "query": item, "platform": "mobile" if phone else "desktop",
        "acquisition_channel": draw.choice(CAME_BY),
        "session_id": f"before-{number}", "order_id": f"before-{number}", "channel": "web",
        "total": draw.randrange(20, 180), "currency": currency,
    }  # fmt: skip
    return [
        Sent(
            type="track", message_id=f"before-{number}-{place}", anonymous_id=f"before-{number * 2 // 3}",
            event=name, timestamp=at + timedelta(minutes=2 * place), properties=properties,
        )
        for place, name in enumerate(names)
    ]  # fmt: skip
