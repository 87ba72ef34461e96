"""What requests to planning have in common: who may ask, and the shapes of their fields."""

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.ground.auth import Principal
from anyshelf.ground.http import requires
from anyshelf.planning.model import TERM_MAX

QUANTITY_MAX = 1_000_000
MONEY_MAX = 10**12
ITEMS_AT_ONCE = 500

Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Quantity = Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]
Term = Annotated[StrictInt, Field(ge=0, le=TERM_MAX)]
Kind = Literal["replenish", "purchase", "rebalance"]
State = Literal["open", "accepted", "dispatched", "received", "dismissed", "replaced", "withdrawn"]
Reads = Annotated[Principal, Depends(requires("planning:read"))]
Writes = Annotated[Principal, Depends(requires("planning:write"))]
Works = Annotated[Principal, Depends(requires("inventory:write"))]


class Body(BaseModel):
    """A request's body: no fields but those it knows."""

    model_config = ConfigDict(extra="forbid")


def nodes_of(principal: Principal, node: str | None) -> tuple[str, ...] | None:
    """The nodes to look at: the one named, else those the asker works at, else all."""
    if node is not None:
        principal.check_node(node)
        return (node,)
    return tuple(principal.nodes) or None
