"""Looking around: the shop's window, what a shopper searches for, and one item with every way to have it."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.web.drawing import near_map
from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.rendering import fragment, page
from anyshelf.doors.web.shop.entering import (
    CHANNEL,
    COOKIE_SECONDS,
    PLACE_COOKIE,
    Picked,
    Shop,
    enter,
    places,
    shop_page,
)
from anyshelf.doors.web.shop.ways import offered, stocked, ways
from anyshelf.doors.web.visiting import Visitor
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, check_same_origin, public, reading
from anyshelf.insight import service as insight
from anyshelf.insight.service import Likings
from anyshelf.network import service as network
from anyshelf.promising.model import Liking

router = APIRouter(dependencies=[Depends(public())])

SHOWN_MAX = 48
SHELVES_SHOWN = 10
INSTEAD_MAX = 4
OF_EACH_SHELF = 3
LOOKED_AT = 60
SHELVES_READ_EVERY_SECONDS = 60.0
_shelves: dict[tuple[str, str], tuple[float, list[str]]] = {}


@router.get("/")
def window(
    request: Request, here: Here, visitor: Visitor, find: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """The shop's window: something of every shelf, or what was searched for."""
    with reading(here) as tx:
        if CHANNEL not in network.atlas(tx, here.settings.market).channels:
            return page(request, "shop/closed.html", visitor=visitor)
        shop = enter(tx, request, here.settings.market, here.clock.now())
        shelves = _shelves_of(tx, shop.market)
        found = (
            catalogue.search(tx, shop.market, find, SHOWN_MAX) if find else _dressed(tx, shop.market, shelves)
        )
    return shop_page(request, "window.html", visitor, shop, found=found, find=find, shelves=shelves)


def _shelves_of(tx: Tx, market: str) -> list[str]:
    """The fullest shelves of the catalogue; counting takes a moment, so it is done once a minute."""
    where = (tx.info.dbname, market)
    until, shelves = _shelves.get(where, (0.0, []))
    if time.monotonic() >= until:
        shelves = catalogue.categories(tx, market, limit=SHELVES_SHOWN)
        _shelves[where] = (time.monotonic() + SHELVES_READ_EVERY_SECONDS, shelves)
    return shelves


def _dressed(tx: Tx, market: str, shelves: list[str]) -> list[Item]:
    """A few things of every shelf, taken turn by turn."""
    picked = []
    for shelf in shelves:
        found = catalogue.search(tx, market, shelf, LOOKED_AT)
        picked.append(found[:: max(1, len(found) // OF_EACH_SHELF)][:OF_EACH_SHELF])
    return [
        row[turn] for turn in range(OF_EACH_SHELF) for row in picked if turn < len(row)
    ] or catalogue.browse(tx, market, after="", limit=SHOWN_MAX)


@router.get("/item/{code}")
def one_item(code: str, request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """One item; the ways to have it follow by themselves, as they are at this moment."""
    with reading(here) as tx:
        shop = enter(tx, request, here.settings.market, here.clock.now())
        item = catalogue.item(tx, shop.market, code)
        stars = insight.stars(tx, shop.market, code)
    return shop_page(request, "item.html", visitor, shop, item=item, stars=stars)


@router.get("/item/{code}/ways")
def ways_to_have(
    code: str,
    request: Request,
    here: Here,
    visitor: Visitor,
    quantity: Annotated[int, Query(ge=1, le=99)] = 1,
) -> HTMLResponse:
    """Every way to have so many of an item near the shopper, the likeliest first, and who has it in store."""
    with reading(here) as tx:
        shop = enter(tx, request, here.settings.market, here.clock.now())
        item = catalogue.item(tx, shop.market, code)
        liking = _liking(tx, request, shop, visitor)
        options = ways(tx, shop, [Picked(item=code, quantity=quantity, method="ship")], liking=liking)
        stores = stocked(tx, shop, item)
        others = [] if options else _instead(tx, shop, code)
    drawn = near_map(shop.place, stores) if shop.place and stores else None
    return fragment(
        request, "shop/ways.html", shop=shop, item=item, offered=offered(shop, options, liking),
        stores=stores, instead=others,
        drawn=drawn, zone=shop.zone, now=shop.now, zone_of=lambda node: network.timezone_of(shop.atlas, node),
    )  # fmt: skip


def _instead(tx: Tx, shop: Shop, code: str) -> list[Item]:
    """What could be had near the shopper instead of something that cannot be had."""
    near = (shop.place.lat, shop.place.lon) if shop.place else None
    found = insight.instead(tx, shop.market, code, near=near, limit=INSTEAD_MAX)
    return [item for item, _ in found]


def _liking(tx: Tx, request: Request, shop: Shop, visitor: Principal | None) -> Liking | None:
    """Which ways this shopper is likely to choose: by their own orders where they are signed in."""
    customer = visitor.name if visitor and "shopper" in visitor.roles else None
    likings: Likings = request.app.state.likings
    return likings.within(tx, shop.market, CHANNEL, customer, shop.now)


@router.get("/place")
def choose_place(request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """Where is the shopper? Dates and stores follow from it."""
    with reading(here) as tx:
        shop = enter(tx, request, here.settings.market, here.clock.now())
    back = request.headers.get("referer", "").removeprefix(str(request.base_url)) or ""
    return shop_page(
        request,
        "place.html",
        visitor,
        shop,
        places=places(shop.atlas),
        back=back if "://" not in back else "",
    )


@router.post("/place")
def keep_place(request: Request) -> Response:
    """Remember where the shopper is, in their browser."""
    check_same_origin(request)
    form = form_of(request)
    back = form.text("back").lstrip("/\\")
    answer = RedirectResponse(f"{request.scope.get('root_path', '')}/{back}", status_code=303)
    answer.set_cookie(
        PLACE_COOKIE, form.needed("place", longest=16), max_age=COOKIE_SECONDS, httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer
