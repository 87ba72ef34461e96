"""Who may look at which store's pages, and what stands in the head of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.rendering import page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Forbidden
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Node

AT_WORK = ("store", "dark_store", "dc", "fc", "hub")
COUNTERS = ("store", "dark_store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A node as its pages show it: itself, the network around it, its zone and the moment it is now."""

    node: Node
    atlas: Atlas
    zone: ZoneInfo
    now: datetime

    @property
    def market(self) -> str:
        """The market it belongs to."""
        return self.atlas.market

    @property
    def has_counter(self) -> bool:
        """Whether shoppers come here."""
        return self.node.kind in COUNTERS

    def name_of(self, node: str) -> str:
        """What another node is called; its code where the network does not know it any more."""
        known = self.atlas.index.get(node)
        return node if known is None else self.atlas.nodes[known].name


def enter(tx: Tx, principal: Principal, code: str, now: datetime) -> Store:
    """The store of this code, for somebody who works there; raises NotFound or Forbidden."""
    principal.check_node(code)
    if principal.vendors:
        raise Forbidden(f"{principal.name} works for {', '.join(principal.vendors)}, not in a store.")
    atlas = network.atlas(tx, principal.market)
    node = network.node(atlas, code)
    return Store(node=node, atlas=atlas, zone=network.timezone_of(atlas, code), now=now)


def theirs(tx: Tx, principal: Principal) -> Sequence[Node]:
    """The nodes somebody may work at, shops first."""
    nodes = network.atlas(tx, principal.market).nodes
    own = [
        each
        for each in nodes
        if each.active and each.kind in AT_WORK and (not principal.nodes or each.node in principal.nodes)
    ]
    return sorted(own, key=lambda each: (AT_WORK.index(each.kind), each.name))


def store_page(
    request: Request, name: str, principal: Principal, store: Store, **values: Any
) -> HTMLResponse:
    """A page of a store, with its tabs."""
    return page(
        request, f"store/{name}", visitor=principal, store=store, node=store.node, zone=store.zone,
        now=store.now, **values,
    )  # fmt: skip
