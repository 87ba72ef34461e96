"""Any order found by whatever a shopper can tell. What was looked for is in no address and in no log."""

from typing import Final
from urllib.parse import quote, unquote
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.delivery import service as delivery
from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.tower.entering import Looks, Tower, enter
from anyshelf.doors.web.tower.helping import Writes
from anyshelf.doors.web.tower.listing import A_PAGE, listed
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading
from anyshelf.ground.ids import Id
from anyshelf.insight import service as insight
from anyshelf.orders import service as orders

router = APIRouter()

WHAT_COOKIE: Final = "anyshelf_looked_for"
WHAT_SECONDS: Final = 900
WHAT_MAX: Final = 320
KNOWN_MAX: Final = 200


@router.get("/tower/find")
def find(request: Request, here: Here, principal: Looks, before: UUID | None = None) -> HTMLResponse:
    """The orders somebody may mean, newest first: what was looked for last is looked for still."""
    what = unquote(request.cookies.get(WHAT_COOKIE, ""))[:WHAT_MAX].replace("\0", "").strip()
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        found = (
            orders.find_any(
                tx, tower.market, what, these=_known_elsewhere(tx, tower, what), before=before, limit=A_PAGE
            )
            if what
            else []
        )
    return listed(request, principal, tower, found, title="Find an order", means="", asked={}, find=what)


def _known_elsewhere(tx: Tx, tower: Tower, what: str) -> list[Id]:
    """The newest orders that left under this tracking number, or hold this item."""
    tracked = delivery.tracked(tx, tower.market, what, limit=KNOWN_MAX)
    item = next(iter(catalogue.items(tx, tower.market, [what])), "") or _scanned(tx, tower, what)
    return [*tracked, *(insight.orders_of_item(tx, tower.market, item, limit=KNOWN_MAX) if item else ())]


def _scanned(tx: Tx, tower: Tower, what: str) -> str:
    """The item a code on a shelf or box stands for; empty for none."""
    try:
        known = catalogue.by_gtin(tx, tower.market, what)
    except Invalid:
        return ""
    return known.item if known else ""


@router.post("/tower/find")
def look_for(request: Request, here: Here, principal: Writes) -> Response:
    """Look for something: it is kept in the asker's own browser for a quarter of an hour."""
    what = form_of(request).text("what", longest=WHAT_MAX)
    with reading(here) as tx:
        enter(tx, principal, here.clock.now())
    root = request.scope.get("root_path", "")
    answer = RedirectResponse(f"{root}/tower/find", status_code=303)
    answer.set_cookie(
        WHAT_COOKIE, quote(what), max_age=WHAT_SECONDS, path=f"{root}/tower/find", httponly=True,
        samesite="strict", secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer
