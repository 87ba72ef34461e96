"""What shoppers say: how they answer over time, who is unhappy, and reviews that wait for a look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from anyshelf.doors.web.charts import line
from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.insight.entering import QUARTER, Days, Looks, Steers, enter, insight_page
from anyshelf.doors.web.insight.telling import percent
from anyshelf.doors.web.rendering import fragment
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, analysing, reading
from anyshelf.insight import service as insight
from anyshelf.orders import service as orders

router = APIRouter()

SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A kind of question on the page: what it is called, its figure, its scale, and which way is better."""

    kind: str
    title: str
    asks: str
    least: float
    most: float
    better: str


ASKED: Final[Sequence[Asked]] = (
    Asked(kind="nps", title="NPS", asks="after a delivery: would they recommend us?", least=-100, most=100,
          better="higher"),
    Asked(kind="csat", title="Satisfied", asks="after a pickup: how was it?", least=0, most=1,
          better="higher"),
    Asked(kind="effort", title="Effort", asks="after a return: how hard was it, 1 to 7?", least=1, most=7,
          better="lower"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The answers to one kind of question: the figure over all, and week by week."""

    asked: Asked
    said: str
    answers: int
    weeks: Sequence[tuple[str, str, int]]
    drawn: Markup | None


@router.get("/insight/feedback")
def feedback(request: Request, here: Here, principal: Looks, days: Days = QUARTER) -> HTMLResponse:
    """How shoppers answer, what they wrote, who is unhappy, and the reviews that wait."""
    with analysing(here) as tx:
        seen = enter(tx, principal, here.clock.now(), days=days)
        whole = insight.feedback(tx, seen.market, by="", since=seen.since, until=seen.until)
        weekly = insight.feedback(tx, seen.market, by="week", since=seen.since, until=seen.until)
        said = insight.said(tx, seen.market, since=seen.since, until=seen.until, limit=SHOWN)
    with reading(here) as tx:
        unhappy = orders.Listed(state="open", kind="unhappy_shopper")
        waiting = insight.reviews(tx, seen.market, state="waiting", item=None, limit=SHOWN)
        to_call = orders.exceptions(tx, seen.market, unhappy, before=None, limit=SHOWN)
    return insight_page(
        request, "feedback.html", principal, seen, tab="feedback", days=days, said=said, waiting=waiting,
        heard=[_heard(each, whole.get("", {}), weekly) for each in ASKED], to_call=to_call,
    )  # fmt: skip


def _heard(asked: Asked, whole: Mapping[str, Any], weekly: Mapping[str, Mapping[str, Any]]) -> Heard:
    weeks = [(week, found[asked.kind]) for week, found in sorted(weekly.items()) if asked.kind in found]
    figures = [float(each["value"]) for _, each in weeks]
    shown = [(week, _figure(asked, each["value"]), each["answers"]) for week, each in weeks]
    told = f"{asked.title} week by week: " + ", ".join(f"{week} {figure}" for week, figure, _ in shown)
    return Heard(
        asked=asked,
        said=_figure(asked, whole[asked.kind]["value"]) if asked.kind in whole else "—",
        answers=whole.get(asked.kind, {}).get("answers", 0),
        weeks=shown,
        drawn=line(figures, least=asked.least, most=asked.most, said=told) if len(figures) > 1 else None,
    )


def _figure(asked: Asked, value: float) -> str:
    if asked.kind == "csat":
        return percent(value)
    return f"{value:+.0f}" if asked.kind == "nps" else f"{value:.1f}"


@router.get("/insight/feedback/topics")
def topics(request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """What published reviews are about, for the page to show when it is asked: it takes a moment."""
    with analysing(here) as tx:
        seen = enter(tx, principal, here.clock.now())
        found = insight.topics(tx, seen.market, item=None)
    return fragment(request, "insight/topics.html", **found)


@router.post("/insight/reviews/{review_id}")
def decide(review_id: UUID, request: Request, here: Here, principal: Steers) -> Response:
    """Let others read a review, or withhold it and say why."""
    form = form_of(request)
    publish, reason = form.needed("decision", longest=10) == "publish", form.text("reason", longest=200)
    if not publish and not reason:
        raise Invalid("Say why nobody else should read it.", field="reason")
    with here.database.transaction() as tx:
        seen = enter(tx, principal, here.clock.now())
        insight.decide_review(tx, seen.market, review_id, publish=publish, reason=reason, by=principal.name)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/insight/feedback#waiting", status_code=303)
