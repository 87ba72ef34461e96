"""The front door of planning: runs, suggestions and what becomes of them, alerts, forecasts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.planning import store
from anyshelf.planning.model import Alert, Automation, Run, Suggestion
from anyshelf.planning.service.deciding import accept, dismiss, dispatch, edit, found, receive
from anyshelf.planning.service.picturing import picture_of
from anyshelf.planning.service.planning import begin, change_terms, end, keep, parts, terms

__all__ = [
    "accept", "alerts", "automate", "automation", "begin", "change_terms", "dismiss", "dispatch", "edit",
    "end", "forecasts", "found", "keep", "last_run", "parts", "picture_of", "receive", "suggestions", "terms",
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


def last_run(tx: Tx, market: str) -> Run | None:
    """The run that ended last."""
    return store.last_run(tx, market)


def automation(tx: Tx, market: str) -> list[Automation]:
    """What is accepted without anybody looking."""
    return store.automation(tx, market)


def automate(tx: Tx, market: str, rule: Automation, *, by: str, now: datetime) -> None:
    """Accept suggestions of a kind by themselves from the next run on, up to a size and a value."""
    store.automate(tx, market, rule, by=by, now=now)
