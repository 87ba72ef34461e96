"""What shoppers say, told to who can do something about it: a store, a vendor, whoever sells an item."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.insight.rules import feedback as rules
from anyshelf.insight.store import feedback as store
from anyshelf.vendors import service as vendors


def signal_of_nodes(
    tx: Tx, market: str, nodes: Sequence[str], *, since: datetime, until: datetime
) -> dict[str, Any]:
    """NPS, satisfaction and effort of the orders these nodes had a part in, and the share of the unhappy.

    A figure of fewer than ANSWERS_MIN answers is kept back: it would tell what one shopper said.
    """
    answers = store.of_nodes(tx, market, nodes, since=since, until=until)
    return rules.signal(answers)


def signal_of_vendor(tx: Tx, market: str, vendor: str, *, since: datetime, until: datetime) -> dict[str, Any]:
    """The signal of a vendor, from the orders it had a part in; raises NotFound for one nobody knows."""
    return signal_of_nodes(tx, market, [vendors.node_of(tx, market, vendor)], since=since, until=until)


def stars(tx: Tx, market: str, item: str) -> dict[str, Any]:
    """What published reviews say of an item: how many there are, their stars, and how they read (-1 to 1)."""
    count, rating, sentiment = store.stars(tx, market, item)
    return {
        "reviews": count,
        "rating": None if rating is None else round(rating, 2),
        "sentiment": None if sentiment is None else round(sentiment, 3),
    }
