"""Joint planning on the way: what came in a day is planned together once more before it leaves."""

from collections.abc import Sequence

import numpy as np

from anyshelf.sourcing.model import FloatArray, Plan, PlannedLine, PlannedShipment
from anyshelf.sourcing.rules import OpenOrder, Together, together
from anyshelf.sourcing.rules.costs import parcel_cost
from real.policies import GREEDY, Books, Ground, Prices, Tally, decided
from real.world import Order

WAVE_DAYS = 1.0
SECONDS = 5.0

Decided = tuple[Order, Plan]


def in_waves(ground: Ground, prices: Prices) -> Tally:
    """Every order decided when it comes, and all of a day together before they are sent."""
    books = Books(ground=ground, stock=ground.contest.stock.copy())
    waiting: list[Decided] = []
    ends = WAVE_DAYS
    for order in ground.contest.orders:
        while order.at >= ends:
            _leave(books, waiting, prices.at(ends, books.stock))
            waiting, ends = [], ends + WAVE_DAYS
        books.sell_until(order.at)
        plan = decided(ground, books.stock, order, GREEDY, prices.at(order.at, books.stock))
        books.take(plan)
        waiting.append((order, plan))
        prices.saw(order, plan)
    _leave(books, waiting, prices.at(ends, books.stock))
    books.sell_until(ground.contest.days)
    return books.tally


def _leave(books: Books, waiting: Sequence[Decided], worth: FloatArray | None) -> None:
    """Plan what waits together, and send it."""
    served = [(order, plan) for order, plan in waiting if plan.shipments]
    for (order, plan), better in zip(served, _together(books, served, worth), strict=True):
        books.give_back(plan)
        books.take(better)
        books.note(order, better)
    for order, plan in waiting:
        if not plan.shipments:
            books.note(order, plan)


def _together(books: Books, served: Sequence[Decided], worth: FloatArray | None) -> list[Plan]:
    if not served:
        return []
    ground, index = books.ground, books.ground.contest.atlas.index
    fields, orders, stock = [], [], books.stock.copy()
    for place, (order, plan) in enumerate(served):
        today = [
            (line.line, index[shipment.node], line.quantity)
            for shipment in plan.shipments
            for line in shipment.lines
        ]
        for item, node, units in today:
            stock[item, node] += units
        items, line = np.unique([item for item, _, _ in today], return_inverse=True)
        units = np.bincount(line, [units for _, _, units in today]).astype(np.int64)
        fields.append(ground.field(order))
        orders.append(OpenOrder(field=place, items=items, quantities=units, today=tuple(today)))
    found = together(
        Together(
            fields=fields, orders=orders, weight_g=ground.contest.weight_g, stock=stock,
            room=np.full(stock.shape[1], np.inf), worth_minor=worth,
        ),
        GREEDY, seconds=SECONDS,
    )  # fmt: skip
    return [
        plan if way is None else _planned(ground, order, plan, way)
        for (order, plan), way in zip(served, found.ways, strict=True)
    ]


def _planned(ground: Ground, order: Order, before: Plan, way: Sequence[tuple[int, int, int]]) -> Plan:
    """A way as a plan with what it costs."""
    contest, field = ground.contest, ground.field(order)
    shipments = []
    for node in sorted({node for _, node, _ in way}):
        lines = [(item, units) for item, at, units in way if at == node]
        shipments.append(
            PlannedShipment(
                node=field.nodes[node],
                lines=tuple(
                    PlannedLine(line=item, item=contest.items[item], quantity=units) for item, units in lines
                ),
                cost=parcel_cost(
                    field, node, weight_g=sum(int(contest.weight_g[item]) * units for item, units in lines),
                    units=sum(units for _, units in lines), split_minor=0,
                ),
            )
        )  # fmt: skip
    cost = sum(shipment.cost.total_minor for shipment in shipments)
    return Plan(
        shipments=tuple(shipments), cost_minor=cost, short=before.short, exact=False, trace=before.trace
    )
