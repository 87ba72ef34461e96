"""From visits to numbers: everything that can happen in a visit, how often it could and how often it did.

What a step does to orders is read off the data: visits in which it came are compared with those in which it
might have come and did not. Nothing here knows the name of any step but the goal's.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from anyshelf.insight.model.stories import Codes, Measure, Numbers, Visit

START = "the start"
END = "the end"
SUPPORT_MIN = 30
"""A thing that happened less often is not looked into."""
MEASURES_MAX = 400
BEFORE_MAX = 6
EVIDENCE_MIN = 5


def measures(visits: Sequence[Visit], *, goal: str, funnel: Sequence[str] = ()) -> list[Measure]:
    """All that is worth looking into: the goal, each stage of the funnel, each step, what follows what.

    The commonest first, at most MEASURES_MAX; a funnel's stages are those given.
    """
    won = np.array([goal in visit.steps for visit in visits], dtype=np.float64)
    found = [Measure(name=goal, chances=np.ones(len(visits)), times=won, gain=1.0)]
    found += _stages(visits, [*funnel, goal] if funnel else [], won)
    found += _presences(visits, goal, won)
    found += _transitions(visits, goal, won)
    return found[:MEASURES_MAX]


def _stages(visits: Sequence[Visit], stages: Sequence[str], won: Numbers) -> list[Measure]:
    found = []
    for here, there in pairwise(stages):
        chances = np.array([float(here in visit.steps) for visit in visits])
        times = np.array([float(_reaches(visit.steps, here, there)) for visit in visits])
        if chances.sum() >= SUPPORT_MIN:
            found.append(_measure(f"{here} … {there}", chances, times, won))
    return found


def _reaches(steps: Sequence[str], here: str, there: str) -> bool:
    return here in steps and there in steps[list(steps).index(here) :]


def _presences(visits: Sequence[Visit], goal: str, won: Numbers) -> list[Measure]:
    """Whether a step came at all; what it does to orders is weighed where it might have come and did not."""
    seen: Counter[str] = Counter(step for visit in visits for step in set(visit.steps))
    into: dict[str, Counter[str]] = defaultdict(Counter)
    for visit in visits:
        for here, there in set(pairwise([START, *visit.steps])):
            into[there][here] += 1
    ones = np.ones(len(visits))
    return [
        Measure(
            name=step,
            chances=ones,
            times=np.array([float(step in visit.steps) for visit in visits]),
            gain=_gain_of(visits, step, into[step], won),
        )
        for step, times in seen.most_common()
        if times >= SUPPORT_MIN and step != goal
    ]


def _gain_of(visits: Sequence[Visit], step: str, before: Counter[str], won: Numbers) -> float:
    """Of the visits that were where a step comes from: the share won after it, less the share won without."""
    gain, weight = 0.0, 0
    for here, times in before.most_common(BEFORE_MAX):
        there = np.array([here == START or here in visit.steps for visit in visits])
        took = np.array([(here, step) in set(pairwise([START, *visit.steps])) for visit in visits])
        if times >= EVIDENCE_MIN and (there & ~took).any():
            gain += times * float(won[took].mean() - won[there & ~took].mean())
            weight += times
    return gain / weight if weight else 0.0


def _transitions(visits: Sequence[Visit], goal: str, won: Numbers) -> list[Measure]:
    """What follows what: of all the times somebody was at a step, how often they went to another."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    at: dict[str, list[int]] = defaultdict(list)
    for number, visit in enumerate(visits):
        for here, there in pairwise([*visit.steps, END]):
            at[here].append(number)
            places[here, there].append(number)
    common = sorted(places.items(), key=lambda each: (-len(each[1]), each[0]))
    return [
        _measure(f"{here} → {there}", _counts(at[here], len(visits)), _counts(numbers, len(visits)), won)
        for (here, there), numbers in common
        if len(numbers) >= SUPPORT_MIN and len(numbers) < len(at[here]) and here != goal
    ]


def _counts(numbers: Sequence[int], size: int) -> Numbers:
    return np.bincount(np.array(numbers, dtype=np.int64), minlength=size).astype(np.float64)


def _measure(name: str, chances: Numbers, times: Numbers, won: Numbers) -> Measure:
    """A measure with what it does to orders: the share of visits won with it, less the share without it."""
    could = chances > 0
    with_it, without = could & (times > 0), could & (times == 0)
    if not with_it.any() or not without.any():
        return Measure(name=name, chances=chances, times=times, gain=0.0)
    gain = float(won[with_it].mean() - won[without].mean())
    return Measure(name=name, chances=chances, times=times, gain=gain)


def expected(measure: Measure, traits: Sequence[Codes], *, weight: float = 20.0) -> Numbers:
    """How often it would happen in each visit, going by who visits: the overall share times each trait's.

    A trait's own share counts as much as its evidence, against `weight` chances at the overall share; the sum
    is what was seen.
    """
    chances, times = measure.chances, measure.times
    whole = times.sum() / max(chances.sum(), 1.0)
    share = np.full(len(chances), whole)
    for codes in traits:
        seen = np.bincount(codes, weights=times) + weight * whole
        could = np.bincount(codes, weights=chances) + weight
        share *= (seen / could / max(whole, 1e-12))[codes]
    guess = np.minimum(share, 1.0) * chances
    return np.asarray(guess * (times.sum() / max(guess.sum(), 1e-12)))
