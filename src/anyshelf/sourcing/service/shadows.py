"""What shadow policies would have done with live orders, beside what is done; without any effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.sourcing import rules, store
from anyshelf.sourcing.model import Sourced, Standing
from anyshelf.sourcing.service.editions import editions
from anyshelf.sourcing.service.policies import in_force

PAID = ("freight", "handling", "split", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An order as two policies serve it: whether alike, and each in figures (money in minor units)."""

    order_id: Id
    agreed: bool
    live: Mapping[str, float]
    shadow: Mapping[str, float]
    judged_at: datetime

    @property
    def saved_minor(self) -> int:
        """What the policy that looks on would have saved, in minor units; below zero: cost more."""
        return round(self.live.get("total_minor", 0) - self.shadow.get("total_minor", 0))


def shadows(tx: Tx, market: str) -> list[Standing]:
    """The policies that only look on."""
    return [each for each in in_force(tx, market) if each.mode == "shadow"]


def looked_to(tx: Tx, market: str, policy: str) -> tuple[bool, Id | None]:
    """Whether it is ours to look on now, and up to which order was looked at; locks the policy's row."""
    found = values(tx, store.LOOKED_TO_SQL, market=market, policy=policy)
    return bool(found), found[0][0] if found else None


def look_on(tx: Tx, market: str, policy: str, up_to: Id) -> None:
    """Remember up to which order a shadow policy has looked."""
    run(tx, store.LOOK_ON_SQL, market=market, policy=policy, looked_to=up_to)


def note_shadow(tx: Tx, market: str, policy: str, judged: Judged) -> None:
    """Write down what both policies do with an order on the same shelves; once an order."""
    run(
        tx, store.JUDGE_SQL, market=market, policy=policy, order_id=judged.order_id, agreed=judged.agreed,
        live=Jsonb(judged.live), shadow=Jsonb(judged.shadow), now=judged.judged_at,
    )  # fmt: skip


def report(tx: Tx, market: str, policy: str, since: datetime) -> dict[str, Any]:
    """What a shadow policy would have saved since a moment: orders, agreement, money by term, parcels, km."""
    ((orders, agreed, live, shadow),) = values(
        tx, store.REPORT_SQL, market=market, policy=policy, since=since
    )
    told = _report(policy, network.currency(tx, market), orders, agreed, live, shadow)
    return {"since": since.isoformat(), **told}


def compared(tx: Tx, market: str, policy: str, judged: Sequence[Judged]) -> dict[str, Any]:
    """The same report of orders that were compared just now, and that nobody has written down."""
    return _report(
        policy, network.currency(tx, market), len(judged), sum(each.agreed for each in judged),
        rules.summed(each.live for each in judged), rules.summed(each.shadow for each in judged),
    )  # fmt: skip


def judge(order_id: Id, *, live: Sequence[Sourced], shadow: Sequence[Sourced], now: datetime) -> Judged:
    """What both policies do with an order on the same shelves, in figures."""
    return Judged(
        order_id=order_id, agreed=rules.served_by(live) == rules.served_by(shadow),
        live=rules.figures_of(live), shadow=rules.figures_of(shadow), judged_at=now,
    )  # fmt: skip


def otherwise(tx: Tx, market: str, policy: str, since: datetime, *, limit: int) -> list[Judged]:
    """The orders a shadow policy would have served otherwise since a moment, the newest first."""
    found = values(tx, store.OTHERWISE_SQL, market=market, policy=policy, since=since, limit=limit)
    return [
        Judged(order_id=order_id, agreed=False, live=live, shadow=shadow, judged_at=judged_at)
        for order_id, live, shadow, judged_at in found
    ]


def judged_since(tx: Tx, market: str, policy: str) -> datetime | None:
    """Since when a policy weighs as it does now; what it was before is not reported with it."""
    return rules.same_since(editions(tx, market, policy))


def _report(
    policy: str,
    currency: str,
    orders: int,
    agreed: int,
    live: Mapping[str, float],
    shadow: Mapping[str, float],
) -> dict[str, Any]:
    saved = {
        term: Money(round(_of(live, f"{term}_minor") - _of(shadow, f"{term}_minor")), currency).as_json()
        for term in PAID
    }
    return {
        "policy": policy,
        "orders": orders,
        "agreed": agreed,
        "agreement": round(agreed / orders, 4) if orders else None,
        "saved": saved,
        "live": _side(live, orders),
        "shadow": _side(shadow, orders),
    }


def _side(sums: Mapping[str, float], orders: int) -> dict[str, Any]:
    return {
        "parcels": round(_of(sums, "parcels")),
        "split_orders": round(_of(sums, "split")),
        "short_lines": round(_of(sums, "short_lines")),
        "km": round(_of(sums, "km"), 1),
        "chance": round(_of(sums, "chance") / orders, 4) if orders else None,
    }


def _of(sums: Mapping[str, float], name: str) -> float:
    return float(sums.get(name, 0.0))
