"""Visits as numbers, and what was found to hurt in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

EVERYBODY = ("", "")
"""The segment that leaves nobody out."""
SEGMENT_MIN = 100
"""A segment of fewer visits is not looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit, or one order's way after purchase: who, when, how they may be told apart, what happened."""

    person: str
    day: date
    traits: Mapping[str, str]
    steps: Sequence[str]
    worth_minor: int = 0
    """What was bought in it."""
    orders: Sequence[str] = ()
    won_through: Sequence[str] = ()
    """The channels of those orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Something that can happen or not: `chances` times in each visit it could, `times` it did.

    `gain` is what one more of it does to the orders that follow: below zero it hurts.
    """

    name: str
    chances: Numbers
    times: Numbers
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Visits as the questions need them: days and people numbered, traits coded, measures counted."""

    first: date
    days: Codes
    people: Codes
    traits: Mapping[str, tuple[Codes, Sequence[str]]]
    measures: Sequence[Measure]
    expected: Numbers

    @property
    def times(self) -> Numbers:
        """Measures by visits: how often each happened."""
        return np.array([measure.times for measure in self.measures])

    def segments(self) -> Iterable[tuple[tuple[str, str], Codes]]:
        """Everybody, and each known value of each trait with enough visits: which visits those are."""
        yield EVERYBODY, np.arange(len(self.days))
        for trait, (codes, names) in self.traits.items():
            for code, name in enumerate(names):
                found = np.flatnonzero(codes == code)
                if name and SEGMENT_MIN <= len(found) < len(self.days):
                    yield (trait, name), found


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One measure of one segment that is not as elsewhere: how often, against how often, how sure."""

    measure: str
    trait: str
    value: str
    start: int | None
    """The first day, counted from the first of all; None: it is always so."""
    end: int | None
    """The day after the last."""
    times: float
    expected: float
    chances: float
    shoppers: int
    lost_orders: float
    p_value: float
    score: float

    @property
    def segment(self) -> tuple[str, str]:
        """Which visits it is about."""
        return self.trait, self.value

    def as_json(self) -> dict[str, Any]:
        """The finding as the API shows it."""
        return {
            "measure": self.measure,
            "share": round(self.times / self.chances, 4) if self.chances else None,
            "expected_share": round(self.expected / self.chances, 4) if self.chances else None,
            "times": round(self.times),
            "chances": round(self.chances),
            "p_value": float(f"{self.p_value:.3g}"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The story as one thing: whom it hurts, when, by what, how many and how much was lost, with evidence."""

    trait: str
    value: str
    since: date | None
    until: date | None
    findings: Sequence[Finding]
    shoppers: int
    lost_orders: float
    lost_minor: int
    p_value: float
    orders: Sequence[str] = field(default_factory=tuple)

    @property
    def said(self) -> str:
        """The story in a sentence."""
        whom = f"{self.trait} {self.value}" if self.trait else "everybody"
        when = f" from {self.since} to {self.until}" if self.since else ""
        lead = self.findings[0]
        now, usual = lead.times / lead.chances, lead.expected / lead.chances
        return f"{lead.measure}, {whom}{when}: {now:.0%} instead of {usual:.0%}"

    def as_json(self) -> dict[str, Any]:
        """The story as the API shows it."""
        return {
            "said": self.said,
            "segment": {self.trait: self.value} if self.trait else {},
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "shoppers": self.shoppers,
            "lost_orders": round(self.lost_orders, 1),
            "lost_minor": self.lost_minor,
            "p_value": float(f"{self.p_value:.3g}"),
            "evidence": [finding.as_json() for finding in self.findings],
            "orders": list(self.orders),
        }
