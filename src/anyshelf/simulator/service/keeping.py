"""Scenarios that are kept, and runs of them: asked for, taken up by a process, played, stopped, deleted."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound, OutOfTurn
from anyshelf.ground.ids import Id, new_id
from anyshelf.simulator import store
from anyshelf.simulator.model import REPLICATIONS_MAX, TRIES_MAX, KeptScenario, Run, Scenario
from anyshelf.simulator.service.running import Answer, Played, answer_of

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
GONE: Final = f"Its process went away {TRIES_MAX} times before it was done."


def keep_scenario(tx: Tx, market: str, name: str, told: str, *, by: str, now: datetime) -> None:
    """Keep a scenario's TOML under a name; one of the same name is replaced. Raises Invalid for the name."""
    if not NAME.fullmatch(name):
        raise Invalid(
            "A scenario's name is small letters, digits and hyphens, such as two-vans; at most 60.",
            field="name",
        )
    store.keep_scenario(tx, market, name, told, by, now)


def kept_scenarios(tx: Tx, market: str) -> Sequence[KeptScenario]:
    """The scenarios somebody keeps, by name."""
    return store.scenarios(tx, market)


def kept_scenario(tx: Tx, market: str, name: str) -> KeptScenario:
    """One of them; raises NotFound, also where it was put away."""
    known = store.scenario(tx, market, name)
    if known is None or known.dropped_at is not None:
        raise NotFound(f"Nobody keeps a scenario {name}.")
    return known


def drop_scenario(tx: Tx, market: str, name: str, now: datetime) -> None:
    """Put a scenario away; it can be brought back, and its runs stay."""
    kept_scenario(tx, market, name)
    store.drop_scenario(tx, market, name, now)


def bring_back(tx: Tx, market: str, name: str) -> None:
    """Keep a scenario that was put away; raises NotFound."""
    if store.scenario(tx, market, name) is None:
        raise NotFound(f"There never was a scenario {name}.")
    store.drop_scenario(tx, market, name, None)


def ask(
    tx: Tx, market: str, scenario: Scenario, told: str, *, replications: int, by: str, now: datetime
) -> Run:
    """Have a scenario played so many times, in the background; raises Invalid."""
    if not 1 <= replications <= REPLICATIONS_MAX:
        raise Invalid(f"Play it 1 to {REPLICATIONS_MAX} times.", field="replications")
    asked = Run(
        run_id=new_id(), scenario=scenario.name, question=scenario.question, told=told,
        asked=msgspec.to_builtins(scenario), replications=replications, state="waiting", done=0,
        of=replications * len(scenario.variants), asked_by=by, asked_at=now, begun_at=None, ended_at=None,
        said="",
    )  # fmt: skip
    store.ask(tx, market, asked)
    return asked


def runs(tx: Tx, market: str, *, limit: int = 50) -> Sequence[Run]:
    """The latest runs, the newest first."""
    return store.runs(tx, market, limit)


def run_of(tx: Tx, market: str, run_id: Id) -> Run:
    """A run; raises NotFound."""
    known = store.found(tx, market, run_id)
    if known is None:
        raise NotFound("There is no such run; perhaps it was deleted.")
    return known


def scenario_of_run(asked: Run) -> Scenario:
    """The scenario as it was when it was asked for, with every setting."""
    return msgspec.convert(dict(asked.asked), Scenario)


def played_of(tx: Tx, market: str, run_id: Id) -> list[Played]:
    """What was played of a run so far."""
    return [msgspec.convert(each, Played) for each in store.played(tx, market, run_id)]


def answer_to(tx: Tx, market: str, asked: Run) -> Answer | None:
    """What a run came to; None as long as a replication is missing."""
    if asked.state != "played":
        return None
    return answer_of(scenario_of_run(asked), asked.replications, played_of(tx, market, asked.run_id))


def take(tx: Tx, market: str, now: datetime) -> Id | None:
    """The run to play next, taken up so that nobody else does; None where there is none to be taken.

    A run whose process is silent is taken up again, and ends as failed when that happens too often.
    """
    store.give_up(tx, market, GONE, now)
    return store.take(tx, market, now)


def beat(tx: Tx, market: str, run_id: Id, now: datetime) -> bool:
    """A process says that it plays; False where its run was stopped or deleted meanwhile."""
    return store.beat(tx, market, run_id, now)


def keep_played(tx: Tx, market: str, run_id: Id, played: Played, now: datetime) -> None:
    """Keep what a replication came to; the same one twice is once."""
    place = (played.variant, played.replication)
    store.keep_played(tx, market, run_id, place, msgspec.to_builtins(played), now)


def finish(tx: Tx, market: str, run_id: Id, now: datetime) -> None:
    """All is played."""
    store.end(tx, market, run_id, "played", now, from_states=["playing"])


def fail(tx: Tx, market: str, run_id: Id, said: str, now: datetime) -> None:
    """It cannot be played, and why."""
    store.end(tx, market, run_id, "failed", now, from_states=["playing"], said=said[:500])


def stop(tx: Tx, market: str, run_id: Id, now: datetime) -> None:
    """Let a run be; what was played stays, and it can be played on. Raises OutOfTurn when it is over."""
    asked = run_of(tx, market, run_id)
    if not store.end(tx, market, run_id, "stopped", now, from_states=["waiting", "playing"]):
        raise OutOfTurn(f"This run is {asked.state} already; there is nothing to stop.")


def again(tx: Tx, market: str, run_id: Id, *, by: str, now: datetime) -> Run:
    """Play a run on where it broke off, or once more from the beginning: the same seed, the same figures."""
    asked = run_of(tx, market, run_id)
    if asked.is_under_way:
        raise OutOfTurn("This run is being played; wait for it, or stop it first.")
    if store.again(tx, market, run_id):
        return asked
    return ask(
        tx, market, scenario_of_run(asked), asked.told, replications=asked.replications, by=by, now=now
    )


def drop_run(tx: Tx, market: str, run_id: Id) -> None:
    """Delete a run and what it came to; a process that plays it notices and ends. Raises NotFound."""
    run_of(tx, market, run_id)
    store.drop_run(tx, market, run_id)
