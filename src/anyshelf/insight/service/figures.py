"""The figures retailers live by, from facts of our own: by channel, node, journey, method or day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.ground.ids import Id
from anyshelf.insight.model.figures import Counted, Kpi
from anyshelf.insight.rules import kpis
from anyshelf.insight.store import figures as store
from anyshelf.inventory import service as inventory

NOT_NARROWED: Mapping[str, str] = MappingProxyType({})
LAST_ID = Id(int=2**128 - 1)

GROUPED_BY = {
    "orders": ("", "channel", "method", "day"),
    "parts": ("", "node", "journey", "channel", "day"),
    "returns": ("", "node", "journey", "channel", "day"),
    "counts": ("", "node", "day"),
}
OF = {"orders": kpis.ORDERS, "parts": kpis.PARTS, "returns": kpis.RETURNS, "counts": kpis.COUNTS}
MADE_OF_ORDERS = {kpi.name: what for what in ("orders", "parts", "returns") for kpi in OF[what]}
NARROWED_BY = {what: tuple(by for by in GROUPED_BY[what] if by not in {"", "day"}) for what in GROUPED_BY}
SOLD_SHOWN = 100


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


def definitions() -> list[Kpi]:
    """Every figure there is, with its words."""
    return list(kpis.ALL)


def behind(
    tx: Tx,
    market: str,
    figure: str,
    *,
    since: datetime,
    until: datetime,
    narrowed: Mapping[str, str] = NOT_NARROWED,
    before: Id | None = None,
    limit: int = 50,
) -> list[Id]:
    """The orders a figure would be better without (late, split, short …); of a plain sum, all it is made of.

    `narrowed` to a channel, method, node or journey. Newest first, a page at a time. Raises NotFound for a
    figure that is not made of orders, Invalid where it is not told apart by what it is narrowed to.
    """
    what = MADE_OF_ORDERS.get(figure)
    if what is None:
        raise NotFound(f"There is no figure of orders called {figure}.", field="figure")
    for name in narrowed:
        if name not in NARROWED_BY[what]:
            raise Invalid(f"{figure} is not told apart by {name}.", field=name)
    return store.behind(
        tx, market, what, figure, span=(since, until), narrowed=narrowed, before=before or LAST_ID,
        limit=limit,
    )  # fmt: skip


def orders_of_item(tx: Tx, market: str, item: str, *, limit: int) -> list[Id]:
    """The newest orders in which somebody ordered this item."""
    return store.of_item(tx, market, item, limit=limit)


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


def stock_in_all(tx: Tx, market: str, *, since: datetime, until: datetime) -> dict[str, Any]:
    """Days of supply and sell-through of everything together; adds up every position there is."""
    days = max((until - since).total_seconds() / 86_400, 1e-9)
    on_hand = inventory.totals(tx, market)["on_hand"]
    sold = store.sold_in_all(tx, market, since=since, until=until)
    sums = {"on_hand_days": on_hand * days, "sold_units": sold, "sold_and_on_hand": sold + on_hand}
    return kpis.figures(kpis.STOCK, sums)


def running_out(
    tx: Tx, market: str, *, since: datetime, until: datetime
) -> list[tuple[str, dict[str, dict[str, Any]]]]:
    """Of the items that sell most, those that run out first, with their figures."""
    items = store.selling(tx, market, since=since, until=until, limit=SOLD_SHOWN)
    found = stock_figures(tx, market, items, since=since, until=until)
    return sorted(found.items(), key=lambda each: (each[1]["days_of_supply"]["value"] or 0, each[0]))


def miscounted(tx: Tx, market: str, *, since: datetime, until: datetime, limit: int) -> list[Counted]:
    """The counts that found something else than the books, newest first."""
    return store.miscounted(tx, market, since=since, until=until, limit=limit)
