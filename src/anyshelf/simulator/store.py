"""The simulator's SQL: kept scenarios, runs, and the replications that were played."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.simulator.model import SILENT, TRIES_MAX, KeptScenario, Run

KEEP_SCENARIO_SQL = """
INSERT INTO simulator_scenarios (market, scenario, told, kept_by, kept_at)
VALUES (%(market)s, %(scenario)s, %(told)s, %(by)s, %(now)s)
ON CONFLICT (market, scenario) DO UPDATE
SET told = excluded.told, kept_by = excluded.kept_by, kept_at = excluded.kept_at, dropped_at = NULL
"""

SCENARIOS_SQL = """
SELECT scenario, told, kept_by, kept_at, dropped_at FROM simulator_scenarios
WHERE market = %(market)s AND dropped_at IS NULL ORDER BY scenario
"""

SCENARIO_SQL = """
SELECT scenario, told, kept_by, kept_at, dropped_at FROM simulator_scenarios
WHERE market = %(market)s AND scenario = %(scenario)s
"""

DROP_SCENARIO_SQL = """
UPDATE simulator_scenarios SET dropped_at = %(dropped_at)s
WHERE market = %(market)s AND scenario = %(scenario)s
"""

ASK_SQL = """
INSERT INTO simulator_runs (market, run_id, scenario, question, told, asked, replications, state, "of",
                            asked_by, asked_at)
VALUES (%(market)s, %(run_id)s, %(scenario)s, %(question)s, %(told)s, %(asked)s, %(replications)s, 'waiting',
        %(of)s, %(by)s, %(now)s)
"""

RUNS_SQL = """
SELECT run_id, scenario, question, told, asked, replications, state, done, "of", asked_by, asked_at, begun_at,
       ended_at, said
FROM simulator_runs WHERE market = %(market)s ORDER BY asked_at DESC, run_id DESC LIMIT %(limit)s
"""

RUN_SQL = """
SELECT run_id, scenario, question, told, asked, replications, state, done, "of", asked_by, asked_at, begun_at,
       ended_at, said
FROM simulator_runs WHERE market = %(market)s AND run_id = %(run_id)s
"""

# One at a time in a market: whoever plays may take all cores but one. Two that look at once are told apart by
# the lock: the second finds the row changed, and takes nothing.
TAKE_SQL = """
UPDATE simulator_runs SET state = 'playing', tries = tries + 1, beat_at = %(now)s::timestamptz,
    begun_at = coalesce(begun_at, %(now)s::timestamptz)
WHERE market = %(market)s AND run_id = (
    SELECT run_id FROM simulator_runs
    WHERE market = %(market)s AND tries < %(tries_max)s
      AND (state = 'waiting' OR (state = 'playing' AND beat_at < %(silent_since)s::timestamptz))
      AND NOT EXISTS (SELECT FROM simulator_runs AS other
                      WHERE other.market = %(market)s AND other.state = 'playing'
                        AND other.beat_at >= %(silent_since)s::timestamptz)
    ORDER BY asked_at LIMIT 1 FOR UPDATE)
RETURNING run_id
"""

GIVE_UP_SQL = """
UPDATE simulator_runs SET state = 'failed', ended_at = %(now)s, said = %(said)s
WHERE market = %(market)s AND state = 'playing' AND tries >= %(tries_max)s
  AND beat_at < %(silent_since)s::timestamptz
"""

BEAT_SQL = """
UPDATE simulator_runs SET beat_at = %(now)s
WHERE market = %(market)s AND run_id = %(run_id)s AND state = 'playing'
"""

KEEP_PLAYED_SQL = """
INSERT INTO simulator_replications (market, run_id, variant, replication, played)
VALUES (%(market)s, %(run_id)s, %(variant)s, %(replication)s, %(played)s) ON CONFLICT DO NOTHING
"""

COUNT_SQL = """
UPDATE simulator_runs SET beat_at = %(now)s, done = (
    SELECT count(*) FROM simulator_replications WHERE market = %(market)s AND run_id = %(run_id)s)
WHERE market = %(market)s AND run_id = %(run_id)s
"""

PLAYED_SQL = """
SELECT played FROM simulator_replications WHERE market = %(market)s AND run_id = %(run_id)s
ORDER BY variant, replication
"""

END_SQL = """
UPDATE simulator_runs SET state = %(state)s, ended_at = %(now)s, said = %(said)s
WHERE market = %(market)s AND run_id = %(run_id)s AND state = ANY(%(from_states)s::text[])
"""

AGAIN_SQL = """
UPDATE simulator_runs SET state = 'waiting', tries = 0, said = '', ended_at = NULL, beat_at = NULL
WHERE market = %(market)s AND run_id = %(run_id)s AND state IN ('failed', 'stopped')
"""

DROP_RUN_SQL = "DELETE FROM simulator_runs WHERE market = %(market)s AND run_id = %(run_id)s"


def keep_scenario(tx: Tx, market: str, scenario: str, told: str, by: str, now: datetime) -> None:
    """Write a scenario, over one of the same name."""
    run(tx, KEEP_SCENARIO_SQL, market=market, scenario=scenario, told=told, by=by, now=now)


def scenarios(tx: Tx, market: str) -> list[KeptScenario]:
    """Those that are kept and not put away."""
    return rows(tx, KeptScenario, SCENARIOS_SQL, market=market)


def scenario(tx: Tx, market: str, name: str) -> KeptScenario | None:
    """One by its name, put away or not."""
    return row(tx, KeptScenario, SCENARIO_SQL, market=market, scenario=name)


def drop_scenario(tx: Tx, market: str, name: str, dropped_at: datetime | None) -> None:
    """Put a scenario away, or bring it back (None)."""
    run(tx, DROP_SCENARIO_SQL, market=market, scenario=name, dropped_at=dropped_at)


def ask(tx: Tx, market: str, asked: Run) -> None:
    """Write a run that waits to be played."""
    run(
        tx, ASK_SQL, market=market, run_id=asked.run_id, scenario=asked.scenario, question=asked.question,
        told=asked.told, asked=Jsonb(asked.asked), replications=asked.replications, of=asked.of,
        by=asked.asked_by, now=asked.asked_at,
    )  # fmt: skip


def runs(tx: Tx, market: str, limit: int) -> list[Run]:
    """The latest runs first."""
    return rows(tx, Run, RUNS_SQL, market=market, limit=limit)


def found(tx: Tx, market: str, run_id: Id) -> Run | None:
    """A run by its id."""
    return row(tx, Run, RUN_SQL, market=market, run_id=run_id)


def take(tx: Tx, market: str, now: datetime) -> Id | None:
    """Take up the run that has waited longest, or one whose process is gone."""
    taken = values(
        tx, TAKE_SQL, market=market, now=now, silent_since=now - SILENT, tries_max=TRIES_MAX
    )  # fmt: skip
    return taken[0][0] if taken else None


def give_up(tx: Tx, market: str, said: str, now: datetime) -> None:
    """End those whose process has gone each time it was tried."""
    run(tx, GIVE_UP_SQL, market=market, said=said, now=now, silent_since=now - SILENT, tries_max=TRIES_MAX)


def beat(tx: Tx, market: str, run_id: Id, now: datetime) -> bool:
    """Say that its process is there; False where it is not to be played any more."""
    return run(tx, BEAT_SQL, market=market, run_id=run_id, now=now) == 1


def keep_played(
    tx: Tx, market: str, run_id: Id, place: tuple[int, int], played: Mapping[str, Any], now: datetime
) -> None:
    """Write what a replication came to, once, and how far the run is now."""
    variant, replication = place
    run(
        tx, KEEP_PLAYED_SQL, market=market, run_id=run_id, variant=variant, replication=replication,
        played=Jsonb(played),
    )  # fmt: skip
    run(tx, COUNT_SQL, market=market, run_id=run_id, now=now)


def played(tx: Tx, market: str, run_id: Id) -> list[Any]:
    """What was played so far, by variant and replication."""
    return [each for (each,) in values(tx, PLAYED_SQL, market=market, run_id=run_id)]


def end(
    tx: Tx, market: str, run_id: Id, state: str, now: datetime, *, from_states: list[str], said: str = ""
) -> bool:
    """End a run that is in one of these states; says whether it was."""
    ended = run(
        tx, END_SQL, market=market, run_id=run_id, state=state, now=now, said=said, from_states=from_states
    )
    return ended == 1


def again(tx: Tx, market: str, run_id: Id) -> bool:
    """Let a run that broke off wait to be played on; says whether it had."""
    return run(tx, AGAIN_SQL, market=market, run_id=run_id) == 1


def drop_run(tx: Tx, market: str, run_id: Id) -> None:
    """Delete a run with all its replications."""
    run(tx, DROP_RUN_SQL, market=market, run_id=run_id)
