"""What stands in the head of every page of a warehouse."""

from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.rendering import page
from anyshelf.doors.web.store.entering import Store
from anyshelf.ground.auth import Principal

FLOORS: Final = ("dc", "fc", "dark_store", "hub")
"""Nodes where many orders are walked for together."""
NO_CARRIER: Final = "Own van and counter"
"""What work is called that no carrier takes."""


def warehouse_page(
    request: Request, name: str, principal: Principal, store: Store, **values: Any
) -> HTMLResponse:
    """A page of a warehouse, with its tabs."""
    return page(
        request, f"warehouse/{name}", visitor=principal, store=store, node=store.node, zone=store.zone,
        now=store.now, no_carrier=NO_CARRIER, **values,
    )  # fmt: skip
