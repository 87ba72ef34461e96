"""The first page of the tower: the map, the flow, the figures and what is wrong, as it happens."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, StreamingResponse

from anyshelf.doors.web.mapping import Map
from anyshelf.doors.web.rendering import fragment
from anyshelf.doors.web.tower.entering import WEEK, Days, Looks, Tower, enter, tower_page
from anyshelf.doors.web.tower.figures import read_off
from anyshelf.ground import outbox
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, House, reading
from anyshelf.insight import service as insight
from anyshelf.network.model import Node
from anyshelf.orders import service as orders

router = APIRouter()

LOOK_EVERY_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 15.0
STREAM_SECONDS_MAX: Final = 900.0
BUSIEST: Final = 8
DOT: Final = 2.4
DOT_MAX: Final = 13.0

SHAPES: Final = {"dc": "centre", "fc": "centre", "hub": "centre", "vendor": "vendor"}
"""How a kind of node is drawn; the others are stores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A node on the map: where, how large by what it has to do, and whether something is wrong there."""

    node: Node
    shape: str
    x: float
    y: float
    radius: float
    orders: int
    wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A journey in the table of the flow: how many orders stand at each stage."""

    journey: str
    cells: Sequence[tuple[str, int]]


@router.get("/tower")
def tower(request: Request, here: Here, principal: Looks, days: Days = WEEK) -> HTMLResponse:
    """The network on a map, how orders flow, what the figures are, and what waits for somebody."""
    with reading(here) as tx:
        seen = enter(tx, principal, here.clock.now(), days=days)
        shown = _shown(tx, seen)
    if request.headers.get("hx-request"):
        return fragment(
            request, "tower/live.html", tower=seen, days=days, now=seen.now, zone=seen.zone, **shown
        )
    return tower_page(request, "tower.html", principal, seen, tab="live", **shown)


def _shown(tx: Tx, tower: Tower) -> dict[str, Any]:
    at, kinds = Counter[str](), Counter[str]()
    for each in orders.troubled(tx, tower.market):
        at[each.node] += each.orders
        kinds[each.kind] += each.orders
    busy = {each.node: each for each in orders.busy(tx, tower.market, since=tower.since)}
    figures = insight.figures(tx, tower.market, by="", since=tower.since, until=tower.until)
    drawn = tower.drawn()
    todo = {code: each.orders for code, each in busy.items()}
    dots = [_dot(drawn, node, todo.get(node.node, 0), at[node.node]) for node in tower.nodes]
    return {
        "drawn": drawn,
        "dots": sorted(dots, key=lambda dot: (dot.orders + dot.wrong > 0, -dot.radius)),
        "busiest": sorted(busy.values(), key=lambda each: (-each.orders, each.node))[:BUSIEST],
        "wrong_at": at,
        "kinds": kinds.most_common(),
        "stages": list(orders.STAGES),
        "rows": _rows(orders.flow(tx, tower.market, since=tower.since)),
        "figures": read_off(figures.get("", {}), tower.currency),
        "sequence": outbox.head(tx, tower.market),
    }


def _dot(drawn: Map, node: Node, todo: int, wrong: int) -> Dot:
    x, y = drawn.project(node)
    return Dot(
        node=node, shape=SHAPES.get(node.kind, "shop"), x=round(x, 1), y=round(y, 1),
        radius=round(min(DOT_MAX, DOT + 1.6 * todo**0.5), 1), orders=todo, wrong=wrong,
    )  # fmt: skip


def _rows(flow: Mapping[tuple[str, str], int]) -> list[Row]:
    """The journeys that are travelled, the busiest first."""
    totals = Counter[str]()
    for (journey, _), count in flow.items():
        totals[journey] += count
    return [
        Row(journey=journey, cells=[(stage, flow.get((journey, stage), 0)) for stage in orders.STAGES])
        for journey, _ in totals.most_common()
    ]


@router.get("/tower/live")
def live(here: Here, principal: Looks) -> Response:
    """Server-sent events: says `changed` when something has happened, so that an open page looks again."""
    with reading(here) as tx:
        market = enter(tx, principal, here.clock.now()).market
    return StreamingResponse(
        _changes(here, market), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def _changes(here: House, market: str) -> AsyncIterator[str]:
    """A line for every second in which something happened, and a sign of life for a quarter of a minute."""
    last = await run_in_threadpool(_head, here, market)
    yield f"retry: 2000\nevent: open\ndata: {last}\n\n"
    ends = time.monotonic() + STREAM_SECONDS_MAX
    spoke = time.monotonic()
    while time.monotonic() < ends and not here.stopping.is_set():
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        head = await run_in_threadpool(_head, here, market)
        if head != last:
            last, spoke = head, time.monotonic()
            yield f"id: {head}\nevent: changed\ndata: {head}\n\n"
        elif time.monotonic() - spoke > HEARTBEAT_SECONDS:
            spoke = time.monotonic()
            yield ": nothing new\n\n"


def _head(here: House, market: str) -> int:
    with reading(here) as tx:
        return outbox.head(tx, market)
