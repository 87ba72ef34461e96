"""Checking out: who it is for, where it goes, how it is paid; and placing it as every channel does."""

import secrets
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.shop.basket import Group, groups_of
from anyshelf.doors.web.shop.entering import CHANNEL, Shop, enter, keep_basket, shop_page
from anyshelf.doors.web.shop.ways import wanted_of
from anyshelf.doors.web.visiting import Visitor
from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import Busy, Invalid, Refusal
from anyshelf.ground.http import Here, House, body_of, check_same_origin, public, reading
from anyshelf.ground.idempotency import Asked, fingerprint_of
from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money
from anyshelf.orders import service as orders
from anyshelf.orders.api.bodies import PlaceOrder
from anyshelf.orders.api.intake import Incoming, Intake
from anyshelf.promising.api import QuoteDesk
from anyshelf.promising.api.desk import Basket

router = APIRouter(dependencies=[Depends(public())])

T = TypeVar("T")

ASKER = "the shop's checkout"

PATIENCE_SECONDS = 30
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
NUMBER_LETTERS = 8
TOKENS = {"tok_ok": "A test card that works", "tok_decline": "A test card that is declined"}
"""The test provider's cards."""


@router.get("/checkout")
def checkout(request: Request, here: Here, visitor: Visitor) -> Response:
    """The last page before the order; an empty basket has none."""
    with reading(here) as tx:
        shop = enter(tx, request, here.settings.market, here.clock.now())
        groups = groups_of(tx, shop)
    if not groups:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/basket", status_code=303)
    number = "".join(secrets.choice(LETTERS) for _ in range(NUMBER_LETTERS))
    return _shown(request, visitor, shop, groups, form=Form({"number": [f"W-{number}"]}))


def _shown(
    request: Request,
    visitor: Principal | None,
    shop: Shop,
    groups: Sequence[Group],
    *,
    form: Form,
    refused: Refusal | None = None,
) -> HTMLResponse:
    return shop_page(
        request, "checkout.html", visitor, shop, groups=groups, form=form, tokens=TOKENS,
        currency=groups[0].lines[0][1].currency, shipped=any(group.method == "ship" for group in groups),
        to_pay_minor=sum(group.goods_minor for group in groups if group.method != "reserve"),
        status=refused.status if refused else 200, refused=refused,
    )  # fmt: skip


@router.post("/checkout")
def place(request: Request, here: Here, visitor: Visitor) -> Response:
    """Place the order; the same form sent twice is one order. What is refused is told on the same page."""
    check_same_origin(request)
    form = form_of(request)
    with reading(here) as tx:
        shop = enter(tx, request, here.settings.market, here.clock.now())
        groups = groups_of(tx, shop)
    if not groups:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/basket", status_code=303)
    try:
        order_id = _placed(request, here, shop, groups, form, visitor)
    except Refusal as refused:
        return _shown(request, visitor, shop, groups, form=form, refused=refused)
    token = secrets.token_urlsafe(18)
    with here.database.transaction() as tx:
        orders.make_link(tx, shop.market, order_id, token=token, now=here.clock.now())
    answer = RedirectResponse(f"{request.scope.get('root_path', '')}/order/{token}", status_code=303)
    keep_basket(answer, [], secure=request.url.scheme == "https")
    return answer


def _placed(
    request: Request, here: House, shop: Shop, groups: Sequence[Group], form: Form, visitor: Principal | None
) -> Id:
    """Hand the order in where every order is handed in, and wait for its verdict."""
    asked = _asked(request, shop, groups, form, visitor)
    try:
        body = PlaceOrder.model_validate(asked)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise Invalid(first["msg"], field=".".join(str(part) for part in first["loc"])) from None
    intake: Intake = request.app.state.intake
    told = _awaited(intake.submit(Incoming(market=shop.market, body=body, asked=_once(request, shop, form))))
    here.wake.set()
    return Id(told.answer.body["order_id"])


def _once(request: Request, shop: Shop, form: Form) -> Asked:
    """The form under the number it bears: sent again it is answered with the order it has become."""
    what = fingerprint_of(body_of(request), repr(shop.basket).encode())
    return Asked(market=shop.market, asker=ASKER, key=form.needed("number", longest=40), fingerprint=what)


def _awaited(verdict: "Future[T]") -> T:
    """What comes of something handed in; raises its refusal, or Busy when it takes too long."""
    try:
        return verdict.result(PATIENCE_SECONDS)
    except TimeoutError:
        raise Busy("This takes longer than it should; look at your orders before you order again.") from None


def _asked(
    request: Request, shop: Shop, groups: Sequence[Group], form: Form, visitor: Principal | None
) -> dict[str, Any]:
    """The order as the API takes it: a promised option for a basket of one way, else a way for each line."""
    currency = groups[0].lines[0][1].currency
    shopper = visitor.name if visitor and "shopper" in visitor.roles else None
    fee_minor = sum(_fee_minor(group, form) for group in groups)
    body: dict[str, Any] = {
        "channel": CHANNEL,
        "external_id": form.needed("number", longest=40),
        "customer": shopper,
        "contact": {
            "name": form.needed("name", longest=200),
            "email": form.needed("email", longest=320),
            "phone": form.text("phone", longest=40),
        },
        "lines": [_line(group, line.item, line.quantity) for group in groups for line, _ in group.lines],
        "fulfilment": {"method": groups[0].method, "destination": _destination(shop, form)},
        "shipping": Money(fee_minor, currency).as_json(),
    }
    if any(group.method != "reserve" for group in groups):
        token = form.text("card") or "tok_ok"
        body["payment"] = {
            "provider": "test", "token": token if token in TOKENS else "tok_decline", "last_four": "4242",
        }  # fmt: skip
    if len(groups) == 1 and groups[0].method != "reserve":
        body |= _promised(request, shop, groups[0], form)
    return body


def _line(group: Group, item: str, quantity: int) -> dict[str, Any]:
    return {"item": item, "quantity": quantity, "method": group.method, "node": group.node or None}


def _fee_minor(group: Group, form: Form) -> int:
    """What the way costs the shopper, at the speed they chose."""
    if group.method != "ship" or not group.options:
        return 0
    speed = form.text("speed")
    chosen = next((each for each in group.options if each.speed == speed), group.options[0])
    return chosen.fee_minor


def _destination(shop: Shop, form: Form) -> dict[str, Any] | None:
    place = shop.place
    if place is None:
        return None
    return {
        "lat": place.lat,
        "lon": place.lon,
        "postal_code": place.postal_code,
        "country": place.country,
        "name": form.text("name", longest=200),
        "street": form.text("street", longest=300),
        "city": form.text("city", longest=200) or place.name,
    }


def _promised(request: Request, shop: Shop, group: Group, form: Form) -> dict[str, Any]:
    """The promise this order is bound to: asked for now, so that it is kept, and taken up at once."""
    desk: QuoteDesk = request.app.state.desk
    wanted = wanted_of(shop, [line for line, _ in group.lines], stores=[group.node] if group.node else [])
    told = _awaited(desk.submit(Basket(market=shop.market, wanted=wanted)))
    fitting = [
        each
        for each in told.answer.body["options"]
        if each["method"] == group.method and (each.get("node") or "") == group.node
    ]
    speed = form.text("speed")
    chosen = next((each for each in fitting if each["speed"] == speed), fitting[0] if fitting else None)
    if chosen is None:
        return {}
    return {"promise_id": told.answer.body["promise_id"], "option_id": chosen["option_id"]}
