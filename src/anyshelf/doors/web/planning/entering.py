"""Who may plan, and what stands in the head of the pages of planning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.rendering import page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import requires
from anyshelf.network import service as network
from anyshelf.network.model import Atlas

Looks = Annotated[Principal, Depends(requires("planning:read"))]
Plans = Annotated[Principal, Depends(requires("planning:write"))]
Code = Annotated[str, Query(max_length=64)]

A_PAGE: Final = 50
KINDS: Final[Mapping[str, str]] = {
    "replenish": "To stores", "purchase": "From vendors", "rebalance": "Between stores",
}  # fmt: skip
ALERTS: Final[Mapping[str, str]] = {
    "stockout": "Running out", "overstock": "Too much", "slow_mover": "Slow",
    "phantom_stock": "Perhaps not there",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A market as a planner sees it: its network, its currency, and the moment it is now."""

    market: str
    atlas: Atlas
    currency: str
    now: datetime
    nodes: Sequence[str]

    def name_of(self, node: str) -> str:
        """What a node is called; its code where the network does not know it any more."""
        known = self.atlas.index.get(node)
        return node if known is None else self.atlas.nodes[known].name


def enter(tx: Tx, principal: Principal, now: datetime) -> Desk:
    """The desk of a planner, for the nodes they work at, or all."""
    return Desk(
        market=principal.market, atlas=network.atlas(tx, principal.market),
        currency=network.currency(tx, principal.market), now=now, nodes=tuple(principal.nodes),
    )  # fmt: skip


def asked_nodes(principal: Principal, node: str) -> tuple[str, ...] | None:
    """The nodes to look at: the one asked for, else those somebody works at, else all."""
    if node:
        principal.check_node(node)
        return (node,)
    return tuple(principal.nodes) or None


def names(tx: Tx, market: str, items: Sequence[str]) -> dict[str, str]:
    """What these items are called."""
    return {code: each.name for code, each in catalogue.items(tx, market, sorted(set(items))).items()}


def desk_page(request: Request, name: str, principal: Principal, desk: Desk, **values: Any) -> HTMLResponse:
    """A page of planning."""
    return page(
        request, f"planning/{name}", visitor=principal, desk=desk, now=desk.now, zone=ZoneInfo("UTC"),
        kinds=KINDS, alert_kinds=ALERTS, may_plan=principal.may("planning:write"), **values,
    )  # fmt: skip
