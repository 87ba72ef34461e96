"""What a market plans by: its terms, how goods may be ordered, what is accepted by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.network import service as network
from anyshelf.planning.model import TERM_MAX, Automation, SupplyRule, Terms
from anyshelf.planning.rules import NEVER
from anyshelf.planning.store import running as store

LEAST = {"period_days": 1, "periods": 1}
MOST = {"plan_hour": NEVER}
OF_THE_NODE = ("order_days", "lead_days", "truck_kg")


def terms(tx: Tx, market: str) -> Terms:
    """The terms a market plans by."""
    return Terms(**store.terms(tx, market))


def change_terms(tx: Tx, market: str, given: Mapping[str, int]) -> Terms:
    """Change some of them; raises Invalid naming the one that cannot be."""
    known = {each.name for each in fields(Terms)}
    for name, value in given.items():
        if name not in known:
            raise Invalid(f"'{name}' is no term; there are {', '.join(sorted(known))}.", field=name)
        least, most = LEAST.get(name, 0), MOST.get(name, TERM_MAX)
        if type(value) is not int or not least <= value <= most:
            raise Invalid(f"{name} is a whole number from {least} to {most}.", field=name)
    store.save_terms(tx, market, given)
    return terms(tx, market)


def supply_rules(tx: Tx, market: str, items: Sequence[str] | None = None) -> list[SupplyRule]:
    """How goods may be ordered: what is said of these items, or of all, and of every item."""
    return store.supply(tx, market, items)


def check_supply_rules(tx: Tx, market: str, rules: Sequence[SupplyRule]) -> None:
    """Raises Invalid for a rule that names what there is not, or says of an item what is a node's."""
    nodes = set(network.node_codes(tx, market))
    items = set(catalogue.item_codes(tx, market))
    for rule in rules:
        if rule.node and rule.node not in nodes:
            raise Invalid(f"There is no node '{rule.node}'.", field="node")
        if rule.item and rule.item not in items:
            raise Invalid(f"There is no item '{rule.item}'.", field="item")
        check_supply_rule(rule)


def check_supply_rule(rule: SupplyRule) -> SupplyRule:
    """The rule itself; raises Invalid where it says of an item what is a whole node's, or names no day."""
    if rule.item:
        for name in OF_THE_NODE:
            if getattr(rule, name) is not None:
                raise Invalid(f"{name} is a whole node's: say it in a row without an item.", field=name)
    if rule.order_days is not None:
        try:
            network.checked_days(rule.order_days)
        except Invalid as refused:
            raise Invalid(refused.detail, field="order_days") from None
    return rule


def save_supply_rules(tx: Tx, market: str, rules: Sequence[SupplyRule]) -> int:
    """Write how goods may be ordered, over what was said of the same node and item."""
    return store.save_supply(tx, market, rules) if rules else 0


def automation(tx: Tx, market: str) -> list[Automation]:
    """What is accepted without anybody looking."""
    return store.automation(tx, market)


def automate(tx: Tx, market: str, rule: Automation, *, by: str, now: datetime) -> None:
    """Accept suggestions of a kind by themselves from the next run on, up to a size and a value."""
    store.automate(tx, market, rule, by=by, now=now)
