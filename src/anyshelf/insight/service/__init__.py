"""Insight as the doors use it. Nothing here changes an order, stock or money but by calling their rooms."""

from anyshelf.insight.service.collecting import collect, forget_old, secret_of
from anyshelf.insight.service.exporting import BEGINNING, TABLES, WHOLE, pages
from anyshelf.insight.service.feedback import (
    answer,
    decide_review,
    due,
    question,
    reviews,
    topics,
    write_review,
)
from anyshelf.insight.service.feedback import summary as feedback
from anyshelf.insight.service.figures import behind, figures, stock_figures
from anyshelf.insight.service.happening import LISTENS_TO, hear
from anyshelf.insight.service.hurting import funnel, hurting, visits
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
from anyshelf.insight.service.personal import cohorts, erase, held, lift, profile, recommend

__all__ = [
    "BEGINNING",
    "LISTENS_TO",
    "TABLES",
    "WHOLE",
    "Seen",
    "accept",
    "answer",
    "behind",
    "cohorts",
    "collect",
    "decide_review",
    "due",
    "erase",
    "feedback",
    "figures",
    "forget_old",
    "funnel",
    "hear",
    "held",
    "hurting",
    "lift",
    "look_up",
    "merge_by_hand",
    "pages",
    "person",
    "profile",
    "question",
    "recommend",
    "reviews",
    "secret_of",
    "see",
    "stock_figures",
    "suggestions",
    "timeline",
    "topics",
    "unmerge",
    "visits",
    "write_review",
]  # fmt: skip
