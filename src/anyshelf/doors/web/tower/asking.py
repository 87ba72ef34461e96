"""Asking once more before something is done that cannot be taken back: what it is in words, and yes or no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.forms import Form
from anyshelf.doors.web.tower.entering import Tower, tower_page
from anyshelf.ground.auth import Principal
from anyshelf.orders.model import Order


def is_sure(form: Form) -> bool:
    """Whether the form has been through the page that asks once more."""
    return form.text("sure", longest=3) == "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is about to be done, in words, and what to press to have it done.

    `due_minor` is what it costs the shopper more, to be paid by one of `cards` (token to name).
    """

    title: str
    said: Sequence[str]
    yes: str
    danger: bool = False
    due_minor: int = 0
    cards: Mapping[str, str] = field(default_factory=dict)


def ask_once_more(
    request: Request, principal: Principal, tower: Tower, order: Order, form: Form, question: Question
) -> HTMLResponse:
    """A page that asks whether it is to be done, with all that the form said; nothing has changed yet."""
    return tower_page(
        request, "sure.html", principal, tower, tab="find", order=order, question=question,
        path=request.url.path,
        kept=[(name, text) for name, text in form.pairs() if name not in {"sure", "card"}],
    )  # fmt: skip
