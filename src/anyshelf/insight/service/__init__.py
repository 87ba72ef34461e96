"""Insight as the doors use it. Nothing here changes an order, stock or money but by calling their rooms."""

from anyshelf.insight.service.choosing import Likings
from anyshelf.insight.service.collecting import collect, forget_old, secret_of
from anyshelf.insight.service.exporting import BEGINNING, TABLES, WHOLE, pages
from anyshelf.insight.service.feedback import (
    answer,
    decide_review,
    forget_words,
    question,
    reviews,
    said,
    topics,
    write_review,
)
from anyshelf.insight.service.feedback import summary as feedback
from anyshelf.insight.service.figures import behind, figures, stock_figures
from anyshelf.insight.service.happening import LISTENS_TO, hear
from anyshelf.insight.service.hurting import funnel, hurting, visits
from anyshelf.insight.service.looking import (
    WHATS,
    begin,
    earlier_looks,
    finish,
    gather,
    last_look,
    wish,
    work_out,
)
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
from anyshelf.insight.service.personal import (
    cohorts,
    consents,
    erase,
    held,
    instead,
    lift,
    orders_of,
    profile,
    recommend,
)
from anyshelf.insight.service.signalling import signal_of_nodes, signal_of_vendor, stars

__all__ = [
    "BEGINNING",
    "LISTENS_TO",
    "TABLES",
    "WHATS",
    "WHOLE",
    "Likings",
    "Seen",
    "accept",
    "answer",
    "begin",
    "behind",
    "cohorts",
    "collect",
    "consents",
    "decide_review",
    "earlier_looks",
    "erase",
    "feedback",
    "figures",
    "finish",
    "forget_old",
    "forget_words",
    "funnel",
    "gather",
    "hear",
    "held",
    "hurting",
    "instead",
    "last_look",
    "lift",
    "look_up",
    "merge_by_hand",
    "orders_of",
    "pages",
    "person",
    "profile",
    "question",
    "recommend",
    "reviews",
    "said",
    "secret_of",
    "see",
    "signal_of_nodes",
    "signal_of_vendor",
    "stars",
    "stock_figures",
    "suggestions",
    "timeline",
    "topics",
    "unmerge",
    "visits",
    "wish",
    "work_out",
    "write_review",
]  # fmt: skip
