"""How plans are weighed, as values: policies, whom they are for, and what speaks for or against a node."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from anyshelf.sourcing.model.arrays import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a plan is weighed: the plan of the least weighted sum is chosen.

    Weighed are `money_weight` times (freight + handling + `split_penalty_minor` for each parcel after the
    first), plus `minor_per_km` for the distance of each parcel, plus `minor_per_parcel` for each parcel.
    These two choose but are never booked as cost, so plans of different policies compare in money; and so do
    the rest, each times what is known of it (`Leanings`) and `money_weight`: `failure_minor` for what may
    not be found or taken on, `late_minor_per_day`, `load_minor` for a day that is full (half of it for half a
    day), `store_unit_minor` for each unit from a shop's shelves, `co2_minor_per_tonne_km`, `relief_weight`
    for what is to be marked down, `worth_weight` for what stock is worth to later orders. No weight is
    negative. A node later than `late_days_max` may not serve.
    """

    name: str
    split_penalty_minor: int = 100
    money_weight: float = 1.0
    minor_per_km: float = 0.0
    minor_per_parcel: float = 0.0
    failure_minor: int = 600
    late_minor_per_day: int = 200
    late_days_max: int | None = None
    load_minor: int = 0
    store_unit_minor: int = 0
    co2_minor_per_tonne_km: float = 0.0
    relief_weight: float = 1.0
    worth_weight: float = 1.0
    allow_partial: bool = False


CHEAPEST: Final = Policy(name="cheapest")
NEAREST: Final = Policy(name="nearest", money_weight=0.0, minor_per_km=1.0)
FEWEST_PARCELS: Final = Policy(name="fewest_parcels", minor_per_parcel=1_000_000.0)
PROTECT_THE_STORE: Final = Policy(name="protect_the_store", store_unit_minor=400, load_minor=300)
LEAVE_ROOM: Final = Policy(name="leave_room")
"""The least cost of this order and of those still to come; what stands where a market says nothing else."""
POLICIES: Final[Mapping[str, Policy]] = {
    policy.name: policy
    for policy in (
        LEAVE_ROOM,
        Policy(name="cheapest", worth_weight=0.0),
        NEAREST,
        FEWEST_PARCELS,
        PROTECT_THE_STORE,
    )
}
"""What a market may name without saying more; it may weigh them otherwise, and name policies of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A policy as a market has set it up: whom it is for, and whether it decides or only looks on.

    Of the live policies for a channel and a segment (none named: for all) the one of the highest priority
    decides, then the first by name. A shadow policy looks at so many percent of orders. Work is offered to as
    many nodes as `offers` says.
    """

    policy: Policy
    mode: str = "live"
    priority: int = 0
    channels: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    sample_percent: int = 10
    offers: int = 1

    def is_for(self, channel: str, segment: str) -> bool:
        """Whether it applies to orders of this channel and this segment of shoppers ("": nobody knows)."""
        return (not self.channels or channel in self.channels) and (
            not self.segments or segment in self.segments
        )


PRIORITY_MAX: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A policy as it was made so by somebody: its version, since when, by whom and why.

    `weights` are those that were said; the others are as in the program.
    """

    standing: Standing
    weights: Mapping[str, Any]
    version: int
    changed_at: datetime
    changed_by: str
    why: str

    def decides_as(self, other: "Edition") -> bool:
        """Whether it weighs the same for the same orders, decide or look on as it may."""
        mine, theirs = self.standing, other.standing
        return (mine.policy, mine.channels, mine.segments) == (
            theirs.policy, theirs.channels, theirs.segments,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leanings:
    """What speaks for or against nodes beside what is paid; None where nothing is known or nothing counts.

    By node: `refusing`, the chance that it does not take the work on; `late_days` beyond the wanted day;
    `load`, how full its day is, from 0 to 1; `shops`, 1 where shoppers walk in. By node and ask, one column
    for each: `missing`, the chance that it is not found; `relief_minor`, what a unit would lose by markdown.
    """

    refusing: FloatArray | None = None
    late_days: FloatArray | None = None
    load: FloatArray | None = None
    shops: FloatArray | None = None
    missing: FloatArray | None = None
    relief_minor: FloatArray | None = None


NO_LEANINGS: Final = Leanings()
