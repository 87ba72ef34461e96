"""From what was found to stories: findings of the same days, or of the same trait, are told as one thing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from anyshelf.insight.model.stories import EVERYBODY, Finding, Ground, Story, Visit

EVIDENCE_MAX = 8
ORDERS_MAX = 50
OVERLAP = 0.5
ALONE = 0.35
"""A segment has a story to itself when so little of the excess lies outside it."""


def incidents(ground: Ground, sure: Sequence[Finding], visits: Sequence[Visit]) -> list[Story]:
    """Findings of the same days are one story; its segment is the one that has the excess to itself."""
    told: list[list[Finding]] = []
    for finding in sorted(sure, key=lambda each: -each.score):
        for group in told:
            if _overlap(group[0], finding) >= OVERLAP:
                group.append(finding)
                break
        else:
            told.append([finding])
    return [_incident(ground, group, visits) for group in told]


def _overlap(one: Finding, other: Finding) -> float:
    """How many days of the shorter span both have."""
    (a, b), (c, d) = (one.start or 0, one.end or 0), (other.start or 0, other.end or 0)
    return max(0, min(b, d) - max(a, c)) / max(1, min(b - a, d - c))


def _incident(ground: Ground, group: Sequence[Finding], visits: Sequence[Visit]) -> Story:
    lead = group[0]
    trait, value = _narrowed(ground, lead)
    own = [each for each in group if each.segment in ((trait, value), lead.segment)]
    best: dict[str, Finding] = {}
    for each in sorted(own, key=lambda each: (each.segment != (trait, value), -each.score)):
        best.setdefault(each.measure, each)
    evidence = sorted(best.values(), key=lambda each: (each.measure != lead.measure, -each.score))
    worst = max(evidence, key=lambda each: each.lost_orders)
    start, end = evidence[0].start or 0, evidence[0].end or 0
    return Story(
        trait=trait,
        value=value,
        since=ground.first + timedelta(days=start),
        until=ground.first + timedelta(days=end - 1),
        findings=evidence[:EVIDENCE_MAX],
        shoppers=worst.shoppers,
        lost_orders=worst.lost_orders,
        lost_minor=0,
        p_value=evidence[0].p_value,
        orders=_orders(ground, visits, replace(evidence[0], trait=trait, value=value)),
    )


def _narrowed(ground: Ground, lead: Finding) -> tuple[str, str]:
    """The segment that has nearly all of the excess to itself; everybody, where none has."""
    number = next(place for place, each in enumerate(ground.measures) if each.name == lead.measure)
    left = ground.measures[number].times - ground.expected[number]
    window = (ground.days >= (lead.start or 0)) & (ground.days < (lead.end or 0))
    whole = float(left[window].sum())
    best, least = EVERYBODY, ALONE
    for segment, rows in ground.segments():
        if segment != EVERYBODY and abs(whole) > 0:
            inside = np.zeros(len(ground.days), dtype=bool)
            inside[rows] = True
            outside = float(left[window & ~inside].sum()) / whole
            if outside < least:
                best, least = segment, outside
    return best


def _orders(ground: Ground, visits: Sequence[Visit], lead: Finding) -> tuple[str, ...]:
    """Orders to look at one by one: of the visits that differ, else of those beside them."""
    measure = next(each for each in ground.measures if each.name == lead.measure)
    odd = measure.times > 0 if lead.times > lead.expected else (measure.times == 0) & (measure.chances > 0)
    there = [
        (bool(odd[place]), order)
        for place, visit in enumerate(visits)
        if lead.start is None or lead.start <= ground.days[place] < (lead.end or 0)
        if not lead.trait or visit.traits.get(lead.trait) == lead.value
        for order in visit.orders
    ]
    found = [order for is_odd, order in there if is_odd] or [order for _, order in there]
    return tuple(dict.fromkeys(found))[:ORDERS_MAX]


def differences(ground: Ground, sure: Sequence[Finding], visits: Sequence[Visit]) -> list[Story]:
    """One story for each trait: its worst value, by what hurts it most."""
    stories = []
    for trait in sorted({each.trait for each in sure}):
        of_trait = [each for each in sure if each.trait == trait]
        worst = max(of_trait, key=lambda each: each.lost_orders)
        evidence = sorted(
            (each for each in of_trait if each.value == worst.value), key=lambda each: -each.lost_orders
        )
        stories.append(
            Story(
                trait=trait,
                value=worst.value,
                since=None,
                until=None,
                findings=evidence[:EVIDENCE_MAX],
                shoppers=worst.shoppers,
                lost_orders=worst.lost_orders,
                lost_minor=0,
                p_value=worst.p_value,
                orders=_orders(ground, visits, worst),
            )
        )
    return stories
