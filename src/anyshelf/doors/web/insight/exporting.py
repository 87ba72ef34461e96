"""What the pages show as tables for a spreadsheet; for everything there is `anyshelf export`."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from fastapi import APIRouter, Response

from anyshelf.doors.web.insight.entering import QUARTER, Days, Insight, Looks, enter
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, analysing
from anyshelf.insight import service as insight

router = APIRouter()

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula; what came from outside must not become one."""

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]


@router.get("/insight/export/{what}")
def export(
    what: Literal["stories", "funnel", "figures", "feedback", "cohorts"],
    here: Here,
    principal: Looks,
    days: Days = QUARTER,
) -> Response:
    """A table of the pages as CSV."""
    with analysing(here) as tx:
        head, rows = TABLES[what](tx, enter(tx, principal, here.clock.now(), days=days))
        text = written(head, rows)
    return Response(
        text, media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{what}.csv"', "Cache-Control": "no-store"},
    )  # fmt: skip


def written(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV, its texts kept from being taken for formulas."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(head)
    sheet.writerows([_cell(each) for each in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def _stories(tx: Tx, seen: Insight) -> Table:
    looks = [insight.last_look(tx, seen.market, what, seen.now) for what in ("visits", "orders")]
    head = ("of", "looked_at", "said", "since", "until", "shoppers", "lost_orders", "lost_minor", "p_value")
    return head, [
        (look.what, look.looked_at, *(story[name] for name in head[2:]))
        for look in looks
        if look is not None
        for story in look.stories
    ]


def _funnel(tx: Tx, seen: Insight) -> Table:
    look = insight.last_look(tx, seen.market, "visits", seen.now)
    stages: Sequence[Mapping[str, Any]] = look.funnel.get("stages", []) if look else []
    return ("stage", "people", "share"), [(each["stage"], each["people"], each["share"]) for each in stages]


def _figures(tx: Tx, seen: Insight) -> Table:
    found = insight.figures(tx, seen.market, by="day", since=seen.since, until=seen.until)
    return ("day", "figure", "value", "unit", "of"), [
        (day, name, each["value"], each["unit"], each["of"])
        for day, kpis in sorted(found.items())
        for name, each in kpis.items()
    ]


def _feedback(tx: Tx, seen: Insight) -> Table:
    found = insight.feedback(tx, seen.market, by="week", since=seen.since, until=seen.until)
    return ("week", "kind", "value", "answers"), [
        (week, kind, each["value"], each["answers"])
        for week, kinds in sorted(found.items())
        for kind, each in kinds.items()
    ]


def _cohorts(tx: Tx, seen: Insight) -> Table:
    head = ("cohort", "month", "people", "spent_minor")
    return head, [tuple(row[name] for name in head) for row in insight.cohorts(tx, seen.market)]


TABLES: Final[Mapping[str, Callable[[Tx, Insight], Table]]] = {
    "stories": _stories, "funnel": _funnel, "figures": _figures, "feedback": _feedback, "cohorts": _cohorts,
}  # fmt: skip
