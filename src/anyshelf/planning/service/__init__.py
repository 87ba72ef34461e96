"""The front door of planning: runs, suggestions and what becomes of them, alerts, forecasts."""

from collections.abc import Sequence
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.planning import store
from anyshelf.planning.model import Alert, Run, Suggestion
from anyshelf.planning.service.deciding import accept, dismiss, dispatch, edit, found, receive, undo
from anyshelf.planning.service.picturing import close_up, picture_of
from anyshelf.planning.service.planning import begin, decided, end, items_at_once, items_of, keep
from anyshelf.planning.service.sharing import share_out, suggest_shares
from anyshelf.planning.service.terms import (
    automate,
    automation,
    change_terms,
    check_supply_rule,
    check_supply_rules,
    save_supply_rules,
    supply_rules,
    terms,
)
from anyshelf.planning.service.turns import (
    begin_night,
    end_night,
    free_turn,
    keep_turn,
    night_turn,
    plan_soon,
    take_turn,
    turn,
)
from anyshelf.planning.store import running

__all__ = [
    "accept", "alert_sums", "alerts", "automate", "automation", "begin", "begin_night", "change_terms",
    "check_supply_rule", "check_supply_rules", "close_up", "decided", "dismiss", "dispatch", "edit", "end",
    "end_night", "forecasts", "found", "free_turn", "items_at_once", "items_of", "keep", "keep_turn",
    "night_turn", "open_sums", "picture_of", "plan_soon", "receive", "runs", "save_supply_rules",
    "share_out", "suggest_shares", "suggestion", "suggestions", "supply_rules", "take_turn", "terms",
    "travelling", "turn", "undo",
]  # fmt: skip


def suggestions(
    tx: Tx, market: str, *, state: str, kind: str | None = None, item: str | None = None,
    nodes: Sequence[str] | None = None, after: Id | None = None, limit: int,
) -> list[Suggestion]:  # fmt: skip
    """Suggestions in a state, the most worth first; to or from these nodes, where they are named."""
    named = list(nodes) if nodes else None
    return store.suggestions(
        tx, market, state=state, kind=kind, item=item, nodes=named, after=after, limit=limit
    )


def suggestion(tx: Tx, market: str, suggestion_id: Id) -> Suggestion | None:
    """One suggestion, as it stands; None where there is none."""
    return store.suggestion(tx, market, suggestion_id)


def alerts(
    tx: Tx, market: str, *, kind: str | None = None, nodes: Sequence[str] | None = None,
    after: Id | None = None, limit: int,
) -> list[Alert]:  # fmt: skip
    """Open alerts, the dearest first."""
    named = list(nodes) if nodes else None
    return store.alerts(tx, market, kind=kind, nodes=named, after=after, limit=limit)


def forecasts(
    tx: Tx, market: str, *, item: str | None, node: str | None, after: tuple[str, str] = ("", ""), limit: int
) -> list[dict[str, Any]]:
    """What was expected of items at nodes when planning last looked, in their order."""
    return store.forecasts(tx, market, item=item, node=node, after=after, limit=limit)


def runs(tx: Tx, market: str, limit: int = 20) -> list[Run]:
    """The latest runs, the last one first."""
    return running.runs(tx, market, limit)


def open_sums(tx: Tx, market: str, nodes: Sequence[str] | None = None) -> list[tuple[str, int, int, int]]:
    """Of each kind of open suggestion: how many, their units, their worth in minor units."""
    return store.open_sums(tx, market, nodes)


def alert_sums(tx: Tx, market: str, nodes: Sequence[str] | None = None) -> list[tuple[str, int, int]]:
    """Of each kind of open alert: how many, and what is at stake in minor units."""
    return store.alert_sums(tx, market, nodes)


def travelling(tx: Tx, market: str, node: str, limit: int = 200) -> list[Suggestion]:
    """What was accepted and is to leave a node, or to come to it, the soonest first."""
    return store.travelling(tx, market, node, limit)
