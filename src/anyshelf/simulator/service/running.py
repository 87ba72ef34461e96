"""A scenario played several times: all variants meet the same days, on all cores, with the same result."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from anyshelf.simulator.model import FIGURES, Figure, Figures, Network, Scenario, Setting
from anyshelf.simulator.rules import Interval, interval, paired
from anyshelf.simulator.service.engines import LOCAL, each_of
from anyshelf.simulator.world import Stage, World, invented, opening, play, stage_for
from anyshelf.simulator.world.demand import stream
from anyshelf.simulator.world.tally import figures_of

Told = Callable[[int, int], None]
"""Hears how many replications are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A node on the map: where it lies, what it is, and how many parcels left it."""

    node: str
    kind: str
    lat: float
    lon: float
    parcels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One replication of one variant; `by_days` counts sent orders by their days to the door."""

    variant: int
    replication: int
    orders: int
    figures: Figures
    dots: tuple[Dot, ...]
    by_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a scenario came to; `played` by variant, in the order of replications."""

    scenario: Scenario
    replications: int
    played: tuple[tuple[Played, ...], ...]

    @property
    def figures(self) -> list[Figure]:
        """The figures it knows: those that were added to the program since it was played are missing."""
        return [each for each in FIGURES if each.name in self.played[0][0].figures]

    def values(self, variant: int, figure: str) -> list[float]:
        """A figure of a variant, replication by replication."""
        return [each.figures[figure] for each in self.played[variant]]

    def level(self, variant: int, figure: str) -> Interval:
        """A figure of a variant with its interval."""
        return interval(self.values(variant, figure))

    def change(self, variant: int, figure: str) -> Interval:
        """What a variant changes against the first, by the paired interval."""
        return paired(self.values(0, figure), self.values(variant, figure))

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "scenario": self.scenario.name,
            "question": self.scenario.question,
            "replications": self.replications,
            "confidence": 0.95,
            "figures": {
                each.name: {"title": each.title, "unit": each.unit, "said": each.said}
                for each in self.figures
            },
            "variants": [self._variant(place) for place in range(len(self.played))],
        }

    def _variant(self, place: int) -> dict[str, Any]:
        named = [each.name for each in self.figures]
        told: dict[str, Any] = {
            "name": self.scenario.variants[place].name,
            "orders": sum(each.orders for each in self.played[place]),
            "orders_by_days_to_door": [
                sum(column) for column in zip(*(each.by_days for each in self.played[place]), strict=True)
            ],
            "parcels_by_node": {dot.node: dot.parcels for dot in self.played[place][0].dots if dot.parcels},
            "figures": {
                name: _plain(self.level(place, name)) | {"values": self.values(place, name)} for name in named
            },
        }
        if place:
            told["against_the_first"] = {
                name: _plain(change := self.change(place, name)) | {"clear": change.is_clear}
                for name in named
            }
        return told


def _plain(found: Interval) -> dict[str, Any]:
    return {"mean": found.mean, "half": found.half}


def run(
    scenario: Scenario,
    *,
    replications: int,
    workers: int = 1,
    engine: str = LOCAL,
    told: Told = lambda *_: None,
) -> Answer:
    """Play every variant so many times; the result does not depend on how many workers there are."""
    of = replications * len(scenario.variants)
    played = []
    for each in playing(scenario, replications=replications, workers=workers, engine=engine):
        played.append(each)
        told(len(played), of)
    return answer_of(scenario, replications, played)


def playing(
    scenario: Scenario,
    *,
    replications: int,
    workers: int,
    engine: str = LOCAL,
    kept: Collection[tuple[int, int]] = (),
) -> Iterator[Played]:
    """Each replication of each variant as it is played, but for those that are `kept` from before."""
    tasks = [
        (scenario, variant, replication)
        for replication in range(replications)
        for variant in range(len(scenario.variants))
        if (variant, replication) not in kept
    ]
    return each_of(once, tasks, workers=workers, engine=engine)


def answer_of(scenario: Scenario, replications: int, played: Iterable[Played]) -> Answer:
    """What all replications come to, in whatever order they were played."""
    found = {(each.variant, each.replication): each for each in played}
    by_variant = tuple(
        tuple(found[variant, replication] for replication in range(replications))
        for variant in range(len(scenario.variants))
    )
    return Answer(scenario=scenario, replications=replications, played=by_variant)


def once(scenario: Scenario, variant: int, replication: int) -> Played:
    """One replication of one variant, from its beginning to its end."""
    setting = scenario.variants[variant].setting
    stage = _stage(scenario.network, _drawn_by(setting))
    level = opening(stage, setting, stream(setting.seed, replication, "opening", 0))
    tally = play(World(stage, setting, level, replication), invented(stage, setting, replication))
    return Played(
        variant=variant, replication=replication, orders=tally.orders, figures=figures_of(tally),
        dots=_dots(stage, tally.sent_from) if replication == 0 else (), by_days=tuple(tally.by_days),
    )  # fmt: skip


def _drawn_by(setting: Setting) -> Setting:
    """Only what a stage is drawn by: variants that differ in anything else stand on the same."""
    return replace(
        Setting(), stores=setting.stores, vendors=setting.vendors, items=setting.items, seed=setting.seed,
        closed=setting.closed, opened=setting.opened,
    )  # fmt: skip


@lru_cache(maxsize=2)
def _stage(network: Network | None, setting: Setting) -> Stage:
    return stage_for(network, setting)


def _dots(stage: Stage, sent_from: dict[int, int]) -> tuple[Dot, ...]:
    return tuple(
        Dot(
            node=node.node,
            kind=node.kind,
            lat=float(node.lat),
            lon=float(node.lon),
            parcels=sent_from.get(place, 0),
        )
        for place, node in enumerate(stage.atlas.nodes)
    )
