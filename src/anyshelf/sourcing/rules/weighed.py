"""What a plan weighs, term by term: what is paid, and what only spoke for or against it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from anyshelf.sourcing.model import Field, FloatArray, Plan, Policy
from anyshelf.sourcing.rules.basket import Basket
from anyshelf.sourcing.rules.costs import half_up

Terms = Iterable[tuple[str, FloatArray]]


class Weighed:
    """The weights of one decision: by node, and by item and node, each with its name."""

    def __init__(self, basket: Basket, field: Field, policy: Policy, by_node: Terms, by_line: Terms) -> None:
        self._basket, self._field = basket, field
        self._by_node, self._by_line = list(by_node), list(by_line)
        if policy.minor_per_km:
            self._by_node.append(("distance", field.distance_km * policy.minor_per_km))

    def terms(self, plan: Plan) -> dict[str, int]:
        """What a plan weighs, in minor units by term; what is nothing is left out."""
        sums: dict[str, float] = defaultdict(float)
        row = {item: place for place, item in enumerate(self._basket.items)}
        for shipment in plan.shipments:
            node = self._field.nodes.index(shipment.node)
            sums["freight"] += shipment.cost.freight_minor
            sums["handling"] += shipment.cost.handling_minor
            sums["split"] += shipment.cost.split_minor
            for name, against in self._by_node:
                sums[name] += float(against[node])
            for line in shipment.lines:
                part = line.quantity / int(self._basket.wanted[row[line.item]])
                for name, each in self._by_line:
                    sums[name] += float(each[row[line.item], node]) * part
        return {name: half_up(amount) for name, amount in sums.items() if half_up(amount)}

    def against(self, nodes: Sequence[str]) -> dict[str, int]:
        """What may not be found or taken on weighs at each of these nodes, where it weighs anything."""
        total = np.zeros(len(self._field.nodes))
        for name, by_node in self._by_node:
            total += by_node if name == "failure" else 0.0
        for name, by_line in self._by_line:
            total += by_line.sum(axis=0) if name == "failure" else 0.0
        if not total.any():
            return {}
        found = {node: half_up(float(total[self._field.nodes.index(node)])) for node in nodes}
        return {node: amount for node, amount in found.items() if amount}
