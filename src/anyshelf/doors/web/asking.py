"""The page behind the link of a survey: one question, no sign-in."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.rendering import page
from anyshelf.doors.web.visiting import Visitor
from anyshelf.ground.http import Here, public, reading
from anyshelf.insight import service as insight

router = APIRouter(include_in_schema=False, dependencies=[Depends(public())])

WORDS_MAX = 5000


@router.get("/survey/{token}")
def ask(token: str, request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """The question, with its scale; whoever has the link may answer."""
    with reading(here) as tx:
        asked = insight.question(tx, here.settings.market, token, here.clock.now())
    return page(request, "survey.html", visitor=visitor, survey=asked, token=token)


@router.post("/survey/{token}")
def take_answer(token: str, request: Request, here: Here, visitor: Visitor) -> HTMLResponse:
    """Keep the answer, and say thank you."""
    form = form_of(request)
    score, words = form.number("score", most=10), form.text("words", longest=WORDS_MAX)
    with here.database.transaction() as tx:
        now = here.clock.now()
        insight.answer(tx, here.settings.market, token, score=score, words=words, now=now)
        asked = insight.question(tx, here.settings.market, token, now)
    return page(request, "survey.html", visitor=visitor, survey=asked, token=token)
