"""What goes wrong, and when: a plan that follows from a seed, and how each part of it is done."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from plant import Plant, Server

KILLS = ("server", "server", "server", "worker", "database", "session")
OTHERS = ("cut clients", "cut database", "lose answers", "lose commits", "freeze", "clock", "clock")
DAY = 86_400.0
HOUR = 3600.0
JUMPS = (-30 * DAY, -HOUR, 0.0, 2 * HOUR, 3 * DAY, 9 * DAY)
"""After two hours reservations are over, after three days nobody has claimed any work either."""


class Fault(NamedTuple):
    """Something that goes wrong once so many requests more have been answered: to which, and how much."""

    after: int
    kind: str
    which: int
    how: int


def plan(seed: int, kills: int) -> list[Fault]:
    """So many kills, and between them whatever else goes wrong. Every kind of kill comes within six."""
    draw = random.Random(f"faults/{seed}")  # noqa: S311  a plan, not a secret
    faults: list[Fault] = []
    left: list[str] = []
    for _ in range(kills):
        if not left:
            left = draw.sample(KILLS, len(KILLS))
        kinds = [left.pop(), *draw.sample(OTHERS, draw.choice((0, 1, 1, 2)))]
        draw.shuffle(kinds)
        faults += [
            Fault(draw.randint(4, 30), kind, draw.randrange(999), draw.randrange(999)) for kind in kinds
        ]
    return faults


class Mishaps:
    """Does what a plan says, and counts it."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.counts: Counter[str] = Counter()
        self._ways: Mapping[str, Callable[[Fault], None]] = {
            "server": lambda fault: self._server(fault).process.kill(),
            "worker": lambda _: plant.worker.kill(),
            "database": lambda _: plant.kill_database(),
            "session": lambda fault: plant.kill_session(fault.how),
            "cut clients": lambda fault: self._server(fault).wire.cut(),
            "cut database": lambda _: plant.cut_database(),
            "lose answers": lambda fault: self._server(fault).wire.lose_answers(1 + fault.how % 5),
            "lose commits": lambda fault: plant.lose_commits(1 + fault.how % 3),
            "freeze": lambda fault: self._server(fault).process.freeze(0.5 + fault.how % 2),
            "clock": lambda fault: plant.set_clock(JUMPS[fault.how % len(JUMPS)]),
        }

    def _server(self, fault: Fault) -> Server:
        return self.plant.servers[fault.which % len(self.plant.servers)]

    def happen(self, fault: Fault) -> None:
        self._ways[fault.kind](fault)
        self.counts[fault.kind] += 1

    @property
    def kills(self) -> int:
        return sum(self.counts[kind] for kind in set(KILLS))
