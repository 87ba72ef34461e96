"""What somebody is worth: how lately, how often and how much they buy, and what they are likely to spend.

The expected spend is rate times basket times the chance that they are still a customer. Rate and basket of
each person lean towards everybody's the less is known of them (Bayes with the group as prior, as in Fader,
Hardie and Lee's counting of customers, 2005); the chance falls with how long somebody stays away, at
their own pace.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PRIOR_ORDERS = 2.0
"""Everybody's rate counts as much as so many orders of one's own."""
QUARTILES = 4
DROP_A, DROP_B = 0.5, 5.0
"""After a purchase one in eleven never comes back, before anything is known of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """One purchase: on which day, for how much."""

    day: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """How somebody buys: recency, frequency, money, their quarter in each (4 is best), and what to expect."""

    recency_days: int
    orders: int
    spent_minor: int
    scores: tuple[int, int, int]
    churn_risk: float
    expected_minor: int

    def as_json(self) -> dict[str, Any]:
        """The value as the API shows it."""
        return {
            "recency_days": self.recency_days,
            "orders": self.orders,
            "spent_minor": self.spent_minor,
            "rfm": "".join(map(str, self.scores)),
            "churn_risk": round(self.churn_risk, 3),
            "expected_minor": self.expected_minor,
        }


def values(bought: Mapping[str, Sequence[Bought]], *, today: int, days: int = 90) -> dict[str, Value]:
    """What everybody who bought something is worth, and is expected to spend in the next so many days."""
    people = {who: sorted(theirs, key=lambda each: each.day) for who, theirs in bought.items() if theirs}
    if not people:
        return {}
    orders = sum(map(len, people.values()))
    spells = {who: max(today - theirs[0].day, 1) for who, theirs in people.items()}
    rate = orders / sum(spells.values())
    basket = sum(each.amount_minor for theirs in people.values() for each in theirs) / orders
    raw = {
        who: (
            today - theirs[-1].day,
            len(theirs),
            sum(each.amount_minor for each in theirs),
        )
        for who, theirs in people.items()
    }
    quarters = [_quarters([-each[0] for each in raw.values()]), _quarters([each[1] for each in raw.values()]),
                _quarters([each[2] for each in raw.values()])]  # fmt: skip
    found = {}
    for who, theirs in people.items():
        recency, count, spent = raw[who]
        own_rate = (count + PRIOR_ORDERS) / (spells[who] + PRIOR_ORDERS / rate)
        own_basket = (spent + PRIOR_ORDERS * basket) / (count + PRIOR_ORDERS)
        risk = churn_risk([each.day for each in theirs], today=today, usual_days=1 / rate)
        scores = (_place(-recency, quarters[0]), _place(count, quarters[1]), _place(spent, quarters[2]))
        found[who] = Value(
            recency_days=recency,
            orders=count,
            spent_minor=spent,
            scores=scores,
            churn_risk=risk,
            expected_minor=round((1 - risk) * own_rate * days * own_basket),
        )
    return found


def churn_risk(days: Sequence[int], *, today: int, usual_days: float) -> float:
    """How likely somebody is gone, by how long they stay away at their own pace.

    One less the chance to be alive in the BG/NBD model (Fader, Hardie and Lee 2005), with everybody's pace as
    prior: the more often somebody came, the more a pause says.
    """
    again, spell, lately = len(days) - 1, today - days[0], days[-1] - days[0]
    if not again:
        return DROP_A / (DROP_A + DROP_B)
    pace = PRIOR_ORDERS * usual_days
    stayed = (PRIOR_ORDERS + again) * math.log((pace + spell) / (pace + lately))
    odds = DROP_A / (DROP_B + again - 1) * math.exp(min(stayed, 700.0))
    return odds / (1 + odds)


def _quarters(figures: Sequence[int]) -> list[int]:
    ordered = sorted(figures)
    return [ordered[len(ordered) * part // QUARTILES] for part in range(1, QUARTILES)]


def _place(figure: int, bounds: Sequence[int]) -> int:
    return 1 + sum(figure >= bound for bound in bounds)
