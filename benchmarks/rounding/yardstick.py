"""The published yardstick: the fluid linear programme by item and facility, in one piece.

For each kind of order from each place: `y` says how often a centre is used, `u` how much of an item it gives
(y >= u, the shares of an item sum to one); stock bounds what is given. Its value bounds from below what any
policy costs on average, and the published rounding policies draw from its shares.
"""

from dataclasses import dataclass, field

import highspy
import numpy as np

from anyshelf.sourcing.model import FloatArray, IntArray
from rounding.world import Instance


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


def item_facility(drawn: Instance, *, interior: bool = False) -> tuple[float, list[FloatArray]]:
    """The value, and for each kind the shares given, [places, nodes, items of the kind].

    `interior` solves by an interior-point method and gives no vertex: quicker where there is much of it.
    """
    nodes, items = drawn.stock.shape
    places = len(drawn.outlook.fields)
    matrix, costs, first = Entries(), [], []
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
        column, row = int(u[-1, -1, -1]) + 1, int(use[-1, -1, -1]) + 1
    bounds = (np.concatenate(low), np.concatenate(high))
    found, value = _solved(matrix, np.concatenate(costs), bounds, interior=interior)
    return value, [np.maximum(found[u], 0.0) for u in first]


def _solved(
    matrix: Entries, costs: FloatArray, bounds: tuple[FloatArray, FloatArray], *, interior: bool
) -> tuple[FloatArray, float]:
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
    if interior:
        solver.setOptionValue("solver", "ipm")
        solver.setOptionValue("run_crossover", "off")
    solver.passModel(programme)
    solver.run()
    return np.array(solver.getSolution().col_value), solver.getInfo().objective_function_value
