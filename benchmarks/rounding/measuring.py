"""One contest: every policy on the same drawn sequences, as a ratio to the published yardstick."""

import argparse
import contextlib
import json
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from anyshelf.sourcing.model import FloatArray
from anyshelf.sourcing.rules.fluid import Fluid
from rounding.policies import (
    POLICY,
    Arrivals,
    Tally,
    arrivals,
    at_prices,
    cheapest,
    dilate,
    foresight,
    myopic,
)
from rounding.regions import regions
from rounding.world import Instance, SetUp, instance
from rounding.yardstick import item_facility

OURS = "ours"

Figures = dict[str, list[dict[str, float]]]
"""For each policy, one entry for each sequence: the ratio, and shares of what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What is measured, and how our policy works there: prices anew so often, over so many drawn futures."""

    name: str
    setup: SetUp
    instances: int
    sequences: int
    refreshes: int
    futures: int
    published: dict[str, float]
    first: int = 0
    large: bool = False
    keep: Path | None = None
    said: str = "the regions and centres of the published set-up"


def measure(contest: Contest) -> None:
    """Run every instance, on all cores; the last line is the figure as JSON."""
    contest = _as_asked(contest)
    begun, done = time.perf_counter(), kept(contest)
    numbers = [number for number in _numbers(contest) if number not in done]
    with multiprocessing.Pool() as pool:
        for number, found in pool.imap_unordered(_one_instance, [(contest, number) for number in numbers]):
            done[number] = found
            keep(contest, number, found)
            _progress(len(done), contest, _all(done), time.perf_counter() - begun)
    print(json.dumps(_figure(contest, _all(done), time.perf_counter() - begun)))


def _numbers(contest: Contest) -> range:
    return range(contest.first, contest.first + contest.instances)


def _all(done: dict[int, Figures]) -> Figures:
    """The entries of all instances together, in the order of their numbers."""
    figures: Figures = defaultdict(list)
    for number in sorted(done):
        for policy, entries in done[number].items():
            figures[policy] += entries
    return figures


def _asked_of(contest: Contest) -> dict[str, object]:
    """What must be the same for an instance that was kept to stand for one that would be run."""
    return {
        "name": contest.name, "said": contest.said, "sequences": contest.sequences,
        "refreshes": contest.refreshes, "futures": contest.futures,
    }  # fmt: skip


def kept(contest: Contest) -> dict[int, Figures]:
    """The instances that a run cut short has left; a line it was still writing is not one."""
    found: dict[int, Figures] = {}
    if contest.keep is None or not contest.keep.exists():
        return found
    for line in contest.keep.read_text().splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            told = json.loads(line)
            if told["asked"] == _asked_of(contest) and told["instance"] in _numbers(contest):
                found[told["instance"]] = told["figures"]
    return found


def keep(contest: Contest, number: int, found: Figures) -> None:
    """Write an instance down, to be found by a later run."""
    if contest.keep is not None:
        with contest.keep.open("a") as file:
            told = {"asked": _asked_of(contest), "instance": number, "figures": found}
            file.write("\n" + json.dumps(told))


def _as_asked(contest: Contest) -> Contest:
    asked = argparse.ArgumentParser(prog=f"bench-{contest.name}")
    for name in ("instances", "sequences", "refreshes", "futures", "first"):
        asked.add_argument(f"--{name}", type=int, default=getattr(contest, name))
    asked.add_argument("--keep", type=Path, help="a file of what is done, to go on from when cut short")
    asked.add_argument("--regions", type=Path, help="a CSV of other regions: lat, lon, population")
    given = vars(asked.parse_args())
    elsewhere = given.pop("regions")
    if elsewhere is not None:
        found = regions(elsewhere)
        contest = replace(contest, setup=replace(contest.setup, regions=found.regions), said=found.said)
    return replace(contest, **given)


def _one_instance(work: tuple[Contest, int]) -> tuple[int, Figures]:
    contest, number = work
    drawn = instance(contest.setup, number)
    yardstick, shares = item_facility(drawn, large=contest.large)
    fluid = Fluid(drawn.outlook, POLICY)
    found: Figures = defaultdict(list)
    for _ in range(contest.sequences):
        came = arrivals(drawn)
        found["foresight"].append({"ratio": foresight(drawn, came, fluid) / yardstick})
        for name, run in _policies(contest, drawn, came, fluid, shares).items():
            begun = time.process_time()
            tally = run()
            found[name].append({
                "ratio": tally.cost / yardstick,
                "split_rate": tally.split / tally.orders,
                "unfulfilled_rate": tally.unfulfilled / tally.units,
                "seconds": time.process_time() - begun,
            })  # fmt: skip
    return number, dict(found)


def _policies(
    contest: Contest, drawn: Instance, came: Arrivals, fluid: Fluid, shares: list[FloatArray]
) -> dict[str, Callable[[], Tally]]:
    ours = {"refreshes": contest.refreshes, "futures": contest.futures}
    return {
        "myopic": lambda: myopic(drawn, came),
        "dilate": lambda: dilate(drawn, came, shares),
        "cheapest": lambda: cheapest(drawn, came),
        "static_prices": lambda: at_prices(drawn, came, fluid, refreshes=1, futures=0),
        "method_prices_10": lambda: at_prices(drawn, came, fluid, refreshes=10, futures=0),
        OURS: lambda: at_prices(drawn, came, fluid, **ours),
    }


def _progress(done: int, contest: Contest, figures: Figures, seconds: float) -> None:
    sofar = {name: float(np.mean([entry["ratio"] for entry in found])) for name, found in figures.items()}
    told = ", ".join(f"{name} {ratio:.4f}" for name, ratio in sorted(sofar.items(), key=lambda one: one[1]))
    print(f"{done}/{contest.instances} instances, {seconds:,.0f} s: {told}", flush=True)


def _figure(contest: Contest, figures: Figures, seconds: float) -> dict[str, object]:
    detail: dict[str, object] = {policy: _summary(found) for policy, found in figures.items()}
    detail |= {
        "instances": contest.instances,
        "sequences": contest.sequences,
        "refreshes": contest.refreshes,
        "futures": contest.futures,
        "seconds": round(seconds, 1),
        "data": f"{contest.said}; drawn by numpy.random.default_rng(instance), from instance {contest.first}",
    }
    ours = float(np.mean([entry["ratio"] for entry in figures[OURS]]))
    return {
        "name": contest.name,
        "value": round(ours, 5),
        "unit": "cost / fluid LP",
        "anchors": contest.published,
        "detail": detail,
    }


def _summary(found: list[dict[str, float]]) -> dict[str, float]:
    told = {name: round(float(np.mean([entry[name] for entry in found])), 5) for name in found[0]}
    ratios = [entry["ratio"] for entry in found]
    return told | {"standard_error": round(float(np.std(ratios) / np.sqrt(len(ratios))), 5)}
