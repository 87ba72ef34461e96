"""SQL of what planning goes by and of its runs: terms, rules, whose turn it is, how far a run has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.planning.model import Automation, Run, SupplyRule, Turn

TERMS_SQL = "SELECT terms FROM planning_terms WHERE market = %(market)s"

SAVE_TERMS_SQL = """
INSERT INTO planning_terms (market, terms) VALUES (%(market)s, %(terms)s)
ON CONFLICT (market) DO UPDATE SET terms = planning_terms.terms || excluded.terms
"""

BEGIN_RUN_SQL = """
INSERT INTO planning_runs (market, run_id, as_of, begun_at, items)
VALUES (%(market)s, %(run_id)s, %(as_of)s, %(begun_at)s, %(items)s)
"""

COUNT_RUN_SQL = """
UPDATE planning_runs SET series = series + %(series)s, suggestions = suggestions + %(suggestions)s,
    alerts = alerts + %(alerts)s, accepted = accepted + %(accepted)s, done = done + %(done)s,
    reached = %(reached)s
WHERE market = %(market)s AND run_id = %(run_id)s
"""

END_RUN_SQL = """
UPDATE planning_runs SET ended_at = %(now)s WHERE market = %(market)s AND run_id = %(run_id)s
"""

RUNS_SQL = """
SELECT run_id, as_of, begun_at, ended_at, items, done, series, suggestions, alerts, accepted, reached
FROM planning_runs WHERE market = %(market)s ORDER BY begun_at DESC LIMIT %(limit)s
"""

RUN_SQL = """
SELECT run_id, as_of, begun_at, ended_at, items, done, series, suggestions, alerts, accepted, reached
FROM planning_runs WHERE market = %(market)s AND run_id = %(run_id)s
"""

FIRST_TURN_SQL = """
INSERT INTO planning_turns (market, nights_from) VALUES (%(market)s, %(now)s) ON CONFLICT (market) DO NOTHING
"""

TURN_SQL = """
SELECT turn_id, until, nights_from, asked, night FROM planning_turns WHERE market = %(market)s
"""

LOCK_TURN_SQL = """
SELECT turn_id, until, nights_from, asked, night FROM planning_turns WHERE market = %(market)s FOR UPDATE
"""

SAVE_TURN_SQL = """
UPDATE planning_turns SET turn_id = %(turn_id)s, until = %(until)s, nights_from = %(nights_from)s,
    asked = %(asked)s, night = %(night)s
WHERE market = %(market)s
"""

SUPPLY_SQL = """
SELECT node, item, order_days, lead_days, truck_kg, pack, minimum, shelf FROM planning_supply
WHERE market = %(market)s AND (%(items)s::text[] IS NULL OR item = '' OR item = ANY(%(items)s::text[]))
ORDER BY node, item
"""

SAVE_SUPPLY_SQL = """
INSERT INTO planning_supply (market, node, item, order_days, lead_days, truck_kg, pack, minimum, shelf)
SELECT %(market)s, s.node, s.item, s.order_days, s.lead_days, s.truck_kg, s.pack, s.minimum, s.shelf
FROM unnest(%(nodes)s::text[], %(items)s::text[], %(order_days)s::text[], %(lead_days)s::int[],
            %(trucks_kg)s::int[], %(packs)s::int[], %(minima)s::int[], %(shelves)s::int[])
    AS s(node, item, order_days, lead_days, truck_kg, pack, minimum, shelf)
ON CONFLICT (market, node, item) DO UPDATE
SET order_days = excluded.order_days, lead_days = excluded.lead_days, truck_kg = excluded.truck_kg,
    pack = excluded.pack, minimum = excluded.minimum, shelf = excluded.shelf
"""

AUTOMATION_SQL = """
SELECT kind, quantity_max, value_max_minor FROM planning_automation WHERE market = %(market)s ORDER BY kind
"""

AUTOMATE_SQL = """
INSERT INTO planning_automation (market, kind, quantity_max, value_max_minor, set_by, set_at)
VALUES (%(market)s, %(kind)s, %(quantity_max)s, %(value_max_minor)s, %(by)s, %(now)s)
ON CONFLICT (market, kind) DO UPDATE
SET quantity_max = excluded.quantity_max, value_max_minor = excluded.value_max_minor,
    set_by = excluded.set_by, set_at = excluded.set_at
"""


def terms(tx: Tx, market: str) -> dict[str, int]:
    """What a market has said for itself."""
    found = values(tx, TERMS_SQL, market=market)
    return dict(found[0][0]) if found else {}


def save_terms(tx: Tx, market: str, given: Mapping[str, int]) -> None:
    """Write these terms over what was said before."""
    run(tx, SAVE_TERMS_SQL, market=market, terms=Jsonb(dict(given)))


def begin(tx: Tx, market: str, started: Run) -> None:
    """Note that a run has begun."""
    run(
        tx, BEGIN_RUN_SQL, market=market, run_id=started.run_id, as_of=started.as_of,
        begun_at=started.begun_at, items=started.items,
    )  # fmt: skip


def count(tx: Tx, market: str, part: Run) -> None:
    """Add a part to what a run has come to."""
    run(
        tx, COUNT_RUN_SQL, market=market, run_id=part.run_id, series=part.series,
        suggestions=part.suggestions, alerts=part.alerts, accepted=part.accepted, done=part.done,
        reached=part.reached,
    )  # fmt: skip


def end(tx: Tx, market: str, run_id: Id, now: datetime) -> None:
    """Note that a run is over."""
    run(tx, END_RUN_SQL, market=market, run_id=run_id, now=now)


def runs(tx: Tx, market: str, limit: int) -> list[Run]:
    """The latest runs, the last one first."""
    return rows(tx, Run, RUNS_SQL, market=market, limit=limit)


def run_of(tx: Tx, market: str, run_id: Id) -> Run | None:
    """One run."""
    return row(tx, Run, RUN_SQL, market=market, run_id=run_id)


def turn(tx: Tx, market: str) -> Turn | None:
    """Whose turn it is; None where nothing was ever planned."""
    return row(tx, Turn, TURN_SQL, market=market)


def lock_turn(tx: Tx, market: str, now: datetime) -> Turn:
    """Whose turn it is, locked; the first to ask finds nobody's."""
    run(tx, FIRST_TURN_SQL, market=market, now=now)
    found = row(tx, Turn, LOCK_TURN_SQL, market=market)
    return found or Turn(nights_from=now)


def save_turn(tx: Tx, market: str, after: Turn) -> None:
    """Write whose turn it is, and what is to be done by itself."""
    run(
        tx, SAVE_TURN_SQL, market=market, turn_id=after.turn_id, until=after.until,
        nights_from=after.nights_from, asked=after.asked, night=after.night,
    )  # fmt: skip


def supply(tx: Tx, market: str, items: Sequence[str] | None) -> list[SupplyRule]:
    """How goods may be ordered: the rules of these items, or of all, and those of every item."""
    named = None if items is None else list(items)
    return rows(tx, SupplyRule, SUPPLY_SQL, market=market, items=named)


def save_supply(tx: Tx, market: str, rules: Sequence[SupplyRule]) -> int:
    """Write rules over those of the same node and item."""
    return run(
        tx, SAVE_SUPPLY_SQL, market=market, nodes=[each.node for each in rules],
        items=[each.item for each in rules], order_days=[each.order_days for each in rules],
        lead_days=[each.lead_days for each in rules], trucks_kg=[each.truck_kg for each in rules],
        packs=[each.pack for each in rules], minima=[each.minimum for each in rules],
        shelves=[each.shelf for each in rules],
    )  # fmt: skip


def automation(tx: Tx, market: str) -> list[Automation]:
    """What is accepted without anybody looking."""
    return rows(tx, Automation, AUTOMATION_SQL, market=market)


def automate(tx: Tx, market: str, rule: Automation, *, by: str, now: datetime) -> None:
    """Accept suggestions of a kind by themselves from now on, up to a size and a value."""
    run(
        tx, AUTOMATE_SQL, market=market, kind=rule.kind, quantity_max=rule.quantity_max,
        value_max_minor=rule.value_max_minor, by=by, now=now,
    )  # fmt: skip
