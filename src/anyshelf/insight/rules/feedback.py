"""What to ask after which step, what an answer means, and which reviews nobody else should read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from anyshelf.insight.model.feedback import Answered
from anyshelf.insight.rules.collecting import LOOKS_PRIVATE, REMOVED

ASK_AFTER: Mapping[str, str] = {
    "Pickup Collected": "csat",
    "Order Delivered": "nps",
    "Return Received": "effort",
}
"""The kind of question that a step calls for."""

PAUSE = timedelta(days=30)
"""Nobody is asked twice within it, whatever happens."""
OPEN_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A kind of question: what it says, its scale, from where on an answer is good or bad."""

    says: str
    least: int
    most: int
    good: int
    bad: int
    low: str
    high: str
    higher_is_better: bool = True

    def unhappy(self, score: int) -> bool:
        """Whether somebody should get in touch."""
        return score <= self.bad if self.higher_is_better else score >= self.bad

    def happy(self, score: int) -> bool:
        """Whether it went well."""
        return score >= self.good if self.higher_is_better else score <= self.good


QUESTIONS: Mapping[str, Question] = {
    "nps": Question(
        says="How likely are you to recommend us?", least=0, most=10, good=9, bad=6, low="not at all",
        high="gladly",
    ),
    "csat": Question(
        says="How was it to collect your order?", least=1, most=5, good=4, bad=2, low="bad", high="very good",
    ),
    "effort": Question(
        says="How much effort was it to send this back?", least=1, most=7, good=3, bad=6, low="none",
        high="very much", higher_is_better=False,
    ),
}  # fmt: skip


def summary(answers: Sequence[Answered]) -> dict[str, Any]:
    """For each kind of question how many answered, and the figure it is known by.

    NPS is the share of promoters less that of detractors, in points; CSAT the share of the satisfied; effort
    the mean.
    """
    found: dict[str, Any] = {}
    for kind, question in QUESTIONS.items():
        scores = [each.score for each in answers if each.kind == kind]
        if scores:
            happy = sum(map(question.happy, scores)) / len(scores)
            unhappy = sum(map(question.unhappy, scores)) / len(scores)
            value = {"nps": 100 * (happy - unhappy), "csat": happy}.get(kind, sum(scores) / len(scores))
            found[kind] = {"value": round(value, 3), "answers": len(scores)}
    return found


ANSWERS_MIN = 5
"""So many answers a signal needs, so that nobody reads off it what one shopper said."""


def signal(answers: Sequence[Answered]) -> dict[str, Any]:
    """For each kind of question with enough answers its figure, and the share of those who were unhappy."""
    found = {}
    for kind, told in summary(answers).items():
        scores = [each.score for each in answers if each.kind == kind]
        if len(scores) >= ANSWERS_MIN:
            unhappy = sum(map(QUESTIONS[kind].unhappy, scores)) / len(scores)
            found[kind] = {**told, "unhappy": round(unhappy, 3)}
    return found


def without_addresses(words: str) -> str:
    """What somebody wrote, without the e-mail addresses and phone numbers in it."""
    return LOOKS_PRIVATE.sub(REMOVED, words)


LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
SHOUTED = re.compile(r"(.)\1{7,}")
WORDS_MIN = 2


def why_withheld(words: str) -> str:
    """Why a review is not for others to read; empty for one that somebody only has to look at."""
    if LOOKS_PRIVATE.search(words):
        return "it names an e-mail address or a phone number"
    if LINK.search(words):
        return "it holds a link"
    if SHOUTED.search(words) or len(words.split()) < WORDS_MIN:
        return "it says nothing"
    return ""
