"""The figures retailers live by, from facts of our own: by channel, node, journey, method or day."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.ground.ids import Id
from anyshelf.insight.rules import kpis
from anyshelf.insight.store import figures as store
from anyshelf.inventory import service as inventory

LAST_ID = Id(int=2**128 - 1)

GROUPED_BY = {
    "orders": ("", "channel", "method", "day"),
    "parts": ("", "node", "journey", "channel", "day"),
    "returns": ("", "node", "journey", "channel", "day"),
}
OF = {"orders": kpis.ORDERS, "parts": kpis.PARTS, "returns": kpis.RETURNS}


def figures(
    tx: Tx,
    market: str,
    *,
    by: str,
    since: datetime,
    until: datetime,
    channels: Sequence[str] = (),
    nodes: Sequence[str] = (),
) -> dict[str, dict[str, Any]]:
    """Every figure there is in this grouping, group by group; raises Invalid for a span that is none.

    Who may see some nodes only is shown no figures of whole orders.
    """
    if until <= since:
        raise Invalid("'until' is not after 'since'.", field="until")
    found: dict[str, dict[str, Any]] = {}
    for what, groupings in GROUPED_BY.items():
        if by not in groupings or (nodes and what == "orders"):
            continue
        for each in store.groups(
            tx, market, what, by=by, since=since, until=until, channels=channels, nodes=nodes
        ):
            found.setdefault(each.group, {}).update(kpis.figures(OF[what], each.sums))
    return found


def behind(
    tx: Tx,
    market: str,
    figure: str,
    *,
    since: datetime,
    until: datetime,
    before: Id | None = None,
    limit: int = 50,
) -> list[Id]:
    """The orders a figure would be better without (late, split, short …); of a plain sum, all it is made of.

    Newest first, a page at a time. Raises NotFound for a figure that is not made of orders.
    """
    if figure not in {kpi.name for kpi in (*kpis.ORDERS, *kpis.PARTS)}:
        raise NotFound(f"There is no figure of orders called {figure}.", field="figure")
    return store.behind(tx, market, figure, since=since, until=until, before=before or LAST_ID, limit=limit)


def stock_figures(
    tx: Tx, market: str, items: Sequence[str], *, since: datetime, until: datetime
) -> dict[str, dict[str, Any]]:
    """Days of supply and sell-through of items: what lies on all shelves against what was ordered."""
    days = max((until - since).total_seconds() / 86_400, 1e-9)
    sold = store.sold(tx, market, items, since=since, until=until)
    on_hand: dict[str, int] = dict.fromkeys(items, 0)
    for position in inventory.positions_of(tx, market, items):
        on_hand[position.item] += position.on_hand
    return {
        item: kpis.figures(
            kpis.STOCK,
            {
                "on_hand_days": on_hand[item] * days,
                "sold_units": sold.get(item, 0),
                "sold_and_on_hand": sold.get(item, 0) + on_hand[item],
            },
        )
        for item in items
    }
