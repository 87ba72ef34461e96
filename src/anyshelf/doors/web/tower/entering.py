"""Who may look down from the tower, over which span of time, and what stands in the head of its pages."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.mapping import Map, map_of
from anyshelf.doors.web.rendering import page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Forbidden
from anyshelf.ground.http import requires
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Node

Looks = Annotated[Principal, Depends(requires("insight:read"))]
Days = Annotated[int, Query(ge=1, le=90, description="How many days back the orders were placed.")]

SPANS: Final[Mapping[int, str]] = {1: "today", 7: "7 days", 30: "30 days"}
WEEK: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Tower:
    """The network as it is looked down upon: its atlas, its currency, and since when."""

    atlas: Atlas
    currency: str
    days: int
    now: datetime
    zone: ZoneInfo

    @property
    def market(self) -> str:
        """The market it stands in."""
        return self.atlas.market

    @property
    def since(self) -> datetime:
        """The moment since which orders count."""
        return self.now - timedelta(days=self.days)

    @property
    def until(self) -> datetime:
        """The moment up to which orders count: just after now, so that one placed now counts."""
        return self.now + timedelta(seconds=1)

    @property
    def nodes(self) -> list[Node]:
        """The nodes that are in use."""
        return [node for node in self.atlas.nodes if node.active]

    def drawn(self) -> Map:
        """The map they all fit on, over the outline of the country most of them lie in."""
        countries = Counter(node.country for node in self.nodes).most_common(1)
        return map_of(self.nodes, country=countries[0][0] if countries else "")

    def name_of(self, node: str) -> str:
        """What a node is called; its code where the network does not know it any more."""
        known = self.atlas.index.get(node)
        return node if known is None else self.atlas.nodes[known].name


def enter(tx: Tx, principal: Principal, now: datetime, *, days: int = WEEK) -> Tower:
    """The tower, for who may see every node, channel and vendor; raises Forbidden."""
    if principal.nodes or principal.channels or principal.vendors or not principal.may("orders:read"):
        raise Forbidden(
            f"The tower looks at every node, channel and vendor; {principal.name} works for some of them."
        )
    atlas = network.atlas(tx, principal.market)
    return Tower(
        atlas=atlas, currency=network.currency(tx, principal.market), days=days, now=now, zone=ZoneInfo("UTC")
    )


def tower_page(
    request: Request, name: str, principal: Principal, tower: Tower, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the tower."""
    return page(
        request, f"tower/{name}", visitor=principal, status=status, tower=tower, zone=tower.zone,
        now=tower.now, days=tower.days, spans=SPANS, **values,
    )  # fmt: skip
