"""Insight as the doors use it. Nothing here changes an order, stock or money but by calling their rooms."""

from anyshelf.insight.service.collecting import collect, forget_old, secret_of
from anyshelf.insight.service.exporting import BEGINNING, TABLES, WHOLE, pages
from anyshelf.insight.service.feedback import answer, decide_review, question, reviews, topics, write_review
from anyshelf.insight.service.feedback import summary as feedback
from anyshelf.insight.service.figures import (
    behind,
    definitions,
    figures,
    miscounted,
    orders_of_item,
    running_out,
    stock_figures,
    stock_in_all,
)
from anyshelf.insight.service.happening import COUNTS_FROM, LISTENS_TO, hear, hear_count
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
    timeline_of_shopper,
    unmerge,
)
from anyshelf.insight.service.personal import cohorts, erase, held, lift, profile, recommend

__all__ = [
    "BEGINNING",
    "COUNTS_FROM",
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
    "definitions",
    "erase",
    "feedback",
    "figures",
    "forget_old",
    "funnel",
    "hear",
    "hear_count",
    "held",
    "hurting",
    "lift",
    "look_up",
    "merge_by_hand",
    "miscounted",
    "orders_of_item",
    "pages",
    "person",
    "profile",
    "question",
    "recommend",
    "reviews",
    "running_out",
    "secret_of",
    "see",
    "stock_figures",
    "stock_in_all",
    "suggestions",
    "timeline",
    "timeline_of_shopper",
    "topics",
    "unmerge",
    "visits",
    "write_review",
]  # fmt: skip
