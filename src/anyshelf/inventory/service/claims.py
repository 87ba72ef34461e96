"""Many reservations in one go: positions locked once, each asker served whole or not at all."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.ground.db import Question, Tx, later, rows, values
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import Claimant, Doubts, Feed
from anyshelf.inventory.service.finds import categories
from anyshelf.network import service as network


def reserve_all(
    tx: Tx,
    market: str,
    asked: Sequence[Claimant],
    now: datetime,
    *,
    reason: str = "order",
    doubts: Doubts | None = None,
) -> list[int]:
    """Reserve what each asker wants, whole or not at all; returns the places of those who got theirs.

    Demand is summed by position, and positions are locked once, in (item, node) order. Who comes first is
    served first; a short one fails none of its neighbours. `doubts` hold for those who say what their channel
    holds back: of what is not expected to be found nothing is given to them.
    """
    keys = sorted({(want.item, want.node) for each in asked for want in each.wants})
    lost = _lost(tx, market, now) if any(each.holdback is not None for each in asked) else {}
    found = values(
        tx, store.LOCK_POSITIONS_SQL,
        market=market, items=[item for item, _ in keys], nodes=[node for _, node in keys],
    )  # fmt: skip
    before = {
        (item, node): (on_hand, reserved + allocated)
        for item, node, on_hand, reserved, allocated, _, _ in found
    }
    doubted = {} if doubts is None else _doubted(tx, market, keys, doubts)
    served, taken = rules.granted(before, asked, lost, doubted)
    if taken:
        later(
            tx, store.RESERVE_SQL, market=market, items=[item for item, _ in taken],
            nodes=[node for _, node in taken], quantities=list(taken.values()),
        )  # fmt: skip
        _write(tx, market, [asked[place] for place in served], now, reason)
    return served


def _doubted(tx: Tx, market: str, keys: Sequence[rules.Key], doubts: Doubts) -> dict[rules.Key, int]:
    """Of a thousand units of each position, how many are not expected to be found."""
    classes = categories(tx, market, [item for item, _ in keys])
    index = network.atlas(tx, market).index
    return {
        (item, node): int(doubts.missing[doubts.of_class(classes.get(item, "")), index[node]])
        for item, node in keys
        if node in index
    }


def feeds_asked(market: str) -> Question:
    """What `reserve_all` asks besides positions, for whoever asks several things at once."""
    return Question(sql=store.FEEDS_SQL, params={"market": market})


def _lost(tx: Tx, market: str, now: datetime) -> dict[str, int]:
    """How much the stock of nodes counts less, because it is known from feeds that age."""
    feeds = rows(tx, Feed, store.FEEDS_SQL, market=market)
    index = {feed.node: place for place, feed in enumerate(feeds)}
    lost = rules.lost_by_feeds(feeds, index, now)
    return {} if lost is None else dict(zip(index, lost.tolist(), strict=True))


def _write(tx: Tx, market: str, served: Sequence[Claimant], now: datetime, reason: str) -> None:
    wants = [want for each in served for want in each.wants]
    later(
        tx,
        store.WRITE_CLAIMS_SQL,
        market=market,
        now=now,
        reason=reason,
        causes=[each.cause for each in served for _ in each.wants],
        steps=[each.step for each in served for _ in each.wants],
        entries=[entry for each in served for entry in range(1, len(each.wants) + 1)],
        items=[want.item for want in wants],
        nodes=[want.node for want in wants],
        quantities=[want.quantity for want in wants],
        lines=[want.line for want in wants],
    )
