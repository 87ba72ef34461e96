"""Over HTTP: what vendors owe us for goods that came back."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Forbidden
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.returns import service

router = APIRouter()

Reads = Annotated[Principal, Depends(requires("returns:read"))]
Writes = Annotated[Principal, Depends(requires("returns:write"))]
Decides = Annotated[Principal, Depends(requires("refunds:write"))]


@router.post("/returns/{return_id}:to_vendor")
def to_vendor(return_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Send what lies apart for a vendor back to it: the goods leave, the debit notes are sent."""

    def work(tx: Tx, now: datetime) -> Answer:
        for note in service.find(tx, principal.market, return_id).notes:
            principal.check_node(note.node)
        return Answer(status=200, body=service.to_vendor(tx, principal.market, return_id, now).as_json())

    return writing(request, here, principal, work)


@router.get("/debit_notes")
def debit_notes(
    here: Here,
    principal: Reads,
    vendor_node: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["open", "sent", "settled"] | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """What vendors owe us for goods that came back; `next` is the cursor of the page after this one."""
    if principal.nodes or principal.channels:
        raise Forbidden(f"{principal.name} works for some nodes or channels; this is for those who see all.")
    with reading(here) as tx:
        found = service.notes_of_vendor(
            tx, principal.market, vendor_node=vendor_node, state=state, after=after, limit=limit
        )
    following = str(found[-1].note_id) if len(found) == limit else None
    return {"debit_notes": [note.as_json() for note in found], "next": following}


@router.post("/debit_notes/{note_id}:settle")
def settle_note(note_id: UUID, request: Request, here: Here, principal: Decides) -> Response:
    """The vendor has paid a debit note."""

    def work(tx: Tx, now: datetime) -> Answer:
        return Answer(status=200, body=service.settle_note(tx, principal.market, note_id, now).as_json())

    return writing(request, here, principal, work)
