"""What shoppers are asked, and what they say."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A question about an order: asked once, answered once, by whoever has its link."""

    survey_id: Id
    kind: str
    order_id: Id
    person: Id | None
    cause: str
    asked_at: datetime
    expires_at: datetime
    state: str = "asked"
    answered_at: datetime | None = None
    score: int | None = None
    words: str | None = None
    sentiment: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, with the channel, method or node of its order, or its week."""

    kind: str
    score: int
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody wrote in an answer, with the score they gave and how it reads."""

    kind: str
    score: int
    words: str
    sentiment: float | None
    order_id: Id
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What somebody wrote of an item, and whether others may read it."""

    review_id: Id
    item: str
    order_id: Id | None
    node: str
    rating: int
    words: str
    state: str
    reason: str
    sentiment: float | None
    written_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The review as the API shows it."""
        return {
            "review_id": str(self.review_id),
            "item": self.item,
            "order_id": str(self.order_id) if self.order_id else None,
            "node": self.node or None,
            "rating": self.rating,
            "words": self.words,
            "state": self.state,
            "reason": self.reason or None,
            "sentiment": None if self.sentiment is None else round(self.sentiment, 3),
            "written_at": self.written_at.isoformat(),
        }
