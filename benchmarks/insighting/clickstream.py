"""The synthetic clickstream with its five planted stories, and the key to mark answers by."""

import csv
import gzip
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from anyshelf.insight.model.stories import Codes, Numbers, Story, Visit

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FILE = "synthetic_clickstream/ecom.csv.gz"
TRAITS = ("platform", "acquisition_channel", "user_cohort", "user_lifecycle")
FUNNEL = ("product_view", "add_to_cart", "cart", "shipping_details", "payment_details")
GOAL = "purchase"

VIRAL = (date(2024, 2, 29), date(2024, 3, 3))
VIRAL_DAYS = 4
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


def told_the_days(known: Sequence[Visit], *, shuffles: int = 200) -> dict[str, float]:
    """How plain the viral article is in the file to somebody who is told its days: what its visitors did.

    Even then little is to be seen: the makers planted no more visits, and those there are are few. Of all
    spans of four days, in how many is some step, or are all steps together, at least as far from what is
    usual? And how far must a span be for no more than one in twenty shuffles of the days to have one as far?
    """
    there = [visit for visit in known if VIRAL[0] <= visit.day <= VIRAL[1]]
    near = [visit for visit in known if 0 < (VIRAL[0] - visit.day).days <= NEAR_DAYS
            or 0 < (visit.day - VIRAL[1]).days <= NEAR_DAYS]  # fmt: skip
    return {
        "visits_a_day": round(len(there) / 4, 1),
        "visits_a_day_two_weeks_around": round(len(near) / (2 * NEAR_DAYS), 1),
        "put_into_cart_share": round(_share(there, "add_to_cart"), 3),
        "put_into_cart_share_two_weeks_around": round(_share(near, "add_to_cart"), 3),
        **_beside_other_spans(known, shuffles),
    }


def _beside_other_spans(known: Sequence[Visit], shuffles: int) -> dict[str, float]:
    first = min(visit.day for visit in known)
    days = np.array([(visit.day - first).days for visit in known])
    steps = sorted({step for visit in known for step in visit.steps})
    did = np.array([[step in visit.steps for step in steps] for visit in known], dtype=float)
    place, draw = (VIRAL[0] - first).days, np.random.default_rng(3)
    found: dict[str, float] = {"spans": int(days.max()) + 1 - VIRAL_DAYS + 1}
    chance = [_far(did, draw.permutation(days)) for _ in range(shuffles)]
    for which, name in enumerate(("one_step", "all_steps")):
        score = _far(did, days)[which]
        found |= {
            f"{name}_score": round(float(score[place]), 2),
            f"{name}_rank": int((score >= score[place]).sum()),
            f"{name}_score_needed": round(
                float(np.quantile([each[which].max() for each in chance], 0.95)), 2
            ),
        }
    return found


def _far(did: Numbers, days: Codes) -> tuple[Numbers, Numbers]:
    """For each span of four days: how far the furthest step is off, in standard errors; all steps squared."""
    last = int(days.max()) + 1
    by_day = np.array([np.bincount(days, weights=column, minlength=last) for column in did.T])
    visits = np.bincount(days, minlength=last).astype(float)
    windows = np.lib.stride_tricks.sliding_window_view
    seen, size = windows(by_day, VIRAL_DAYS, axis=1).sum(2), windows(visits, VIRAL_DAYS).sum(1)
    share = did.mean(0)[:, None]
    off = (seen - size * share) / np.sqrt(np.maximum(size * share * (1 - share), 1e-9))
    return np.abs(off).max(0), (off**2).sum(0)


def _share(known: Sequence[Visit], step: str) -> float:
    return sum(step in visit.steps for visit in known) / max(len(known), 1)
