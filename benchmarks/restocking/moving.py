"""Stock that lies in the wrong stores: left alone, moved by ours, or moved by whoever knows demand."""

from dataclasses import dataclass

import highspy
import numpy as np

from anyshelf.planning.model import Habits
from anyshelf.planning.rules import transfers
from anyshelf.planning.rules.forecasting import outlook
from anyshelf.planning.rules.histories import cleaned
from anyshelf.planning.rules.windows import missed, window
from restocking.playing import FIRST
from restocking.world import Floats, Ints, Sales

WEEKS = 10
"""No new goods for so long; every second week goods may be moved, and arrive a week later."""
LINE, EACH = 2.0, 0.1
"""What a transfer of one line costs, and each unit of it; a sale earns 1."""
UNITS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a season came to: units lost, units moved, and what moving them cost."""

    lost: float
    moved: float
    cost: float


def opening(units: Floats, rng: np.random.Generator) -> Ints:
    """Nine tenths of what the last eight weeks foretold, spread over stores as a season leaves it."""
    usual = units[:, FIRST - 8 : FIRST].mean(axis=1) * WEEKS * 0.9
    skewed = usual * rng.lognormal(-0.18, 0.6, len(usual))
    return np.rint(skewed).astype(np.int64)


def season(units: Floats, stock: Ints, *, moving: bool) -> Moved:
    """Play the weeks; stores sell what they have, and ours moves what pays."""
    stock, coming = stock.copy(), np.zeros(len(stock), dtype=np.int64)
    seen, empty = units[:, : FIRST + WEEKS].copy(), np.zeros((len(units), FIRST + WEEKS), dtype=bool)
    lost = moved = cost = 0.0
    for week in range(FIRST, FIRST + WEEKS):
        if moving and (week - FIRST) % 2 == 0:
            gone, came = _decided(seen[:, :week], empty[:, :week], stock, FIRST + WEEKS - week)
            lines = int((gone > 0).any(axis=0).sum() if gone.ndim > 1 else 0)
            stock = stock - gone.sum(axis=1)
            later, moved = came, moved + float(gone.sum())
            cost += LINE * lines + EACH * float(gone.sum())
        else:
            later = np.zeros(len(stock), dtype=np.int64)
        stock = stock + coming
        served = np.minimum(stock, units[:, week])
        lost += float((units[:, week] - served).sum())
        stock = (stock - served).astype(np.int64)
        seen[:, week], empty[:, week] = served, stock == 0
        coming = later
    return Moved(lost=lost, moved=moved, cost=cost)


def _decided(seen: Floats, empty: np.ndarray, stock: Ints, left: int) -> tuple[Ints, Ints]:
    """What leaves each store, one column a transfer, and what each store is to get."""
    ahead = outlook(cleaned(seen, empty), left, Habits())
    mean, variance = window(ahead, np.full(len(stock), left))
    gains = missed(mean, variance, stock, UNITS)
    lowest = np.maximum(stock - UNITS, 0)
    ladder = missed(mean, variance, lowest, UNITS)
    step = np.arange(UNITS)
    place = np.clip((stock - lowest)[:, None] - 1 - step, 0, UNITS - 1)
    losses = np.where(step < stock[:, None], np.take_along_axis(ladder, place, axis=1), np.inf)
    needy = gains.sum(axis=1) > LINE + EACH
    receivers, donors = np.flatnonzero(needy), np.flatnonzero(~needy & (stock > 0))
    came = np.zeros(len(stock), dtype=np.int64)
    if not len(receivers) or not len(donors):
        return np.zeros((len(stock), 0), dtype=np.int64), came
    found = transfers(gains[receivers], losses[donors], fixed=LINE, each=EACH)
    gone = np.zeros((len(stock), len(found)), dtype=np.int64)
    for column, (donor, receiver, units, _) in enumerate(found):
        gone[donors[donor], column] = units
        came[receivers[receiver]] += units
    return gone, came


def foresight(units: Floats, stock: Ints) -> Moved:
    """The linear programme of whoever knows demand; lines cost it nothing, so nobody can do better."""
    stores, solver = len(stock), highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)
    wanted = units[:, FIRST : FIRST + WEEKS]
    rows = stores * WEEKS + WEEKS  # what each store has each week, and what is under way
    free = np.zeros(rows)
    free[: stores * WEEKS : WEEKS] = -stock.astype(np.float64)
    nothing = np.zeros(rows, dtype=np.int32)
    solver.addRows(rows, free, free, 0, nothing, np.zeros(0, dtype=np.int32), np.zeros(0))

    def column(cost: float, most: float, where: list[int], how: list[float]) -> None:
        solver.addCol(cost, 0.0, most, len(where), np.array(where, dtype=np.int32), np.array(how))

    for store in range(stores):
        for week in range(WEEKS):
            here, last = store * WEEKS + week, week == WEEKS - 1
            column(-1.0, float(wanted[store, week]), [here], [-1.0])  # sold
            column(0.0, np.inf, [here] if last else [here, here + 1], [-1.0] if last else [-1.0, 1.0])
            if not last:
                column(EACH, np.inf, [here, stores * WEEKS + week], [-1.0, 1.0])  # sent
                column(0.0, np.inf, [here + 1, stores * WEEKS + week], [1.0, -1.0])  # arrives
    solver.run()
    sold_less_cost = -solver.getInfo().objective_function_value
    values = np.array(solver.getSolution().col_value)
    sent = values[_sent_places(stores)].sum()
    return Moved(
        lost=float(wanted.sum() - sold_less_cost - EACH * sent), moved=float(sent), cost=float(EACH * sent)
    )


def _sent_places(stores: int) -> Ints:
    """Where the columns of what is sent stand: four a week, two in the last."""
    a_store = 4 * (WEEKS - 1) + 2
    weeks = np.arange(WEEKS - 1) * 4 + 2
    return (np.arange(stores)[:, None] * a_store + weeks).ravel()


def busiest(found: Sales, *, goods: int, stores: int) -> list[Floats]:
    """The categories that sell most, each at the stores that sell most of it."""
    volume = found.units[:, :FIRST].sum(axis=1)
    total = np.bincount(found.goods, weights=volume)
    chosen = np.argsort(-total)[:goods]
    tables = []
    for kind in chosen.tolist():
        rows = np.flatnonzero(found.goods == kind)
        tables.append(found.units[rows[np.argsort(-volume[rows])][:stores]])
    return tables
