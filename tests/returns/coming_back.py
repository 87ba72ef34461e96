"""What people do in these stories: buy, send, have delivered, ask, bring."""

from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.work import TIMERS
from anyshelf.ground import auth
from anyshelf.ground.auth import Principal
from anyshelf.ground.ids import Id
from anyshelf.ground.timers import ring
from anyshelf.network import service as network
from anyshelf.network.model import Node
from anyshelf.orders import service as orders
from anyshelf.orders.model import Step
from city import MARKET, Answer, City, Place


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def known_item(
    city: City, item: str, *, price: int = 2500, cost: int = 900, flags: tuple[str, ...] = ()
) -> None:
    with city.database.transaction() as tx:
        new = Item(
            item=item, name=item.title(), currency="USD", price_minor=price, cost_minor=cost, weight_g=900,
            flags=flags,
        )  # fmt: skip
        catalogue.save_items(tx, MARKET, [new])


def hub(city: City, name: str = "Hub") -> Place:
    """A place with a returns desk that sells nothing."""
    with city.database.transaction() as tx:
        node = Node(node=name, kind="hub", name=name, lat=30.5, lon=-97.6, capabilities=("return",))
        network.save_nodes(tx, MARKET, [node])
    return Place(city, name)


def dispatch(city: City, place: Place) -> str:
    """The node sends the one piece of work it has on its way; the id of its shipment."""
    (work,) = city.work_at(place)
    at = f"/v1/work/{work['work_id']}"
    lines = [{"line": line["line"], "quantity": line["quantity"]} for line in work["lines"]]
    assert city.post(f"{at}:pick", {"lines": lines}).status == 200
    assert city.post(f"{at}:pack").status == 200
    assert city.post(f"{at}:dispatch", {"carrier": "ups", "tracking": "1Z1"}).status == 200
    city.settle()
    return str(work["work_id"])


def scan(city: City, kind: str, event_id: str = "") -> dict[str, Any]:
    return {"event_id": event_id or kind, "kind": kind, "happened_at": city.clock.now().isoformat()}


def carrier_says(city: City, shipment: str, kind: str) -> None:
    answer = city.post(f"/v1/shipments/{shipment}:events", {"events": [scan(city, kind)]})
    assert answer.status == 200, answer.body
    city.settle()


def delivered(city: City, place: Place, item: str = "LAMP", quantity: int = 1, **more: Any) -> Answer:
    """An order that arrived at a shopper's door."""
    order = city.order(item, quantity, **more)
    assert order.status == 201, order.body
    carrier_says(city, dispatch(city, place), "delivered")
    return order


def drop_shipped(city: City, vendor: Place, item: str = "LAMP", quantity: int = 1) -> Answer:
    """An order that a vendor sent to the shopper's door."""
    order = city.order(item, quantity)
    assert order.status == 201, order.body
    city.settle()
    with city.database.transaction() as tx:
        known = orders.lock(tx, MARKET, Id(order["order_id"]))
        for before, after in (("released", "dispatched"), ("dispatched", "delivered")):
            step = Step(line=1, node=vendor.name, before=before, after=after, quantity=quantity)
            known = orders.advance(tx, known, [step], city.clock.now())
    return order


def ask(
    city: City, order: Answer, quantity: int = 1, *, at: str = "Austin", line: int = 1, **more: Any
) -> Answer:
    reason, sender = more.pop("reason", "changed_mind"), more.pop("sender", None)
    lines = [{"line": line, "quantity": quantity, "reason": reason}]
    body = {"order_id": order["order_id"], "lines": lines, "at": at}
    return city.post("/v1/returns", body | ({"from": sender} if sender else {}), **more)


def bring(city: City, back: Answer, *parts: tuple[int, str], at: str = "Austin", **more: Any) -> Answer:
    key = more.pop("key", "")
    headers = more.pop("headers", {})
    lines = [{"line": more.pop("line", 1), "quantity": quantity, "grade": grade} for quantity, grade in parts]
    body = {"node": at, "lines": lines, **more}
    return city.post(f"/v1/returns/{back['return_id']}:receive", body, key=key, **headers)


def settle(city: City, back: Answer, **more: Any) -> Answer:
    headers = more.pop("headers", {})
    return city.post(f"/v1/returns/{back['return_id']}:settle", more, **headers)


def tell(city: City, back: Answer, *kinds: str) -> Answer:
    events = {"events": [scan(city, kind) for kind in kinds]}
    return city.post(f"/v1/returns/{back['return_id']}:events", events)


def key_of(city: City, *roles: str, **scoped: Any) -> dict[str, str]:
    """The header of somebody with these roles."""
    person = Principal(market=MARKET, name=" ".join(roles), roles=roles, **scoped)
    with city.database.transaction() as tx:
        return {"authorization": f"Bearer {auth.make_key(tx, person, city.clock.now())}"}


def exceptions(city: City, order: Answer) -> list[tuple[str, str]]:
    """The kinds and states of what did not go as planned with an order."""
    with city.database.transaction() as tx:
        asked = orders.Listed(order_id=Id(order["order_id"]))
        found = orders.exceptions(tx, MARKET, asked, before=None, limit=20)
    return [(each.kind, each.state) for each in found]


def ring_timers(city: City) -> None:
    ring(city.database, MARKET, city.clock, TIMERS)
    city.settle()
