"""What vendors' purchase orders do when they are told of an event, and when a moment has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.dispatch import Reader
from anyshelf.ground.events import Told
from anyshelf.ground.ids import Id
from anyshelf.ground.timers import Handler, Timer
from anyshelf.vendors import service
from anyshelf.vendors.model import Purchase

PURCHASE = "purchase"


def _released(tx: Tx, told: Told) -> None:
    """A part of an order was released: what a vendor ships is a purchase order to it now."""
    for piece in told.data["release"]:
        if piece["finish"] == PURCHASE:
            service.take_on(tx, told.market, _purchase(told.data, piece), told.happened_at)


def _withdrawn(tx: Tx, told: Told) -> None:
    """Units that were handed to nodes were cancelled: what vendors were asked for shrinks."""
    nodes = sorted({line["node"] for line in told.data["lines"]})
    service.withdraw(tx, told.market, Id(told.data["order_id"]), nodes)


def _purchase(data: dict[str, Any], piece: dict[str, Any]) -> Purchase:
    return Purchase(
        order_id=Id(data["order_id"]),
        version=data["version"],
        node=piece["node"],
        journey=piece["journey"],
        to_node=piece.get("to_node") or "",
        ship_by=datetime.fromisoformat(piece["due_at"]),
        lines=[(line["line"], line["item"], line["quantity"]) for line in piece["lines"]],
    )


def _answer_is_due(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
    service.answer_is_due(tx, market, Id(timer.subject), now)


def _date_has_passed(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
    service.date_has_passed(tx, market, Id(timer.subject), now)


READER = Reader(name="vendors", handlers={"OrderReleased": _released, "WorkCancelled": _withdrawn})

TIMERS: Mapping[str, Handler] = {
    service.ANSWER: _answer_is_due,
    service.DATE: _date_has_passed,
}
