"""Policies from above: which decides where, what a change would have decided, and every change undone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.rendering import fragment
from anyshelf.doors.web.tower.entering import Tower, enter, tower_page
from anyshelf.doors.web.tower.weighing import said_of, weights_in
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, House, reading, requires
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import POLICIES, PRIORITY_MAX, Edition, Standing

router = APIRouter()

Reads = Annotated[Principal, Depends(requires("policies:read"))]
Writes = Annotated[Principal, Depends(requires("policies:write"))]
NAME: Final = r"[a-z][a-z0-9_]{0,63}"
Name = Annotated[str, Path(pattern=f"^{NAME}$")]
Known = Annotated[str, Query(max_length=64)]

REPORT_DAYS: Final = 30
OTHERWISE_SHOWN: Final = 20
SPANS_FORESEEN: Final = (20, 50, 200)
MODES: Final[Mapping[str, str]] = {"live": "decides", "shadow": "looks on", "off": "does nothing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A policy as the form of its page has it, unsaved; `version` is the one it was made from."""

    standing: Standing
    weights: Mapping[str, int | float]
    version: int
    why: str = ""


@router.get("/tower/policies")
def policies(request: Request, here: Here, principal: Reads) -> HTMLResponse:
    """The policies of the market, by what they decide, and those the program knows by name."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        known = sourcing.newest(tx, tower.market)
        decides = sourcing.decided_where(tx, tower.market)
    names = {each.standing.policy.name for each in known}
    ordered = sorted(known, key=lambda each: (each.standing.mode != "live", -each.standing.priority))
    return tower_page(
        request, "policies.html", principal, tower, tab="policies", known=ordered, decides=decides,
        modes=MODES, others=[name for name in POLICIES if name not in names],
        may_write=principal.may("policies:write"),
    )  # fmt: skip


@router.get("/tower/policy")
def new(request: Request, here: Here, principal: Writes, like: Known = "") -> HTMLResponse:
    """A policy nobody has set up yet, to be tried as a shadow: like another one, if one is named."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        names = {each.standing.policy.name: each for each in sourcing.newest(tx, tower.market)}
        model = names.get(like)
        weights = sourcing.weights_json(
            model.standing.policy if model else sourcing.weighed(like or "new", {})
        )
        name = like if like in POLICIES and like not in names else _free(like or "mine", names)
        channels, segments = (model.standing.channels, model.standing.segments) if model else ((), ())
        standing = Standing(
            policy=sourcing.weighed(name, weights), mode="shadow", channels=channels, segments=segments
        )
        shown = _shown(tx, tower, Draft(standing=standing, weights={}, version=0), [])
    return tower_page(request, "policy.html", principal, tower, tab="policies", **shown)


def _free(name: str, taken: Mapping[str, object]) -> str:
    """This name with the first number that makes it one nobody has taken."""
    stem = name if re.fullmatch(NAME, name) else "mine"
    tries = (stem if place == 1 else f"{stem[:60]}_{place}" for place in range(1, len(taken) + 3))
    return next(each for each in tries if each not in taken)


@router.get("/tower/policies/{policy}")
def policy(policy: Name, request: Request, here: Here, principal: Reads) -> HTMLResponse:
    """A policy: what it weighs, what it saved while it looked on, its versions, and the way to change it."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        sourcing.known_policy(tx, tower.market, policy)
        versions = sourcing.editions(tx, tower.market, policy)
        shown = _shown(tx, tower, _as_it_is(versions[0]), versions)
    return tower_page(request, "policy.html", principal, tower, tab="policies", **shown)


def _as_it_is(edition: Edition) -> Draft:
    return Draft(standing=edition.standing, weights=dict(edition.weights), version=edition.version)


def _shown(tx: Tx, tower: Tower, draft: Draft, versions: Sequence[Edition]) -> dict[str, Any]:
    """All that the page of a policy shows; of a new one, what it would begin with."""
    name = draft.standing.policy.name
    since = max(
        tower.now - timedelta(days=REPORT_DAYS),
        sourcing.judged_since(tx, tower.market, name) or tower.since,
    )
    return {
        "draft": draft, "called": name, "versions": versions, "modes": MODES,
        "spans_foreseen": SPANS_FORESEEN,
        "weights": said_of(draft.standing.policy, tower.currency),
        "differs": [_differs(one, other, tower.currency) for one, other in _pairs(versions)],
        "channels": sorted(channel.channel for channel in tower.atlas.channels.values()),
        "decides": sourcing.decided_where(tx, tower.market).get(name, ()) if versions else (),
        "report": sourcing.report(tx, tower.market, name, since), "since": since,
        "otherwise": _called(tx, tower, sourcing.otherwise(
            tx, tower.market, name, since, limit=OTHERWISE_SHOWN
        )),
        "foreseen": None, "priority_max": PRIORITY_MAX,
    }  # fmt: skip


def _pairs(versions: Sequence[Edition]) -> list[tuple[Edition, Edition | None]]:
    """Each version with the one before it, the newest first."""
    return list(zip(versions, [*versions[1:], None], strict=False))


def _differs(edition: Edition, before: Edition | None, currency: str) -> list[str]:
    """What a version changed, in words: weights, whom it is for, how it stands."""
    if before is None:
        return ["set up"] if edition.version == 1 else []
    mine, theirs = edition.standing, before.standing
    said = [
        f"{one.title}: {other.value or 'none'} → {one.value or 'none'}"
        for one, other in zip(said_of(mine.policy, currency), said_of(theirs.policy, currency), strict=True)
        if one.value != other.value
    ]
    if mine.mode != theirs.mode:
        said.append(f"{MODES[theirs.mode]} → {MODES[mine.mode]}")
    for word in ("priority", "sample_percent", "offers"):
        one, other = getattr(mine, word), getattr(theirs, word)
        if one != other:
            said.append(f"{word.replace('_', ' ')}: {other} → {one}")
    for word in ("channels", "segments"):
        one, other = getattr(mine, word), getattr(theirs, word)
        if one != other:
            said.append(f"{word}: {', '.join(other) or 'all'} → {', '.join(one) or 'all'}")
    return said


def _called(tx: Tx, tower: Tower, judged: Sequence[sourcing.Judged]) -> list[tuple[sourcing.Judged, str]]:
    """Orders with what one calls them."""
    called = orders.called(tx, tower.market, [each.order_id for each in judged])
    return [
        (each, called[each.order_id].number or str(each.order_id)[-8:])
        for each in judged
        if each.order_id in called
    ]


@router.post("/tower/foresee")
def foresee(request: Request, here: Here, principal: Writes) -> HTMLResponse:
    """What the policy in the form would have decided on the newest orders; nothing of it is kept."""
    form = form_of(request)
    limit = form.number("orders", least=1, most=max(SPANS_FORESEEN), otherwise=SPANS_FORESEEN[1])
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        draft = _draft(form, tower)
        judged = orders.foresee(tx, tower.market, draft.standing, tower.now, limit=limit)
        name = draft.standing.policy.name
        foreseen = {
            "foreseen": sourcing.compared(tx, tower.market, name, judged),
            "foreseen_otherwise": _called(
                tx, tower, [each for each in judged if not each.agreed][:OTHERWISE_SHOWN]
            ),
        }
        if request.headers.get("hx-request"):
            return fragment(request, "tower/foreseen.html", tower=tower, **foreseen)
        shown = _shown(tx, tower, draft, sourcing.editions(tx, tower.market, name)) | foreseen
    return tower_page(request, "policy.html", principal, tower, tab="policies", **shown)


def _draft(form: Form, tower: Tower) -> Draft:
    """The policy the form describes; raises Invalid naming the field."""
    name = form.needed("policy", longest=64)
    if not re.fullmatch(NAME, name):
        raise Invalid(
            "A policy is named by small letters, digits and underscores, a letter first.", field="policy"
        )
    mode = form.text("mode") or "shadow"
    if mode not in MODES:
        raise Invalid(f"mode is one of {', '.join(MODES)}.", field="mode")
    weights = weights_in(form, name, tower.currency)
    channels = form.names("channel-")
    for channel in channels:
        network.channel(tower.atlas, channel, field="channel")
    segments = [each.strip()[:64] for each in form.text("segments").split(",") if each.strip()]
    standing = Standing(
        policy=sourcing.weighed(name, weights), mode=mode, channels=tuple(sorted(channels)),
        priority=form.number("priority", most=PRIORITY_MAX, otherwise=0), segments=tuple(segments),
        sample_percent=form.number("sample_percent", most=100, otherwise=10),
        offers=form.number("offers", least=1, most=10, otherwise=1),
    )  # fmt: skip
    return Draft(
        standing=standing, weights=weights, version=form.number("version", otherwise=0),
        why=form.text("why", longest=200),
    )  # fmt: skip


@router.post("/tower/policies")
def save(request: Request, here: Here, principal: Writes) -> Response:
    """Set the policy in the form up, or over, as its next version."""
    form = form_of(request)

    def work(tx: Tx, now: datetime) -> str:
        draft = _draft(form, enter(tx, principal, now))
        sourcing.put_policy(
            tx, principal.market, draft.standing, draft.weights, now, by=principal.name, why=draft.why,
            expected=draft.version,
        )  # fmt: skip
        return draft.standing.policy.name

    return _do(request, here, work)


@router.post("/tower/policies/{policy}/rule")
def rule(policy: Name, request: Request, here: Here, principal: Writes) -> Response:
    """Let a policy decide wherever it is meant to, before all others."""
    holds = form_of(request).number("version", otherwise=0)

    def work(tx: Tx, now: datetime) -> str:
        enter(tx, principal, now)
        sourcing.let_rule(tx, principal.market, policy, now, by=principal.name, expected=holds)
        return policy

    return _do(request, here, work)


@router.post("/tower/policies/{policy}/restore")
def restore(policy: Name, request: Request, here: Here, principal: Writes) -> Response:
    """Let an earlier version of a policy hold again: the undo of every change."""
    form = form_of(request)
    version, holds = form.number("again", least=1), form.number("version", otherwise=0)

    def work(tx: Tx, now: datetime) -> str:
        enter(tx, principal, now)
        sourcing.restore(tx, principal.market, policy, version, now, by=principal.name, expected=holds)
        return policy

    return _do(request, here, work)


def _do(request: Request, here: House, work: Any) -> Response:
    """Change a policy in a transaction of its own, and show it as it then stands."""
    name = retrying(here.database, lambda tx: work(tx, here.clock.now()))
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/tower/policies/{name}", status_code=303)
