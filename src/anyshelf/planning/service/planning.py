"""Runs of planning: begun, carried on some items at a time, ended; and what they leave behind."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, Shortage
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id, new_id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.planning import store
from anyshelf.planning.model import (
    TERM_MAX,
    Alert,
    Automation,
    Picture,
    Plan,
    Proposal,
    Run,
    Suggestion,
    Terms,
    Threat,
)
from anyshelf.planning.service.deciding import accept

SERIES_AT_ONCE = 50_000
BY_RULE = "rule"
COUNT_REASON = "planning: sells no more, perhaps not there"


def terms(tx: Tx, market: str) -> Terms:
    """The terms a market plans by."""
    return Terms(**store.terms(tx, market))


def change_terms(tx: Tx, market: str, given: Mapping[str, int]) -> Terms:
    """Change some of them; raises Invalid naming the one that cannot be."""
    known = {each.name for each in fields(Terms)}
    for name, value in given.items():
        if name not in known:
            raise Invalid(f"'{name}' is no term; there are {', '.join(sorted(known))}.", field=name)
        least = 1 if name in {"period_days", "periods"} else 0
        if type(value) is not int or not least <= value <= TERM_MAX:
            raise Invalid(f"{name} is a whole number from {least} to {TERM_MAX}.", field=name)
    store.save_terms(tx, market, given)
    return terms(tx, market)


def begin(tx: Tx, market: str, now: datetime) -> Run:
    """Begin a run: it looks at what was wanted up to the midnight (UTC) that has just passed."""
    as_of = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    started = Run(run_id=new_id(), as_of=as_of)
    store.begin(tx, market, started, now)
    return started


def parts(tx: Tx, market: str, items: Sequence[str] | None = None) -> list[list[str]]:
    """All items, or those named, in parts that are planned at once; raises Invalid for an unknown one."""
    everything = catalogue.item_codes(tx, market)
    if items is not None:
        unknown = sorted(set(items) - set(everything))
        if unknown:
            raise Invalid(f"There is no item '{unknown[0]}'.", field="items", item=unknown[0])
        everything = sorted(set(items))
    size = max(1, SERIES_AT_ONCE // max(len(network.atlas(tx, market).nodes), 1))
    return [everything[start : start + size] for start in range(0, len(everything), size)]


def keep(tx: Tx, market: str, run: Run, picture: Picture, plan: Plan, now: datetime) -> Run:
    """Write what a plan says of some items over what was said of them; accepts what rules let pass.

    Suggestions nobody decided on are replaced. Stock first suspected not to be there is asked to be counted.
    """
    items = picture.items
    store.be_patient(tx)
    store.keep_forecasts(
        tx, market, plan.forecasts, as_of=picture.as_of, period_days=picture.terms.period_days
    )
    store.replace_open(tx, market, items, now)
    new = [_suggestion(proposal, picture.currency, now) for proposal in plan.proposals]
    store.suggest(tx, market, run.run_id, new, now)
    alerts = [_alert(market, threat, picture.currency, now) for threat in plan.threats]
    _ask_counts(tx, market, items, alerts, now)
    store.alert(tx, market, items, alerts, now)
    accepted = _accept_by_rule(tx, market, new, picture, now)
    done = Run(
        run_id=run.run_id, as_of=run.as_of, series=len(picture), suggestions=len(new), alerts=len(alerts),
        accepted=accepted,
    )  # fmt: skip
    store.count(tx, market, done, ended_at=None)
    return done


def end(tx: Tx, market: str, run: Run, now: datetime) -> None:
    """The run is over: tell what it came to."""
    store.count(tx, market, Run(run_id=run.run_id, as_of=run.as_of), ended_at=now)
    tell(tx, market, [Event(kind="PlanMade", subject=str(run.run_id), data=run.as_json(), happened_at=now)])


def _suggestion(proposal: Proposal, currency: str, now: datetime) -> Suggestion:
    return Suggestion(
        suggestion_id=new_id(), kind=proposal.kind, item=proposal.item, node=proposal.node,
        from_node=proposal.from_node, proposed=proposal.quantity, quantity=proposal.quantity,
        arrives_at=now + timedelta(days=proposal.lead_days), worth_minor=proposal.worth_minor,
        currency=currency, reasons=list(proposal.reasons), figures=dict(proposal.figures), state="open",
        reference=None, hold_id=None, made_at=now, decided_at=None, decided_by=None, note="",
    )  # fmt: skip


def _alert(market: str, threat: Threat, currency: str, now: datetime) -> Alert:
    return Alert(
        alert_id=derived_id("alert", market, threat.kind, threat.item, threat.node), kind=threat.kind,
        item=threat.item, node=threat.node, days_of_supply=threat.days_of_supply,
        stake_minor=threat.stake_minor, currency=currency, said=threat.said, state="open", since=now,
        seen_at=now,
    )  # fmt: skip


def _ask_counts(tx: Tx, market: str, items: Sequence[str], alerts: Sequence[Alert], now: datetime) -> None:
    """Have somebody look where stock is first suspected not to be there."""
    known = store.open_alerts(tx, market, items)
    for alert in alerts:
        if alert.kind == "phantom_stock" and alert.alert_id not in known:
            inventory.ask_count(tx, market, node=alert.node, item=alert.item, reason=COUNT_REASON, now=now)


def _accept_by_rule(tx: Tx, market: str, new: Sequence[Suggestion], picture: Picture, now: datetime) -> int:
    """Accept what a rule lets pass; what falls short meanwhile stays open for somebody to look at."""
    rules = {rule.kind: rule for rule in store.automation(tx, market)}
    cost = dict(zip(picture.items, picture.cost_minor.tolist(), strict=True))
    passing = [
        each.suggestion_id
        for each in new
        if each.kind in rules and _passes(each, rules[each.kind], int(cost[each.item]))
    ]
    return sum(_accepted(tx, market, suggestion_id, now) for suggestion_id in passing)


def _passes(suggestion: Suggestion, rule: Automation, cost_minor: int) -> bool:
    value = suggestion.quantity * cost_minor
    return suggestion.quantity <= rule.quantity_max and value <= rule.value_max_minor


def _accepted(tx: Tx, market: str, suggestion_id: Id, now: datetime) -> bool:
    try:
        accept(tx, market, suggestion_id, by=BY_RULE, now=now)
    except Shortage:  # raised before anything is written
        return False
    return True
