"""What knowing shoppers was worth: against those held out, and month by month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from anyshelf.doors.web.charts import interval
from anyshelf.doors.web.insight.entering import QUARTER, Days, Looks, enter, insight_page
from anyshelf.doors.web.insight.telling import percent
from anyshelf.ground.http import Here, analysing
from anyshelf.insight import service as insight

router = APIRouter()

WITHIN_DAYS: Final = 7
MONTHS_SHOWN: Final = 12
SHADES: Final = 5
TRIED: Final[Mapping[str, tuple[str, str]]] = {
    "items": ("Recommendations", "Shown what is likely theirs, against what everybody buys."),
    "ways": ("Likely ways first", "Shown the ways they are likely to choose first, against the usual order."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Something that was tried on nine in ten: what they did, what the tenth did, and the difference."""

    title: str
    means: str
    shown: Mapping[str, Any]
    held_out: Mapping[str, Any]
    verdict: str
    drawn: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Those whose first order fell into one month: how many, and what share came back in each later month."""

    month: str
    people: int
    cells: Sequence[tuple[str, int]]


@router.get("/insight/worth")
def worth(request: Request, here: Here, principal: Looks, days: Days = QUARTER) -> HTMLResponse:
    """The lift of what is personal with its interval, and who comes back."""
    with analysing(here) as tx:
        seen = enter(tx, principal, here.clock.now(), days=days)
        lifts = {
            what: insight.lift(
                tx, seen.market, what=what, since=seen.since, until=seen.until, days=WITHIN_DAYS
            )
            for what in TRIED
        }
        months = insight.cohorts(tx, seen.market)
    return insight_page(
        request, "worth.html", principal, seen, tab="worth", days=days, within=WITHIN_DAYS,
        tried=[_tried(what, lift) for what, lift in lifts.items()],
        cohorts=_cohorts(months), months=range(1, MONTHS_SHOWN + 1),
    )  # fmt: skip


def _tried(what: str, lift: Mapping[str, Any]) -> Tried:
    title, means = TRIED[what]
    if lift["lift"] is None:
        verdict, drawn = "Nothing can be said yet: it takes people in both groups.", None
    else:
        low, high = lift["interval"]
        middle = lift["lift"]
        said = f"{_points(middle)} points of ordering, between {_points(low)} and {_points(high)} (95 %)"
        sure = "more order" if low > 0 else "fewer order" if high < 0 else "not sure it is any different"
        verdict, drawn = f"{said}: {sure}.", interval(low, middle, high, said=said)
    return Tried(
        title=title, means=means, shown=lift["shown"], held_out=lift["held_out"], verdict=verdict,
        drawn=drawn,
    )  # fmt: skip


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _cohorts(rows: Sequence[Mapping[str, Any]]) -> list[Cohort]:
    """The last year's cohorts, each with the share that came back by month and how dark that is drawn."""
    people: dict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        people[row["cohort"]][row["month"]] = row["people"]
    found = []
    for month in sorted(people)[-MONTHS_SHOWN:]:
        began = people[month].get(0, 0) or 1
        shares = [people[month].get(later, 0) / began for later in range(1, MONTHS_SHOWN + 1)]
        last = max(people[month])
        cells = [
            (percent(share), min(SHADES, round(share * 10))) if later <= last else ("", 0)
            for later, share in enumerate(shares, start=1)
        ]
        found.append(Cohort(month=month, people=began, cells=cells))
    return found
