"""What was worked out ahead of being asked, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A look that one process is at: which, until when nobody else begins it, and back from which moment."""

    what: str
    day: date
    until: datetime
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look back over some days as it is kept; `looked_at` is None until the first is done."""

    what: str
    day: date
    looked_at: datetime | None
    since: datetime | None
    until: datetime | None
    seen: int
    note: str
    stories: Sequence[dict[str, Any]]
    funnel: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The look as the API shows it."""
        return {
            "of": self.what,
            "day": self.day.isoformat(),
            "looked_at": self.looked_at.isoformat() if self.looked_at else None,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "visits": self.seen,
            "note": self.note or None,
            "stories": list(self.stories),
        }
