"""People: found by what is theirs, known by pseudonym; who is one with whom is decided and undone here."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.charts import bar
from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.insight.entering import Decides, Insight, Meets, enter, insight_page
from anyshelf.doors.web.insight.telling import percent
from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import Conflict, Invalid, NotFound, Refusal
from anyshelf.ground.http import Here, House, analysing, reading
from anyshelf.ground.ids import Id
from anyshelf.insight import service as insight

router = APIRouter()

KINDS: Final = {"email": "e-mail address", "phone": "phone number", "account": "customer number",
                "loyalty": "loyalty number"}  # fmt: skip
SUGGESTED_MAX: Final = 20
STEPS_SHOWN: Final = 60
SEASONED_AFTER: Final = timedelta(days=30)

After = Annotated[UUID | None, Query(description="The last step of the page before.")]


@router.get("/insight/people")
def people(request: Request, here: Here, principal: Meets) -> HTMLResponse:
    """Who is looked for, and who may be one with whom."""
    return _people(request, here, principal)


def _people(
    request: Request, here: House, principal: Principal, *, form: Form | None = None,
    refused: Refusal | None = None,
) -> HTMLResponse:  # fmt: skip
    with reading(here) as tx:
        seen = enter(tx, principal, here.clock.now())
        suggested = insight.suggestions(tx, seen.market, limit=SUGGESTED_MAX)
    several = getattr(refused, "extra", {}).get("people", []) if isinstance(refused, Conflict) else []
    return insight_page(
        request, "people.html", principal, seen, tab="people", suggested=suggested, kinds=KINDS,
        form=form or Form({}), refused=refused, several=several, status=refused.status if refused else 200,
    )  # fmt: skip


@router.post("/insight/people/find")
def find(request: Request, here: Here, principal: Decides) -> Response:
    """Open the page of a person; what they were found by travels in the form and is kept nowhere."""
    form = form_of(request)
    try:
        kind, value = _kind(form), form.needed("value", longest=320)
        with reading(here) as tx:
            seen = enter(tx, principal, here.clock.now())
            found = insight.look_up(tx, seen.market, insight.secret_of(tx, seen.market), kind, value)
    except (Invalid, NotFound, Conflict) as refused:
        return _people(request, here, principal, form=form, refused=refused)
    return _to(request, f"/insight/people/{found}")


@router.post("/insight/people/decide")
def decide(request: Request, here: Here, principal: Decides) -> Response:
    """Say whether two people are one; it can be undone on the page of whoever is left."""
    form = form_of(request)
    one, other = _id(form, "one"), _id(form, "other")
    same = form.needed("same", longest=3) == "yes"
    with here.database.transaction() as tx:
        seen = enter(tx, principal, here.clock.now())
        insight.accept(tx, seen.market, one, other, accepted=same, by=principal.name, now=seen.now)
    return _to(request, f"/insight/people/{one}" if same else "/insight/people")


@router.post("/insight/people/{person_id}/undo/{merge_id}")
def undo(person_id: UUID, merge_id: UUID, request: Request, here: Here, principal: Decides) -> Response:
    """Take a merge back: everybody is who they were."""
    with here.database.transaction() as tx:
        seen = enter(tx, principal, here.clock.now())
        insight.unmerge(tx, seen.market, merge_id, by=principal.name, now=seen.now)
    return _to(request, f"/insight/people/{person_id}")


@router.get("/insight/people/{person_id}")
def one(person_id: UUID, request: Request, here: Here, principal: Meets, after: After = None) -> HTMLResponse:
    """One person: what they buy, where and how, what they are worth, and all they did, newest first."""
    with analysing(here) as tx:
        seen = enter(tx, principal, here.clock.now())
        profile = insight.profile(tx, seen.market, person_id, seen.now)
        steps = insight.timeline(tx, seen.market, person_id, after=after, limit=STEPS_SHOWN)
        consents = insight.consents(tx, seen.market, person_id)
    return insight_page(
        request, "person.html", principal, seen, tab="people", profile=profile, steps=steps,
        consents=consents, seasoned=_seasoned(profile, seen), mixes=_mixes(profile),
        rfm=_rfm(profile), after=after,
        more=str(steps[-1].message_id) if len(steps) == STEPS_SHOWN else "",
    )  # fmt: skip


def _seasoned(profile: dict[str, Any], seen: Insight) -> bool:
    """Whether somebody is known for long enough to say what they are likely to spend."""
    first = profile["first_order_at"]
    return bool(first) and datetime.fromisoformat(first) <= seen.now - SEASONED_AFTER


def _mixes(profile: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, Any]]]]:
    """How they buy, where and by which way: shares with bars, the commonest first."""
    named = (("Channels", "channels"), ("Ways", "methods"), ("Served by", "stores"))
    return [
        (title, [(word, percent(share), bar(share)) for word, share in list(profile[name].items())[:4]])
        for title, name in named
        if profile[name]
    ]


def _rfm(profile: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Recency, frequency and money as quarters of everybody, with bars."""
    if not profile["value"]:
        return []
    scores = profile["value"]["rfm"]
    words = {"4": "best quarter", "3": "above the middle", "2": "below the middle", "1": "last quarter"}
    return [
        (title, words[score], bar(int(score) / 4))
        for title, score in zip(("How lately", "How often", "How much"), scores, strict=True)
    ]


def _kind(form: Form) -> str:
    kind = form.needed("kind", longest=20)
    if kind not in KINDS:
        raise Invalid("Choose by what to look for somebody.", field="kind")
    return kind


def _id(form: Form, name: str) -> Id:
    try:
        return Id(form.needed(name, longest=36))
    except ValueError:
        raise Invalid("This names nobody.", field=name) from None


def _to(request: Request, path: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", status_code=303)
