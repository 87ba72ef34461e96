"""What vendors say they have, and how well they serve."""

import json
from datetime import datetime, timedelta
from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict
from anyshelf.ground.ids import Id, derived_id
from anyshelf.inventory import service as inventory
from anyshelf.orders import service as orders
from anyshelf.vendors import rules, store
from anyshelf.vendors.model import Feed, Scorecard
from anyshelf.vendors.service.purchasing import node_of


def take_feed(tx: Tx, market: str, vendor: str, feed: Feed, now: datetime) -> dict[str, Any]:
    """Bring the vendor's node to what the vendor says it has; returns what to answer. Twice is once.

    A feed older than one already taken changes nothing. Figures never go below what is promised; those that
    would are named. Locks the node's feed, then positions in item order. Raises Invalid when most items are
    unknown, Conflict when the id came with other figures.
    """
    node = node_of(tx, market, vendor)
    figures = rules.known_figures(feed, catalogue.items(tx, market, list(feed.figures)), now=now)
    newest = inventory.note_feed(
        tx,
        market,
        node=node,
        told_at=min(feed.as_of, now),
        percent_lost_per_hour=orders.terms(tx, market).feed_loses_percent_per_hour,
    )
    content = _content(feed)
    earlier = store.feed_answer(tx, market, vendor, feed.feed_id)
    if earlier is not None:
        return _same(earlier, content)
    answer: dict[str, Any] = {"vendor": vendor, "node": node, "feed_id": feed.feed_id, "taken": newest}
    if newest:
        answer |= _brought(tx, market, vendor, node, feed, figures, now)
        answer["unknown"] = rules.unknown_items(feed, figures)
    else:
        answer["reason"] = "A newer feed has been taken already; this one changes nothing."
    store.note_feed(tx, market, vendor, feed, content=content, answer=answer, now=now)
    return answer


def _content(feed: Feed) -> Id:
    figures = json.dumps(dict(feed.figures), sort_keys=True)
    return derived_id("feed content", feed.as_of.isoformat(), str(feed.complete), figures)


def _same(earlier: tuple[Id, dict[str, Any]], content: Id) -> dict[str, Any]:
    if earlier[0] != content:
        raise Conflict("A feed of this id came with other figures; give every feed its own.", field="feed_id")
    return earlier[1]


def _brought(
    tx: Tx, market: str, vendor: str, node: str, feed: Feed, figures: dict[str, int], now: datetime
) -> dict[str, Any]:
    left = rules.less_shipped(figures, store.shipped_since(tx, market, vendor, feed.as_of))
    if feed.complete:
        left = inventory.nothing_else(tx, market, node, left)
    brought = inventory.bring_to(
        tx, market, left, node=node, reference=feed.feed_id, as_of=min(feed.as_of, now), now=now
    )
    below = [
        {"item": item, "quantity": left[item], "promised": promised}
        for item, promised in brought.below_promised.items()
    ]
    return {"changed": brought.changed, "below_promised": below}


def scorecard(tx: Tx, market: str, vendor: str, *, days: int, now: datetime) -> Scorecard:
    """How well a vendor served in the last so many days; raises NotFound."""
    node_of(tx, market, vendor)
    return store.scorecard(tx, market, vendor, since=now - timedelta(days=days), now=now)
