"""How long things wait in a market, and what is done then: the retailer's own terms."""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.markets import save_terms, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a market; whatever it does not say for itself is as it stands here."""

    pickup_days: int = 7
    """How many days goods wait at the counter before they go back to the shelf."""
    reserve_hours: int = 48
    """How long a reservation without payment is kept."""
    claim_minutes: int = 240
    """How long a node may leave work unclaimed before another node is looked for."""
    vendor_answer_hours: int = 24
    """How long a vendor may leave a purchase order unanswered."""
    keep_it_minor: int = 500
    """Goods whose return would cost more than they are worth, up to this value, stay with the shopper."""
    feed_loses_percent_per_hour: int = 2
    """How fast stock that is known only from a vendor's feed stops counting."""

    @property
    def pickup(self) -> timedelta:
        """How long goods wait at the counter."""
        return timedelta(days=self.pickup_days)

    @property
    def reserve(self) -> timedelta:
        """How long a reservation is kept."""
        return timedelta(hours=self.reserve_hours)

    @property
    def claim(self) -> timedelta:
        """How long work may lie unclaimed."""
        return timedelta(minutes=self.claim_minutes)

    @property
    def vendor_answer(self) -> timedelta:
        """How long a vendor may stay silent."""
        return timedelta(hours=self.vendor_answer_hours)


LARGEST = 100_000


def terms(tx: Tx, market: str) -> Terms:
    """The terms in force in a market."""
    return Terms(**terms_of(tx, market))


def change_terms(tx: Tx, market: str, given: dict[str, Any]) -> Terms:
    """Change some of a market's terms; raises Invalid naming the one that cannot be."""
    known = {field.name for field in fields(Terms)}
    for name, value in given.items():
        if name not in known:
            raise Invalid(f"'{name}' is no term; there are {', '.join(sorted(known))}.", field=name)
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise Invalid(f"{name} is a whole number from 0 to {LARGEST}.", field=name)
    save_terms(tx, market, given)
    return terms(tx, market)
