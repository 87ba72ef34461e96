"""Looking around: the first page, what a shopper searches for, and one item with what it takes to have it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.rendering import page
from anyshelf.doors.web.visiting import Visitor
from anyshelf.ground.http import Here, public, reading

router = APIRouter(dependencies=[Depends(public())])

SHOWN_MAX = 24


@router.get("/")
def first_page(
    request: Request, here: Here, visitor: Visitor, find: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """The shop's window, or what was searched for."""
    with reading(here) as tx:
        found = catalogue.search(tx, here.settings.market, find, SHOWN_MAX)
    return page(request, "shop/window.html", visitor=visitor, found=found, find=find)
