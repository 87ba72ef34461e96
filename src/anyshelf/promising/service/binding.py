"""Options that were taken: written down with what was said, moved when they must be, scored when they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.promising import store
from anyshelf.promising.model import Score

By = Literal["all", "method", "channel", "node", "service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An option an order took, as the order keeps it (`TakenOption.as_json`)."""

    order_id: Id
    channel: str
    promise: dict[str, Any]


def bind(tx: Tx, market: str, taken: Sequence[Taken]) -> None:
    """Write down what shoppers were told, a row for each node that serves them; twice is once."""
    rows = [
        store.Bound(
            order_id=each.order_id,
            node=shipment["node"],
            channel=each.channel,
            method=each.promise["method"],
            service=shipment["service"],
            confidence=each.promise["confidence"],
            taken_at=datetime.fromisoformat(each.promise["taken_at"]),
            said_by=datetime.fromisoformat(each.promise["arrives_by"]),
        )
        for each in taken
        for shipment in each.promise["shipments"]
    ]
    if rows:
        store.bind(tx, market, rows)


def moved(tx: Tx, market: str, order_id: Id, promised_by: datetime) -> None:
    """The shopper was told another date: what was said first is what counts, and the change is counted."""
    store.move(tx, market, order_id, promised_by)


def arrived(tx: Tx, market: str, order_id: Id, at: datetime, *, node: str | None = None) -> None:
    """What a node was to serve is there (None: what all of them were): kept if not after what was said."""
    store.arrive(tx, market, order_id, at, node=node)


def broken(tx: Tx, market: str, order_id: Id) -> None:
    """Something that was promised is not to be had anywhere."""
    store.end(tx, market, order_id, "broken")


def called_off(tx: Tx, market: str, order_id: Id) -> None:
    """The shopper does not want the rest any more: that is scored for nobody."""
    store.end(tx, market, order_id, "cancelled")


def bound(tx: Tx, market: str, order_id: Id) -> list[store.Bound]:
    """How the promise of an order stands, node by node; nothing where none was taken."""
    return store.bound(tx, market, order_id)


def scores(
    tx: Tx, market: str, *, by: By, since: datetime, until: datetime, channels: Sequence[str] = ()
) -> list[Score]:
    """How promises that were due in a time ended, put together by one thing they have in common."""
    return store.scores(tx, market, by=by, since=since, until=until, channels=channels)
