"""Stock over HTTP: what is available where, what lies where, and what moved."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Kit
from anyshelf.ground import outbox
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import Id
from anyshelf.inventory import service
from anyshelf.inventory.model import Entry, Expected, Position, Posting
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Indices

router = APIRouter(prefix="/v1", tags=["inventory"])

QUANTITY_MAX = 1_000_000
Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Reads = Annotated[Principal, Depends(requires("inventory:read"))]
Writes = Annotated[Principal, Depends(requires("inventory:write"))]
Looks = Annotated[Principal, Depends(requires("availability:read"))]

Stock = list[tuple[str, int]]
"""Nodes, and how many of something each has."""
OnHand = dict[str, dict[str, int]]
"""Node to item to how many lie there."""


class MoveIn(BaseModel):
    """A move the outside reports; an adjustment may be negative, a count is what lies there."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["receive", "adjust", "transfer", "count", "damage", "arrive"]
    node: Code
    item: Code
    quantity: Annotated[StrictInt, Field(ge=-QUANTITY_MAX, le=QUANTITY_MAX)]
    to_node: Code | None = None
    reason: Annotated[StrictStr, Field(min_length=1, max_length=100)] = "reported"
    reference: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None
    happened_at: AwareDatetime | None = None


class MovesIn(BaseModel):
    """Moves that stand or fall together."""

    model_config = ConfigDict(extra="forbid")

    moves: Annotated[list[MoveIn], Field(min_length=1, max_length=1000)]


@router.get("/availability")
def availability(
    here: Here,
    principal: Looks,
    item: Annotated[list[str], Query(min_length=1, max_length=500)],
    channel: Annotated[str, Query(max_length=64)] = "web",
    near: Annotated[str | None, Query(max_length=64, examples=["40.7,-73.9"])] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 50,
) -> dict[str, Any]:
    """What a channel may sell now, node by node, nearest first, with what is on its way."""
    principal.check_channel(channel)
    market = principal.market
    point = _point(near) if near else None
    with reading(here) as tx:
        known = catalogue.items(tx, market, item)
        for code in item:
            if code not in known:
                raise Invalid(f"There is no item {code}.", field="item")
        kits = catalogue.taken_apart(tx, market, item)
        lie = _as_they_lie(item, kits)
        sequence = outbox.head(tx, market)
        atlas = network.atlas(tx, market)
        sells = network.channel(atlas, channel)
        free = service.free_stock(
            tx,
            market,
            lie,
            now=here.clock.now(),
            holdback_units=sells.holdback_units,
            holdback_percent=sells.holdback_percent,
        )
        view = _View(atlas, network.reach(atlas, channel), point, limit)
        shown = {code: view.nearest(_whole(code, free, kits)) for code in dict.fromkeys(item)}
        nodes = sorted({node for found in shown.values() for node, _ in found})
        on_hand: OnHand = defaultdict(dict)
        for at in service.positions_at(tx, market, lie, nodes):
            on_hand[at.node][at.item] = at.on_hand
        coming = _by_position(service.expected(tx, market, lie))
    reached = {code: view.within_reach(stock) for code, stock in free.items()}
    found = [
        {
            "item": code,
            "available": _made(code, reached, kits),
            "nodes": [
                view.node(node, quantity, _made(code, on_hand[node], kits), coming[code, node])
                for node, quantity in shown[code]
            ],
        }
        for code in shown
    ]
    return {"as_of": here.clock.now().isoformat(), "sequence": str(sequence), "items": found}


def _as_they_lie(codes: list[str], kits: Mapping[str, Kit]) -> list[str]:
    """What lies on shelves for these items: in place of a kit, its parts."""
    parts = [item for kit in kits.values() for item, _ in kit.parts]
    return list(dict.fromkeys([*(code for code in codes if code not in kits), *parts]))


def _made(code: str, have: Mapping[str, int], kits: Mapping[str, Kit]) -> int:
    """How many of an item these units are, or how many of a kit they make."""
    return kits[code].made_from(have) if code in kits else have.get(code, 0)


def _whole(code: str, free: Mapping[str, Stock], kits: Mapping[str, Kit]) -> Stock:
    """Where an item may be had; a kit where it may be had whole."""
    if code not in kits:
        return free[code]
    there: dict[str, dict[str, int]] = defaultdict(dict)
    for item, _ in kits[code].parts:
        for node, quantity in free[item]:
            there[node][item] = quantity
    made = ((node, kits[code].made_from(have)) for node, have in sorted(there.items()))
    return [(node, quantity) for node, quantity in made if quantity]


def _point(near: str) -> tuple[float, float]:
    try:
        lat, lon = (float(part) for part in near.split(","))
    except ValueError:
        raise Invalid("near is a point such as 40.7,-73.9.", field="near") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004  degrees
        raise Invalid("near is not a point on the earth.", field="near")
    return lat, lon


def _by_position(supply: list[Expected]) -> dict[tuple[str, str], list[Expected]]:
    found: dict[tuple[str, str], list[Expected]] = defaultdict(list)
    for each in supply:
        found[each.item, each.node].append(each)
    return found


class _View:
    """Availability as one asker sees it: through one channel, from one place, so many nodes."""

    def __init__(self, atlas: Atlas, reach: Indices, point: tuple[float, float] | None, limit: int) -> None:
        self.limit = limit
        self.reached = {atlas.nodes[index].node: int(index) for index in reach}
        self.distance = network.distances_km(atlas, *point) if point else None

    def nearest(self, free: Stock) -> Stock:
        """The nodes within reach, nearest first."""
        here = [(node, quantity) for node, quantity in free if node in self.reached]
        return sorted(here, key=lambda each: (self._km(each[0]) or 0.0, each[0]))[: self.limit]

    def within_reach(self, free: Stock) -> int:
        """How many there are at all the nodes within reach together."""
        return sum(quantity for node, quantity in free if node in self.reached)

    def _km(self, node: str) -> float | None:
        return None if self.distance is None else float(self.distance[self.reached[node]])

    def node(self, node: str, quantity: int, on_hand: int, coming: list[Expected]) -> dict[str, Any]:
        """One node that has some."""
        km = self._km(node)
        return {
            "node": node,
            "available": quantity,
            "on_hand": on_hand,
            "distance_km": None if km is None else round(km, 1),
            "expected": [{"at": each.arrives_at.isoformat(), "quantity": each.quantity} for each in coming],
        }


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
    )
