"""The basket: what is in it, by which way each comes, and what it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.shop.entering import (
    LINES_MAX,
    QUANTITY_MAX,
    WAYS,
    Picked,
    Shop,
    basket_of,
    enter,
    keep_basket,
    shop_page,
)
from anyshelf.doors.web.shop.ways import ways
from anyshelf.doors.web.visiting import Visitor
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, check_same_origin, public, reading
from anyshelf.promising.model import PICKUP, Option

router = APIRouter(dependencies=[Depends(public())])


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What comes by one way: its lines, and the options there are for them together."""

    method: str
    node: str
    name: str
    lines: Sequence[tuple[Picked, Item]]
    options: Sequence[Option]
    goods_minor: int

    @property
    def key(self) -> str:
        """The way as a form sends it."""
        return f"{self.method}:{self.node}"

    @property
    def by(self) -> datetime | None:
        """When it is there, the usual way; None when it cannot be had any more."""
        return self.options[0].arrives_by if self.options else None


def groups_of(tx: Tx, shop: Shop) -> list[Group]:
    """The basket by its ways, each as it can be had now; items nobody sells any more are left out."""
    items = catalogue.items(tx, shop.market, [line.item for line in shop.basket])
    by_way: dict[tuple[str, str], list[tuple[Picked, Item]]] = {}
    for line in shop.basket:
        if line.item in items:
            by_way.setdefault((line.method, line.node), []).append((line, items[line.item]))
    return [_group(tx, shop, method, node, lines) for (method, node), lines in by_way.items()]


def _group(tx: Tx, shop: Shop, method: str, node: str, lines: Sequence[tuple[Picked, Item]]) -> Group:
    known = node in shop.atlas.index
    options = ways(tx, shop, [line for line, _ in lines], stores=[node] if node and known else [])
    wanted = "ship" if method == "ship" else PICKUP
    return Group(
        method=method,
        node=node,
        name=shop.name_of(node) if node else "",
        lines=lines,
        options=[each for each in options if each.method == wanted and (each.node or "") == node],
        goods_minor=sum(line.quantity * item.price_minor for line, item in lines),
    )


@router.get("/basket")
def basket(request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """What is in the basket."""
    with reading(here) as tx:
        shop = enter(tx, request, here.settings.market, here.clock.now())
        groups = groups_of(tx, shop)
    return shop_page(request, "basket.html", visitor, shop, groups=groups)


@router.post("/basket/add")
def add(request: Request, here: Here) -> Response:
    """Put something in, to come by a way that was offered."""
    check_same_origin(request)
    form = form_of(request)
    method, _, node = form.needed("way", longest=80).partition(":")
    if method not in WAYS or (node == "") != (method == "ship"):
        raise Invalid("Choose one of the ways that are offered.", field="way")
    quantity = form.number("quantity", least=1, most=QUANTITY_MAX, otherwise=1)
    new = Picked(item=form.needed("item", longest=64), quantity=quantity, method=method, node=node)
    with reading(here) as tx:
        catalogue.item(tx, here.settings.market, new.item)
    return _kept(request, _with(basket_of(request), new))


def _with(lines: Sequence[Picked], new: Picked) -> list[Picked]:
    """The basket with one thing more; the same thing by the same way is one line."""
    same = [each for each in lines if (each.item, each.method, each.node) == (new.item, new.method, new.node)]
    others = [each for each in lines if each not in same]
    if len(others) >= LINES_MAX:
        raise Invalid(f"A basket holds {LINES_MAX} different things; order these first.", field="item")
    there = sum(each.quantity for each in same)
    return [*others, replace(new, quantity=min(QUANTITY_MAX, there + new.quantity))]


@router.post("/basket/change")
def change(request: Request) -> Response:
    """Have more or fewer of a line; none takes it out."""
    check_same_origin(request)
    form = form_of(request)
    place = form.number("line", most=LINES_MAX)
    quantity = form.number("quantity", most=QUANTITY_MAX)
    lines = basket_of(request)
    if place < len(lines):
        lines[place] = replace(lines[place], quantity=max(1, quantity))
        lines = lines if quantity else [*lines[:place], *lines[place + 1 :]]
    return _kept(request, lines)


def _kept(request: Request, lines: Sequence[Picked]) -> Response:
    answer = RedirectResponse(f"{request.scope.get('root_path', '')}/basket", status_code=303)
    keep_basket(answer, lines, secure=request.url.scheme == "https")
    return answer
