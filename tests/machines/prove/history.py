"""What people asked and what they were told: every request, with when it was sent and when answered."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

KEPT, REFUSED, UNKNOWN = "kept", "refused", "unknown"
LOOKS = ("position", "availability", "changes", "promise")
"""What is asked without wanting anything done."""


def now_us() -> int:
    """This machine's clock in microseconds, as PostgreSQL reads it too."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request: what it was for, when it was sent, and what came back (no status: nothing did).

    `op` is the id its sender gave to what was to be done; every attempt at the same thing bears the same one.
    """

    op: str
    kind: str
    body: Any
    key: str = ""
    sent_us: int
    told_us: int
    status: int = 0
    answer: Any = None

    @property
    def outcome(self) -> str:
        """Kept, refused (it changed nothing), or unknown: it may be there, whole, or not at all."""
        if 200 <= self.status < 300:
            return KEPT
        silent = self.status == 0 or self.problem in ("outcome-unknown", "unexpected", "")
        return UNKNOWN if silent else REFUSED

    @property
    def problem(self) -> str:
        """The last word of the problem's type."""
        said = self.answer.get("type", "") if isinstance(self.answer, Mapping) else ""
        return str(said).rpartition("/")[2]


class Effect(NamedTuple):
    """What must have become of a thing: it is there, it is not, or either; and who was told so first."""

    outcome: str
    first_sent_us: int
    told: Attempt | None


def outcome_of(attempts: Iterable[Attempt]) -> Effect:
    """What all attempts at one thing together say."""
    ordered = sorted(attempts, key=lambda each: each.told_us)
    told = next((each for each in ordered if each.outcome == KEPT), None)
    since = min(each.sent_us for each in ordered)
    if told is not None:
        return Effect(KEPT, since, told)
    open_ = any(each.outcome == UNKNOWN for each in ordered)
    return Effect(UNKNOWN if open_ else REFUSED, since, None)


class History:
    """Every attempt of everybody, in memory and in a file, line by line."""

    def __init__(self, file: Path | None = None) -> None:
        self.attempts: list[Attempt] = []
        self.done = 0
        self._lock = threading.Lock()
        self._file = file.open("w", encoding="utf-8") if file else None

    def note(self, attempt: Attempt) -> Attempt:
        with self._lock:
            self.attempts.append(attempt)
            self.done += attempt.outcome == KEPT and attempt.kind not in LOOKS
            if self._file:
                self._file.write(json.dumps(asdict(attempt)) + "\n")
        return attempt

    def close(self) -> None:
        if self._file:
            self._file.close()

    @classmethod
    def read(cls, file: Path) -> "History":
        """A history written down earlier."""
        history = cls()
        for line in file.read_text(encoding="utf-8").splitlines():
            history.note(Attempt(**json.loads(line)))
        return history

    def by_op(self, *kinds: str) -> dict[str, list[Attempt]]:
        """The attempts of these kinds, by what they were for."""
        found: dict[str, list[Attempt]] = defaultdict(list)
        for each in self.attempts:
            if each.kind in kinds:
                found[each.op].append(each)
        return dict(found)

    def of_kind(self, *kinds: str) -> list[Attempt]:
        return [each for each in self.attempts if each.kind in kinds]


class Anomaly(NamedTuple):
    """Something that may not be: which rule it breaks, about what, and what was seen."""

    rule: str
    where: str
    seen: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.seen}"
