"""One order from above: its story, and each decision about who serves it, drawn on the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.drawing import Point
from anyshelf.doors.web.mapping import Map, Somewhere, Spot, View, around
from anyshelf.doors.web.shop.standing import may_change
from anyshelf.doors.web.store.working import shopper_of
from anyshelf.doors.web.telling import told_of
from anyshelf.doors.web.tower.entering import Looks, Tower, enter, tower_page
from anyshelf.ground import outbox
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading
from anyshelf.ground.ids import new_id
from anyshelf.insight import service as insight
from anyshelf.insight.model import Step
from anyshelf.network.model import Node
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.promising import service as promising
from anyshelf.sourcing import service as sourcing

router = APIRouter()

EXCEPTIONS_MAX: Final = 20
OTHERS_MAX: Final = 10
STEPS_MAX: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A node that was looked at: chosen, able, or out and why; what it would have cost alone."""

    node: str
    name: str
    distance_km: float
    verdict: str
    why: str
    cost_minor: int | None
    spot: Spot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision as it is shown: its sentence, the nodes in it, and the picture of them."""

    summary: str
    policy: str
    considered: Sequence[Considered]
    others: Mapping[str, int]
    drawn: Map
    view: View
    goal: Spot | None


@router.get("/tower/order/{order_id}")
def order(order_id: UUID, request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """Where an order stands, what has happened to it, and why these nodes serve it."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        known = orders.find(tx, tower.market, order_id)
        story = outbox.story_of(tx, tower.market, str(order_id))
        asked = orders.Listed(order_id=known.order_id)
        mishaps = orders.exceptions(tx, tower.market, asked, before=None, limit=EXCEPTIONS_MAX)
        others, steps = _others(tx, known), _steps(tx, principal, known)
        bound = promising.bound(tx, tower.market, order_id)
        items = catalogue.items(tx, tower.market, [line.item for line in known.lines])
    return tower_page(
        request, "order.html", principal, tower, tab="live", order=known, shopper=shopper_of(known),
        items=items, mishaps=mishaps, story=[told_of(each, tower.name_of) for each in story],
        decisions=[_decision(tower, known, sourcing.in_full(each)) for each in known.sourcing or []],
        standing=orders.status_of(known), form_number=str(new_id()),
        may_hold=any(line.in_state("open", "backordered", "sourced") for line in known.lines),
        others=[(other, orders.status_of(other)) for other in others], steps=steps,
        may_repromise=bool(known.promise) and any(each.outcome == "open" for each in bound),
        may_change=any(may_change(line) for line in known.lines),
        may_cancel=any(line.in_state(*orders.CANCELLABLE) for line in known.lines),
    )  # fmt: skip


def _others(tx: Tx, order: Order) -> list[Order]:
    """The newest other orders of the same customer, e-mail or telephone, through any channel."""
    contact = order.contact or {}
    asked: dict[str, Any] = {
        "customer": order.customer, "email": contact.get("email"), "phone": contact.get("phone"),
    }  # fmt: skip
    found = {
        other.order_id: other
        for name, value in asked.items()
        if value
        for other in orders.recent(tx, order.market, limit=OTHERS_MAX, **{name: value})
        if other.order_id != order.order_id
    }
    return sorted(found.values(), key=lambda other: other.placed_at, reverse=True)[:OTHERS_MAX]


def _steps(tx: Tx, principal: Principal, order: Order) -> list[Step]:
    """What the shopper did in every channel, for who may look at people's journeys."""
    if not principal.may("people:read"):
        return []
    return insight.timeline_of_shopper(tx, order.market, order.order_id, limit=STEPS_MAX)


def _decision(tower: Tower, order: Order, kept: Mapping[str, Any]) -> Decision:
    """A kept decision with its picture: where the goods go, and every node that was looked at."""
    places = {node.node: node for node in tower.atlas.nodes}
    goal = _goal(order, places)
    drawn = tower.drawn()
    considered = [_considered(drawn, places, node) for node in kept.get("nodes", ())]
    spot = drawn.project(goal) if goal else None
    spots = [each.spot for each in considered if each.spot and each.verdict != "out"] + (
        [spot] if spot else []
    )
    return Decision(
        summary=sourcing.told(kept, order.currency),
        policy=str(kept.get("policy", "")),
        considered=considered,
        others=kept.get("others", {}),
        drawn=drawn,
        view=around(spots),
        goal=spot,
    )


def _goal(order: Order, places: Mapping[str, Node]) -> Point | None:
    """Where the goods go: to the store the shopper chose, else to their door."""
    chosen = next((places[line.node] for line in order.lines if line.node in places), None)
    door = orders.destination_of(order.destination)
    if chosen or door is None or door.lat is None or door.lon is None:
        return chosen
    return Somewhere(lat=door.lat, lon=door.lon)


def _considered(drawn: Map, places: Mapping[str, Node], kept: Mapping[str, Any]) -> Considered:
    place = places.get(kept["node"])
    out, cost = kept.get("eliminated"), kept.get("cost")
    return Considered(
        node=kept["node"],
        name=place.name if place else kept["node"],
        distance_km=float(kept.get("distance_km", 0)),
        verdict="chosen" if kept.get("chosen") else "out" if out else "able",
        why=out or "",
        cost_minor=sum(cost.values()) if cost else None,
        spot=drawn.project(place) if place else None,
    )
