"""Insight as the doors use it. Nothing here changes an order, stock or money but by calling their rooms."""

from anyshelf.insight.service.collecting import collect, forget_old, secret_of
from anyshelf.insight.service.happening import LISTENS_TO, hear
from anyshelf.insight.service.people import (
    Seen,
    accept,
    look_up,
    merge_by_hand,
    person,
    see,
    suggestions,
    timeline,
    unmerge,
)

__all__ = [
    "LISTENS_TO",
    "Seen",
    "accept",
    "collect",
    "forget_old",
    "hear",
    "look_up",
    "merge_by_hand",
    "person",
    "secret_of",
    "see",
    "suggestions",
    "timeline",
    "unmerge",
]
