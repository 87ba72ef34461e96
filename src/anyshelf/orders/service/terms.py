"""How long things wait in a market, and what is done then: the retailer's own terms."""

from dataclasses import fields
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.markets import save_terms, terms_of
from anyshelf.orders.model import TERM_MAX, Terms

SURE_LEAST, SURE_MOST = 50, 99


def terms(tx: Tx, market: str) -> Terms:
    """The terms in force in a market."""
    return Terms(**terms_of(tx, market))


def change_terms(tx: Tx, market: str, given: dict[str, Any]) -> Terms:
    """Change some of a market's terms; raises Invalid naming the one that cannot be."""
    known = {field.name for field in fields(Terms)}
    for name, value in given.items():
        if name not in known:
            raise Invalid(f"'{name}' is no term; there are {', '.join(sorted(known))}.", field=name)
        if type(value) is not int or not 0 <= value <= TERM_MAX:
            raise Invalid(f"{name} is a whole number from 0 to {TERM_MAX}.", field=name)
        if name == "promise_percent" and not SURE_LEAST <= value <= SURE_MOST:
            raise Invalid(f"{name} is a whole number from {SURE_LEAST} to {SURE_MOST}.", field=name)
    save_terms(tx, market, given)
    return terms(tx, market)
