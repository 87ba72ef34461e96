"""Word of what happened to a return."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from anyshelf.ground.db import Tx
from anyshelf.ground.events import Event
from anyshelf.ground.outbox import tell
from anyshelf.returns.model import Receipt, Return, ReturnLine


def told(tx: Tx, known: Return, kind: str, now: datetime, **more: object) -> None:
    """Tell that something happened to a return; the subject is its order."""
    data = {
        "return_id": str(known.return_id),
        "order_id": str(known.order_id),
        "journey": known.journey,
        "state": known.state,
        **more,
    }
    tell(tx, known.market, [Event(kind=kind, subject=str(known.order_id), data=data, happened_at=now)])


def asked_for(lines: Iterable[ReturnLine]) -> list[dict[str, object]]:
    """Lines as the event of an authorised return names them."""
    return [
        {"line": line.line, "item": line.item, "quantity": line.quantity, "reason": line.reason}
        for line in lines
    ]


def received(known: Return, receipts: Sequence[Receipt]) -> list[dict[str, object]]:
    """Receipts as the event of a received return names them."""
    items = {line.line: line.item for line in known.lines}
    return [
        {
            "line": receipt.line,
            "item": items[receipt.line],
            "quantity": receipt.quantity,
            "grade": receipt.grade,
            "disposition": receipt.disposition,
        }
        for receipt in receipts
    ]
