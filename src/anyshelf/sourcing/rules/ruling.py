"""Which policy decides an order, and which only look on."""

from collections.abc import Sequence

from anyshelf.sourcing.model import LEAVE_ROOM, Standing

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
