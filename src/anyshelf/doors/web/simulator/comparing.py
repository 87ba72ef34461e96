"""Two ways to run the house side by side, of one run or of two: every figure, and what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.simulator.entering import Reads, simulator_page
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading
from anyshelf.simulator import service
from anyshelf.simulator.model import Figure, Run, Setting
from anyshelf.simulator.rules import interval, paired

router = APIRouter()

LISTED_MAX = 50
Chosen = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A way of a played run, to be chosen: its code in the address, and how it is called."""

    code: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison."""

    said: str
    setting: Setting
    answer: service.Answer
    variant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure on both sides, and what changes from the first to the second."""

    figure: Figure
    one: str
    other: str
    change: str
    verdict: str


@router.get("/simulator/compare")
def compare(
    request: Request, here: Here, principal: Reads, one: Chosen = "", other: Chosen = ""
) -> HTMLResponse:
    """Choose two ways, and see what the second changes against the first."""
    market = principal.market
    with reading(here) as tx:
        played = [run for run in service.runs(tx, market, limit=LISTED_MAX) if run.state == "played"]
        sides = [_side(tx, market, each) for each in (one, other)] if one and other else []
    rows = _rows(*sides) if sides else []
    return simulator_page(
        request, "compare.html", principal, now=here.clock.now(), choices=choices_of(played), one=one,
        other=other, rows=rows, sides=sides, same_luck=_same_luck(*sides) if sides else True,
        times=_times(*sides) if sides else 0,
    )  # fmt: skip


def choices_of(played: Sequence[Run]) -> list[Choice]:
    """Every way of these runs."""
    return [
        Choice(
            code=f"{run.run_id}:{place}",
            said=f"{run.scenario}, {run.asked_at:%d %b %H:%M}: {variant.name}",
        )
        for run in played
        for place, variant in enumerate(service.scenario_of_run(run).variants)
    ]


def _side(tx: Tx, market: str, code: str) -> Side:
    """The way that is meant; raises Invalid for what is none, NotFound for a run that is not there."""
    run_id, _, place = code.partition(":")
    try:
        asked = service.run_of(tx, market, UUID(run_id))
        variant = int(place)
    except ValueError:
        raise Invalid(f"{code} is no way of a run; choose one of the list.", field="one") from None
    answer = service.answer_to(tx, market, asked)
    if answer is None or not 0 <= variant < len(answer.played):
        raise Invalid("This run is not played to its end, or has no such way.", field="one")
    way = answer.scenario.variants[variant]
    said = f"{asked.scenario}: {way.name}"
    return Side(said=said, setting=way.setting, answer=answer, variant=variant)


def _times(one: Side, other: Side) -> int:
    return min(one.answer.replications, other.answer.replications)


def _same_luck(one: Side, other: Side) -> bool:
    """Whether both met the same shoppers: their worlds are drawn from one seed, to one size."""
    names = ("seed", "stores", "items", "days", "orders_per_day", "walk_in_share", "lines_more", "peaks")
    return all(getattr(one.setting, name) == getattr(other.setting, name) for name in names)


def _rows(one: Side, other: Side) -> list[Row]:
    times = _times(one, other)
    rows = []
    for figure in one.answer.figures:
        if figure.name not in {each.name for each in other.answer.figures}:
            continue
        before = one.answer.values(one.variant, figure.name)[:times]
        after = other.answer.values(other.variant, figure.name)[:times]
        change = paired(before, after)
        rows.append(
            Row(
                figure=figure, one=service.said(interval(before), figure),
                other=service.said(interval(after), figure), change=service.signed(change, figure),
                verdict=service.verdict(change, figure),
            )
        )  # fmt: skip
    return rows
