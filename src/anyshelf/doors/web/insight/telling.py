"""Stories and funnels in the words of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from anyshelf.doors.web.charts import bar
from anyshelf.insight.model.looks import Look

WHENS: Final[Mapping[str, str]] = {"visits": "before purchase", "orders": "after purchase"}
NO_BREAK: Final = "\u00a0"
TRAITS: Final[Mapping[str, str]] = {
    "platform": "on", "channel": "through", "node": "at", "country": "in", "acquisition_channel": "coming by",
    "lifecycle": "who are",
}  # fmt: skip
"""How a trait stands before its value in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One measure of a story: as it is against as it should be, as bars and in words."""

    measure: str
    now: str
    usual: str
    bar_now: Markup
    bar_usual: Markup
    times: int
    chances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as the page tells it; `place` finds it among the stories of its look."""

    what: str
    place: int
    headline: str
    whom: str
    days: str
    shoppers: int
    lost_orders: float
    lost_minor: int
    chance: str
    evidence: Sequence[Evidence]
    orders: int

    @property
    def when(self) -> str:
        """Before or after purchase."""
        return WHENS[self.what]


def told(look: Look) -> list[Told]:
    """The stories of a look, in its order."""
    return [_told(look.what, place, story) for place, story in enumerate(look.stories)]


def _told(what: str, place: int, story: Mapping[str, Any]) -> Told:
    lead = story["evidence"][0]
    return Told(
        what=what, place=place, headline=headline(lead), whom=_whom(story["segment"]),
        days=_days(story["since"], story["until"]), shoppers=story["shoppers"],
        lost_orders=story["lost_orders"], lost_minor=story["lost_minor"], chance=_chance(story["p_value"]),
        evidence=[_evidence(each) for each in story["evidence"]], orders=len(story["orders"]),
    )  # fmt: skip


def headline(lead: Mapping[str, Any]) -> str:
    """What is not as it should be, in words: the measure of a story, and which way."""
    name, more = str(lead["measure"]), (lead["share"] or 0) > (lead["expected_share"] or 0)
    how = "more often" if more else "less often"
    if " → " in name:
        here, there = name.split(" → ", 1)
        return f"After {here}, {there} follows {how}"
    if " … " in name:
        here, there = name.split(" … ", 1)
        return f"{'More' if more else 'Fewer'} come from {here} to {there}"
    return f"{name} {how} than it should be"


def _whom(segment: Mapping[str, str]) -> str:
    for trait, value in segment.items():
        return f"shoppers {TRAITS[trait]} {value}" if trait in TRAITS else f"{trait} {value}"
    return "everybody"


def _days(since: str | None, until: str | None) -> str:
    if not since or not until:
        return "all the time"
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    return f"from {first:%a} {first.day} {first:%b} to {last:%a} {last.day} {last:%b}"


def _chance(p_value: float) -> str:
    """How likely chance alone would tell as much, as one says it."""
    return "under 1 in 10,000" if p_value < 1e-4 else f"1 in {round(1 / max(p_value, 1e-4)):,}"  # noqa: PLR2004


def _evidence(each: Mapping[str, Any]) -> Evidence:
    now, usual = each["share"] or 0.0, each["expected_share"] or 0.0
    top = max(now, usual, 1e-9)
    return Evidence(
        measure=each["measure"], now=percent(now), usual=percent(usual),
        bar_now=bar(now / top, "odd"), bar_usual=bar(usual / top), times=each["times"],
        chances=each["chances"],
    )  # fmt: skip


def percent(share: float) -> str:
    """A share as one says it."""
    said = f"{share:.1%}" if share < 0.1 else f"{share:.0%}"  # noqa: PLR2004  finer where it is small
    return said.replace("%", f"{NO_BREAK}%")


def stages(funnel: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The stages of a funnel with their bars."""
    found: Sequence[Mapping[str, Any]] = funnel.get("stages", [])
    return [{**each, "said": percent(each["share"]), "bar": bar(each["share"])} for each in found]


def across(funnel: Mapping[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """Where people began against where they ordered: all channels of orders, and a row for each start."""
    rows: Sequence[Mapping[str, Any]] = funnel.get("channels", [])
    through = sorted({channel for row in rows for channel in row["through"]})
    return through, [
        {**row, "share": percent(row["ordered"] / row["people"]) if row["people"] else "—"} for row in rows
    ]
