"""A scenario is written on a page, as a form or as its text, and kept, or played."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from anyshelf.doors.files.scenario_text import as_toml
from anyshelf.doors.files.scenarios import VARIANTS_MAX, scenario_of, shipped
from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.simulator.entering import (
    Reads,
    Writes,
    back,
    networks_of,
    simulator_page,
    text_named,
)
from anyshelf.doors.web.simulator.fields import (
    FIELDS,
    GROUPS,
    TEXT_MAX,
    Given,
    given_in,
    given_of,
    read,
    written,
)
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import retrying
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, House, reading
from anyshelf.simulator import service
from anyshelf.simulator.model import REPLICATIONS_MAX

router = APIRouter()

REPLICATIONS: Final = 5
REFUSED: Final = 422
BLANK: Final = """question = "What is it worth to …?"

[world]
stores = 100
orders_per_day = 800

[[variant]]
name = "As it is"

[[variant]]
name = "Otherwise"
"""

As = Annotated[Literal["form", "text"], Query(alias="as")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A scenario as it is being written: its text, or what its form says, and what is wrong with it."""

    name: str
    text: str = ""
    given: Given | None = None
    times: int = REPLICATIONS
    wrong: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


@router.get("/simulator/new")
def new(request: Request, here: Here, principal: Reads, as_: As = "form") -> HTMLResponse:
    """A question that nobody has asked yet."""
    return _editor(request, here, principal, Draft(name="", text=BLANK), as_)


@router.get("/simulator/scenarios/{name}")
def scenario(name: str, request: Request, here: Here, principal: Reads, as_: As = "form") -> HTMLResponse:
    """A scenario, shipped or kept, to look at, change and play."""
    with reading(here) as tx:
        text = text_named(tx, principal.market, name)
    return _editor(request, here, principal, Draft(name=name, text=text), as_)


@router.post("/simulator/edit")
def edit(request: Request, here: Here, principal: Writes) -> Response:
    """What the button says is done with what was written: another field, another way; keep it, play it."""
    form = form_of(request)
    done, name = form.needed("do", longest=80), form.text("name", longest=60)
    times = form.number("replications", least=1, most=REPLICATIONS_MAX, otherwise=REPLICATIONS)
    try:
        if "text" in form.names(""):
            text = form.text("text", longest=TEXT_MAX)
        else:
            text = as_toml(changed(given_in(form), done, form))
        if done == "play":
            return _play(request, here, principal, name, text, times)
        if done == "keep":
            return _keep(request, here, principal, form.needed("keep_as", longest=60), text)
    except Invalid as wrong:
        return _again(request, here, principal, form, Draft(name=name, times=times), wrong)
    as_ = "text" if done == "as-text" else "form"
    return _editor(request, here, principal, Draft(name=name, text=text, times=times), as_)


def changed(given: Given, done: str, form: Form) -> Given:
    """The scenario with one way more or less, or a setting more that a way says for itself."""
    verb, _, at = done.partition("-")
    variants = given["variant"]
    if verb == "add" and len(variants) < VARIANTS_MAX:
        last = variants[-1] if variants else {}
        variants.append({**last, "name": f"Way {len(variants) + 1}"})
    place = int(at) if at.isascii() and at.isdigit() else -1
    if verb == "drop" and 0 <= place < len(variants) > 1:
        del variants[place]
    if verb == "say" and 0 <= place < len(variants):
        word = form.text(f"variant.{place}.say", longest=60)
        if word in FIELDS:
            usual = read(FIELDS[word], FIELDS[word].usual)
            variants[place].setdefault(word, given["world"].get(word, usual))
    return given


def _play(request: Request, here: House, principal: Principal, name: str, text: str, times: int) -> Response:
    with reading(here) as tx:
        asked = scenario_of(text, name or "own", networks=networks_of(tx, principal.market, here.clock.now()))
    run = retrying(
        here.database,
        lambda tx: service.ask(
            tx, principal.market, asked, text, replications=times, by=principal.name, now=here.clock.now()
        ),
    )
    here.wake.set()
    return back(request, f"/runs/{run.run_id}")


def _keep(request: Request, here: House, principal: Principal, keep_as: str, text: str) -> Response:
    if keep_as in shipped():
        raise Invalid(f"{keep_as} is the name of a shipped scenario; choose another.", field="keep_as")
    with reading(here) as tx:
        scenario_of(text, keep_as, networks=networks_of(tx, principal.market, here.clock.now()))
    retrying(
        here.database,
        lambda tx: service.keep_scenario(
            tx, principal.market, keep_as, text, by=principal.name, now=here.clock.now()
        ),
    )
    return back(request, f"/scenarios/{keep_as}")


def _again(
    request: Request, here: House, principal: Principal, form: Form, draft: Draft, wrong: Invalid
) -> HTMLResponse:
    """What was written, as it was written, with what is wrong about it."""
    faults = wrong.extra.get("faults") or {wrong.extra.get("field", ""): wrong.detail}
    draft = replace(draft, wrong=wrong.detail, faults=faults)
    if "text" in form.names(""):
        return _show(request, here, principal, replace(draft, text=form.text("text", longest=TEXT_MAX)))
    return _show(request, here, principal, replace(draft, given=given_in(form)))


def _editor(request: Request, here: House, principal: Principal, draft: Draft, as_: str) -> HTMLResponse:
    """The form of a text, or the text where it is asked for, or where it cannot be read."""
    if as_ == "form":
        try:
            draft = replace(draft, given=given_of(draft.text))
        except (tomllib.TOMLDecodeError, ValidationError) as unread:
            draft = replace(draft, wrong=f"This text cannot be shown as a form yet: {unread}")
    return _show(request, here, principal, draft)


def _show(request: Request, here: House, principal: Principal, draft: Draft) -> HTMLResponse:
    world = (draft.given or {}).get("world", {})
    touched = {name for name in FIELDS if name in world or f"world.{name}" in draft.faults}
    return simulator_page(
        request, "text.html" if draft.given is None else "form.html", principal, now=here.clock.now(),
        status=REFUSED if draft.wrong and request.method == "POST" else 200, called=draft.name,
        text=draft.text, given=draft.given, times=draft.times, times_max=REPLICATIONS_MAX,
        wrong=draft.wrong, faults=draft.faults, fields=FIELDS, groups=GROUPS, written=written,
        is_shipped=draft.name in shipped(), variants_max=VARIANTS_MAX,
        said=Counter(FIELDS[name].word.group for name in touched),
    )  # fmt: skip
