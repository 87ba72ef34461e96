"""A scenario played several times: all variants meet the same days, on all cores, with the same result."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from anyshelf.simulator.model import FIGURES, Figures, Scenario, Setting
from anyshelf.simulator.rules import Interval, interval, paired
from anyshelf.simulator.world import Stage, World, invented, invented_stage, opening, play
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
    """One replication of one variant."""

    variant: int
    replication: int
    orders: int
    figures: Figures
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a scenario came to; `played` by variant, in the order of replications."""

    scenario: Scenario
    replications: int
    played: tuple[tuple[Played, ...], ...]

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
                each.name: {"title": each.title, "unit": each.unit, "said": each.said} for each in FIGURES
            },
            "variants": [self._variant(place) for place in range(len(self.played))],
        }

    def _variant(self, place: int) -> dict[str, Any]:
        named = [each.name for each in FIGURES]
        told: dict[str, Any] = {
            "name": self.scenario.variants[place].name,
            "orders": sum(each.orders for each in self.played[place]),
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


def run(scenario: Scenario, *, replications: int, workers: int = 1, told: Told = lambda *_: None) -> Answer:
    """Play every variant so many times; the result does not depend on how many workers there are."""
    tasks = [
        (variant, replication)
        for replication in range(replications)
        for variant in range(len(scenario.variants))
    ]
    played: dict[tuple[int, int], Played] = {}
    for each in _all(scenario, tasks, workers):
        played[each.variant, each.replication] = each
        told(len(played), len(tasks))
    by_variant = tuple(
        tuple(played[variant, replication] for replication in range(replications))
        for variant in range(len(scenario.variants))
    )
    return Answer(scenario=scenario, replications=replications, played=by_variant)


def _all(scenario: Scenario, tasks: list[tuple[int, int]], workers: int) -> Iterator[Played]:
    if workers <= 1 or len(tasks) == 1:
        for variant, replication in tasks:
            yield once(scenario, variant, replication)
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=fresh) as pool:
        waiting = [pool.submit(once, scenario, variant, replication) for variant, replication in tasks]
        for done in as_completed(waiting):
            yield done.result()


def once(scenario: Scenario, variant: int, replication: int) -> Played:
    """One replication of one variant, from its beginning to its end."""
    setting = scenario.variants[variant].setting
    stage = _stage(setting.stores, setting.items, setting.seed)
    level = opening(stage, setting, stream(setting.seed, replication, "opening", 0))
    tally = play(World(stage, setting, level, replication), invented(stage, setting, replication))
    return Played(
        variant=variant, replication=replication, orders=tally.orders, figures=figures_of(tally),
        dots=_dots(stage, tally.sent_from) if replication == 0 else (),
    )  # fmt: skip


@lru_cache(maxsize=2)
def _stage(stores: int, items: int, seed: int) -> Stage:
    return invented_stage(replace(Setting(), stores=stores, items=items, seed=seed))


def _dots(stage: Stage, sent_from: dict[int, int]) -> tuple[Dot, ...]:
    return tuple(
        Dot(node=node.node, kind=node.kind, lat=node.lat, lon=node.lon, parcels=sent_from.get(place, 0))
        for place, node in enumerate(stage.atlas.nodes)
    )
