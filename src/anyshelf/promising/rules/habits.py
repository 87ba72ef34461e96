"""How late nodes and carriers are: what was seen of them, as far as it goes, and what others did beyond.

A slip is a whole number of steps behind (or, below 0, ahead of) what the books say: open days of a node,
quarters of an hour for goods to be fetched, working days of a carrier.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate

from anyshelf.promising.model import LEAVING, READY, TRANSIT, Habits, Slips, Spread

PRIORS: Mapping[str, Slips] = {
    LEAVING: {0: 0.98, 1: 0.014, 2: 0.004, 3: 0.002},
    TRANSIT: {0: 0.95 / 0.98, 1: 0.0186, 2: 0.0062, 3: 0.0031, 4: 0.0016, 5: 0.0011},
    READY: {0: 0.95, 1: 0.018, 2: 0.012, 4: 0.01, 8: 0.006, 16: 0.004},
}
"""What is thought of those nothing is known of: they keep 95 in 100, as carriers say of themselves."""

WEIGHT = 25.0
"""How many sightings of its own outweigh what the group does."""
STEP_HOURS: Mapping[str, float] = {LEAVING: 24.0, TRANSIT: 24.0, READY: 0.5}
"""How long a step is by the clock, about: a store is open for half of the day."""
BROKEN_HOURS = 2_000.0
"""A promise that is broken is as bad as one that says so many hours more: what one later step must buy.

Chosen on other drawn histories than the one that is measured.
"""
ALMOST = 1e-9
SLIP_MAX = 60


def spread_of(slips: Slips, *, step_hours: float = 0.0) -> Spread:
    """How likely a slip is at most so much, from how often each was seen."""
    lowest, highest = min(slips), max(slips)
    total = sum(slips.values())
    shares = (slips.get(slip, 0.0) / total for slip in range(lowest, highest + 1))
    return Spread(lowest=lowest, cumulative=tuple(accumulate(shares)), step_hours=step_hours)


def blended(seen: Slips, group: Slips) -> Slips:
    """What was seen of one, filled up with what its group does: shares that add up to 1.

    The posterior mean of a Dirichlet prior of WEIGHT sightings spread as the group's.
    """
    own, of_all = sum(seen.values()), sum(group.values())
    return {
        slip: (seen.get(slip, 0.0) + WEIGHT * group.get(slip, 0.0) / of_all) / (own + WEIGHT)
        for slip in sorted({*seen, *group})
    }


def sure_of(spread: Spread, slip: int) -> float:
    """How likely it is no later than this."""
    place = slip - spread.lowest
    return 0.0 if place < 0 else min(1.0, spread.cumulative[min(place, len(spread.cumulative) - 1)])


def least_slip(spread: Spread, wanted: float) -> int:
    """The least slip one can be so sure of; the greatest that was ever seen where none is sure enough."""
    for place, sure in enumerate(spread.cumulative):
        if sure >= wanted - ALMOST:
            return spread.lowest + place
    return spread.lowest + len(spread.cumulative) - 1


@lru_cache(maxsize=20_000)
def worthwhile_slip(spread: Spread, wanted: float) -> int:
    """The least slip one can be so sure of, or a later one where a little more time makes much surer.

    Whatever is broken costs BROKEN_HOURS, every step its own: of the slips that are sure enough, the one that
    costs least on average (the newsvendor's quantile, Arrow, Harris and Marschak 1951).
    """
    least = least_slip(spread, wanted)
    if not spread.step_hours:
        return least
    sure = spread.cumulative[least - spread.lowest :]
    gains = [chance - place * spread.step_hours / BROKEN_HOURS for place, chance in enumerate(sure)]
    return least + gains.index(max(gains))


def one_after_the_other(first: Spread, second: Spread) -> Spread:
    """How late two steps are together that know nothing of each other."""
    lowest = first.lowest + second.lowest
    sums = [0.0] * (len(first.cumulative) + len(second.cumulative) - 1)
    for place, share in enumerate(_shares(first)):
        for other, also in enumerate(_shares(second)):
            sums[place + other] += share * also
    step_hours = min(first.step_hours, second.step_hours)  # where one was never seen, nothing can be weighed
    return Spread(lowest=lowest, cumulative=tuple(accumulate(sums)), step_hours=step_hours)


def _shares(spread: Spread) -> list[float]:
    return [now - before for now, before in zip(spread.cumulative, (0.0, *spread.cumulative), strict=False)]


@lru_cache(maxsize=20_000)
def node_spread(habits: Habits, kind: str, node: str, kind_of_node: str) -> Spread:
    """How late a node is with leaving or with being ready: as nodes of its kind where little is known."""
    of_kind = habits.seen.get((kind, kind_of_node, 0), {})
    slips = blended(habits.seen.get((kind, node, 0), {}), blended(of_kind, PRIORS[kind]))
    return spread_of(slips, step_hours=STEP_HOURS[kind] if of_kind else 0.0)


@lru_cache(maxsize=20_000)
def transit_spread(habits: Habits, service: str, zone: int) -> Spread:
    """How late a service is into a zone: as it is anywhere where little is known."""
    of_service = habits.seen.get((TRANSIT, service, 0), {})
    slips = blended(habits.seen.get((TRANSIT, service, zone), {}), blended(of_service, PRIORS[TRANSIT]))
    return spread_of(slips, step_hours=STEP_HOURS[TRANSIT] if of_service else 0.0)


@lru_cache(maxsize=50_000)
def way_spread(habits: Habits, node: str, kind_of_node: str, service: str, zone: int) -> Spread:
    """How late goods are that leave a node with a service into a zone."""
    leaving = node_spread(habits, LEAVING, node, kind_of_node)
    return one_after_the_other(leaving, transit_spread(habits, service, zone))
