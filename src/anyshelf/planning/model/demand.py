"""Planning as values: what is known of demand, what an order costs, what is suggested and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
NO_LIMIT = 2**31
"""More units than any shelf takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What stock and its absence cost, one figure for all series or one for each.

    `holding`: a unit left at the end of a period. `shortage`: a unit asked for and not there; the sale is
    lost (its margin, and what of the shopper's goodwill it costs). `fixed`: an order line, whatever its size.
    Money of any one kind; only ratios matter.
    """

    holding: float | Floats
    shortage: float | Floats
    fixed: float | Floats = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Where each series stands when an order is decided, in units.

    `on_hand`: [series], on the shelf after the last period of history. `on_order`: [series, periods]; column
    j arrives before the (j + 1)-th coming period is sold, as earlier orders do. Later columns than the lead
    time has are taken as arriving with the order now decided.
    """

    on_hand: Ints
    on_order: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be ordered: whole packs, no less than a minimum, no more than the shelf takes.

    One figure for all series or one for each. `shelf`: no more than this many units may stand on the shelf
    and be on their way; none is no limit. `review_periods`: how many periods pass between two orders.
    """

    pack: int | Ints = 1
    minimum: int | Ints = 0
    shelf: int | Ints | None = None
    review_periods: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How forecasts are made; everything that is not fixed here is chosen on the history alone.

    `season`: periods in a season, tried and used where it foretold better (None: found by the length of
    the history: 7 for days, 52 for weeks). `judged`: how many past moments are forecast again to choose by.
    """

    season: int | None = None
    judged: int = 26
    speeds: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.35)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """What is expected of each series: [series, periods] means, and how they may miss.

    `spread`: variance of one period beyond that of chance alone, relative to the mean squared. `drift`: the
    same for what a whole horizon misses in common.
    """

    mean: Floats
    spread: Floats
    drift: Floats

    def of(self, rows: Ints, periods: int | None = None) -> "Outlook":
        """The outlook of these series alone, or of their first so many periods."""
        return Outlook(mean=self.mean[rows, :periods], spread=self.spread[rows], drift=self.drift[rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """Orders with what they rest on, series by series."""

    order: Ints
    up_to: Ints
    expected: Floats
    outlook: Outlook


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One place of a supply chain in the guaranteed-service model.

    `holding`: what a unit costs a period here. `takes`: its own periods of processing. `promised_in`: how
    long its outside supplier takes; `promised_out`: the longest its outside customers wait (None: it has
    none). `demand_sd`: of one period's outside demand. `factor`: how many deviations demand is bounded by.
    """

    stage: str
    holding: float
    takes: int
    promised_in: int = 0
    promised_out: int | None = None
    demand_sd: float = 0.0
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where safety stock lies: the service time each stage promises, its safety stock, and what all cost."""

    promises: Mapping[str, int]
    safety: Mapping[str, float]
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Stages in a row, the one that serves shoppers first, as in the stochastic-service model.

    `holding`: what a unit costs a period more at a stage than at the one before it (echelon holding cost).
    `takes`: periods from the stage before it. `shortage`: what a unit of backorder costs a period.
    """

    holding: Sequence[float]
    takes: Sequence[float]
    shortage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Echelon order-up-to levels of a chain, shoppers first, and what they cost a period."""

    levels: tuple[float, ...]
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Demand of one period at the end of a chain: Poisson, unless a deviation makes it normal."""

    mean: float
    sd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorder:
    """When to order and how far: at `point` or below, up to `up_to`; `cost` a period where it is known."""

    point: float
    up_to: float
    cost: float = field(default=float("nan"))
