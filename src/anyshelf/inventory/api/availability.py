"""GET /v1/availability: what a channel may sell now, node by node, from the positions in memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import QueryParams

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Kit
from anyshelf.catalogue.service import Goods
from anyshelf.ground.auth import Principal
from anyshelf.ground.batching import Batcher, Waiting
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import House, requires
from anyshelf.inventory import rules, service
from anyshelf.inventory.model import Columns, Doubts, Expected, Ints
from anyshelf.network import service as network
from anyshelf.network.model import Atlas

router = APIRouter()

AT_ONCE = 64
"""How many who ask are answered by one look."""

ITEMS_MAX, NODES_MAX, CODE_LENGTH_MAX = 500, 5000, 64

PARAMETERS: Final[Sequence[Mapping[str, Any]]] = (
    {
        "name": "item", "in": "query", "required": True, "description": "An item; repeat it for more.",
        "schema": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": ITEMS_MAX},
    },
    {
        "name": "channel", "in": "query", "description": "Who sells: its reach, and its holdback.",
        "schema": {"type": "string", "default": "web", "maxLength": CODE_LENGTH_MAX},
    },
    {
        "name": "near", "in": "query", "description": "Latitude and longitude; the nearest nodes come first.",
        "schema": {"type": "string", "examples": ["40.7,-73.9"]},
    },
    {
        "name": "limit", "in": "query", "description": "How many nodes to tell of each item.",
        "schema": {"type": "integer", "default": 50, "minimum": 1, "maximum": NODES_MAX},
    },
)  # fmt: skip

Looks = Annotated[Principal, Depends(requires("availability:read"))]
Coming = Mapping[tuple[str, str], Sequence["_Supply"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody would like to know: of these items, in this market."""

    market: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """Everything an answer rests on, as it stood at one moment."""

    as_of: datetime
    sequence: int
    atlas: Atlas
    goods: Goods
    columns: Columns
    lost: Ints | None
    doubts: Doubts | None
    coming: Coming


class _Supply(msgspec.Struct, gc=False):
    at: str
    quantity: int


class _Node(msgspec.Struct, gc=False):
    node: str
    available: int
    on_hand: int
    distance_km: float | None
    expected: Sequence[_Supply]


class _Item(msgspec.Struct, gc=False):
    item: str
    available: int
    nodes: Sequence[_Node]


class _Answer(msgspec.Struct, gc=False):
    as_of: str
    sequence: str
    items: Sequence[_Item]


class Lookout:
    """Where a process is asked for availability: all who wait are served by one look at the stock.

    A look begins after everybody it serves has asked, so each is told of whatever was committed before.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self._batcher: Batcher[Asked, Seen] = Batcher("lookout", self._look, batch_max=AT_ONCE)

    async def look(self, asked: Asked) -> Seen:
        """What there is of these items; raises Busy when the database is away or too many wait."""
        return await self._batcher.hand_in(asked)

    def close(self) -> None:
        """Answer who waits."""
        self._batcher.close()

    def _look(self, waiting: Sequence[Waiting[Asked, Seen]]) -> None:
        by_market: dict[str, list[Waiting[Asked, Seen]]] = defaultdict(list)
        for each in waiting:
            by_market[each.item.market].append(each)
        for market, those in by_market.items():
            self._look_in(market, those)

    def _look_in(self, market: str, waiting: Sequence[Waiting[Asked, Seen]]) -> None:
        now = self.house.clock.now()
        codes = list(dict.fromkeys(code for each in waiting for code in each.item.items))
        with service.looking(self.house.database, market) as look:
            atlas = network.atlas(look.tx, market)
            goods = catalogue.goods(look.tx, market, codes)
            lost, doubts = look.lost(atlas, now), look.doubts(atlas)
            coming = _by_position(service.expected(look.tx, market, list(goods.items)))
            columns = [look.columns(_lying(each.item.items, goods), atlas) for each in waiting]
        for each, those in zip(waiting, columns, strict=True):
            each.answer.set_result(
                Seen(
                    as_of=now,
                    sequence=look.sequence,
                    atlas=atlas,
                    goods=goods,
                    columns=those,
                    lost=lost,
                    doubts=doubts,
                    coming=coming,
                )
            )


def _lying(codes: Sequence[str], goods: Goods) -> list[str]:
    """What lies on shelves for these items: in place of a kit, its parts."""
    parts = [item for code in codes if code in goods.kits for item, _ in goods.kits[code].parts]
    return list(dict.fromkeys([*(code for code in codes if code not in goods.kits), *parts]))


def _by_position(supply: Sequence[Expected]) -> Coming:
    found: dict[tuple[str, str], list[_Supply]] = defaultdict(list)
    for each in supply:
        found[each.item, each.node].append(_Supply(each.arrives_at.isoformat(), each.quantity))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a request asks, read from its address."""

    items: tuple[str, ...]
    channel: str
    near: tuple[float, float] | None
    limit: int


@router.get("/availability", openapi_extra={"parameters": PARAMETERS})
async def availability(request: Request, principal: Looks) -> Response:
    """What a channel may sell now, node by node, nearest first, with what is on its way."""
    asks = _question(request.query_params)
    principal.check_channel(asks.channel)
    lookout: Lookout = request.app.state.lookout
    seen = await lookout.look(Asked(market=principal.market, items=asks.items))
    return Response(msgspec.json.encode(_shown(seen, asks)), media_type="application/json")


def _question(given: QueryParams) -> Question:
    """Read by hand: declared one by one to the framework, twenty items would take longer than the answer."""
    items = tuple(dict.fromkeys(given.getlist("item")))
    if not 1 <= len(items) <= ITEMS_MAX:
        raise Invalid(f"Ask for 1 to {ITEMS_MAX} items.", field="item")
    channel, near, limit = given.get("channel", "web"), given.get("near"), given.get("limit", "50")
    if len(channel) > CODE_LENGTH_MAX:
        raise Invalid("There is no channel with so long a name.", field="channel")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and 1 <= int(limit) <= NODES_MAX):  # noqa: PLR2004  digits
        raise Invalid(f"limit is a number from 1 to {NODES_MAX}.", field="limit")
    return Question(
        items=items, channel=channel, near=network.point_of(near) if near else None, limit=int(limit)
    )


def _shown(seen: Seen, asks: Question) -> _Answer:
    """The answer: everything that was seen, through one channel and from one place."""
    codes = asks.items
    for code in codes:
        if code not in seen.goods.items:
            raise Invalid(f"There is no item {code}.", field="item")
    atlas = seen.atlas
    sells = network.channel(atlas, asks.channel)
    classes = {code: item.category for code, item in seen.goods.items.items()}
    free = rules.free_units(
        seen.columns, lost=seen.lost, doubt=rules.doubted(seen.columns, seen.doubts, classes),
        holdback_units=sells.holdback_units, holdback_percent=sells.holdback_percent,
    )  # fmt: skip
    kits = {code: seen.goods.kits[code] for code in codes if code in seen.goods.kits}
    within = np.zeros(len(atlas.nodes), dtype=np.bool_)
    within[network.reach(atlas, asks.channel)] = True
    distance = network.distances_km(atlas, *asks.near) if asks.near else None
    lots = rules.lots(codes, seen.columns, free, kits, len(atlas.nodes))
    offers = rules.nearest(lots, within=within, distance_km=distance, limit=asks.limit)
    totals = _totals(codes, seen.columns, np.where(within[seen.columns.places], free, 0), kits, offers)
    km = None if distance is None else np.round(distance[offers.places], 1)
    nodes = _nodes(offers, codes, atlas, km, seen.coming)
    bounds = offers.bounds.tolist()
    items = [
        _Item(code, totals[place], nodes[bounds[place] : bounds[place + 1]])
        for place, code in enumerate(codes)
    ]
    return _Answer(seen.as_of.isoformat(), str(seen.sequence), items)


def _totals(
    codes: Sequence[str], columns: Columns, free: Ints, kits: Mapping[str, Kit], offers: rules.Offers
) -> list[int]:
    """How many there are of each code within reach; of a kit, how many all its parts together make."""
    totals: list[int] = offers.totals.tolist()
    if kits:
        sums = np.add.reduceat(np.append(np.maximum(free, 0), 0), columns.bounds[:-1])
        empty = columns.bounds[:-1] == columns.bounds[1:]
        have = dict(zip(columns.items, np.where(empty, 0, sums).tolist(), strict=True))
        return [
            kits[code].made_from(have) if code in kits else totals[place] for place, code in enumerate(codes)
        ]
    return totals


def _nodes(
    offers: rules.Offers, codes: Sequence[str], atlas: Atlas, km: np.ndarray | None, coming: Coming
) -> list[_Node]:
    """Every node that is shown, code by code."""
    names = network.codes(atlas)[offers.places].tolist()
    apart = [None] * len(names) if km is None else km.tolist()
    nodes = list(map(_Node, names, offers.free.tolist(), offers.on_hand.tolist(), apart, [()] * len(names)))
    if coming:
        code = np.repeat(np.arange(len(codes)), np.diff(offers.bounds)).tolist()
        for place, node in enumerate(nodes):
            node.expected = coming.get((codes[code[place]], node.node), ())
    return nodes
