"""What happened, as other rooms and the outside are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from anyshelf.ground.ids import Id


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a subject: the kind is past tense (`OrderPlaced`), the subject an id."""

    kind: str
    subject: str
    data: Mapping[str, Any]
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event as it stands in the outbox, with its place in the order of all events of its market."""

    market: str
    sequence: int
    event_id: Id
    kind: str
    subject: str
    data: dict[str, Any]
    happened_at: datetime

    def as_cloud_event(self) -> dict[str, Any]:
        """The event as a CloudEvents 1.0 object in JSON."""
        return {
            "specversion": "1.0",
            "id": str(self.event_id),
            "source": f"/markets/{self.market}",
            "type": f"anyshelf.{self.kind}",
            "subject": self.subject,
            "time": self.happened_at.isoformat(),
            "datacontenttype": "application/json",
            "sequence": str(self.sequence),
            "data": self.data,
        }
