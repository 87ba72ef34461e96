"""Suggestions with their reasons and the money in them: accepted, changed, refused, taken back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.planning.entering import (
    A_PAGE,
    Code,
    Looks,
    Plans,
    asked_nodes,
    desk_page,
    enter,
    names,
)
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Conflict, Invalid
from anyshelf.ground.http import Here, House, reading
from anyshelf.ground.ids import Id
from anyshelf.planning import service as planning
from anyshelf.planning.model import Suggestion

router = APIRouter()

Doing = Callable[[Tx, Suggestion], Suggestion]
State = Literal["open", "accepted", "dispatched", "received", "dismissed"]
STATES: Mapping[str, str] = {
    "open": "To decide", "accepted": "Accepted", "dispatched": "On the way", "received": "Received",
    "dismissed": "Rejected",
}  # fmt: skip
MOST = 1_000_000
ASKED = ("kind", "node", "item", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which suggestions somebody wants to see."""

    kind: Code = ""
    node: Code = ""
    item: Code = ""
    state: State = "open"
    after: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was just done: the suggestion that was decided on, or how many were accepted and how many not."""

    done: UUID | None = None
    accepted: Annotated[int, Query(ge=0)] | None = None
    short: Annotated[int, Query(ge=0)] = 0


@router.get("/planning")
def suggestions(
    request: Request,
    here: Here,
    principal: Looks,
    asked: Annotated[Asked, Depends()],
    told: Annotated[Told, Depends()],
) -> HTMLResponse:
    """What planning suggests, the most worth first, and a way to undo what was just decided."""
    with reading(here) as tx:
        desk = enter(tx, principal, here.clock.now())
        nodes = asked_nodes(principal, asked.node)
        found = planning.suggestions(
            tx, desk.market, state=asked.state, kind=asked.kind or None, item=asked.item or None, nodes=nodes,
            after=asked.after, limit=A_PAGE,
        )  # fmt: skip
        sums = planning.open_sums(tx, desk.market, nodes)
        runs = planning.runs(tx, desk.market, 1)
        named = names(tx, desk.market, [each.item for each in found])
        last = planning.suggestion(tx, desk.market, told.done) if told.done else None
    filters = {name: getattr(asked, name) for name in ASKED}
    return desk_page(
        request, "suggestions.html", principal, desk, tab="suggestions", found=found, sums=sums, named=named,
        states=STATES, last=last, runs=runs, accepted=told.accepted, short=told.short, **filters,
        more=str(found[-1].suggestion_id) if len(found) == A_PAGE else "", asked=_asked(filters),
    )  # fmt: skip


def _asked(values: Mapping[str, str]) -> dict[str, str]:
    """What is filtered by, for links and forms; what is usual is left out."""
    return {name: value for name, value in values.items() if value and (name, value) != ("state", "open")}


@router.post("/planning/suggestions/{suggestion_id}/accept")
def accept(suggestion_id: UUID, request: Request, here: Here, principal: Plans) -> Response:
    """Do it, with the quantity as it stands in the field."""
    form = form_of(request)
    quantity = form.number("quantity", least=1, most=MOST)

    def doing(tx: Tx, known: Suggestion) -> Suggestion:
        return planning.accept(
            tx,
            principal.market,
            known.suggestion_id,
            by=principal.name,
            now=here.clock.now(),
            quantity=quantity,
        )

    return _decided(request, here, principal, form, suggestion_id, doing)


def known_market(principal: Principal) -> str:
    """The market somebody plans."""
    return principal.market


@router.post("/planning/suggestions/{suggestion_id}/save")
def save(suggestion_id: UUID, request: Request, here: Here, principal: Plans) -> Response:
    """Suggest this quantity, for somebody to decide later."""
    form = form_of(request)
    quantity = form.number("quantity", least=1, most=MOST)

    def doing(tx: Tx, known: Suggestion) -> Suggestion:
        return planning.edit(
            tx,
            principal.market,
            known.suggestion_id,
            quantity=quantity,
            by=principal.name,
            now=here.clock.now(),
        )

    return _decided(request, here, principal, form, suggestion_id, doing)


@router.post("/planning/suggestions/{suggestion_id}/reject")
def reject(suggestion_id: UUID, request: Request, here: Here, principal: Plans) -> Response:
    """Do not do it; a reason helps whoever asks later."""
    form = form_of(request)
    reason = form.text("reason", longest=500) or "Rejected without a reason."

    def doing(tx: Tx, known: Suggestion) -> Suggestion:
        return planning.dismiss(
            tx, principal.market, known.suggestion_id, reason=reason, by=principal.name, now=here.clock.now()
        )

    return _decided(request, here, principal, form, suggestion_id, doing)


@router.post("/planning/suggestions/{suggestion_id}/undo")
def undo(suggestion_id: UUID, request: Request, here: Here, principal: Plans) -> Response:
    """Take back what was decided, while nothing has left."""
    form = form_of(request)

    def doing(tx: Tx, known: Suggestion) -> Suggestion:
        return planning.undo(
            tx, principal.market, known.suggestion_id, by=principal.name, now=here.clock.now()
        )

    return _decided(request, here, principal, form, suggestion_id, doing)


def _decided(
    request: Request, here: House, principal: Principal, form: Form, suggestion_id: Id, doing: Doing
) -> Response:
    """One decision, and the list again as it was filtered, with a way to undo it."""

    def work(tx: Tx) -> Suggestion:
        return doing(tx, _theirs(tx, principal, suggestion_id))

    after = retrying(here.database, work)
    here.wake.set()
    return _back(request, form, {"done": str(after.suggestion_id)})


def _theirs(tx: Tx, principal: Principal, suggestion_id: Id) -> Suggestion:
    """The suggestion, locked, where it is from or to a node of theirs; raises Forbidden."""
    known = planning.found(tx, principal.market, suggestion_id)
    if principal.nodes and known.from_node not in principal.nodes:
        principal.check_node(known.node)
    return known


@router.post("/planning/accept-shown")
def accept_shown(request: Request, here: Here, principal: Plans) -> Response:
    """Accept all that is shown, each on its own: what falls short, or was decided meanwhile, is left."""
    form = form_of(request)
    shown = [_id(each) for each in form.names("shown-")]
    if not shown or len(shown) > A_PAGE:
        raise Invalid("Nothing is shown that could be accepted.", field="shown")
    taken = sum(_accepted(here, principal, each) for each in shown)
    here.wake.set()
    return _back(request, form, {"accepted": taken, "short": len(shown) - taken})


def _id(text: str) -> Id:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("This is not the form of that page.", field="shown") from None


def _accepted(here: House, principal: Principal, suggestion_id: Id) -> bool:
    def work(tx: Tx) -> Suggestion:
        known = _theirs(tx, principal, suggestion_id)
        return planning.accept(
            tx, principal.market, known.suggestion_id, by=principal.name, now=here.clock.now()
        )

    try:
        retrying(here.database, work)
    except Conflict:  # a shortage is one, too
        return False
    return True


def _back(request: Request, form: Form, said: Mapping[str, Any]) -> Response:
    asked = _asked({name: form.text(name, longest=64) for name in ASKED})
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/planning?{urlencode({**asked, **said})}", status_code=303)
