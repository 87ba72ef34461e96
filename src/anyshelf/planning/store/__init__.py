"""Planning's SQL."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.planning.model import Alert, Forecast, Suggestion

PATIENCE_SQL = "SELECT set_config('statement_timeout', '10min', true)"

KEEP_FORECASTS_SQL = """
INSERT INTO planning_forecasts (market, item, node, as_of, period_days, periods)
SELECT %(market)s, f.item, f.node, %(as_of)s::timestamptz, %(period_days)s::int, f.periods::jsonb
FROM unnest(%(items)s::text[], %(nodes)s::text[], %(periods)s::text[]) AS f(item, node, periods)
ON CONFLICT (market, item, node) DO UPDATE
SET as_of = excluded.as_of, period_days = excluded.period_days, periods = excluded.periods
"""

FORECASTS_SQL = """
SELECT item, node, as_of, period_days, periods FROM planning_forecasts
WHERE market = %(market)s AND (%(item)s::text IS NULL OR item = %(item)s)
  AND (%(node)s::text IS NULL OR node = %(node)s)
  AND (item, node) > (%(after_item)s::text, %(after_node)s::text)
ORDER BY item, node LIMIT %(limit)s
"""

REPLACE_SQL = """
UPDATE planning_suggestions SET state = 'replaced', decided_at = %(now)s
WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND state = 'open'
"""

REPLACE_FROM_SQL = """
UPDATE planning_suggestions SET state = 'replaced', decided_at = %(now)s
WHERE market = %(market)s AND item = %(item)s AND from_node = %(centre)s AND state = 'open'
"""

SUGGEST_SQL = """
INSERT INTO planning_suggestions (market, suggestion_id, run_id, kind, item, node, from_node, proposed,
                                  quantity, arrives_at, worth_minor, currency, reasons, figures, state,
                                  made_at)
SELECT %(market)s, s.suggestion_id, %(run_id)s::uuid, s.kind, s.item, s.node, s.from_node, s.quantity,
       s.quantity, s.arrives_at, s.worth_minor, %(currency)s, s.reasons::jsonb, s.figures::jsonb, 'open',
       %(now)s::timestamptz
FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(items)s::text[], %(nodes)s::text[], %(from_nodes)s::text[],
            %(quantities)s::int[], %(arrivals)s::timestamptz[], %(worths)s::bigint[], %(reasons)s::text[],
            %(figures)s::text[])
    AS s(suggestion_id, kind, item, node, from_node, quantity, arrives_at, worth_minor, reasons, figures)
WHERE NOT EXISTS (
    SELECT 1 FROM planning_suggestions k
    WHERE k.market = %(market)s AND k.item = s.item AND (k.node = s.node OR k.from_node = s.node)
      AND k.state IN ('accepted', 'dispatched', 'received') AND k.decided_at > %(since)s::timestamptz
      AND NOT k.suggestion_id = ANY(%(known)s::uuid[]))
"""

DECIDED_SQL = """
SELECT suggestion_id FROM planning_suggestions
WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND decided_at > %(since)s::timestamptz
  AND state IN ('accepted', 'dispatched', 'received')
"""

OPEN_AGAIN_SQL = """
INSERT INTO planning_suggestions (market, suggestion_id, run_id, kind, item, node, from_node, proposed,
                                  quantity, arrives_at, worth_minor, currency, reasons, figures, state,
                                  made_at)
SELECT market, %(again)s, run_id, kind, item, node, from_node, proposed, quantity,
       %(now)s::timestamptz + (arrives_at - coalesce(decided_at, made_at)), worth_minor, currency, reasons,
       figures, 'open', %(now)s::timestamptz
FROM planning_suggestions WHERE market = %(market)s AND suggestion_id = %(suggestion_id)s
ON CONFLICT (market, item, node, from_node, kind) WHERE state = 'open' DO NOTHING
"""

TRAVELLING_SQL = """
SELECT suggestion_id, kind, item, node, from_node, proposed, quantity, arrives_at, worth_minor, currency,
       reasons, figures, state, reference, hold_id, made_at, decided_at, decided_by, note
FROM planning_suggestions
WHERE market = %(market)s AND state IN ('accepted', 'dispatched')
  AND (node = %(node)s OR (from_node = %(node)s AND state = 'accepted'))
ORDER BY arrives_at, suggestion_id LIMIT %(limit)s
"""

OF_RUN_SQL = """
SELECT suggestion_id, kind, item, node, from_node, proposed, quantity, arrives_at, worth_minor, currency,
       reasons, figures, state, reference, hold_id, made_at, decided_at, decided_by, note
FROM planning_suggestions
WHERE market = %(market)s AND state = 'open' AND run_id = %(run_id)s AND kind = %(kind)s
ORDER BY item, node
"""

TOP_UP_SQL = """
UPDATE planning_suggestions p
SET quantity = s.quantity, proposed = s.quantity, reasons = s.reasons::jsonb
FROM unnest(%(ids)s::uuid[], %(quantities)s::int[], %(reasons)s::text[])
    AS s(suggestion_id, quantity, reasons)
WHERE p.market = %(market)s AND p.suggestion_id = s.suggestion_id AND p.state = 'open'
  AND p.quantity = p.proposed
"""

OPEN_SUMS_SQL = """
SELECT kind, count(*)::int AS suggestions, sum(quantity)::bigint AS units, sum(worth_minor)::bigint AS worth
FROM planning_suggestions
WHERE market = %(market)s AND state = 'open'
  AND (%(nodes)s::text[] IS NULL OR node = ANY(%(nodes)s::text[]) OR from_node = ANY(%(nodes)s::text[]))
GROUP BY kind ORDER BY kind
"""

ALERT_SUMS_SQL = """
SELECT kind, count(*)::int AS alerts, sum(stake_minor)::bigint AS stake FROM planning_alerts
WHERE market = %(market)s AND state = 'open' AND (%(nodes)s::text[] IS NULL OR node = ANY(%(nodes)s::text[]))
GROUP BY kind ORDER BY kind
"""

SUGGESTIONS_SQL = """
SELECT suggestion_id, kind, item, node, from_node, proposed, quantity, arrives_at, worth_minor, currency,
       reasons, figures, state, reference, hold_id, made_at, decided_at, decided_by, note
FROM planning_suggestions
WHERE market = %(market)s AND state = %(state)s AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(item)s::text IS NULL OR item = %(item)s)
  AND (%(nodes)s::text[] IS NULL OR node = ANY(%(nodes)s::text[]) OR from_node = ANY(%(nodes)s::text[]))
  AND (%(after)s::uuid IS NULL OR (worth_minor, suggestion_id) < (
      SELECT worth_minor, suggestion_id FROM planning_suggestions
      WHERE market = %(market)s AND suggestion_id = %(after)s))
ORDER BY worth_minor DESC, suggestion_id DESC LIMIT %(limit)s
"""

SUGGESTION_SQL = """
SELECT suggestion_id, kind, item, node, from_node, proposed, quantity, arrives_at, worth_minor, currency,
       reasons, figures, state, reference, hold_id, made_at, decided_at, decided_by, note
FROM planning_suggestions WHERE market = %(market)s AND suggestion_id = %(suggestion_id)s
"""

LOCK_SUGGESTION_SQL = """
SELECT suggestion_id, kind, item, node, from_node, proposed, quantity, arrives_at, worth_minor, currency,
       reasons, figures, state, reference, hold_id, made_at, decided_at, decided_by, note
FROM planning_suggestions WHERE market = %(market)s AND suggestion_id = %(suggestion_id)s FOR UPDATE
"""

SAVE_SUGGESTION_SQL = """
UPDATE planning_suggestions SET quantity = %(quantity)s, arrives_at = %(arrives_at)s, state = %(state)s,
    reference = %(reference)s, hold_id = %(hold_id)s, decided_at = %(decided_at)s,
    decided_by = %(decided_by)s, note = %(note)s
WHERE market = %(market)s AND suggestion_id = %(suggestion_id)s
"""

OPEN_ALERTS_SQL = """
SELECT alert_id FROM planning_alerts
WHERE market = %(market)s AND state = 'open' AND item = ANY(%(items)s::text[])
"""

CLOSE_ALERTS_SQL = """
UPDATE planning_alerts SET state = 'closed', seen_at = %(now)s
WHERE market = %(market)s AND state = 'open' AND item = ANY(%(items)s::text[])
  AND NOT (alert_id = ANY(%(ids)s::uuid[]))
"""

ALERT_SQL = """
INSERT INTO planning_alerts (market, alert_id, kind, item, node, days_of_supply, stake_minor, currency, said,
                             state, since, seen_at)
SELECT %(market)s, a.alert_id, a.kind, a.item, a.node, a.days, a.stake, %(currency)s, a.said, 'open',
       %(now)s::timestamptz, %(now)s::timestamptz
FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(items)s::text[], %(nodes)s::text[], %(days)s::float8[],
            %(stakes)s::bigint[], %(said)s::text[]) AS a(alert_id, kind, item, node, days, stake, said)
ON CONFLICT (market, alert_id) DO UPDATE
SET days_of_supply = excluded.days_of_supply, stake_minor = excluded.stake_minor, said = excluded.said,
    seen_at = excluded.seen_at, state = 'open',
    since = CASE planning_alerts.state WHEN 'open' THEN planning_alerts.since ELSE excluded.since END
"""

ALERTS_SQL = """
SELECT alert_id, kind, item, node, days_of_supply, stake_minor, currency, said, state, since, seen_at
FROM planning_alerts
WHERE market = %(market)s AND state = 'open' AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(nodes)s::text[] IS NULL OR node = ANY(%(nodes)s::text[]))
  AND (%(after)s::uuid IS NULL OR (stake_minor, alert_id) < (
      SELECT stake_minor, alert_id FROM planning_alerts WHERE market = %(market)s AND alert_id = %(after)s))
ORDER BY stake_minor DESC, alert_id DESC LIMIT %(limit)s
"""


def be_patient(tx: Tx) -> None:
    """Let this transaction's statements take as long as a large network needs."""
    values(tx, PATIENCE_SQL)


def keep_forecasts(
    tx: Tx, market: str, found: Sequence[Forecast], *, as_of: datetime, period_days: int
) -> None:
    """Write forecasts over what was expected before."""
    periods = [
        json.dumps([
            {"mean": each.mean, "low": each.low, "middle": each.middle, "high": each.high}
            for each in forecast.periods
        ])
        for forecast in found
    ]  # fmt: skip
    run(
        tx, KEEP_FORECASTS_SQL, market=market, as_of=as_of, period_days=period_days,
        items=[each.item for each in found], nodes=[each.node for each in found], periods=periods,
    )  # fmt: skip


def forecasts(
    tx: Tx, market: str, *, item: str | None, node: str | None, after: tuple[str, str], limit: int
) -> list[dict[str, Any]]:
    """Forecasts in the order of item and node, from after one of them."""
    found = values(
        tx, FORECASTS_SQL, market=market, item=item, node=node, after_item=after[0], after_node=after[1],
        limit=limit,
    )  # fmt: skip
    return [
        {"item": one, "node": at, "as_of": as_of.isoformat(), "period_days": days, "periods": periods}
        for one, at, as_of, days, periods in found
    ]


def replace_open(tx: Tx, market: str, items: Sequence[str], now: datetime) -> None:
    """Suggestions nobody has decided on make way for newer ones."""
    run(tx, REPLACE_SQL, market=market, items=list(items), now=now)


def replace_from(tx: Tx, market: str, item: str, centre: str, now: datetime) -> None:
    """The same for what a centre was to send of an item."""
    run(tx, REPLACE_FROM_SQL, market=market, item=item, centre=centre, now=now)


def decided(tx: Tx, market: str, items: Sequence[str], since: datetime) -> list[Id]:
    """Which suggestions of these items were accepted since a moment."""
    return [each for (each,) in values(tx, DECIDED_SQL, market=market, items=list(items), since=since)]


def suggest(
    tx: Tx, market: str, run_id: Id, new: Sequence[Suggestion], now: datetime, *, known: Sequence[Id],
    since: datetime,
) -> int:  # fmt: skip
    """Write new suggestions, all of one currency; returns how many.

    Nothing is suggested for where somebody has accepted something since `since` that is not among the
    `known`: it was thought of without it.
    """
    if not new:
        return 0
    return run(
        tx, SUGGEST_SQL, market=market, run_id=run_id, now=now, currency=new[0].currency, since=since,
        known=list(known),
        ids=[each.suggestion_id for each in new], kinds=[each.kind for each in new],
        items=[each.item for each in new], nodes=[each.node for each in new],
        from_nodes=[each.from_node for each in new], quantities=[each.quantity for each in new],
        arrivals=[each.arrives_at for each in new], worths=[each.worth_minor for each in new],
        reasons=[json.dumps(each.reasons) for each in new],
        figures=[json.dumps(each.figures) for each in new],
    )  # fmt: skip


def suggestions(tx: Tx, market: str, **asked: Any) -> list[Suggestion]:
    """Suggestions in a state, the most worth first."""
    return rows(tx, Suggestion, SUGGESTIONS_SQL, market=market, **asked)


def of_run(tx: Tx, market: str, run_id: Id, *, kind: str) -> list[Suggestion]:
    """What a run suggests of a kind, as far as nobody has decided on it."""
    return rows(tx, Suggestion, OF_RUN_SQL, market=market, run_id=run_id, kind=kind)


def top_up(tx: Tx, market: str, after: Sequence[Suggestion]) -> None:
    """Suggest other quantities, with their reasons; what somebody has changed meanwhile stays as it is."""
    run(
        tx, TOP_UP_SQL, market=market, ids=[each.suggestion_id for each in after],
        quantities=[each.quantity for each in after], reasons=[json.dumps(each.reasons) for each in after],
    )  # fmt: skip


def open_again(tx: Tx, market: str, suggestion_id: Id, again: Id, now: datetime) -> bool:
    """Suggest the same anew under another id; says whether, for a newer one may stand there already."""
    return run(tx, OPEN_AGAIN_SQL, market=market, suggestion_id=suggestion_id, again=again, now=now) == 1


def travelling(tx: Tx, market: str, node: str, limit: int) -> list[Suggestion]:
    """What was accepted and is to leave a node, or to come to it, the soonest first."""
    return rows(tx, Suggestion, TRAVELLING_SQL, market=market, node=node, limit=limit)


def open_sums(tx: Tx, market: str, nodes: Sequence[str] | None) -> list[tuple[str, int, int, int]]:
    """Of each kind of open suggestion: how many, their units, their worth."""
    named = list(nodes) if nodes else None
    found = values(tx, OPEN_SUMS_SQL, market=market, nodes=named)
    return [(kind, count, units, worth) for kind, count, units, worth in found]


def alert_sums(tx: Tx, market: str, nodes: Sequence[str] | None) -> list[tuple[str, int, int]]:
    """Of each kind of open alert: how many, and what is at stake."""
    named = list(nodes) if nodes else None
    found = values(tx, ALERT_SUMS_SQL, market=market, nodes=named)
    return [(kind, count, stake) for kind, count, stake in found]


def suggestion(tx: Tx, market: str, suggestion_id: Id) -> Suggestion | None:
    """One suggestion, as it stands."""
    return row(tx, Suggestion, SUGGESTION_SQL, market=market, suggestion_id=suggestion_id)


def lock_suggestion(tx: Tx, market: str, suggestion_id: Id) -> Suggestion | None:
    """One suggestion, locked."""
    return row(tx, Suggestion, LOCK_SUGGESTION_SQL, market=market, suggestion_id=suggestion_id)


def save(tx: Tx, market: str, after: Suggestion) -> None:
    """Write what became of a suggestion."""
    run(
        tx, SAVE_SUGGESTION_SQL, market=market, suggestion_id=after.suggestion_id, quantity=after.quantity,
        arrives_at=after.arrives_at, state=after.state, reference=after.reference, hold_id=after.hold_id,
        decided_at=after.decided_at, decided_by=after.decided_by, note=after.note,
    )  # fmt: skip


def open_alerts(tx: Tx, market: str, items: Sequence[str]) -> set[Id]:
    """Which alerts of these items stand open."""
    return {alert for (alert,) in values(tx, OPEN_ALERTS_SQL, market=market, items=list(items))}


def alert(tx: Tx, market: str, items: Sequence[str], found: Sequence[Alert], now: datetime) -> None:
    """Bring the alerts of these items to what was found: what is no more is closed."""
    ids = [each.alert_id for each in found]
    run(tx, CLOSE_ALERTS_SQL, market=market, items=list(items), ids=ids, now=now)
    if found:
        run(
            tx, ALERT_SQL, market=market, currency=found[0].currency, now=now, ids=ids,
            kinds=[each.kind for each in found], items=[each.item for each in found],
            nodes=[each.node for each in found], days=[each.days_of_supply for each in found],
            stakes=[each.stake_minor for each in found], said=[each.said for each in found],
        )  # fmt: skip


def alerts(tx: Tx, market: str, **asked: Any) -> list[Alert]:
    """Open alerts, the dearest first."""
    return rows(tx, Alert, ALERTS_SQL, market=market, **asked)
