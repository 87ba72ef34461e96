"""The people who do the work of a city: whatever an order waits for next, one of them does it over HTTP."""

from typing import Any

from city import Answer, City

ROUNDS_MAX = 40


class People:
    """Associates, packers, drivers, vendors and shoppers; each does what is next, and nothing twice."""

    def __init__(self, city: City) -> None:
        self.city = city

    def see_through(self, order: Answer, *, until: str = "", twice: bool = False) -> Answer:
        """Work on an order until nothing moves any more, or all of it that moves is in a state."""
        before = self.city.show(order)
        for _ in range(ROUNDS_MAX):
            standing = [
                {**part, "method": line["method"]} for line in before["lines"] for part in line["allocations"]
            ]
            if until and any(part["state"] == until for part in standing):
                return before
            for part in standing:
                self.act(before, part, twice=twice)
            after = self.city.show(order)
            if after["lines"] == before["lines"]:
                return after
            before = after
        raise AssertionError(f"the order never comes to rest: {self.city.show(order).body}")

    def act(self, order: Answer, part: dict[str, Any], *, twice: bool = False) -> None:
        """Take the next step for the units of an order that are in one state at one node."""
        say = self.city.twice if twice else self._say
        state, node = part["state"], part["node"]
        if state == "dispatched":
            self._deliver(order, node, say)
        elif state == "in_transit":
            for shipment in self._shipments(order):
                if shipment["to_node"] == node and shipment["state"] not in ("received", "lost"):
                    say(f"/v1/shipments/{shipment['shipment_id']}:receive")
        elif state == "staged" and part.get("method") == "reserve":
            self.settle(order, say=say)
        elif state == "released" and self._is_vendor(node):
            self._ship_from_vendor(order, node, say)
        else:
            self._work(order, state, node, say)

    def work_of(self, order: Answer, node: str) -> list[dict[str, Any]]:
        """The unfinished work of an order at a node."""
        self.city.settle()
        listed = self.city.get(f"/v1/nodes/{node}/work?limit=500")["work"]
        return [work for work in listed if work["order_id"] == order["order_id"]]

    def settle(self, order: Answer, *, decline: int = 0, say: Any = None) -> Answer:
        """The shopper takes what is kept for them, but for so many units of each line."""
        lines = []
        for line in self.city.show(order)["lines"]:
            kept = sum(line["states"].get(state, 0) for state in ("staged", "picked", "released", "sourced"))
            if kept and line["method"] == "reserve":
                left = min(decline, kept)
                lines.append({"line": line["line"], "accept": kept - left, "decline": left})
        if not lines:
            return order
        return (say or self._say)(
            f"/v1/orders/{order['order_id']}:settle",
            {"lines": lines, "tender": {"provider": "test", "token": "tok_ok"}},
        )

    def _say(self, path: str, body: Any = None) -> Answer:
        answer = self.city.post(path, body)
        assert answer.status < 300, (path, answer.body)
        return answer

    def _work(self, order: Answer, state: str, node: str, say: Any) -> None:
        for work in self.work_of(order, node):
            at = f"/v1/work/{work['work_id']}"
            if state == "released" and work["state"] in ("open", "claimed"):
                left = [
                    {"line": line["line"], "quantity": quantity}
                    for line in work["lines"]
                    if (quantity := line["quantity"] - line["picked"] - line["short"] - line["cancelled"])
                ]
                say(f"{at}:pick", {"lines": left})
            elif state == "picked" and work["state"] == "picked":
                say(f"{at}:pack" if work["finish"] in ("dispatch", "transfer") else f"{at}:stage")
            elif state == "packed" and work["state"] == "packed":
                say(f"{at}:dispatch", {"carrier": "ups", "tracking": f"1Z-{work['work_id'][:8]}"})
            elif state == "received" and work["finish"] == "counter" and work["state"] == "picked":
                say(f"{at}:stage")
            elif state == "staged" and work["state"] == "staged" and work["finish"] != "till":
                say(f"{at}:hand_over", {"code": order["pickup_code"]})

    def _deliver(self, order: Answer, node: str, say: Any) -> None:
        for shipment in self._shipments(order):
            if shipment["node"] == node and shipment["state"] == "dispatched" and not shipment["to_node"]:
                seen = {
                    "event_id": f"d-{shipment['shipment_id']}", "kind": "delivered",
                    "happened_at": self.city.clock.now().isoformat(), "proof": {"name": "Ann"},
                }  # fmt: skip
                say(f"/v1/shipments/{shipment['shipment_id']}:events", {"events": [seen]})

    def _shipments(self, order: Answer) -> list[dict[str, Any]]:
        return list(self.city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"])

    def _is_vendor(self, node: str) -> bool:
        return node.startswith("Vendor")

    def _ship_from_vendor(self, order: Answer, node: str, say: Any) -> None:
        listed = self.city.get(f"/v1/vendors/{node}/orders")["orders"]
        for purchase in listed:
            open_lines = [
                {"line": line["line"], "quantity": to_ship}
                for line in purchase["lines"]
                if (to_ship := line["quantity"] - line["rejected"] - line["cancelled"] - line["shipped"])
            ]
            if purchase["order_id"] == order["order_id"] and open_lines:
                say(
                    f"/v1/vendors/orders/{purchase['po_id']}:ship",
                    {"asn": f"A-{purchase['po_id']}", "carrier": "ups", "tracking": "V1",
                     "lines": open_lines},
                )  # fmt: skip
