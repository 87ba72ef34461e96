"""A city that many tests share: every node and every thing in it has a name nobody else uses."""

from dataclasses import replace
from itertools import count
from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item, KitPart
from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node
from city import MARKET, Answer, City, Place
from people import People

PAY = {"provider": "test", "token": "tok_ok"}


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


class Town:
    """The city, the people who work in it, and what they do all day."""

    def __init__(self, city: City) -> None:
        self.city, self.people, self._numbers = city, People(city), count(1)

    def name(self, word: str) -> str:
        return f"{word}-{next(self._numbers)}"

    # Places

    def shop(self, **where: float) -> Place:
        return self.city.store(self.name("Shop"), **where)

    def dc(self, **where: float) -> Place:
        return self.city.dc(self.name("DC"), **where)

    def vendor(self) -> Place:
        return self.city.store(self.name("Vendor"), "vendor", lat=32.8, lon=-96.8)

    def hub(self) -> Place:
        """A place with a returns desk that sells nothing."""
        return self._place(Node(node=self.name("Hub"), kind="hub", name="Hub", lat=30.5, lon=-97.6,
                                capabilities=("return",)))  # fmt: skip

    def _place(self, node: Node) -> Place:
        with self.city.database.transaction() as tx:
            network.save_nodes(tx, MARKET, [node])
        return Place(self.city, node.node)

    def change_node(self, place: Place, **fields: Any) -> None:
        """The same node with other properties: closed, full, for other channels."""
        with self.city.database.transaction() as tx:
            known = network.node(network.atlas(tx, MARKET), place.name)
            network.save_nodes(tx, MARKET, [replace(known, **fields)])

    def channel(self, **fields: Any) -> str:
        """A channel of this test's own."""
        name = self.name("channel")
        with self.city.database.transaction() as tx:
            network.save_channels(tx, MARKET, [Channel(channel=name, currency="USD", **fields)])
        return name

    # Things

    def thing(self, stock: dict[Place, int], *, price: int = 2500, **fields: Any) -> str:
        """A new item, and how many of it lie where."""
        item = self.name("THING")
        with self.city.database.transaction() as tx:
            new = Item(item=item, name=item, currency="USD", price_minor=price, weight_g=900)
            catalogue.save_items(tx, MARKET, [replace(new, **fields)])
            shelves = [(place.name, item, quantity) for place, quantity in stock.items()]
            inventory.receive_opening(tx, MARKET, shelves, cause=new_id(), now=self.city.clock.now())
        return item

    def kit(self, parts: dict[str, int], *, price: int = 5000) -> str:
        """An item that is made of others."""
        kit = self.thing({}, price=price)
        with self.city.database.transaction() as tx:
            held = [KitPart(kit=kit, item=item, quantity=quantity) for item, quantity in parts.items()]
            catalogue.save_kit_parts(tx, MARKET, held)
        return kit

    # What people do

    def order(self, *lines: tuple[str, int], **more: Any) -> Answer:
        """One order of several lines, to the door unless told otherwise."""
        asked = [{"item": item, "quantity": quantity} for item, quantity in lines]
        return self.city.order(lines[0][0], lines=asked, **more)

    def pick(self, work: dict[str, Any], found: dict[int, int] | None = None, why: str = "") -> Answer:
        """Somebody looks for what the work asks; of the lines in `found` they find only so many."""
        lines = []
        for line in work["lines"]:
            there = (found or {}).get(line["line"], line["quantity"])
            short = {"short_reason": why or "not_on_shelf"} if there < line["quantity"] else {}
            lines.append({"line": line["line"], "quantity": there, **short})
        return self.city.post(f"/v1/work/{work['work_id']}:pick", {"lines": lines})

    def ship(self, order: Answer, **until: str) -> Answer:
        """The order leaves every node it was released to."""
        return self.people.see_through(order, until=until.get("until", "dispatched"))

    def cancel(self, order: Answer, lines: dict[int, int] | None = None) -> Answer:
        asked = {"lines": [{"line": line, "quantity": quantity} for line, quantity in (lines or {}).items()]}
        return self.city.post(f"/v1/orders/{order['order_id']}:cancel", asked if lines else None)

    def change(self, order: Answer, **asked: Any) -> Answer:
        return self.city.post(f"/v1/orders/{order['order_id']}:change", asked)

    def delivered(self, *lines: tuple[str, int], **more: Any) -> Answer:
        """An order that has reached its shopper."""
        order = self.order(*lines, **more)
        assert order.status == 201, order.body
        self.people.see_through(order)
        return order

    def sold(self, item: str, place: Place, quantity: int = 1, **more: Any) -> Answer:
        """Bought at a till and carried out."""
        order = self.city.carry_out(item, place, quantity, **more)
        assert order.status == 201, order.body
        return order

    def ask_back(self, order: Answer, quantity: int, *, at: str, line: int = 1, **more: Any) -> Answer:
        """Somebody wants to bring something back."""
        reason = more.pop("reason", "changed_mind")
        lines = [{"line": line, "quantity": quantity, "reason": reason}]
        return self.city.post(
            "/v1/returns", {"order_id": order["order_id"], "lines": lines, "at": at, **more}
        )

    def bring(self, back: Answer, *parts: tuple[int, str], at: str, line: int = 1, **more: Any) -> Answer:
        """They lay it on a counter."""
        lines = [{"line": line, "quantity": quantity, "grade": grade} for quantity, grade in parts]
        body = {"node": at, "lines": lines, **more}
        return self.city.post(f"/v1/returns/{back['return_id']}:receive", body)

    def give_back(
        self, order: Answer, quantity: int, *, at: Place, grade: str = "new", line: int = 1
    ) -> Answer:
        """Asked and brought in one go, to a counter."""
        back = self.ask_back(order, quantity, at=at.name, line=line)
        assert back.status == 201, back.body
        return self.bring(back, (quantity, grade), at=at.name, line=line)

    # What is seen

    def where(self, order: Answer, *states: str) -> dict[str, int]:
        """How many units of an order each node has, of all lines, in these states or in any."""
        nodes: dict[str, int] = {}
        for line in self.city.show(order)["lines"]:
            for part in line["allocations"]:
                if not states or part["state"] in states:
                    nodes[part["node"]] = nodes.get(part["node"], 0) + part["quantity"]
        return nodes

    def work(self, order: Answer) -> dict[str, list[dict[str, Any]]]:
        """The unfinished work of an order, by the nodes that have some of its units."""
        nodes = self.where(order)
        return {node: found for node in nodes if (found := self.people.work_of(order, node))}

    def available(self, item: str, channel: str = "web") -> int:
        answer = self.city.get(f"/v1/availability?item={item}&channel={channel}")
        assert answer.status == 200, answer.body
        return int(answer["items"][0]["available"])

    def shipments(self, order: Answer) -> list[dict[str, Any]]:
        self.city.settle()
        return list(self.city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"])

    def mishaps(self, order: Answer, state: str = "all") -> list[str]:
        self.city.settle()
        query = f"state={state}&order_id={order['order_id']}"
        return [each["kind"] for each in self.city.get(f"/v1/exceptions?{query}")["exceptions"]]
