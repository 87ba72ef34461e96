"""What shadow policies would have done with live orders, beside what is done; without any effect."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.sourcing import rules, store
from anyshelf.sourcing.model import Sourced, Standing
from anyshelf.sourcing.service.policies import in_force

PAID = ("freight", "handling", "split", "total")


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


def note_shadow(
    tx: Tx, market: str, policy: str, order_id: Id, *, live: Sequence[Sourced], shadow: Sequence[Sourced],
    now: datetime,
) -> None:  # fmt: skip
    """Write down what both policies do with an order on the same shelves; once an order."""
    run(
        tx, store.JUDGE_SQL, market=market, policy=policy, order_id=order_id,
        agreed=rules.served_by(live) == rules.served_by(shadow), live=Jsonb(rules.figures_of(live)),
        shadow=Jsonb(rules.figures_of(shadow)), now=now,
    )  # fmt: skip


def report(tx: Tx, market: str, policy: str, since: datetime) -> dict[str, Any]:
    """What a shadow policy would have saved since a moment: orders, agreement, money by term, parcels, km."""
    ((orders, agreed, live, shadow),) = values(
        tx, store.REPORT_SQL, market=market, policy=policy, since=since
    )
    currency = network.currency(tx, market)
    saved = {
        term: Money(round(_of(live, f"{term}_minor") - _of(shadow, f"{term}_minor")), currency).as_json()
        for term in PAID
    }
    return {
        "policy": policy,
        "since": since.isoformat(),
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
