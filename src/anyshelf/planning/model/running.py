"""Running as values: runs and how far they are, whose turn it is, how goods may be ordered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of planning over a market, and how far it has come: `done` of so many `items`.

    `reached` is the last item that was planned: a run that broke off goes on behind it.
    """

    run_id: Id
    as_of: datetime
    begun_at: datetime
    ended_at: datetime | None = None
    items: int = 0
    done: int = 0
    series: int = 0
    suggestions: int = 0
    alerts: int = 0
    accepted: int = 0
    reached: str = ""

    def as_json(self) -> dict[str, Any]:
        """The run as the command line and the API show it."""
        return {
            "run_id": str(self.run_id),
            "as_of": self.as_of.isoformat(),
            "begun_at": self.begun_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "items": self.items,
            "done": self.done,
            "series": self.series,
            "suggestions": self.suggestions,
            "alerts": self.alerts,
            "accepted": self.accepted,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whose turn it is to plan a market, and until when; and what the worker is to do by itself.

    The first hour for planning after `nights_from` is not planned yet; `asked`: somebody wants it sooner.
    `night` is the worker's own run that is not done.
    """

    turn_id: Id | None = None
    until: datetime | None = None
    nights_from: datetime
    asked: bool = False
    night: Id | None = None

    def taken(self, now: datetime) -> bool:
        """Whether somebody plans who has not been silent for too long."""
        return self.turn_id is not None and self.until is not None and self.until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """Suggestions of a kind are accepted without anybody looking, up to a size and a value."""

    kind: str
    quantity_max: int
    value_max_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyRule:
    """How goods may be ordered at a node (empty: any) and of an item (empty: any); None: nothing is said.

    `order_days`, `lead_days` and `truck_kg` are a whole node's, whatever the item.
    """

    node: str = ""
    item: str = ""
    order_days: str | None = None
    lead_days: int | None = None
    truck_kg: int | None = None
    pack: int | None = None
    minimum: int | None = None
    shelf: int | None = None
