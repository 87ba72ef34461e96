"""The synthetic clickstream with its five planted stories, and the key to mark answers by."""

import csv
import gzip
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from anyshelf.insight.model.stories import Story, Visit

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FILE = "synthetic_clickstream/ecom.csv.gz"
TRAITS = ("platform", "acquisition_channel", "user_cohort", "user_lifecycle")
FUNNEL = ("product_view", "add_to_cart", "cart", "shipping_details", "payment_details")
GOAL = "purchase"

VIRAL = (date(2024, 2, 29), date(2024, 3, 3))
BUG = (date(2024, 4, 9), date(2024, 5, 9))
INCIDENT = (date(2024, 5, 19), date(2024, 6, 7))
SAME_DAYS = 0.5
NEAR_DAYS = 14


def visits(data: Path = DATA) -> list[Visit]:
    """Every session of the file as a visit; raises SystemExit in a sentence where it is missing."""
    path = data / FILE
    if not path.exists():
        raise SystemExit(
            f"{FILE} is not here; put it beside the checkout in shared/data, or see detail.data."
        )
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    sessions: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        sessions.setdefault(row["session_id"], []).append(row)
    return [_visit(session) for session in sessions.values()]


def _visit(session: Sequence[dict[str, str]]) -> Visit:
    first = session[0]
    ordered = sorted(session, key=lambda row: row["timestamp"])
    return Visit(
        person=first["user_id"],
        day=datetime.fromisoformat(ordered[0]["timestamp"]).date(),
        traits={trait: first[trait] for trait in TRAITS},
        steps=[row["event"] for row in ordered],
    )


def shuffled(known: Sequence[Visit], seed: int) -> list[Visit]:
    """The same visitors on the same days, each with somebody else's steps: nothing is left to be found."""
    steps = [visit.steps for visit in known]
    random.Random(seed).shuffle(steps)
    return [replace(visit, steps=those) for visit, those in zip(known, steps, strict=True)]


def found(stories: Sequence[Story]) -> dict[str, bool]:
    """Which of the five planted stories were told."""
    return {
        "viral article": any(_days(each, VIRAL) for each in stories),
        "checkout bug on mobile": any(
            _days(each, BUG) and each.value == "mobile" and _about(each, "shipping_details", "checkout")
            for each in stories
        ),
        "payment incident": any(_days(each, INCIDENT) and _about(each, "payment") for each in stories),
        "new against loyal": any(each.since is None and each.value == "new" for each in stories),
        "cohort drift": any(each.since is None and each.trait == "user_cohort" for each in stories),
    }


def _days(story: Story, span: tuple[date, date]) -> bool:
    if story.since is None or story.until is None:
        return False
    both = (min(story.until, span[1]) - max(story.since, span[0])).days + 1
    either = (max(story.until, span[1]) - min(story.since, span[0])).days + 1
    return both / either >= SAME_DAYS


def _about(story: Story, *words: str) -> bool:
    return any(word in finding.measure for finding in story.findings for word in words)


def described(known: Sequence[Visit]) -> str:
    """How many visits, people and purchases there are."""
    counts = Counter(GOAL in visit.steps for visit in known)
    return f"{len(known)} visits of {len({visit.person for visit in known})} people, {counts[True]} won"


def told_the_days(known: Sequence[Visit]) -> dict[str, float]:
    """How plain the viral article is in the file to somebody who is told its days: what its visitors did.

    Even then little is to be seen: the makers planted no more visits, and those there are are few.
    """
    there = [visit for visit in known if VIRAL[0] <= visit.day <= VIRAL[1]]
    near = [visit for visit in known if 0 < (VIRAL[0] - visit.day).days <= NEAR_DAYS
            or 0 < (visit.day - VIRAL[1]).days <= NEAR_DAYS]  # fmt: skip
    return {
        "visits_a_day": round(len(there) / 4, 1),
        "visits_a_day_two_weeks_around": round(len(near) / (2 * NEAR_DAYS), 1),
        "put_into_cart_share": round(_share(there, "add_to_cart"), 3),
        "put_into_cart_share_two_weeks_around": round(_share(near, "add_to_cart"), 3),
    }


def _share(known: Sequence[Visit], step: str) -> float:
    return sum(step in visit.steps for visit in known) / max(len(known), 1)
