"""Stock over HTTP: what is available where, what lies where, and what moved."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import Id
from anyshelf.inventory import service
from anyshelf.inventory.api import availability
from anyshelf.inventory.api.availability import Lookout
from anyshelf.inventory.model import Entry, Position, Posting
from anyshelf.network import service as network

router = APIRouter(prefix="/v1", tags=["inventory"])
router.include_router(availability.router)

__all__ = ["Lookout", "router"]

QUANTITY_MAX = 1_000_000
Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Reads = Annotated[Principal, Depends(requires("inventory:read"))]
Writes = Annotated[Principal, Depends(requires("inventory:write"))]


class MoveIn(BaseModel):
    """A move the outside reports; an adjustment may be negative, a count is what lies there.

    What comes in several deliveries under one reference names each `delivery`.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["receive", "receive_damaged", "adjust", "transfer", "count", "damage", "arrive"]
    node: Code
    item: Code
    quantity: Annotated[StrictInt, Field(ge=-QUANTITY_MAX, le=QUANTITY_MAX)]
    to_node: Code | None = None
    reason: Annotated[StrictStr, Field(min_length=1, max_length=100)] = "reported"
    reference: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None
    delivery: Annotated[StrictStr, Field(min_length=1, max_length=100)] | None = None
    happened_at: AwareDatetime | None = None


class MovesIn(BaseModel):
    """Moves that stand or fall together."""

    model_config = ConfigDict(extra="forbid")

    moves: Annotated[list[MoveIn], Field(min_length=1, max_length=1000)]


@router.get("/inventory/positions")
def get_positions(
    here: Here,
    principal: Reads,
    item: Annotated[str | None, Query(max_length=64)] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    as_of: AwareDatetime | None = None,
    known_at: AwareDatetime | None = None,
    after: Annotated[str | None, Query(max_length=140)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """What lies where: now, or at any time as it was known at any time (then an item must be named)."""
    _check_node(principal, node)
    with reading(here) as tx:
        if as_of is None and known_at is None:
            found = service.positions(
                tx, principal.market, item=item, node=node, after=_after(after), limit=limit
            )
        else:
            found = _as_of(tx, principal.market, item, node, as_of, known_at, here.clock.now(), limit)
    more = len(found) == limit and as_of is None and known_at is None
    cursor = f"{found[-1].item}|{found[-1].node}" if more else None
    return {"positions": [position.as_json() for position in found], "next": cursor}


def _check_node(principal: Principal, node: str | None) -> None:
    if node is not None:
        principal.check_node(node)
    elif principal.nodes:
        raise Invalid(f"Name the node: {', '.join(principal.nodes)}.", field="node")


def _after(after: str | None) -> tuple[str, str]:
    item, _, node = (after or "").partition("|")
    return item, node


def _as_of(
    tx: Tx,
    market: str,
    item: str | None,
    node: str | None,
    as_of: datetime | None,
    known_at: datetime | None,
    now: datetime,
    limit: int,
) -> list[Position]:
    if item is None:
        raise Invalid("Name the item whose past is wanted.", field="item")
    return service.positions_as_of(
        tx, market, item=item, node=node, as_of=as_of or now, known_at=known_at or now, limit=limit
    )


@router.get("/inventory/moves")
def get_moves(
    here: Here,
    principal: Reads,
    item: Annotated[str | None, Query(max_length=64)] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    after: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """The entries of the ledger, a page at a time."""
    _check_node(principal, node)
    with reading(here) as tx:
        found = service.moves(tx, principal.market, item=item, node=node, after=_entry(after), limit=limit)
    last = found[-1] if len(found) == limit else None
    cursor = f"{last.cause}/{last.step}/{last.entry}" if last else None
    return {"moves": [_entry_json(entry) for entry in found], "next": cursor}


def _entry(after: str | None) -> tuple[Id, int, int]:
    if after is None:
        return Id(int=0), 0, 0
    try:
        cause, step, entry = after.split("/")
        return UUID(cause), min(int(step), 2**31 - 1), min(int(entry), 2**31 - 1)
    except ValueError:
        raise Invalid("after is the `next` of an earlier page.", field="after") from None


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "cause": str(entry.cause),
        "step": entry.step,
        "entry": entry.entry,
        "item": entry.item,
        "from": {"node": entry.node, "bucket": entry.from_bucket},
        "to": {"node": entry.to_node, "bucket": entry.to_bucket},
        "quantity": entry.quantity,
        "reason": entry.reason,
        "line": entry.line,
        "reference": entry.reference,
        "happened_at": entry.happened_at.isoformat(),
        "known_at": entry.known_at.isoformat(),
    }


@router.get("/nodes/{node}/expected")
def get_expected(node: str, here: Here, principal: Reads) -> dict[str, Any]:
    """What is on its way to a node, by reference, the soonest first: announced, received, still to come."""
    principal.check_node(node)
    with reading(here) as tx:
        network.node(network.atlas(tx, principal.market), node)
        found = service.due_at(tx, principal.market, node)
    by_reference: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        by_reference.setdefault(each.reference, []).append(each.as_json())
    return {
        "node": node,
        "expected": [{"reference": name, "lines": lines} for name, lines in by_reference.items()],
    }


@router.post("/inventory/moves", status_code=201)
def post_moves(body: MovesIn, request: Request, here: Here, principal: Writes) -> Response:
    """Report goods received, counted, adjusted, damaged or transferred; all stand or fall together."""

    def work(tx: Tx, now: datetime) -> Answer:
        _check(tx, principal, body)
        postings = [_posting(move) for move in body.moves]
        posted = service.post_all(tx, principal.market, postings, now)
        return Answer(status=201, body={"posted": posted, "known": len(body.moves) - posted})

    return writing(request, here, principal, work)


def _check(tx: Tx, principal: Principal, body: MovesIn) -> None:
    atlas = network.atlas(tx, principal.market)
    known = catalogue.items(tx, principal.market, [move.item for move in body.moves])
    for place, move in enumerate(body.moves):
        principal.check_node(move.node)
        network.node(atlas, move.node, field=f"moves.{place}.node")
        if move.item not in known:
            raise Invalid(f"There is no item {move.item}.", field=f"moves.{place}.item")
        if move.delivery and not move.reference:
            raise Invalid("A delivery belongs to a reference; name it.", field=f"moves.{place}.reference")
        if move.kind == "transfer":
            if move.to_node in (None, move.node):
                raise Invalid("A transfer needs another node to go to.", field=f"moves.{place}.to_node")
            network.node(atlas, str(move.to_node), field=f"moves.{place}.to_node")


def _posting(move: MoveIn) -> Posting:
    return Posting(
        kind=move.kind,
        node=move.node,
        item=move.item,
        quantity=move.quantity,
        reason=move.reason,
        reference=move.reference,
        happened_at=move.happened_at.astimezone(UTC) if move.happened_at else None,
        to_node=move.to_node or "",
        delivery=move.delivery or "",
    )
