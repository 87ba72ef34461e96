"""Changing an order for its shopper: lines, ways, stores, the address, something more; asked once more."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.shop.buying import TOKENS
from anyshelf.doors.web.shop.entering import places
from anyshelf.doors.web.shop.standing import may_change
from anyshelf.doors.web.tower.asking import Question, ask_once_more, is_sure
from anyshelf.doors.web.tower.entering import Looks, Tower, enter, tower_page
from anyshelf.doors.web.tower.helping import Writes
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Conflict, Invalid
from anyshelf.ground.http import Here, House, reading
from anyshelf.ground.ids import new_code
from anyshelf.orders import service as orders
from anyshelf.orders.api.bodies import ChangeOrder
from anyshelf.orders.api.changing import change_of
from anyshelf.orders.api.kits import named
from anyshelf.orders.api.paid import Paying
from anyshelf.orders.model import Change, Line, Order
from anyshelf.payments import service as payments

router = APIRouter()

WAYS: Final[Mapping[str, str]] = {"ship": "sent to their door", "pickup": "fetched in a store"}
"""Between which ways a line may change here."""
STORES_LISTED: Final = 500
PLACE: Final = ("name", "street", "city", "postal_code")


@router.get("/tower/order/{order_id}/change")
def change(order_id: UUID, request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """What may still be changed of an order, as it is now."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        order = orders.find(tx, tower.market, order_id)
        items = _items(tx, order)
    stores = [node for node in tower.nodes if node.kind == "store" and "pickup" in node.capabilities]
    return tower_page(
        request, "change.html", principal, tower, tab="find", order=order, items=items, ways=WAYS,
        lines=[(line, _there(line), may_change(line)) for line in order.lines if _there(line)],
        stores=stores[:STORES_LISTED], door=order.destination or {},
    )  # fmt: skip


def _items(tx: Tx, order: Order) -> Mapping[str, Item]:
    return catalogue.items(tx, order.market, [line.item for line in order.lines])


def _there(line: Line) -> int:
    """How many of a line are still wanted."""
    return line.quantity - line.in_state("cancelled")


@router.post("/tower/order/{order_id}/change")
def do_change(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Say what would change and what it costs; with the same form and a yes, change it, all or nothing."""
    form = form_of(request)
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        order = orders.find(tx, tower.market, order_id)
        body = _body(form, order, tower)
        wanted = change_of(tx, order, body)
        due = orders.still_to_pay_minor(order, wanted, payments.summary(tx, tower.market, order_id))
        said = _said(order, body, wanted, _items(tx, order), tower)
    if not said:
        raise Invalid(
            "Nothing would be different: change a line, the address, or add something.", field="line"
        )
    if not is_sure(form):
        return ask_once_more(
            request, principal, tower, order, form,
            Question(title="Change this order?", said=said,
            yes="Yes, change it", due_minor=due, cards=TOKENS),
        )  # fmt: skip
    seen = form.number("version")
    _check_seen(order, seen)  # before anything is set aside for it
    _change(here, principal, order, wanted, Paying(due, body.payment, order.currency, field="card"), seen)
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/tower/order/{order_id}", status_code=303)


def _check_seen(order: Order, seen: int) -> None:
    """Raises Conflict where the order is not as it was when somebody looked at it."""
    if order.version != seen:
        raise Conflict("The order has moved on since you looked: look at it again.", field="version")


def _change(
    here: House, principal: Principal, order: Order, wanted: Change, paying: Paying, seen: int
) -> None:
    """Change the order in a transaction of its own; what was set aside is let go where it cannot be."""
    code = new_code()

    def work(tx: Tx) -> None:
        now = here.clock.now()
        market = enter(tx, principal, now).market
        _check_seen(orders.lock(tx, market, order.order_id), seen)
        with named(wanted.added):
            orders.change_order(
                tx, market, order.order_id, wanted, paying.authorisation, now, pickup_code=code
            )
        paying.used = True

    paying.through(lambda: retrying(here.database, work))
    here.wake.set()


def _body(form: Form, order: Order, tower: Tower) -> ChangeOrder:
    """The form as the API takes a change; raises Invalid naming the field."""
    asked: dict[str, Any] = {"lines": [each for line in order.lines if (each := _line(form, line))]}
    item = form.text("add_item", longest=64)
    if item:
        asked["add"] = [{"item": item, "quantity": form.number("add_quantity", least=1, otherwise=1)}]
    door = _door(form, order.destination or {}, tower)
    if door is not None:
        asked["destination"] = door
    if form.text("card", longest=40):
        token = form.text("card", longest=40)
        asked["payment"] = {"provider": "test", "token": token if token in TOKENS else "tok_decline"}
    try:
        return ChangeOrder.model_validate(asked)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise Invalid(first["msg"], field=".".join(str(part) for part in first["loc"])) from None


def _line(form: Form, line: Line) -> dict[str, Any] | None:
    """What the form says of a line, where it differs from what is."""
    there = _there(line)
    wanted = form.number(f"quantity-{line.line}", otherwise=there)
    method = form.text(f"method-{line.line}", longest=40) or line.method
    node = form.text(f"node-{line.line}", longest=64) if method == "pickup" else ""
    other = method != line.method or (node and node != line.node)
    if wanted == there and not other:
        return None
    return {"line": line.line, "quantity": wanted} | (
        {"method": method, "node": node or None} if other else {}
    )


def _door(form: Form, now: Mapping[str, Any], tower: Tower) -> dict[str, Any] | None:
    """Where the form sends it, None where that is where it goes already.

    Where a postal code lies is known of our stores' own; for another one the place is said in degrees.
    """
    typed = {
        name: form.text(f"to_{name}", longest=300) for name in PLACE if f"to_{name}" in dict(form.pairs())
    }
    if not typed or all(text == str(now.get(name) or "") for name, text in typed.items()):
        return None
    code, degrees = typed.get("postal_code", ""), [form.text(name, longest=20) for name in ("lat", "lon")]
    if all(degrees):
        return {**_known(now), **typed, "lat": _degrees(degrees[0]), "lon": _degrees(degrees[1])}
    if now and code == str(now.get("postal_code") or ""):
        return {**_known(now), **typed}
    near = {each.postal_code: each for each in places(tower.atlas)}.get(code)
    if near is None:
        raise Invalid(
            f"Nobody here knows where {code or 'that'} lies: say its latitude and longitude, too.",
            field="to_postal_code",
        )
    return {**typed, "lat": near.lat, "lon": near.lon, "country": near.country}


def _known(now: Mapping[str, Any]) -> dict[str, Any]:
    return {name: now[name] for name in ("lat", "lon", "country") if name in now}


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Invalid(f"{text} is not a number of degrees.", field="lat") from None


def _said(
    order: Order, body: ChangeOrder, wanted: Change, items: Mapping[str, Item], tower: Tower
) -> Sequence[str]:
    """What would be different, in words."""
    said = []
    for asked in body.lines:
        line = order.line(asked.line)
        if line is None:
            continue
        called, there = _called(line.item, items), _there(line)
        if asked.quantity is not None and asked.quantity != there:
            said.append(f"{called}: {asked.quantity} instead of {there}.")
        if asked.method or asked.node:
            way = WAYS.get(asked.method or line.method, (asked.method or line.method).replace("_", " "))
            at = f", at {tower.name_of(asked.node)}" if asked.node else ""
            said.append(f"{called}: {way}{at}, instead of {WAYS.get(line.method, line.method)}.")
    said += [
        f"{each.quantity} of {_called(each.item, items)} more, {WAYS.get(order.lines[0].method, '')}."
        for each in body.add
    ]
    if wanted.destination:
        door = wanted.destination
        said.append(f"To {', '.join(str(door[name]) for name in PLACE if door.get(name))}.")
    return said


def _called(item: str, items: Mapping[str, Item]) -> str:
    return items[item].name if item in items else item
