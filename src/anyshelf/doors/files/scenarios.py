"""Scenarios from TOML files, those that are shipped and anybody's own: every fault is named at once."""

import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.simulator.model import (
    Network,
    Opened,
    Outage,
    Peak,
    Scenario,
    Setting,
    Staffing,
    Variant,
)
from anyshelf.simulator.world import nodes_of
from anyshelf.sourcing.model import POLICIES

VARIANTS_MAX = 8
KINDS = ("dc", "store", "vendor")
PARTS_MAX = 50

Kind = Literal["dc", "store", "vendor"]
Code = Annotated[str, Field(min_length=1, max_length=64)]
Hour = Annotated[int, Field(ge=0, le=24)]
Closed = Annotated[list[Literal["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]], Field(max_length=6)]
Capacity = Annotated[int, Field(ge=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Times = Annotated[float, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=0, le=3660)]
Count = Annotated[int, Field(ge=1, le=3000)]


Networks = Callable[[str], Network]
"""Reads the network a stage names; raises Invalid where it cannot."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PeakIn(_Part):
    """Days on which shoppers come more often."""

    day: Days
    days: Annotated[int, Field(ge=1, le=366)] = 1
    times: Times


class OutageIn(_Part):
    """Days on which a node sends nothing."""

    node: Code
    day: Days
    days: Annotated[int, Field(ge=1, le=366)]


class StaffingIn(_Part):
    """Days on which more people, or fewer, pick and hand over at nodes of one kind."""

    kind: Kind = "store"
    day: Days
    days: Annotated[int, Field(ge=1, le=366)] = 1
    times: Annotated[float, Field(gt=0, le=100)]


class OpenedIn(_Part):
    """A node that is added to the network."""

    node: Code
    kind: Kind = "dc"
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class SettingIn(_Part):
    """What a world is made of; what is not named is as the program has it."""

    stores: Count | None = None
    vendors: Annotated[int, Field(ge=0, le=5)] | None = None
    items: Annotated[int, Field(ge=2, le=1000)] | None = None
    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None
    orders_per_day: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    walk_in_share: Share | None = None
    pickup_share: Share | None = None
    reserve_share: Share | None = None
    lines_more: Annotated[float, Field(ge=0, le=5)] | None = None
    online_from: Annotated[list[Kind], Field(min_length=1)] | None = None
    pickup: bool | None = None
    reserve: bool | None = None
    ship_to_store: bool | None = None
    endless_aisle: bool | None = None
    policy: str | None = None
    promise: Literal["days", "dates"] | None = None
    holdback_units: Annotated[int, Field(ge=0, le=1000)] | None = None
    find_store: Share | None = None
    find_dc: Share | None = None
    find_vendor: Share | None = None
    phantom_share: Share | None = None
    weigh_finds: bool | None = None
    switch_share: Share | None = None
    substitute_share: Share | None = None
    patience_days: Annotated[float, Field(gt=0, le=365)] | None = None
    no_show_share: Share | None = None
    late_share: Share | None = None
    slack_days: Annotated[int, Field(ge=0, le=60)] | None = None
    store_cutoff: Hour | None = None
    dc_cutoff: Hour | None = None
    store_closed: Closed | None = None
    dc_closed: Closed | None = None
    store_capacity: Capacity | None = None
    dc_capacity: Capacity | None = None
    return_share_online: Share | None = None
    return_share_walk_in: Share | None = None
    returns_to: Literal["usual", "anywhere", "sender", "dc"] | None = None
    resale_share: Share | None = None
    store_cover_days: Annotated[float, Field(ge=0, le=3660)] | None = None
    dc_cover_days: Annotated[float, Field(ge=0, le=3660)] | None = None
    central_share: Share | None = None
    safety: Annotated[float, Field(ge=0, le=10)] | None = None
    replenished: bool | None = None
    restock: Literal["levels", "planning"] | None = None
    review_days: Annotated[int, Field(ge=1, le=366)] | None = None
    lead_days: Annotated[int, Field(ge=1, le=366)] | None = None
    vendor_late_share: Share | None = None
    vendor_short_share: Share | None = None
    markdown_share: Share | None = None
    counter_minutes: Annotated[float, Field(gt=0, le=240)] | None = None
    counters: Annotated[int, Field(ge=1, le=100)] | None = None
    peaks: Annotated[list[PeakIn], Field(max_length=PARTS_MAX)] | None = None
    outages: Annotated[list[OutageIn], Field(max_length=PARTS_MAX)] | None = None
    staffing: Annotated[list[StaffingIn], Field(max_length=PARTS_MAX)] | None = None
    closed: Annotated[list[Code], Field(max_length=PARTS_MAX)] | None = None
    opened: Annotated[list[OpenedIn], Field(max_length=PARTS_MAX)] | None = None


class VariantIn(SettingIn):
    """One way to run the house: its name, and what it does otherwise."""

    name: Annotated[str, Field(min_length=1, max_length=80)]


class StageIn(_Part):
    """Whose network it is played on: a folder of files, or "live", the database's own."""

    source: Annotated[str, Field(min_length=1, max_length=500, alias="from")]


class ScenarioIn(_Part):
    """A scenario file."""

    question: Annotated[str, Field(min_length=1, max_length=300)]
    stage: StageIn | None = None
    world: SettingIn = SettingIn()
    variant: Annotated[list[VariantIn], Field(min_length=1, max_length=VARIANTS_MAX)]


def shipped() -> list[str]:
    """The names of the scenarios that come with the program."""
    folder = files("anyshelf.simulator") / "scenarios"
    return sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml"))


def question_of(text: str) -> str:
    """What a scenario asks; nothing where its text cannot be read."""
    try:
        return str(tomllib.loads(text).get("question", ""))
    except tomllib.TOMLDecodeError:
        return ""


def text_of(name: str) -> str:
    """The TOML of a shipped scenario; raises NotFound."""
    if name not in shipped():
        raise NotFound(f"There is no scenario {name}; shipped are {', '.join(shipped())}.")
    return (files("anyshelf.simulator") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")


def read_scenario(name: str, *, networks: Networks | None = None) -> Scenario:
    """A shipped scenario by its name, or one of a file; raises Invalid with all that is wrong."""
    if name in shipped():
        return scenario_of(text_of(name), name, networks=networks)
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Invalid(
            f"There is no scenario {name} that can be read; shipped are {', '.join(shipped())}.",
            field="scenario",
        ) from wrong
    return scenario_of(text, Path(name).stem, networks=networks)


def scenario_of(text: str, name: str, *, networks: Networks | None = None) -> Scenario:
    """A scenario from its TOML; raises Invalid with all that is wrong.

    `networks` reads the network a `[stage]` names; without it such a scenario is refused.
    """
    try:
        given = ScenarioIn.model_validate(tomllib.loads(text), strict=False)
    except tomllib.TOMLDecodeError as wrong:
        raise Invalid(f"{name} is not TOML: {wrong}.", field="scenario") from wrong
    except ValidationError as wrong:
        faults = faults_of(wrong)
        said = "; ".join(f"{where}: {what}" for where, what in faults.items())
        raise Invalid(f"{name} cannot be played: {said}.", field="scenario", faults=faults) from wrong
    world = given.world.model_dump(exclude_none=True)
    variants = tuple(
        Variant(
            name=each.name, setting=_setting(world | each.model_dump(exclude_none=True, exclude={"name"}))
        )
        for each in given.variant
    )
    found = Scenario(
        name=name, question=given.question, variants=variants, network=_network(given.stage, networks)
    )
    _check(found)
    return found


def faults_of(wrong: ValidationError) -> dict[str, str]:
    """All that is wrong, by the name of the field."""
    return {".".join(str(part) for part in each["loc"]): each["msg"].lower() for each in wrong.errors()}


def _network(stage: StageIn | None, networks: Networks | None) -> Network | None:
    if stage is None:
        return None
    if networks is None:
        raise Invalid("A scenario on a network of your own cannot be played here.", field="stage.from")
    return networks(stage.source)


def _setting(given: dict[str, Any]) -> Setting:
    listed: dict[str, Any] = {
        "peaks": tuple(Peak(**each) for each in given.get("peaks", ())),
        "outages": tuple(Outage(**each) for each in given.get("outages", ())),
        "staffing": tuple(Staffing(**each) for each in given.get("staffing", ())),
        "opened": tuple(Opened(**each) for each in given.get("opened", ())),
        "closed": tuple(sorted(set(given.get("closed", ())))),
    }
    for name in ("online_from", "store_closed", "dc_closed"):
        if name in given:
            listed[name] = tuple(sorted(set(given[name])))
    return Setting(**(given | listed))


def _check(scenario: Scenario) -> None:
    """What only the whole can show: names told twice, shares beyond all, policies and nodes nobody knows."""
    names = [variant.name for variant in scenario.variants]
    if len(set(names)) < len(names):
        raise Invalid(f"{scenario.name} names a variant twice: {', '.join(names)}.", field="variant.name")
    for place, variant in enumerate(scenario.variants):
        setting, where = variant.setting, f"variant.{place}"
        if setting.policy not in POLICIES:
            known = ", ".join(sorted(POLICIES))
            raise Invalid(f"There is no policy {setting.policy}: {known}.", field=f"{where}.policy")
        if setting.pickup_share + setting.reserve_share > 1:
            raise Invalid(
                "pickup_share and reserve_share are parts of the online orders; together they are more "
                "than all of them.",
                field=f"{where}.pickup_share",
            )
        _check_nodes(scenario, setting, where)


def _check_nodes(scenario: Scenario, setting: Setting, where: str) -> None:
    """Nodes that are shut or closed must be there, opened ones must not; some must be left who send."""
    if not (setting.outages or setting.closed or setting.opened):
        return
    nodes = {node.node: node.kind for node in nodes_of(scenario.network, setting)}
    named = [("outages", each.node) for each in setting.outages if each.node not in KINDS]
    for field, node in [*named, *(("closed", node) for node in setting.closed)]:
        if node not in nodes:
            centres = ", ".join(sorted(node for node, kind in nodes.items() if kind == "dc"))
            raise Invalid(
                f"There is no node {node}; the centres are {centres}.", field=f"{where}.{field}"
            )  # fmt: skip
    for each in setting.opened:
        if each.node in nodes:
            raise Invalid(f"There is a node {each.node} already.", field=f"{where}.opened")
    left = {kind for node, kind in nodes.items() if node not in setting.closed}
    left |= {each.kind for each in setting.opened}
    if not left & set(setting.online_from):
        raise Invalid("With these nodes closed nobody is left who sends.", field=f"{where}.closed")
    missing = {each.node for each in setting.outages if each.node in KINDS} - left
    if missing:
        raise Invalid(f"There is no {min(missing)} that could fail.", field=f"{where}.outages")
