"""What fulfilment does when it is told of an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from anyshelf.fulfilment import service
from anyshelf.fulfilment.model import Release, WorkLine
from anyshelf.fulfilment.rules import TURNS as FINISHES
from anyshelf.ground.db import Tx
from anyshelf.ground.dispatch import Reader
from anyshelf.ground.events import Told
from anyshelf.ground.ids import Id
from anyshelf.ground.timers import Handler


def _released(tx: Tx, told: Told) -> None:
    """A part of an order was released: every node it names has work now."""
    for part in told.data["release"]:
        if part["finish"] in FINISHES:
            service.take_on(tx, told.market, _release(told.data, part), told.happened_at)


def _withdrawn(tx: Tx, told: Told) -> None:
    """Units that nodes were working on were cancelled: their work shrinks."""
    nodes = sorted({line["node"] for line in told.data["lines"]})
    service.withdraw(tx, told.market, Id(told.data["order_id"]), nodes, told.happened_at)


def _release(data: dict[str, Any], part: dict[str, Any]) -> Release:
    return Release(
        order_id=Id(data["order_id"]),
        version=data["version"],
        node=part["node"],
        method=part["method"],
        journey=part["journey"],
        finish=part["finish"],
        to_node=part["to_node"],
        gift=part["gift"],
        due_at=datetime.fromisoformat(part["due_at"]),
        lines=[
            WorkLine(line=line["line"], item=line["item"], quantity=line["quantity"])
            for line in part["lines"]
        ],
    )


TIMERS: Mapping[str, Handler] = {
    service.UNCLAIMED_TIMER: service.unclaimed,
    service.LATE_TIMER: service.late,
}
READER = Reader(name="fulfilment", handlers={"OrderReleased": _released, "WorkCancelled": _withdrawn})
