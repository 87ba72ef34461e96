"""Policies set up and changed: every change is a version, and an earlier one can be made to hold again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from anyshelf.ground import deeds
from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.errors import Conflict, NotFound, OutOfTurn
from anyshelf.network import service as network
from anyshelf.sourcing import rules, store
from anyshelf.sourcing.model import PRIORITY_MAX, Edition, Standing
from anyshelf.sourcing.service.policies import in_force, policies, standing_json, weighed

EDITIONS_SHOWN: Final = 50


def put_policy(
    tx: Tx,
    market: str,
    standing: Standing,
    weights: Mapping[str, Any],
    now: datetime,
    *,
    by: str,
    why: str = "",
    expected: int | None = None,
) -> Edition:
    """Set a policy up, or over, as its next version; what is decided from now on is decided by it.

    `expected` is the version somebody looked at when they changed it, 0 for none: raises Conflict where
    another one holds by now. Takes the network's row first, so policies are changed one after the other.
    """
    network.changed(tx, market)
    name = standing.policy.name
    before = next(iter(editions(tx, market, name, limit=1)), None)
    current = before.version if before else 0
    if expected is not None and expected != current:
        who = f" by {before.changed_by}" if before and before.changed_by else ""
        raise Conflict(
            f"{name} was changed{who} since you opened it: it is at version {current}. Look at it again.",
            field="version", version=current,
        )  # fmt: skip
    saved = {
        "market": market, "policy": name, "mode": standing.mode, "priority": standing.priority,
        "channels": list(standing.channels), "segments": list(standing.segments),
        "sample_percent": standing.sample_percent, "offers": standing.offers, "weights": Jsonb(weights),
        "now": now, "version": current + 1,
    }  # fmt: skip
    run(tx, store.SAVE_POLICY_SQL, **saved)
    run(tx, store.SAVE_EDITION_SQL, **saved, by=by, why=why)
    put = Edition(
        standing=standing, weights=weights, version=current + 1, changed_at=now, changed_by=by, why=why
    )
    deeds.note(tx, market, by=by, did="policy set", about=name, said=edition_json(put), now=now)
    return put


def editions(tx: Tx, market: str, policy: str, *, limit: int = EDITIONS_SHOWN) -> list[Edition]:
    """The versions of a policy, the newest first; none where nobody has set it up."""
    found = values(tx, store.EDITIONS_SQL, market=market, policy=policy, limit=limit)
    return [_edition(*columns) for columns in found]


def newest(tx: Tx, market: str) -> list[Edition]:
    """Every policy of a market as it stands now, by name."""
    return [_edition(*columns) for columns in values(tx, store.NEWEST_EDITIONS_SQL, market=market)]


def _edition(*columns: Any) -> Edition:
    name, mode, priority, channels, segments, sample_percent, offers, weights, *told = columns
    version, changed_at, changed_by, why = told
    return Edition(
        standing=Standing(
            policy=weighed(name, weights), mode=mode, priority=priority, channels=tuple(channels),
            segments=tuple(segments), sample_percent=sample_percent, offers=offers,
        ),
        weights=weights, version=version, changed_at=changed_at, changed_by=changed_by, why=why,
    )  # fmt: skip


def known_policy(tx: Tx, market: str, policy: str) -> Edition:
    """A policy as it stands now; raises NotFound where nobody has set it up."""
    found = editions(tx, market, policy, limit=1)
    if not found:
        raise NotFound(f"There is no policy {policy} here.", field="policy")
    return found[0]


def restore(
    tx: Tx, market: str, policy: str, version: int, now: datetime, *, by: str, expected: int | None = None
) -> Edition:
    """Let an earlier version of a policy hold again, as its next one; raises NotFound, Conflict.

    Done once more with the version that held before, it is undone.
    """
    known_policy(tx, market, policy)
    found = values(tx, store.EDITION_SQL, market=market, policy=policy, version=version)
    if not found:
        raise NotFound(f"{policy} has no version {version}.", field="version")
    earlier = _edition(*found[0])
    why = f"version {version} again"
    return put_policy(tx, market, earlier.standing, earlier.weights, now, by=by, why=why, expected=expected)


def let_rule(
    tx: Tx, market: str, policy: str, now: datetime, *, by: str, expected: int | None = None
) -> Edition:
    """Let a policy decide wherever it is meant to, before all others; NotFound, OutOfTurn, Conflict."""
    known = known_policy(tx, market, policy)
    priority = rules.priority_to_rule(policies(tx, market), policy)
    if priority > PRIORITY_MAX:
        raise OutOfTurn(
            f"Another policy has the highest priority there is, {PRIORITY_MAX}: lower that first.",
            field="priority",
        )
    ruling = replace(known.standing, mode="live", priority=priority)
    if ruling == known.standing:
        return known
    return put_policy(tx, market, ruling, known.weights, now, by=by, why="it rules", expected=expected)


def decided_where(tx: Tx, market: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By which policy each channel's orders are decided, and those of segments of shoppers it differs for."""
    channels = [channel.channel for channel in network.atlas(tx, market).channels.values()]
    return rules.decided_where(in_force(tx, market), sorted(channels))


def edition_json(edition: Edition) -> dict[str, Any]:
    """A version of a policy as the API shows it."""
    return {
        **standing_json(edition.standing),
        "version": edition.version,
        "changed_at": edition.changed_at.isoformat(),
        "changed_by": edition.changed_by or None,
        "why": edition.why or None,
    }
