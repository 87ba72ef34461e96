"""A shopper's order by its own link, without an account: how it stands, and what may be done about it."""

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.delivery import service as delivery
from anyshelf.doors.web.attempts import Attempts
from anyshelf.doors.web.drawing import qr
from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.rendering import HEADERS, fragment
from anyshelf.doors.web.shop.entering import CHANNEL, Shop, enter, shop_page
from anyshelf.doors.web.shop.standing import may_cancel, may_change, may_return, parts_of
from anyshelf.doors.web.visiting import Visitor
from anyshelf.fulfilment import service as fulfilment
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Invalid, NotFound, TooManyTries
from anyshelf.ground.http import Here, House, check_same_origin, public, reading
from anyshelf.ground.ids import Id
from anyshelf.insight import service as insight
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.model import Change, Order
from anyshelf.payments import service as payments
from anyshelf.returns import service as returns
from anyshelf.returns.model import REASONS, Asked, Return

router = APIRouter(dependencies=[Depends(public())])

Token = Annotated[str, Path(min_length=16, max_length=64)]
LABEL_HEADERS = {**HEADERS, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""A label brings its own style, and nothing else."""
STORES_NEAR = 6
SCORE_MAX, WORDS_MAX = 10, 5000
RETURNS_SHOWN = ("authorised", "received", "settled")
_attempts = Attempts()


@router.get("/order")
def look_for(request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """Find an order by its number; whoever is signed in as a shopper sees their own."""
    return _looked_for(request, here, visitor)


def _looked_for(
    request: Request, here: House, visitor: Visitor, *, wrong: str = "", status: int = 200, number: str = ""
) -> HTMLResponse:
    with reading(here) as tx:
        shop = enter(tx, request, here.settings.market, here.clock.now())
        own = _own(tx, shop, visitor)
    return shop_page(
        request, "orders.html", visitor, shop, own=own, wrong=wrong, status=status, number=number
    )


def _own(tx: Tx, shop: Shop, visitor: Visitor) -> list[Order]:
    if visitor is None or "shopper" not in visitor.roles:
        return []
    return orders.recent(tx, shop.market, channels=(CHANNEL,), customer=visitor.name)


@router.post("/order")
def find(request: Request, here: Here, visitor: Visitor) -> Response:
    """Open an order for who knows its number and its e-mail address, or whose it is."""
    check_same_origin(request)
    form = form_of(request)
    number = form.needed("number", longest=128)
    place = (request.client.host if request.client else "", f"order {number}")
    try:
        _attempts.check(*place)
        with reading(here) as tx:
            order = _theirs(tx, here.settings.market, form, visitor)
    except TooManyTries as refused:
        return _looked_for(request, here, visitor, wrong=refused.detail, status=refused.status, number=number)
    if order is None:
        _attempts.note(*place)
        wrong = "There is no order of this number with this e-mail address."
        return _looked_for(request, here, visitor, wrong=wrong, status=NotFound.status, number=number)
    token = secrets.token_urlsafe(18)
    with here.database.transaction() as tx:
        orders.make_link(tx, here.settings.market, order.order_id, token=token, now=here.clock.now())
    return _back_to(request, token)


def _theirs(tx: Tx, market: str, form: Form, visitor: Visitor) -> Order | None:
    """The order of this number, if its e-mail address was named, or it is the visitor's own."""
    number, email = form.needed("number", longest=128), form.text("email", longest=320).lower()
    for order in orders.recent(tx, market, channels=(CHANNEL,), external_id=number, limit=1):
        known = str((order.contact or {}).get("email", "")).lower()
        own = visitor is not None and "shopper" in visitor.roles and order.customer == visitor.name
        if own or (known and secrets.compare_digest(known.encode(), email.encode())):
            return order
    return None


@router.get("/order/{token}")
def one_order(token: Token, request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """How an order stands, and everything its shopper may do about it."""
    with reading(here) as tx:
        shop = enter(tx, request, here.settings.market, here.clock.now())
        order = orders.find(tx, shop.market, orders.linked(tx, shop.market, token))
        items = catalogue.items(tx, shop.market, [line.item for line in order.lines])
        paid = payments.summary(tx, shop.market, order.order_id)
        back = [
            each for each in returns.of_order(tx, shop.market, order.order_id) if each.state in RETURNS_SHOWN
        ]
        shipments = [each for each in delivery.of_order(tx, shop.market, order.order_id) if not each.to_node]
        come = {
            node: arrival
            for (_, node), arrival in fulfilment.arrivals(tx, shop.market, [order.order_id]).items()
        }
        asked = insight.due(tx, shop.market, order.order_id, shop.now)
    parts = parts_of(order)
    code = order.pickup_code if any(part.fetched and not part.over for part in parts) else None
    values = {
        "token": token, "order": order, "items": items, "paid": paid, "parts": parts, "shipments": shipments,
        "survey": asked[1] if asked else None,
        "back": back, "come": come, "code": code, "cancellable": may_cancel(order),
        "changeable": {line.line: may_change(line) for line in order.lines},
        "returnable": may_return(order, _promised(back)), "reasons": REASONS, "stores": _stores(shop, order),
        "code_drawn": qr(f"anyshelf:pickup:{order.order_id}:{code}") if code else None,
        "returns_drawn": {each.return_id: qr(f"anyshelf:return:{each.return_id}") for each in back},
        "zone_of": lambda node: network.timezone_of(shop.atlas, node),
    }  # fmt: skip
    if request.headers.get("hx-request"):
        return fragment(request, "shop/progress.html", shop=shop, zone=shop.zone, now=shop.now, **values)
    return shop_page(request, "order.html", visitor, shop, **values)


@router.post("/order/{token}/survey")
def answer(token: Token, request: Request, here: Here) -> Response:
    """Say how it was, on the order's own page; the same answer again changes nothing."""
    check_same_origin(request)
    form = form_of(request)
    score, words = form.number("score", most=SCORE_MAX), form.text("words", longest=WORDS_MAX)

    def work(tx: Tx) -> None:
        market, now = here.settings.market, here.clock.now()
        asked = insight.due(tx, market, orders.linked(tx, market, token), now)
        if asked is None:
            raise NotFound("Nobody asks you anything about this order.")
        insight.answer(tx, market, asked[0], score=score, words=words, now=now)

    retrying(here.database, work)
    return _back_to(request, token)


def _promised(back: list[Return]) -> dict[int, int]:
    """How many units of each line are still to come back."""
    units: dict[int, int] = {}
    for each in back:
        if each.state == "authorised":
            for line in each.lines:
                units[line.line] = units.get(line.line, 0) + line.outstanding
    return units


def _stores(shop: Shop, order: Order) -> list[tuple[str, str]]:
    """The counters nearest to the shopper that take things back, as code and name."""
    spot = order.destination or {}
    lat = spot.get("lat", shop.place.lat if shop.place else 0.0)
    lon = spot.get("lon", shop.place.lon if shop.place else 0.0)
    near = network.nodes_near(shop.atlas, lat, lon)
    nodes = [shop.atlas.nodes[place] for place in near.tolist()]
    own = [each for each in nodes if each.kind == "store" and "return" in each.capabilities]
    return [(each.node, each.name) for each in own[:STORES_NEAR]]


def _change(token: str, request: Request, here: House, work: Callable[[Tx, Order, Form], object]) -> Response:
    """Do something to the order of a link in one transaction, and show the order as it then stands."""
    check_same_origin(request)
    form, market = form_of(request), here.settings.market

    def done(tx: Tx) -> None:
        work(tx, orders.find(tx, market, orders.linked(tx, market, token)), form)

    retrying(here.database, done)
    here.wake.set()
    return _back_to(request, token)


def _back_to(request: Request, token: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/order/{token}", status_code=303)


@router.post("/order/{token}/cancel")
def cancel(token: Token, request: Request, here: Here) -> Response:
    """Cancel everything that has not left."""

    def work(tx: Tx, order: Order, _: Form) -> None:
        orders.cancel(
            tx, order.market, order.order_id, None, here.clock.now(), reason="asked for by the shopper"
        )

    return _change(token, request, here, work)


@router.post("/order/{token}/change")
def change(token: Token, request: Request, here: Here) -> Response:
    """Have fewer of a line, as long as nobody has begun to work on it."""

    def work(tx: Tx, order: Order, form: Form) -> None:
        number = form.number("line", least=1)
        line = order.line(number)
        if line is None:
            raise Invalid(f"The order has no line {number}.", field="line")
        there = line.quantity - line.in_state("cancelled")
        wanted = form.number("quantity", most=there)
        _changed(tx, order, Change(quantities={number: wanted}), here)

    return _change(token, request, here, work)


@router.post("/order/{token}/address")
def send_elsewhere(token: Token, request: Request, here: Here) -> Response:
    """Send it to another street near the same place, as long as nobody has begun to work on it."""

    def work(tx: Tx, order: Order, form: Form) -> None:
        street, city = form.needed("street", longest=300), form.needed("city", longest=200)
        changed = Change(destination={**(order.destination or {}), "street": street, "city": city})
        _changed(tx, order, changed, here)

    return _change(token, request, here, work)


def _changed(tx: Tx, order: Order, changed: Change, here: House) -> None:
    """The order as changed: what costs nothing more, so no payment is asked for."""
    orders.change_order(
        tx, order.market, order.order_id, changed, None, here.clock.now(),
        pickup_code=order.pickup_code or f"{secrets.randbelow(10**6):06}",
    )  # fmt: skip


@router.post("/order/{token}/here")
def arrived(token: Token, request: Request, here: Here) -> Response:
    """Tell the store that the shopper stands there."""

    def work(tx: Tx, order: Order, form: Form) -> None:
        fulfilment.arrive(
            tx, order.market, order.order_id, node=form.needed("node", longest=64),
            spot=form.text("spot", longest=60) or "at the counter", now=here.clock.now(),
        )  # fmt: skip

    return _change(token, request, here, work)


@router.post("/order/{token}/return")
def bring_back(token: Token, request: Request, here: Here) -> Response:
    """Ask leave to bring something back, to a store or by mail."""

    def work(tx: Tx, order: Order, form: Form) -> None:
        units = {int(line): form.number(f"units-{line}") for line in form.names("units-") if line.isdigit()}
        asked = [
            Asked(line=line, quantity=quantity, reason=form.needed(f"reason-{line}"))
            for line, quantity in units.items()
            if quantity
        ]
        if not asked:
            raise Invalid("Say how many pieces you want to bring back.", field="units")
        at = form.needed("at", longest=64)
        returns.authorise(tx, order.market, order.order_id, asked, at=at, now=here.clock.now())

    return _change(token, request, here, work)


@router.post("/order/{token}/return/{return_id}/cancel")
def keep_after_all(token: Token, return_id: Id, request: Request, here: Here) -> Response:
    """Withdraw a return of which nothing has come."""

    def work(tx: Tx, order: Order, _: Form) -> None:
        returns.cancel(tx, order.market, _of(tx, order, return_id).return_id, here.clock.now())

    return _change(token, request, here, work)


@router.get("/order/{token}/return/{return_id}/label")
def label(token: Token, return_id: Id, here: Here) -> HTMLResponse:
    """The label of a parcel coming back, to print."""
    with reading(here) as tx:
        market = here.settings.market
        order = orders.find(tx, market, orders.linked(tx, market, token))
        return HTMLResponse(returns.label_page(_of(tx, order, return_id)), headers=LABEL_HEADERS)


def _of(tx: Tx, order: Order, return_id: Id) -> Return:
    known = returns.find(tx, order.market, return_id)
    if known.order_id != order.order_id:
        raise NotFound("This order has no such return.", return_id=str(return_id))
    return known
