"""The published yardstick: the fluid linear programme by item and facility, in one piece.

For each kind of order from each place: `y` says how often a centre is used, `u` how much of an item it gives
(y >= u, the shares of an item sum to one); stock bounds what is given. Its value bounds from below what any
policy costs on average, and the published rounding policies draw from its shares.

A small one is solved exactly. A large one is solved by a first-order method (PDLP, Applegate and others 2021)
as far as it matters, and its value is then what its prices prove: no more than the true one, so that a ratio
to it is never too good.
"""

from dataclasses import dataclass, field
from typing import Final

import highspy
import numpy as np

from anyshelf.sourcing.model import FloatArray, IntArray
from rounding.world import Instance

TOLERANCE: Final = 1e-4
"""How exact a large programme is solved, relative to its figures."""
HALVINGS: Final = 40


@dataclass(slots=True)
class Entries:
    """The matrix as it is gathered: rows, columns and values, and how many rows there are so far."""

    rows: list[IntArray] = field(default_factory=list)
    columns: list[IntArray] = field(default_factory=list)
    values: list[FloatArray] = field(default_factory=list)

    def add(self, rows: IntArray, columns: IntArray, values: FloatArray) -> None:
        """Note entries; the three are spread to one shape."""
        spread = np.broadcast_arrays(rows, columns, values)
        self.rows.append(spread[0].ravel())
        self.columns.append(spread[1].ravel())
        self.values.append(spread[2].ravel())


def item_facility(drawn: Instance, *, large: bool = False) -> tuple[float, list[FloatArray]]:
    """The value, and for each kind the shares given, [places, nodes, items of the kind].

    Of a `large` one the value is what can be proved, within a part of a thousand of the true one.
    """
    nodes, items = drawn.stock.shape
    places = len(drawn.outlook.fields)
    matrix, costs, first, ones = Entries(), [], [], []
    low, high = [np.full(nodes * items, -np.inf)], [drawn.stock.ravel().astype(np.float64)]
    column, row = 0, nodes * items
    for kind, rates in zip(drawn.outlook.kinds, drawn.expected, strict=True):
        orders, size = rates * drawn.setup.periods, len(kind.items)
        y = column + np.arange(places * nodes).reshape(places, nodes, 1)
        u = column + places * nodes + np.arange(places * nodes * size).reshape(places, nodes, size)
        costs.append((orders[:, None] * drawn.fixed.T).ravel())
        costs.append(np.repeat((orders[:, None] * drawn.unit.T)[:, :, None], size, axis=2).ravel())
        stock_row = np.arange(nodes)[None, :, None] * items + np.array(kind.items)[None, None, :]
        matrix.add(stock_row, u, orders[:, None, None])
        one = row + np.arange(places * size).reshape(places, 1, size)
        matrix.add(one, u, np.ones(1))
        use = row + places * size + np.arange(places * nodes * size).reshape(places, nodes, size)
        matrix.add(use, y, np.ones(1))
        matrix.add(use, u, -np.ones(1))
        low += [np.ones(places * size), np.zeros(use.size)]
        high += [np.ones(places * size), np.full(use.size, np.inf)]
        first.append(u)
        ones.append(one[:, 0])
        column, row = int(u[-1, -1, -1]) + 1, int(use[-1, -1, -1]) + 1
    solver = _solved(matrix, np.concatenate(costs), (np.concatenate(low), np.concatenate(high)), large=large)
    found = np.array(solver.getSolution().col_value)
    shares = [np.maximum(found[u], 0.0) for u in first]
    if not large:
        return solver.getInfo().objective_function_value, shares
    duals = np.array(solver.getSolution().row_dual)
    worth = np.maximum(-duals[: nodes * items], 0.0).reshape(nodes, items)
    return proved(drawn, worth, [duals[rows] for rows in ones]), shares


def proved(drawn: Instance, worth: FloatArray, offered: list[FloatArray]) -> float:
    """What these prices prove the value to be at least.

    `worth` [nodes, items] is of a unit of stock; `offered` is for each kind what its orders from a place pay
    in all for each item, [places, items]. Offers are lowered together until, less what items cost at a node,
    they pay for no more than a parcel from there: then they are a solution of the dual programme.
    """
    value = -float((worth * drawn.stock).sum())
    for kind, rates, offers in zip(drawn.outlook.kinds, drawn.expected, offered, strict=True):
        orders = rates * drawn.setup.periods
        items = list(kind.items)
        costs = drawn.unit.T[:, :, None] + worth[None, :, items]
        each = offers / np.maximum(orders, 1e-12)[:, None]
        low, high = np.zeros(len(orders)), np.full(len(orders), float(each.max()))
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            beyond = np.maximum((each - middle[:, None])[:, None, :] - costs, 0.0).sum(axis=2)
            fits = (beyond <= drawn.fixed.T).all(axis=1)
            low, high = np.where(fits, low, middle), np.where(fits, middle, high)
        value += float((orders * (each - high[:, None]).sum(axis=1)).sum())
    return value


def _solved(
    matrix: Entries, costs: FloatArray, bounds: tuple[FloatArray, FloatArray], *, large: bool
) -> highspy.Highs:
    rows, columns = np.concatenate(matrix.rows), np.concatenate(matrix.columns)
    order = np.lexsort((rows, columns))
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = len(costs), len(bounds[0])
    programme.col_cost_ = costs
    programme.col_lower_, programme.col_upper_ = np.zeros(len(costs)), np.full(len(costs), np.inf)
    programme.row_lower_, programme.row_upper_ = bounds
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.bincount(columns, minlength=len(costs)))))
    programme.a_matrix_.index_ = rows[order]
    programme.a_matrix_.value_ = np.concatenate(matrix.values)[order]
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)
    if large:
        solver.setOptionValue("solver", "pdlp")
        solver.setOptionValue("kkt_tolerance", TOLERANCE)
    solver.passModel(programme)
    solver.run()
    return solver
