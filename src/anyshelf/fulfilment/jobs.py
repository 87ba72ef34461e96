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
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Asked


def _released(tx: Tx, told: Told) -> None:
    """A part of an order was released: every node it names has work now."""
    for part in told.data["release"]:
        if part["finish"] in FINISHES:
            service.take_on(tx, told.market, _release(told.data, part), told.happened_at)


def _withdrawn(tx: Tx, told: Told) -> None:
    """Units that nodes were working on were cancelled: their work shrinks."""
    nodes = sorted({line["node"] for line in told.data["lines"]})
    service.withdraw(tx, told.market, Id(told.data["order_id"]), nodes, told.happened_at)


def _collected(tx: Tx, told: Told) -> None:
    """A parcel left with its carrier: its manifest was closed."""
    service.collected(
        tx, told.market, Id(told.data["work_id"]), carrier=told.data["carrier"],
        tracking=told.data["tracking"], now=told.happened_at,
    )  # fmt: skip


def _picked(tx: Tx, told: Told) -> None:
    """Goods were found where the books show them."""
    asked = [
        Asked(node=line["node"], item=line["item"], found=line["quantity"], taken=1)
        for line in told.data["lines"]
    ]
    inventory.note_asked(tx, told.market, asked, told.happened_at)


def _picked_short(tx: Tx, told: Told) -> None:
    """Goods were not where the books show them."""
    asked = [
        Asked(node=line["node"], item=line["item"], missed=line["quantity"])
        for line in told.data["lines"]
        if line.get("item")
    ]
    inventory.note_asked(tx, told.market, asked, told.happened_at)


def _refused(tx: Tx, told: Told) -> None:
    """A node would not do its work, or let it lie."""
    work = service.find(tx, told.market, Id(told.data["work_id"]))
    asked = [Asked(node=told.data["node"], item=line.item, refused=1) for line in work.lines]
    inventory.note_asked(tx, told.market, asked, told.happened_at)


def _counted(tx: Tx, told: Told) -> None:
    """A shelf was looked at: what the books showed of it was there, or was not."""
    said = told.data
    if said["kind"] == "count" and "on_hand_before" in said:
        found = min(said["quantity"], said["on_hand_before"])
        asked = Asked(
            node=said["node"], item=said["item"], found=found, missed=said["on_hand_before"] - found
        )
        inventory.note_asked(tx, told.market, [asked], told.happened_at)


def _release(data: dict[str, Any], part: dict[str, Any]) -> Release:
    return Release(
        order_id=Id(data["order_id"]),
        version=data["version"],
        node=part["node"],
        method=part["method"],
        journey=part["journey"],
        finish=part["finish"],
        to_node=part["to_node"],
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
READER = Reader(
    name="fulfilment",
    handlers={
        "OrderReleased": _released,
        "WorkCancelled": _withdrawn,
        service.COLLECTED: _collected,
        "LinesPicked": _picked,
        "LinesShortPicked": _picked_short,
        "WorkRejected": _refused,
        "OfferDeclined": _refused,
        "StockMoved": _counted,
    },
)
