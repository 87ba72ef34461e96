"""Which policy decides an order, and which only look on."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.sourcing.model import LEAVE_ROOM, Edition, Standing

BY_ITSELF = Standing(policy=LEAVE_ROOM)
"""What decides where a market has set up nothing that applies."""


def deciding(standing: Sequence[Standing], channel: str, segment: str) -> Standing:
    """The live policy for this channel and segment: of the highest priority, then the first by name."""
    live = [each for each in standing if each.mode == "live" and each.is_for(channel, segment)]
    return min(live, key=lambda each: (-each.priority, each.policy.name), default=BY_ITSELF)


def named(standing: Sequence[Standing], name: str) -> Standing | None:
    """The policy of this name, whether it still decides or not."""
    return next((each for each in standing if each.policy.name == name), None)


def looking_on(standing: Sequence[Standing], channel: str, segment: str) -> list[Standing]:
    """The shadow policies that would apply to this channel and segment."""
    return [each for each in standing if each.mode == "shadow" and each.is_for(channel, segment)]


def priority_to_rule(standing: Sequence[Standing], name: str) -> int:
    """The least priority, its own or higher, with which this policy decides wherever it is meant to."""
    own = named(standing, name) or BY_ITSELF
    others = [
        each for each in standing
        if each.mode == "live" and each.policy.name != name and _meet(each, own)
    ]  # fmt: skip
    return max([own.priority, *(each.priority + (each.policy.name < name) for each in others)])


def _meet(one: Standing, other: Standing) -> bool:
    """Whether there are orders both would apply to."""
    return all(
        not mine or not theirs or set(mine) & set(theirs)
        for mine, theirs in ((one.channels, other.channels), (one.segments, other.segments))
    )


def decided_where(standing: Sequence[Standing], channels: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Where each policy decides: (channel, segment), a segment only where it differs from all others ("")."""
    segments = sorted({name for each in standing if each.mode == "live" for name in each.segments})
    found: dict[str, list[tuple[str, str]]] = {}
    for channel in channels:
        usual = deciding(standing, channel, "").policy.name
        found.setdefault(usual, []).append((channel, ""))
        for segment in segments:
            name = deciding(standing, channel, segment).policy.name
            if name != usual:
                found.setdefault(name, []).append((channel, segment))
    return found


def same_since(editions: Sequence[Edition]) -> datetime | None:
    """Since when a policy weighs as it does, of its editions, the newest first; None where there is none."""
    since = None
    for each in editions:
        if not each.decides_as(editions[0]):
            break
        since = each.changed_at
    return since
