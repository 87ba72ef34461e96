"""What somebody keeps: scenarios of their own, and runs of scenarios with how far they have come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from anyshelf.ground.ids import Id

BEAT_SECONDS: Final = 5.0
"""A process that plays says so often that it is there."""
SILENT: Final = timedelta(seconds=60)
"""Whoever has said nothing for so long is gone, and another process takes its run up."""
TRIES_MAX: Final = 3
REPLICATIONS_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScenario:
    """A scenario that somebody wrote, as TOML; `dropped_at`: put away, and can be brought back."""

    scenario: str
    told: str
    kept_by: str
    kept_at: datetime
    dropped_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A scenario that is to be played so many times, is being played, or was.

    `told` is its TOML, `asked` the scenario with every setting in full, so that it can be played again the
    same; `done` of `of` replications are kept. `said` is why it failed.
    """

    run_id: Id
    scenario: str
    question: str
    told: str
    asked: Mapping[str, Any]
    replications: int
    state: str
    done: int
    of: int
    asked_by: str
    asked_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    said: str

    @property
    def is_under_way(self) -> bool:
        """Whether somebody still works at it, or will."""
        return self.state in {"waiting", "playing"}
