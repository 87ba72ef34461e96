"""Scenarios from TOML files, those that are shipped and anybody's own: every fault is named at once."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from anyshelf.ground.errors import Invalid
from anyshelf.simulator.model import Outage, Peak, Scenario, Setting, Variant
from anyshelf.simulator.world import invented_stage
from anyshelf.sourcing.model import POLICIES

VARIANTS_MAX = 8
KINDS = ("dc", "store")

Share = Annotated[float, Field(ge=0, le=1)]
Times = Annotated[float, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=0, le=3660)]
Count = Annotated[int, Field(ge=1, le=3000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PeakIn(_Part):
    """Days on which shoppers come more often."""

    day: Days
    days: Annotated[int, Field(ge=1, le=366)] = 1
    times: Times


class OutageIn(_Part):
    """Days on which a node sends nothing."""

    node: str
    day: Days
    days: Annotated[int, Field(ge=1, le=366)]


class SettingIn(_Part):
    """What a world is made of; what is not named is as the program has it."""

    stores: Count | None = None
    items: Annotated[int, Field(ge=2, le=1000)] | None = None
    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None
    orders_per_day: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    walk_in_share: Share | None = None
    pickup_share: Share | None = None
    lines_more: Annotated[float, Field(ge=0, le=5)] | None = None
    online_from: Annotated[list[Literal["dc", "store"]], Field(min_length=1)] | None = None
    pickup: bool | None = None
    endless_aisle: bool | None = None
    policy: str | None = None
    holdback_units: Annotated[int, Field(ge=0, le=1000)] | None = None
    find_store: Share | None = None
    find_dc: Share | None = None
    phantom_share: Share | None = None
    weigh_finds: bool | None = None
    switch_share: Share | None = None
    substitute_share: Share | None = None
    patience_days: Annotated[float, Field(gt=0, le=365)] | None = None
    late_share: Share | None = None
    slack_days: Annotated[int, Field(ge=0, le=60)] | None = None
    return_share_online: Share | None = None
    return_share_walk_in: Share | None = None
    store_cover_days: Annotated[float, Field(ge=0, le=3660)] | None = None
    dc_cover_days: Annotated[float, Field(ge=0, le=3660)] | None = None
    safety: Annotated[float, Field(ge=0, le=10)] | None = None
    replenished: bool | None = None
    review_days: Annotated[int, Field(ge=1, le=366)] | None = None
    lead_days: Annotated[int, Field(ge=1, le=366)] | None = None
    vendor_late_share: Share | None = None
    markdown_share: Share | None = None
    counter_minutes: Annotated[float, Field(gt=0, le=240)] | None = None
    counters: Annotated[int, Field(ge=1, le=100)] | None = None
    peaks: list[PeakIn] | None = None
    outages: list[OutageIn] | None = None


class VariantIn(SettingIn):
    """One way to run the house: its name, and what it does otherwise."""

    name: Annotated[str, Field(min_length=1, max_length=80)]


class ScenarioIn(_Part):
    """A scenario file."""

    question: Annotated[str, Field(min_length=1, max_length=300)]
    world: SettingIn = SettingIn()
    variant: Annotated[list[VariantIn], Field(min_length=1, max_length=VARIANTS_MAX)]


def shipped() -> list[str]:
    """The names of the scenarios that come with the program."""
    folder = files("anyshelf.simulator") / "scenarios"
    return sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml"))


def read_scenario(name: str) -> Scenario:
    """A shipped scenario by its name, or one of a file; raises Invalid with all that is wrong."""
    if name in shipped():
        text = (files("anyshelf.simulator") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
        return scenario_of(text, name)
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Invalid(
            f"There is no scenario {name} that can be read; shipped are {', '.join(shipped())}.",
            field="scenario",
        ) from wrong
    return scenario_of(text, Path(name).stem)


def scenario_of(text: str, name: str) -> Scenario:
    """A scenario from its TOML; raises Invalid with all that is wrong."""
    try:
        given = ScenarioIn.model_validate(tomllib.loads(text), strict=False)
    except tomllib.TOMLDecodeError as wrong:
        raise Invalid(f"{name} is not TOML: {wrong}.", field="scenario") from wrong
    except ValidationError as wrong:
        said = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg'].lower()}" for each in wrong.errors()
        )
        raise Invalid(f"{name} cannot be played: {said}.", field="scenario") from wrong
    world = given.world.model_dump(exclude_none=True)
    variants = tuple(
        Variant(
            name=each.name, setting=_setting(world | each.model_dump(exclude_none=True, exclude={"name"}))
        )
        for each in given.variant
    )
    found = Scenario(name=name, question=given.question, variants=variants)
    _check(found)
    return found


def _setting(given: dict[str, Any]) -> Setting:
    listed = {
        "peaks": tuple(Peak(**each) for each in given.get("peaks", ())),
        "outages": tuple(Outage(**each) for each in given.get("outages", ())),
    }
    if "online_from" in given:
        listed["online_from"] = tuple(sorted(set(given["online_from"])))
    return Setting(**(given | listed))


def _check(scenario: Scenario) -> None:
    """What only the whole can show: names told twice, policies and nodes nobody knows."""
    names = [variant.name for variant in scenario.variants]
    if len(set(names)) < len(names):
        raise Invalid(f"{scenario.name} names a variant twice: {', '.join(names)}.", field="variant.name")
    for place, variant in enumerate(scenario.variants):
        setting = variant.setting
        if setting.policy not in POLICIES:
            known = ", ".join(sorted(POLICIES))
            raise Invalid(f"There is no policy {setting.policy}: {known}.", field=f"variant.{place}.policy")
        known_nodes = invented_stage(setting).atlas.index if setting.outages else {}
        for outage in setting.outages:
            if outage.node not in known_nodes and outage.node not in KINDS:
                centres = ", ".join(node for node in known_nodes if node.startswith("DC-"))
                raise Invalid(
                    f"There is no node {outage.node} to be shut; the centres are {centres}.",
                    field=f"variant.{place}.outages",
                )
