"""People behind handles: what was seen together, who that is, and why two were found to be one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id

KINDS = ("account", "loyalty", "email", "card", "phone", "device")
"""The kinds of handle, the surest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Handles seen together on one occasion, with the frames of the names given."""

    handles: Mapping[Id, str]
    given: Id | None = None
    family: Id | None = None
    place: Id | None = None
    """The address, as a handle of its own: it never tells who somebody is, only backs what else does."""
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person as far as we know them: their handles by kind, and the frames of their names.

    `people` are all that were found to be them, they themselves among them.
    """

    person: Id
    people: frozenset[Id] = frozenset()
    handles: Mapping[Id, str] = field(default_factory=dict)
    given: frozenset[Id] = frozenset()
    family: frozenset[Id] = frozenset()

    def of_kind(self, kind: str) -> frozenset[Id]:
        """Their handles of one kind."""
        return frozenset(handle for handle, its in self.handles.items() if its == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One person was found to be another: who moved, and why. They go back when it is undone."""

    merge_id: Id
    kept: Id
    merged: Id
    people: Sequence[Id]
    why: dict[str, Any]
    merged_at: datetime
    undone_at: datetime | None = None
    undone_by: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The merge as the API shows it."""
        return {
            "merge_id": str(self.merge_id),
            "kept": str(self.kept),
            "merged": str(self.merged),
            "why": self.why,
            "merged_at": self.merged_at.isoformat(),
            "undone_at": self.undone_at.isoformat() if self.undone_at else None,
            "undone_by": self.undone_by,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Two people who may be one, with what speaks for it; somebody decides."""

    one: Id
    other: Id
    points: int
    why: dict[str, Any]
    state: str = "open"

    def as_json(self) -> dict[str, Any]:
        """The suggestion as the API shows it."""
        return {
            "one": str(self.one),
            "other": str(self.other),
            "points": self.points,
            "why": self.why,
            "state": self.state,
        }
