"""Steps of a journey: as they are sent to us, and as they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec

from anyshelf.ground.ids import Id

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Word = Annotated[str, msgspec.Meta(max_length=200)]
MessageId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Sent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message in the shape of Segment's tracking specification; what we do not use is passed over."""

    type: Annotated[str, msgspec.Meta(max_length=20)]
    message_id: MessageId
    user_id: Word | None = None
    anonymous_id: Word | None = None
    previous_id: Word | None = None
    event: Word | None = None
    name: Word | None = None
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    timestamp: Moment | None = None
    original_timestamp: Moment | None = None
    sent_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One step of a journey as it is kept: who is a handle, never a name."""

    message_id: Id
    name: str
    happened_at: datetime
    device: Id | None = None
    account: Id | None = None
    session: str = ""
    channel: str = ""
    node: str = ""
    item: str = ""
    order_id: Id | None = None
    value_minor: int = 0
    currency: str = ""
    """Empty: the step has no value."""
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a message could not be taken: which of its batch, which field, and the way out."""

    place: int
    message_id: str
    field: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The fault as the API shows it."""
        return {
            "index": self.place,
            "message_id": self.message_id,
            "field": self.field,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A person's word on what may be done with their journey."""

    handle: Id
    purpose: str
    given: bool
    said_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a batch: kept, known already, not kept for want of consent, set aside."""

    kept: int
    repeated: int
    without_consent: int
    faults: Sequence[Fault]

    def as_json(self) -> dict[str, Any]:
        """The outcome as the API shows it."""
        return {
            "success": True,
            "taken": self.kept,
            "repeated": self.repeated,
            "without_consent": self.without_consent,
            "set_aside": [fault.as_json() for fault in self.faults],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a journey as it lies in the database."""

    message_id: Id
    name: str
    device: Id | None
    account: Id | None
    session: str
    channel: str
    node: str
    item: str
    order_id: Id | None
    value_minor: int | None
    currency: str | None
    properties: dict[str, Any]
    happened_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The step as the API shows it."""
        return {
            "name": self.name,
            "happened_at": self.happened_at.isoformat(),
            "channel": self.channel,
            "node": self.node or None,
            "item": self.item or None,
            "order_id": str(self.order_id) if self.order_id else None,
            "session": self.session or None,
            "properties": self.properties,
        }
