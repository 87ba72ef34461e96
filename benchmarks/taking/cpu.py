"""Whose processor time a piece of work took."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import psycopg

TICK = os.sysconf("SC_CLK_TCK")


class Used:
    """Processor seconds used since this was made, by whoever `seconds` looks at."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self.seconds, self.before = seconds, seconds()

    def ms_each(self, count: int) -> float:
        """Milliseconds for each of so many pieces of work."""
        return round((self.seconds() - self.before) * 1000 / count, 4)


def process_seconds(pid: int) -> float:
    """Processor seconds of one process so far."""
    own, _ = _of(Path(f"/proc/{pid}/stat"))
    return own


def children_seconds() -> float:
    """Processor seconds of the programs this process has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def database_seconds(url: str) -> float:
    """Processor seconds so far of every process of a database server, those that have ended included."""
    with psycopg.connect(url) as asking:
        folder = asking.execute("SHOW data_directory").fetchone()[0]
    leader = int((Path(folder) / "postmaster.pid").read_text().split("\n", 1)[0])
    total = sum(_of(Path(f"/proc/{leader}/stat")))
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(entry.read_text().rpartition(")")[2].split()[1]) == leader:
                total += _of(entry)[0]
        except OSError:
            continue  # it has ended meanwhile: its parent counts it
    return total


def _of(stat: Path) -> tuple[float, float]:
    """Seconds of a process itself, and of those it has waited for."""
    told = stat.read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / TICK, (int(told[13]) + int(told[14])) / TICK
