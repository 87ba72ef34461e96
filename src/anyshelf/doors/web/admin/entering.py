"""Who may look after the house, and what every form of these pages says of people and keys."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.forms import Form
from anyshelf.doors.web.rendering import page
from anyshelf.ground.auth import SCOPES_OF_ROLE, Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Forbidden, NotFound
from anyshelf.ground.http import requires
from anyshelf.network import service as network

CODES_MAX: Final = 4000


async def _of_all(principal: Annotated[Principal, Depends(requires("admin:read"))]) -> Principal:
    return unlimited(principal)


async def _of_all_writing(principal: Annotated[Principal, Depends(requires("admin:write"))]) -> Principal:
    return unlimited(principal)


Looks = Annotated[Principal, Depends(_of_all)]
Writes = Annotated[Principal, Depends(_of_all_writing)]


def unlimited(principal: Principal) -> Principal:
    """The principal, if every node, channel and vendor is theirs; raises Forbidden."""
    if principal.nodes or principal.channels or principal.vendors:
        raise Forbidden(
            f"Only who works for all of the house looks after it; {principal.name} does for some."
        )
    return principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What somebody may do, and for which nodes, channels and vendors (empty: all)."""

    roles: Sequence[str]
    nodes: Sequence[str]
    channels: Sequence[str]
    vendors: Sequence[str]


def reach_of(tx: Tx, market: str, form: Form) -> Reach:
    """What a form says that somebody may do; raises NotFound naming a place nobody knows."""
    atlas = network.atlas(tx, market)
    reach = Reach(
        roles=[role for role in SCOPES_OF_ROLE if role in form.names("role-")],
        nodes=_codes(form, "nodes"), channels=_codes(form, "channels"), vendors=_codes(form, "vendors"),
    )  # fmt: skip
    for node in reach.nodes:
        network.node(atlas, node, field="nodes")
    for channel in reach.channels:
        network.channel(atlas, channel, field="channels")
    for vendor in reach.vendors:
        if vendor not in atlas.vendors:
            raise NotFound(f"There is no vendor {vendor}.", field="vendors")
    return reach


def _codes(form: Form, name: str) -> list[str]:
    """The codes in a field, with commas or blanks between them."""
    return [code for code in re.split(r"[\s,;]+", form.text(name, longest=CODES_MAX)) if code]


def admin_page(
    request: Request, name: str, principal: Principal, *, tab: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the administration."""
    return page(
        request,
        f"admin/{name}",
        visitor=principal,
        status=status,
        tab=tab,
        roles=list(SCOPES_OF_ROLE),
        **values,
    )


def back_to(request: Request, path: str) -> Response:
    """The page again, after something was done on it."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/admin{path}", status_code=303)
