"""What the outside may send, and within which bounds."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
)

from anyshelf.delivery.model import Scan
from anyshelf.returns.model import Asked, Brought, Sender

DECIDES = "refunds:write"
"""The scope of whoever may pay before goods have come, or in spite of signals."""

QUANTITY_MAX = 1_000_000
LINES_MAX = 2000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Number = Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("no parcel was on its way then")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]


class Body(BaseModel):
    """A JSON object that holds nothing but what it names."""

    model_config = ConfigDict(extra="forbid")


class LineBack(Body):
    """A quantity of an order line that is to come back, and why."""

    line: Number
    quantity: Number
    reason: Literal[
        "changed_mind", "no_longer_wanted", "too_small", "too_large", "wrong_size", "wrong_item",
        "not_as_described", "damaged", "defective", "missing_parts", "arrived_late", "better_price", "gift",
        "other",
    ]  # fmt: skip

    def asked(self) -> Asked:
        """The line as the room knows it."""
        return Asked(line=self.line, quantity=self.quantity, reason=self.reason)


class From(Body):
    """Where a parcel comes from."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    postal_code: Annotated[StrictStr, Field(max_length=16)] = ""
    country: Annotated[StrictStr, Field(max_length=2)] = "US"

    def sender(self) -> Sender:
        """The place as the room knows it."""
        return Sender(lat=self.lat, lon=self.lon, postal_code=self.postal_code, country=self.country)


class AskReturn(Body):
    """What is to come back of an order, and where it is brought: a node, "mail" or "vendor"."""

    order_id: UUID | None = None
    lines: Annotated[list[LineBack], Field(min_length=1, max_length=LINES_MAX)]
    at: Code
    sender: Annotated[From | None, Field(alias="from")] = None


class LineBrought(Body):
    """A quantity of a line as it lies on the counter, and how it looks; missing: the box was empty."""

    line: Number
    quantity: Number
    grade: Literal["new", "opened", "used", "damaged", "missing"]

    def brought(self) -> Brought:
        """The line as the room knows it."""
        return Brought(line=self.line, quantity=self.quantity, grade=self.grade)


class Receive(Body):
    """What was brought, to which node, and whether it is paid back at once (left out: by its journey)."""

    node: Code
    lines: Annotated[list[LineBrought], Field(min_length=1, max_length=LINES_MAX)]
    refund: StrictBool | None = None


class Settle(Body):
    """Pay what came, or all of it before it comes."""

    before_receipt: StrictBool = False


class ScanIn(Body):
    """Something that happened to a parcel, under the carrier's own id: the same id twice is once."""

    event_id: Annotated[StrictStr, Field(min_length=1, max_length=128)]
    kind: Literal[
        "dispatched", "in_transit", "out_for_delivery", "delivered", "failed", "lost", "returning", "refused"
    ]
    happened_at: Moment
    place: Annotated[StrictStr, Field(max_length=200)] | None = None

    def scan(self) -> Scan:
        """The scan as the room knows it."""
        return Scan(event_id=self.event_id, kind=self.kind, happened_at=self.happened_at, place=self.place)


class ScansIn(Body):
    """What a carrier has to say, in any order."""

    events: Annotated[list[ScanIn], Field(min_length=1, max_length=500)]
