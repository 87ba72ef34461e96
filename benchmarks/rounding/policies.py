"""The policies that are compared: each serves the same arrivals from the same stock, one by one.

The product's policies are its own choice for one order, `choose_in_field`, with or without bid prices. The
others are written here after their papers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from anyshelf.sourcing.model import Ask, FloatArray, IntArray, Policy
from anyshelf.sourcing.rules import choose_in_field
from anyshelf.sourcing.rules.fluid import Fluid, bid_prices
from rounding.world import Instance

POLICY = Policy(name="bid prices", split_penalty_minor=0)

Arrivals = IntArray
"""The kind and the place of each order that is not empty, and its period: [orders, 3]."""
Served = tuple[int, ...]
Pricing = Callable[[int, IntArray], FloatArray | None]
"""The worth of a unit, [nodes, items], as of a period and on the stock there is then."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What serving cost, and how."""

    cost: float = 0.0
    orders: int = 0
    split: int = 0
    unfulfilled: int = 0
    units: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Book:
    """The stock as orders take from it, and what they cost."""

    drawn: Instance
    stock: IntArray
    tally: Tally = field(default_factory=Tally)

    def holds(self, kind: int, nodes: Served) -> bool:
        """Whether these nodes still have what they are to give."""
        items = self.drawn.outlook.kinds[kind].items
        return all(self.stock[node, item] > 0 for node, item in zip(nodes, items, strict=True))

    def serve(self, kind: int, place: int, nodes: Served) -> None:
        """Take the units and note the cost; what a node has not is left unfulfilled."""
        last, tally = len(self.stock) - 1, self.tally
        used = set()
        for asked, item in zip(nodes, self.drawn.outlook.kinds[kind].items, strict=True):
            node = asked if self.stock[asked, item] > 0 else last
            self.stock[node, item] -= 1
            tally.cost += self.drawn.unit[node, place]
            tally.unfulfilled += node == last
            used.add(node)
        tally.cost += sum(self.drawn.fixed[node, place] for node in used)
        tally.orders += 1
        tally.split += len(used - {last}) > 1
        tally.units += len(nodes)


def arrivals(drawn: Instance) -> Arrivals:
    """One drawn sequence of orders."""
    chances = drawn.rate.ravel()
    came = drawn.rng.choice(len(chances), size=drawn.setup.periods, p=chances)
    kind, place = np.divmod(came, drawn.rate.shape[1])
    return np.column_stack((kind - 1, place, np.arange(len(came))))[kind > 0]


def counted(drawn: Instance, came: Arrivals) -> FloatArray:
    """How many orders of each kind came from each place, [kinds, places]."""
    counts = np.zeros(drawn.expected.shape)
    np.add.at(counts, (came[:, 0], came[:, 1]), 1.0)
    return counts


def in_turn(drawn: Instance, came: Arrivals, decide: Callable[[int, int], Served]) -> Tally:
    """Every order served as it comes by a rule that does not look at the stock."""
    book = Book(drawn=drawn, stock=drawn.stock.copy())
    for kind, place, _ in came.tolist():
        book.serve(kind, place, decide(kind, place))
    return book.tally


def myopic(drawn: Instance, came: Arrivals) -> Tally:
    """Each item from the nearest centre that carries it."""
    kinds = drawn.outlook.kinds
    return in_turn(
        drawn, came, lambda kind, place: tuple(drawn.nearest[list(kinds[kind].items), place].tolist())
    )


def dilate(drawn: Instance, came: Arrivals, shares: list[FloatArray]) -> Tally:
    """Ma's rounding of the item-facility programme: centres open at drawn times, the first to open serves."""
    rng = np.random.default_rng(0)

    def rounded(kind: int, place: int) -> Served:
        given = shares[kind][place]
        with np.errstate(divide="ignore"):
            opening = rng.exponential(size=len(given))[:, None] / given
        return tuple(opening.argmin(axis=0).tolist())

    return in_turn(drawn, came, rounded)


def by_choice(drawn: Instance, came: Arrivals, refreshes: int, prices: Pricing) -> Tally:
    """The product's choice order by order, at prices that are worked out anew so many times."""
    book = Book(drawn=drawn, stock=drawn.stock.copy())
    every = drawn.setup.periods / refreshes
    kept: dict[tuple[int, int], Served] = {}
    done, worth = 0, None
    for kind, place, period in came.tolist():
        if period >= done * every:
            done = int(period / every) + 1
            worth = prices(period, book.stock)
            kept.clear()
        nodes = kept.get((kind, place))
        # At the same prices, and while there is enough of what it takes, an order is served as the last was.
        if nodes is None or not book.holds(kind, nodes):
            nodes = kept[kind, place] = chosen(drawn, kind, place, book.stock, worth)
        book.serve(kind, place, nodes)
    return book.tally


def chosen(drawn: Instance, kind: int, place: int, stock: IntArray, worth: FloatArray | None) -> Served:
    """The product's own decision for one order."""
    field_, items = drawn.outlook.fields[place], list(drawn.outlook.kinds[kind].items)
    asks = [Ask(line=item, item=str(item), quantity=1, weight_g=0) for item in items]
    here = None if worth is None else worth.T[items].T
    plan = choose_in_field(asks, field_, stock.T[items].T, POLICY, here)
    node = {
        line.line: field_.nodes.index(shipment.node) for shipment in plan.shipments for line in shipment.lines
    }
    return tuple(node[item] for item in items)


def cheapest(drawn: Instance, came: Arrivals) -> Tally:
    """The cheapest split over the centres that have stock, with no thought of tomorrow."""
    return by_choice(drawn, came, 1, lambda _period, _stock: None)


def at_prices(drawn: Instance, came: Arrivals, fluid: Fluid, *, refreshes: int, futures: int) -> Tally:
    """Bid prices from the orders still expected and the stock still there, or from drawn futures of them."""
    rng = np.random.default_rng(0)

    def prices(period: int, stock: IntArray) -> FloatArray:
        expected = drawn.expected * (drawn.setup.periods - period)
        if not futures:
            return fluid.prices(expected, stock).minor
        return bid_prices(fluid, expected, stock, futures=futures, rng=rng).minor

    return by_choice(drawn, came, refreshes, prices)


def foresight(drawn: Instance, came: Arrivals, fluid: Fluid) -> float:
    """The least cost for who knows every order beforehand (as a flow: a bound no policy reaches)."""
    return fluid.prices(counted(drawn, came), drawn.stock).value_minor
