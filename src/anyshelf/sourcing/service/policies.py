"""The policies of a market: set up as rows, kept with the network for as long as neither changes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run, values
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.sourcing import rules, store
from anyshelf.sourcing.model import POLICIES, Policy, Standing

WEIGHTS: Final = tuple(each.name for each in fields(Policy) if each.name not in {"name", "allow_partial"})
"""What a market may say of a policy."""


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


def put_policy(tx: Tx, market: str, standing: Standing, weights: dict[str, Any], now: datetime) -> Standing:
    """Set a policy up, or over; what is decided from now on is decided by it."""
    run(
        tx, store.SAVE_POLICY_SQL, market=market, policy=standing.policy.name, mode=standing.mode,
        priority=standing.priority, channels=list(standing.channels), segments=list(standing.segments),
        sample_percent=standing.sample_percent, offers=standing.offers, weights=Jsonb(weights), now=now,
    )  # fmt: skip
    network.changed(tx, market)
    return standing


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
