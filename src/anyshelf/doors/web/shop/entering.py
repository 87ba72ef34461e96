"""What every page of the shop rests on: its channel, where the shopper is, and what is in their basket."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.rendering import page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.sourcing.model import Destination

CHANNEL: Final = "web"
PLACE_COOKIE: Final = "anyshelf_place"
BASKET_COOKIE: Final = "anyshelf_basket"
COOKIE_SECONDS: Final = 30 * 24 * 3600
LINES_MAX: Final = 20
QUANTITY_MAX: Final = 99
WAYS: Final = ("ship", "pickup", "reserve")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopPlace:
    """A place a shopper may live in: that of a store."""

    postal_code: str
    country: str
    name: str
    lat: float
    lon: float

    @property
    def destination(self) -> Destination:
        """The place as goods are sent there."""
        return Destination(lat=self.lat, lon=self.lon, postal_code=self.postal_code, country=self.country)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A line of a basket: how many of an item, and by which way (with the store, where it is fetched)."""

    item: str
    quantity: int
    method: str
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The shop as one visitor sees it."""

    atlas: Atlas
    place: ShopPlace | None
    zone: ZoneInfo
    now: datetime
    basket: Sequence[Picked]

    @property
    def market(self) -> str:
        """The market it sells in."""
        return self.atlas.market

    def name_of(self, node: str) -> str:
        """What a node is called; its code where the network does not know it any more."""
        known = self.atlas.index.get(node)
        return node if known is None else self.atlas.nodes[known].name


def enter(tx: Tx, request: Request, market: str, now: datetime) -> Shop:
    """The shop, around where this visitor said they are; raises NotFound where nothing sells on the web."""
    atlas = network.atlas(tx, market)
    if CHANNEL not in atlas.channels:
        raise NotFound(
            f"This market has no channel called {CHANNEL} yet, so its shop is closed: "
            "channels.csv names the channels of a network."
        )
    place = _place(request, atlas)
    zone = network.timezone_near(atlas, place.lat, place.lon) if place else ZoneInfo("UTC")
    return Shop(atlas=atlas, place=place, zone=zone, now=now, basket=basket_of(request))


def places(atlas: Atlas) -> list[ShopPlace]:
    """Where shoppers may say they live: the postal codes of our stores, each once, by name."""
    found: dict[str, ShopPlace] = {}
    for node in atlas.nodes:
        if node.kind == "store" and node.active and node.postal_code not in found:
            found[node.postal_code] = ShopPlace(
                postal_code=node.postal_code, country=node.country, name=node.name, lat=node.lat, lon=node.lon
            )
    return sorted(found.values(), key=lambda each: each.name)


def _place(request: Request, atlas: Atlas) -> ShopPlace | None:
    """Where the visitor said they are; else where most of our stores are."""
    wanted = request.cookies.get(PLACE_COOKIE, "")
    known = {each.postal_code: each for each in places(atlas)}
    if wanted in known:
        return known[wanted]
    stores = [node.postal_code for node in atlas.nodes if node.kind == "store" and node.active]
    return known[max(stores, key=stores.count)] if stores else None


def basket_of(request: Request) -> list[Picked]:
    """What the visitor's basket holds; whatever no page of ours can have put there is left out."""
    try:
        kept = json.loads(unquote(request.cookies.get(BASKET_COOKIE, "[]")))
    except ValueError:
        return []
    lines = [_picked(each) for each in kept[:LINES_MAX]] if isinstance(kept, list) else []
    return [line for line in lines if line is not None]


def _picked(kept: Any) -> Picked | None:
    match kept:
        case [str(item), int(quantity), str(method), str(node)] if (
            0 < quantity <= QUANTITY_MAX and method in WAYS and len(item) + len(node) < 130  # noqa: PLR2004  two codes
        ):
            return Picked(item=item, quantity=quantity, method=method, node=node)
    return None


def keep_basket(answer: Response, lines: Sequence[Picked], *, secure: bool) -> None:
    """Let the visitor's browser keep their basket."""
    plain = [[line.item, line.quantity, line.method, line.node] for line in lines]
    answer.set_cookie(
        BASKET_COOKIE, quote(json.dumps(plain, separators=(",", ":"))), max_age=COOKIE_SECONDS, httponly=True,
        samesite="lax", secure=secure,
    )  # fmt: skip


def shop_page(
    request: Request, name: str, visitor: Principal | None, shop: Shop, **values: Any
) -> HTMLResponse:
    """A page of the shop, with the basket and the place in its head."""
    return page(
        request, f"shop/{name}", visitor=visitor, shop=shop, zone=shop.zone, now=shop.now,
        in_basket=sum(line.quantity for line in shop.basket), **values,
    )  # fmt: skip
