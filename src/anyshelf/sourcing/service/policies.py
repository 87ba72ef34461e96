"""The policies of a market: set up as rows, kept with the network for as long as neither changes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from anyshelf.ground.db import Tx, values
from anyshelf.ground.errors import Invalid
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.sourcing import rules, store
from anyshelf.sourcing.model import POLICIES, Policy, Standing

WEIGHTS: Final = tuple(each.name for each in fields(Policy) if each.name not in {"name", "allow_partial"})
"""What a market may say of a policy."""
USUAL: Final = Policy(name="usual")
DAYS_MAX: Final = 365
WEIGHT_MAX: Final = 1_000_000_000


def policies(tx: Tx, market: str) -> tuple[Standing, ...]:
    """The policies a market has set up, by name."""
    found = values(tx, store.POLICIES_SQL, market=market)
    return tuple(
        Standing(
            policy=weighed(name, weights), mode=mode, priority=priority, channels=tuple(channels),
            segments=tuple(segments), sample_percent=sample_percent, offers=offers,
        )
        for name, mode, priority, channels, segments, sample_percent, offers, weights in found
    )  # fmt: skip


def weighed(name: str, weights: Mapping[str, Any]) -> Policy:
    """A policy with some weights of its own; the others are those of the policy we know by that name."""
    return replace(POLICIES.get(name, Policy(name=name)), **weights)


def checked_weights(given: Mapping[str, Any]) -> dict[str, int | float]:
    """What a market says of a policy, if it may be said; raises Invalid naming the weight."""
    checked: dict[str, int | float] = {}
    for name, value in given.items():
        if name not in WEIGHTS:
            raise Invalid(
                f"There is no weight {name}; there are {', '.join(WEIGHTS)}.", field=f"weights.{name}"
            )
        whole = not isinstance(getattr(USUAL, name), float)
        most = DAYS_MAX if name == "late_days_max" else WEIGHT_MAX
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not (right and 0 <= value <= most):
            kind = "a whole number" if whole else "a number"
            raise Invalid(f"{name} is {kind} from 0 to {most}.", field=f"weights.{name}")
        checked[name] = value
    return checked


def in_force(tx: Tx, market: str) -> Sequence[Standing]:
    """The policies of a market, from memory while neither they nor the network have changed."""
    return _on(tx, network.atlas(tx, market))


def _on(tx: Tx, atlas: Atlas) -> Sequence[Standing]:
    return network.remembered(atlas, "policies", lambda: policies(tx, atlas.market))


def usual_policy(tx: Tx, atlas: Atlas, channel: str) -> Policy:
    """The policy that decides for a channel where nobody names a segment."""
    return rules.deciding(_on(tx, atlas), channel, "").policy


def policy_for(tx: Tx, market: str, *, channel: str, segment: str = "", name: str = "") -> Standing:
    """The policy that decides: the one of this name, where it is set up, else that of channel and segment."""
    standing = in_force(tx, market)
    return (rules.named(standing, name) if name else None) or rules.deciding(standing, channel, segment)


def balances(tx: Tx, market: str) -> bool:
    """Whether any policy that decides here minds how full the days of nodes are before they are full."""
    return any(each.mode == "live" and each.policy.load_minor for each in in_force(tx, market))


def standing_json(standing: Standing) -> dict[str, Any]:
    """A policy as the API shows it."""
    return {
        "policy": standing.policy.name,
        "mode": standing.mode,
        "priority": standing.priority,
        "channels": list(standing.channels),
        "segments": list(standing.segments),
        "sample_percent": standing.sample_percent,
        "offers": standing.offers,
        "weights": weights_json(standing.policy),
    }


def weights_json(policy: Policy) -> dict[str, Any]:
    """What a policy weighs, all of it."""
    return {name: getattr(policy, name) for name in WEIGHTS}
