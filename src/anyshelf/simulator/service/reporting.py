"""An answer as a page that stands alone: plain words, maps and charts, nothing fetched from anywhere."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from jinja2 import Environment, PackageLoader

from anyshelf.simulator.model import SETTINGS, Figure, Setting
from anyshelf.simulator.service import drawing
from anyshelf.simulator.service.running import Answer
from anyshelf.simulator.service.wording import said, signed, verdict

BOARD: Final = ("contribution", "lost_sales", "revenue", "cost_per_order", "days_to_door", "promise_kept")
"""What is said first, in this order, as far as it is clear."""
SAYS: Final = {
    "contribution": ("earns", "more", "less"), "revenue": ("sells", "more", "less"),
    "lost_sales": ("loses", "more sales", "fewer sales"),
    "cost_per_order": ("pays", "more to send an order", "less to send an order"),
    "days_to_door": ("takes", "longer to the door", "less long to the door"),
    "promise_kept": ("keeps", "more promises", "fewer promises"),
}  # fmt: skip

_pages = Environment(loader=PackageLoader("anyshelf.simulator.service", ""), autoescape=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A figure of a way in words, and what it changes."""

    name: str
    said: str
    change: str
    verdict: str


def as_html(answer: Answer) -> str:
    """The whole report."""
    return _pages.get_template("report.html").render(question=answer.scenario.question, **_told(answer))


def body_of(answer: Answer) -> str:
    """The report without its head, for a page that has one."""
    return _pages.get_template("report_body.html").render(**_told(answer))


def _told(answer: Answer) -> dict[str, Any]:
    bars, cost_titles = drawing.costs(answer)
    curves, ticks = drawing.days(answer)
    differ, alike = settings_of([variant.setting for variant in answer.scenario.variants])
    return {
        "replications": answer.replications, "names": [each.name for each in answer.scenario.variants],
        "orders": sum(each.orders for played in answer.played for each in played),
        "source": answer.scenario.network.source if answer.scenario.network else "",
        "headline": headline(answer), "changes": drawing.changes(answer), "zero": drawing.ZERO,
        "costs": bars, "cost_titles": cost_titles, "days": curves, "day_ticks": ticks,
        "maps": drawing.maps(answer), "map_width": drawing.MAP_WIDTH, "map_height": drawing.MAP_HEIGHT,
        "charts": [(figure, _figures(answer, figure)) for figure in told_of(answer)],
        "differ": differ, "alike": alike,
    }  # fmt: skip


def headline(answer: Answer) -> list[str]:
    """What the ways change that matters most, a sentence each: what is clear, then what is not."""
    lines = []
    first = answer.scenario.variants[0].name
    known = {each.name: each for each in answer.figures}
    for place, variant in enumerate(answer.scenario.variants[1:], start=1):
        unclear = []
        for name in BOARD:
            change = answer.change(place, name)
            if not change.is_clear:
                unclear.append(known[name].title.lower())
                continue
            verb, more, less = SAYS[name]
            base = abs(answer.level(0, name).mean)
            share = f"{100 * abs(change.mean) / base:.1f} % " if base else ""
            way = more if change.mean > 0 else less
            lines.append(
                f"{variant.name} {verb} {share}{way} than {first}: {signed(change, known[name])}."
            )  # fmt: skip
        if unclear:
            lines.append(f"{variant.name} against {first}: no clear difference in {', '.join(unclear)}.")
    return lines


def told_of(answer: Answer) -> list[Figure]:
    """The figures that say something: those that are nothing in every way are left out."""
    return [
        each
        for each in answer.figures
        if any(any(answer.values(place, each.name)) for place in range(len(answer.played)))
    ]


def _figures(answer: Answer, figure: Figure) -> list[Told]:
    told = []
    for place, variant in enumerate(answer.scenario.variants):
        change = answer.change(place, figure.name) if place else None
        told.append(
            Told(
                name=variant.name, said=said(answer.level(place, figure.name), figure),
                change=signed(change, figure) if change else "", verdict=verdict(change, figure),
            )
        )  # fmt: skip
    return told


def settings_of(settings: list[Setting]) -> tuple[list[tuple[str, list[str]]], list[tuple[str, str]]]:
    """What was played, in words: the settings in which the ways differ, and those they share."""
    differ, alike = [], []
    for word in SETTINGS:
        values = [_plainly(getattr(each, word.name)) for each in settings]
        if len(set(values)) > 1:
            differ.append((word.title, values))
        else:
            alike.append((word.title, values[0]))
    return differ, alike


def _plainly(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(each if isinstance(each, str) else _table(each) for each in value) or "none"
    return f"{value:,g}" if isinstance(value, float) else str(value)


def _table(value: Any) -> str:
    return ", ".join(f"{name} {each}" for name, each in asdict(value).items())
