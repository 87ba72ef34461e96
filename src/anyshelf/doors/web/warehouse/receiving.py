"""Goods in: what is on its way under which reference, taken in whole, in part, or broken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.store.entering import enter
from anyshelf.doors.web.warehouse.entering import warehouse_page
from anyshelf.ground.auth import Principal
from anyshelf.ground.http import Here, reading, requires
from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Due

router = APIRouter()

Counts = Annotated[Principal, Depends(requires("inventory:read"))]

SHOWN_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One reference on its way: its lines, and a number for the delivery that is opened now."""

    reference: str
    delivery: str
    arrives_at: datetime
    lines: Sequence[Due]


@router.get("/warehouse/{node}/receive")
def receive(
    node: str,
    request: Request,
    here: Here,
    principal: Counts,
    find: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """What is expected here, by reference, the soonest first."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        due = inventory.due_at(tx, store.market, node)
        items = catalogue.items(tx, store.market, [line.item for line in due])
    found = [each for each in _by_reference(due) if _is_meant(each, find.strip().lower())]
    return warehouse_page(
        request, "receive.html", principal, store, tab="receive", find=find, coming=found[:SHOWN_MAX],
        more=max(0, len(found) - SHOWN_MAX), items=items,
    )  # fmt: skip


def _by_reference(due: Sequence[Due]) -> list[Coming]:
    lines: dict[str, list[Due]] = {}
    for line in due:
        lines.setdefault(line.reference, []).append(line)
    return [
        Coming(reference=name, delivery=str(new_id()), arrives_at=each[0].arrives_at, lines=each)
        for name, each in lines.items()
    ]


def _is_meant(each: Coming, wanted: str) -> bool:
    return wanted in each.reference.lower() or any(wanted == line.item.lower() for line in each.lines)
