"""What runs through the network at this moment, counted in orders, and the orders behind each figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from anyshelf.ground.db import Tx, rows, values
from anyshelf.ground.ids import Id, first_id_of
from anyshelf.orders import store
from anyshelf.orders.model import Order
from anyshelf.orders.service.finding import LAST_ID, find

STAGES: Final[Mapping[str, Sequence[str]]] = {
    "to arrange": ("open", "backordered"),
    "confirmed": ("sourced",),
    "in work": ("released", "picked", "packed", "received"),
    "on the way": ("in_transit", "dispatched"),
    "waiting": ("staged",),
    "done": ("delivered", "handed_over"),
    "ended otherwise": ("cancelled", "returned", "lost"),
}
"""The states as somebody reads them who watches them all: each stands for some, none for two."""
TO_DO: Final = ("sourced", "released", "picked", "packed", "received", "staged")
"""The states in which a unit lies at its node, for somebody there to do something about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What a node has to do: of how many orders, and how many units."""

    node: str
    orders: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """How many exceptions of a kind are open at a node; of no node where it is empty."""

    node: str
    kind: str
    orders: int


def flow(tx: Tx, market: str, *, since: datetime) -> Mapping[tuple[str, str], int]:
    """How many orders placed since a moment stand at each (journey, stage); one may stand at several."""
    found = values(
        tx, store.FLOW_SQL, market=market, since=first_id_of(since),
        states=[state for states in STAGES.values() for state in states],
        stages=[stage for stage, states in STAGES.items() for _ in states],
    )  # fmt: skip
    return {(journey, stage): orders for journey, stage, orders in found}


def busy(tx: Tx, market: str, *, since: datetime) -> list[Busy]:
    """What each node has to do for orders placed since a moment."""
    return rows(tx, Busy, store.BUSY_SQL, market=market, since=first_id_of(since), states=list(TO_DO))


def troubled(tx: Tx, market: str) -> list[Troubled]:
    """Where exceptions wait for somebody, by node and kind."""
    return rows(tx, Troubled, store.OPEN_EXCEPTIONS_SQL, market=market)


def standing_at(
    tx: Tx,
    market: str,
    *,
    since: datetime,
    journey: str | None = None,
    states: Sequence[str] = (),
    node: str | None = None,
    before: Id | None = None,
    limit: int = 50,
) -> list[Order]:
    """The orders placed since a moment of which something stands there, newest first, a page at a time."""
    found = values(
        tx, store.STANDING_SQL, market=market, since=first_id_of(since), before=before or LAST_ID,
        journey=journey, states=list(states), node=node, limit=limit,
    )  # fmt: skip
    return [find(tx, market, order_id) for (order_id,) in found]
