"""What the replay has done so far, line by line in a file, so that it can be stopped and gone on with.

Only what was answered is written. What was asked and not written is asked again under its old key.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from replay.shoppers import CARRY_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An order that stands: what was asked for, what could be had, and from where."""

    external_id: str
    order_id: str
    method: str
    pickup_code: str | None
    lines: int
    lines_full: int
    units: int
    units_had: int
    nodes: tuple[str, ...]
    parcels: int
    km: float
    seconds: float

    @property
    def needs_work(self) -> bool:
        """Whether somebody in a node has something to do for it."""
        return self.method != CARRY_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An order that could not be placed, and why."""

    external_id: str
    why: str
    lines: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """What is asked of one order of a take-back, as pairs of (line, units).

    Written before it is sent, so that it can be sent again in the same words; and once more, settled, with
    what was granted.
    """

    external_id: str
    order_id: str
    attempt: int
    cancels: tuple[tuple[int, int], ...]
    returns: tuple[tuple[int, int], ...]
    settled: bool = False
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """A take-back: how many units were cancelled, brought back, or never had or not taken."""

    external_id: str
    cancelled: int
    returned: int
    never_had: int
    refused: int
    refunded_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """An order whose work is done, or given up on."""

    external_id: str
    parcels: int
    handed_over: int
    short_picks: int
    stuck: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Costed:
    """What serving an order costs, as its sourcing says, in minor units."""

    external_id: str
    cost_minor: int
    freight_minor: int
    distance_km: float
    shipments: int


Entry = Placed | Refused | Intended | GivenBack | Worked | Costed
KINDS: dict[str, type[Entry]] = {
    kind.__name__: kind for kind in (Placed, Refused, Intended, GivenBack, Worked, Costed)
}


@dataclass(slots=True)
class Journal:
    """The entries so far, in memory and in the file."""

    path: Path
    run: dict[str, Any]
    placed: dict[str, Placed] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)
    intended: dict[tuple[str, str], dict[int, Intended]] = field(default_factory=dict)
    given_back: dict[str, GivenBack] = field(default_factory=dict)
    worked: dict[str, Worked] = field(default_factory=dict)
    costed: dict[str, Costed] = field(default_factory=dict)
    marks: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def begin(cls, path: Path, run: dict[str, Any]) -> Self:
        """A new journal for a run of this description."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"run": run}) + "\n", encoding="utf-8")
        return cls(path=path, run=run)

    @classmethod
    def reopen(cls, path: Path) -> Self | None:
        """The journal that is there, or None; a last line cut off in the middle is passed over."""
        if not path.is_file():
            return None
        records = list(_records(path))
        if not records or "run" not in records[0]:
            return None
        journal = cls(path=path, run=records[0]["run"])
        for record in records[1:]:
            if "mark" in record:
                journal.marks[record["mark"]] += 1
            else:
                kind = KINDS[record.pop("kind")]
                journal._keep(kind(**{**record, **_tuples(record)}))
        return journal

    def write(self, entry: Entry) -> None:
        """Note something that has been answered."""
        line = json.dumps({"kind": type(entry).__name__, **asdict(entry)}, separators=(",", ":"))
        with self._lock:
            self._keep(entry)
            self._append(line)

    def mark(self, name: str) -> None:
        """Note that a stage of the run is behind us."""
        with self._lock:
            self.marks[name] += 1
            self._append(json.dumps({"mark": name}))

    def is_done(self, external_id: str) -> bool:
        """Whether an operation has been answered."""
        return external_id in self.placed or external_id in self.refused or external_id in self.given_back

    def _append(self, line: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _keep(self, entry: Entry) -> None:
        match entry:
            case Placed():
                self.placed[entry.external_id] = entry
            case Refused():
                self.refused[entry.external_id] = entry
            case Intended():
                self.intended.setdefault((entry.external_id, entry.order_id), {})[entry.attempt] = entry
            case GivenBack():
                self.given_back[entry.external_id] = entry
            case Worked():
                self.worked[entry.external_id] = entry
            case Costed():
                self.costed[entry.external_id] = entry


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _tuples(record: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuple(cell) for name, cell in record.items() if isinstance(cell, list)}


def _tuple(cell: Any) -> Any:
    return tuple(_tuple(each) for each in cell) if isinstance(cell, list) else cell
