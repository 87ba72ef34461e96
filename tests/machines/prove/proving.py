"""One proof: people at work, things going wrong by a plan, rest, and the verdict with its figures."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from books import Books
from faults import Fault, Mishaps, plan
from history import KEPT, LOOKS, REFUSED, UNKNOWN, Anomaly, History, outcome_of
from plant import Plant
from shoppers import Follower, Line, Shopper
from verdict import anomalies

GOES_ON_WITHIN_SECONDS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was done, what went wrong, and what was found."""

    seed: int
    figures: dict[str, Any]
    found: Sequence[Anomaly]

    def __str__(self) -> str:
        told = "\n".join(f"  {name:<24} {value}" for name, value in self.figures.items())
        listed = "".join(f"\n  {anomaly}" for anomaly in self.found[:40])
        return f"proof, seed {self.seed}\n{told}\n  {'anomalies':<24} {len(self.found)}{listed}"


def prove(
    folder: Path, *, seed: int, kills: int, clients: int = 6, servers: int = 2,
    told: Callable[[str], object] = str,
) -> Proof:  # fmt: skip
    """Let people work and things go wrong by the plan, then hold what was told against the books."""
    begun = time.monotonic()
    history = History(folder / "history.jsonl")
    plant = Plant(folder, servers=servers)
    try:
        plant.wait_until_ready()
        mishaps = Mishaps(plant)
        _work(plant, mishaps, history, plan(seed, kills), clients=clients, seed=seed, told=told)
        plant.come_to_rest()
        plant.close_shop()
        books = plant.books()
        found = anomalies(history, books)
    finally:
        history.close()
        plant.close()
    figures = {
        **_counted(history),
        **_went_wrong(mishaps, plant, books),
        "seconds": round(time.monotonic() - begun),
    }
    return Proof(seed=seed, figures=figures, found=found)


def _work(
    plant: Plant, mishaps: Mishaps, history: History, faults: Sequence[Fault], *, clients: int, seed: int,
    told: Callable[[str], object],
) -> None:  # fmt: skip
    """People work while one thing after another goes wrong; then they finish, undisturbed."""
    stopping = threading.Event()
    line = Line([server.wire.port for server in plant.servers], plant.token, history)
    shoppers = [Shopper(line, number, seed, stopping) for number in range(clients)]
    people = [*shoppers, Follower(line, stopping)]
    for person in people:
        person.start()
    try:
        for place, fault in enumerate(faults, start=1):
            _let_go_on(history, fault.after, plant)
            mishaps.happen(fault)
            told(f"{place} of {len(faults)} mishaps, {mishaps.kills} kills, {len(history.attempts)} requests")
        plant.wait_until_ready()
        _let_go_on(history, 30, plant)
    finally:
        stopping.set()
        for person in people:
            person.join()
    for shopper in shoppers:
        if shopper.failed is not None:
            raise shopper.failed


def _let_go_on(history: History, answers: int, plant: Plant) -> None:
    """Wait until so many requests more have been answered, so that the next mishap falls into work."""
    until, deadline = history.done + answers, time.monotonic() + GOES_ON_WITHIN_SECONDS
    while history.done < until:
        assert time.monotonic() < deadline, f"nothing goes on\n{plant.last_words()}"
        threading.Event().wait(0.02)


def _counted(history: History) -> dict[str, Any]:
    kinds = Counter(each.kind for each in history.attempts)
    writes = history.by_op(*kinds.keys() - LOOKS)
    ends = Counter(outcome_of(attempts).outcome for attempts in writes.values())
    return {
        "operations": len(writes), "acknowledged": ends[KEPT], "refused": ends[REFUSED],
        "left unknown": ends[UNKNOWN], "looks": sum(kinds[kind] for kind in LOOKS),
        "requests": len(history.attempts),
        "without an answer": sum(each.outcome == UNKNOWN for each in history.attempts),
        "requests by kind": ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()),
    }  # fmt: skip


def _went_wrong(mishaps: Mishaps, plant: Plant, books: Books) -> dict[str, Any]:
    return {
        "kills": mishaps.kills, "connections cut": plant.wires.cuts,
        "mishaps": ", ".join(f"{kind} {count}" for kind, count in mishaps.counts.most_common()),
        "of which orders felt": ", ".join(f"{kind} {count}" for kind, count in books.mishaps.items()),
    }  # fmt: skip
