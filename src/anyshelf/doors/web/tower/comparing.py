"""The figures side by side, by channel, method, node, journey or day; and those of shelves."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.rendering import fragment
from anyshelf.doors.web.tower.entering import WEEK, Days, Looks, Tower, enter, tower_page
from anyshelf.doors.web.tower.figures import BY_NAME, OF_STOCK, read_off, said_of
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading
from anyshelf.insight import service as insight
from anyshelf.insight.model.figures import Kpi

router = APIRouter()

By = Literal["channel", "method", "node", "journey", "day"]
WAYS: Final[Sequence[By]] = ("channel", "method", "node", "journey", "day")
GROUPS_MAX: Final = 100
COUNTS_SHOWN: Final = 50


@router.get("/tower/figures")
def figures(
    request: Request, here: Here, principal: Looks, by: By = "channel", days: Days = WEEK
) -> HTMLResponse:
    """Every figure there is by channel, method, node, journey or day; each leads to its orders."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now(), days=days)
        found = insight.figures(tx, tower.market, by=by, since=tower.since, until=tower.until)
    shown = [kpi for kpi in BY_NAME.values() if any(kpi.name in kpis for kpis in found.values())]
    groups = sorted(found, reverse=by == "day")
    return tower_page(
        request, "figures.html", principal, tower, tab="live", by=by, ways=WAYS, kpis=shown,
        cut=len(groups) if len(groups) > GROUPS_MAX else 0,
        rows=[
            (group, _called(tower, by, group), [_cell(tower, by, group, kpi, found[group]) for kpi in shown])
            for group in groups[:GROUPS_MAX]
        ],
    )  # fmt: skip


def _called(tower: Tower, by: By, group: str) -> str:
    return tower.name_of(group) if by == "node" else group.replace("_", " ") or "not known yet"


def _cell(
    tower: Tower, by: By, group: str, kpi: Kpi, found: Mapping[str, Mapping[str, Any]]
) -> tuple[Kpi, str, str]:
    """A figure of a group as it is said, and the path of the orders behind it; of counts, of the stock's."""
    said = said_of(found.get(kpi.name, {}), tower.currency)
    if kpi.name not in found or not group or said == "—":
        return kpi, said, ""
    if kpi.name in {"counts", "inventory_accuracy"}:
        return kpi, said, f"/tower/stock?{urlencode({'days': tower.days})}"
    asked = {"days": tower.days, by: group}
    return kpi, said, f"/tower/behind/{kpi.name}?{urlencode(asked)}"


def span_of(tower: Tower, day: str) -> tuple[datetime, datetime]:
    """The span of the tower, or the day of it that is asked for (UTC, as figures by day are)."""
    if not day:
        return tower.since, tower.until
    try:
        begin = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(f"{day} is not a day such as 2026-12-24.", field="day") from None
    return max(begin, tower.since), min(begin + timedelta(days=1), tower.until)


@router.get("/tower/stock")
def stock(request: Request, here: Here, principal: Looks, days: Days = WEEK) -> HTMLResponse:
    """Days of supply, sell-through and accuracy: the items that run out first, the counts that found less."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now(), days=days)
        kpis = insight.figures(tx, tower.market, by="", since=tower.since, until=tower.until).get("", {})
        kpis |= insight.stock_in_all(tx, tower.market, since=tower.since, until=tower.until)
        read = read_off(kpis, tower.currency, OF_STOCK)
        if request.headers.get("hx-request"):
            return fragment(request, "tower/shelves.html", figures=read, days=days)
        items = _running_out(tx, tower)
        counts = insight.miscounted(
            tx, tower.market, since=tower.since, until=tower.until, limit=COUNTS_SHOWN
        )
    return tower_page(
        request, "stock.html", principal, tower, tab="live", figures=read, items=items, counts=counts
    )


def _running_out(tx: Tx, tower: Tower) -> list[tuple[str, str, str, str]]:
    found = insight.running_out(tx, tower.market, since=tower.since, until=tower.until)
    named = catalogue.items(tx, tower.market, [item for item, _ in found])
    return [
        (
            named[item].name if item in named else item, item,
            said_of(kpis["days_of_supply"], tower.currency), said_of(kpis["sell_through"], tower.currency),
        )
        for item, kpis in found
    ]  # fmt: skip
