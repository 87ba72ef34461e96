"""The near nodes first: whatever is asked, the answer is that of all nodes."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from anyshelf.network.model import Atlas, Channel, Node, Rate
from anyshelf.network.rules.drawing import Survey, draw
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import (
    CHEAPEST,
    FEWEST_PARCELS,
    LEAVE_ROOM,
    PROTECT_THE_STORE,
    Ask,
    Destination,
    Leanings,
    Policy,
    Sourced,
    Way,
)
from anyshelf.sourcing.rules import beyond_of
from anyshelf.sourcing.service import Grounds, nearby

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
STORES, CENTRES, ORDERS = 120, 3, 150
WAY = Way(method="ship", kinds=frozenset({"store", "dc"}))


def drawn_atlas() -> Atlas:
    """Stores all over a continent, and a few centres."""
    rng = np.random.default_rng(5)
    places = zip(rng.uniform(27, 47, STORES + CENTRES), rng.uniform(-122, -72, STORES + CENTRES), strict=True)
    nodes = [
        Node(
            node=f"N{number:03}", kind="dc" if number < CENTRES else "store", name="", lat=lat, lon=lon,
            country="US", timezone="America/Chicago", hours="24/7",
        )
        for number, (lat, lon) in enumerate(places)
    ]  # fmt: skip
    rates = [
        Rate(
            service="ground", zone=zone, weight_g_max=kg * 1000, amount_minor=500 + 70 * zone + 12 * zone * kg
        )
        for zone in range(2, 9)
        for kg in (1, 5, 30)
    ]
    channel = Channel(channel="web", currency="USD")
    return draw(Survey(market="main", version=1, stamp=None, nodes=nodes, rates=rates, channels=[channel]))


ATLAS = drawn_atlas()


def drawn(number: int) -> tuple[Grounds, Way]:
    """An order of up to five lines, scarce stock, and what speaks against nodes."""
    rng, nodes = np.random.default_rng(number), len(ATLAS.nodes)
    lines = int(rng.integers(1, 6))
    asks = tuple(
        Ask(
            line=line,
            item=f"I{line}",
            quantity=int(rng.integers(1, 3)),
            weight_g=int(rng.integers(50, 4_000)),
        )
        for line in range(lines)
    )
    held = rng.random((nodes, lines)) < rng.choice([0.05, 0.3, 0.8])
    stock = held * rng.integers(0, 4, (nodes, lines))
    leanings = Leanings(missing=rng.random((nodes, lines)) * 0.3, refusing=rng.random(nodes) * 0.2)
    worth = np.where(rng.random((nodes, lines)) < 0.3, rng.integers(0, 900, (nodes, lines)), 0.0)
    grounds = Grounds(
        atlas=ATLAS, channel=ATLAS.channels["web"], asks=asks, stock=stock,
        leanings=leanings if number % 2 else Leanings(), worth=worth if number % 3 else None,
    )  # fmt: skip
    lat, lon = rng.uniform(27, 47), rng.uniform(-122, -72)
    return grounds, replace(WAY, destination=Destination(lat=lat, lon=lon, country="US"))


def told(found: Sourced) -> dict[str, object]:
    """A decision with all that is kept of it."""
    return found.explain_json()


def near_first(patch: pytest.MonkeyPatch) -> list[bool]:
    """Ask a few nodes first from now on; tells of each decision whether these were enough."""
    enough: list[bool] = []
    choose = nearby.choose_near

    def noted(*args: object, **more: object) -> object:
        plan = choose(*args, **more)  # type: ignore[arg-type]
        enough.append(plan is not None)
        return plan

    patch.setattr(nearby, "NEAR", 12)
    patch.setattr(nearby, "WORTH_IT", 1)
    patch.setattr(nearby, "choose_near", noted)
    return enough


@pytest.mark.parametrize("policy", [LEAVE_ROOM, CHEAPEST, FEWEST_PARCELS, PROTECT_THE_STORE])
def test_the_near_nodes_answer_as_all_of_them_would(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [drawn(number) for number in range(ORDERS)]
    everybody = [told(sourcing.choose(grounds, way, policy=policy, now=NOW)) for grounds, way in asked]
    enough = near_first(monkeypatch)
    first = [told(sourcing.choose(grounds, way, policy=policy, now=NOW)) for grounds, way in asked]
    assert first == everybody
    assert any(enough), "some are decided near at hand"
    assert not all(enough), "others are not"


def test_without_the_proof_the_near_nodes_would_answer_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [drawn(number) for number in range(ORDERS)]
    everybody = [told(sourcing.choose(grounds, way, policy=CHEAPEST, now=NOW)) for grounds, way in asked]
    nothing = np.zeros(0)
    blind = beyond_of(nothing, nothing, nothing, anybody=(np.inf, 0.0, 0.0))
    near_first(monkeypatch)
    monkeypatch.setattr(nearby, "_beyond", lambda *_: blind)
    first = [told(sourcing.choose(grounds, way, policy=CHEAPEST, now=NOW)) for grounds, way in asked]
    assert first != everybody


def test_a_relief_may_lie_anywhere_so_all_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    enough = near_first(monkeypatch)
    grounds, way = drawn(0)
    relief = np.ones(grounds.stock.shape)
    sourcing.choose(replace(grounds, leanings=Leanings(relief_minor=relief)), way, now=NOW)
    assert not enough
