"""Runs of planning: begun, carried on some items at a time, ended; and what they leave behind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id, new_id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.planning import store
from anyshelf.planning.model import Alert, Picture, Plan, Proposal, Run, Suggestion, Threat
from anyshelf.planning.service.accepting import accept_by_rule, send_trucks, with_trucks
from anyshelf.planning.store import running

SERIES_AT_ONCE = 50_000
OF_LATE = timedelta(days=2)
"""Longer than a run takes, and than clocks differ."""
COUNT_REASON = "planning: sells no more, perhaps not there"


def begin(tx: Tx, market: str, now: datetime, *, items: int) -> Run:
    """Begin a run: it looks at what was wanted up to the midnight (UTC) that has just passed."""
    as_of = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    started = Run(run_id=new_id(), as_of=as_of, begun_at=now, items=items)
    running.begin(tx, market, started)
    return started


def items_of(tx: Tx, market: str, items: Sequence[str] | None = None) -> list[str]:
    """All items in their order, or those named; raises Invalid for an unknown one."""
    everything = catalogue.item_codes(tx, market)
    if items is None:
        return sorted(everything)
    unknown = sorted(set(items) - set(everything))
    if unknown:
        raise Invalid(f"There is no item '{unknown[0]}'.", field="items", item=unknown[0])
    return sorted(set(items))


def items_at_once(tx: Tx, market: str, series: int = SERIES_AT_ONCE) -> int:
    """How many items make about so many series."""
    return max(1, series // max(len(network.atlas(tx, market).nodes), 1))


def decided(tx: Tx, market: str, items: Sequence[str], now: datetime) -> list[Id]:
    """Which suggestions of these items were accepted of late: what a run knows of when it looks."""
    return store.decided(tx, market, items, now - OF_LATE)


def keep(
    tx: Tx, market: str, run: Run, picture: Picture, plan: Plan, now: datetime, *, known: Sequence[Id]
) -> Run:
    """Write what a plan says of some items over what was said of them; accepts what rules let pass.

    Suggestions nobody decided on are replaced; where somebody accepted one that was not `known` when the
    picture was taken, nothing is suggested. Stock first suspected not to be there is asked to be counted.
    """
    items = picture.items
    store.be_patient(tx)
    store.keep_forecasts(
        tx, market, plan.forecasts, as_of=picture.as_of, period_days=picture.terms.period_days
    )
    store.replace_open(tx, market, items, now)
    new = [suggestion_of(proposal, picture.currency, now) for proposal in plan.proposals]
    written = store.suggest(tx, market, run.run_id, new, now, known=known, since=now - OF_LATE)
    alerts = [_alert(market, threat, picture.currency, now) for threat in plan.threats]
    _ask_counts(tx, market, items, alerts, now)
    store.alert(tx, market, items, alerts, now)
    waiting = with_trucks(tx, market, items, picture.nodes)
    accepted = accept_by_rule(tx, market, [each for each in new if each.node not in waiting], now)
    part = replace(
        run, series=len(picture), suggestions=written, alerts=len(alerts), accepted=accepted,
        done=len(items), reached=items[-1] if items else run.reached,
    )  # fmt: skip
    running.count(tx, market, part)
    return replace(
        part, series=run.series + part.series, suggestions=run.suggestions + part.suggestions,
        alerts=run.alerts + part.alerts, accepted=run.accepted + part.accepted, done=run.done + part.done,
    )  # fmt: skip


def end(tx: Tx, market: str, run: Run, now: datetime) -> Run:
    """All items are planned: fill the trucks, and tell what the run came to."""
    accepted = send_trucks(tx, market, run, now)
    running.count(tx, market, Run(run_id=run.run_id, as_of=run.as_of, begun_at=run.begun_at,
                                  accepted=accepted, reached=run.reached))  # fmt: skip
    running.end(tx, market, run.run_id, now)
    done = replace(run, ended_at=now, accepted=run.accepted + accepted)
    tell(tx, market, [Event(kind="PlanMade", subject=str(run.run_id), data=done.as_json(), happened_at=now)])
    return done


def suggestion_of(proposal: Proposal, currency: str, now: datetime) -> Suggestion:
    """A proposal as it is written."""
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
