"""Who may look into insight, and what stands in the head of its pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.rendering import page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Forbidden
from anyshelf.ground.http import requires
from anyshelf.network import service as network

Looks = Annotated[Principal, Depends(requires("insight:read"))]
Steers = Annotated[Principal, Depends(requires("insight:write"))]
Meets = Annotated[Principal, Depends(requires("people:read"))]
Decides = Annotated[Principal, Depends(requires("people:write"))]
Days = Annotated[int, Query(ge=1, le=365, description="How many days back.")]

QUARTER: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """The market that is looked into, in its currency, since when."""

    market: str
    currency: str
    now: datetime
    days: int
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """The moment since which things count."""
        return self.now - timedelta(days=self.days)

    @property
    def until(self) -> datetime:
        """The moment up to which things count: just after now, so that what happens now counts."""
        return self.now + timedelta(seconds=1)


def enter(tx: Tx, principal: Principal, now: datetime, *, days: int = QUARTER) -> Insight:
    """Insight, for who may see every node, channel and vendor; raises Forbidden."""
    if principal.nodes or principal.channels or principal.vendors:
        raise Forbidden(
            f"Insight looks at every node, channel and vendor; {principal.name} works for some of them."
        )
    return Insight(
        market=principal.market, currency=network.currency(tx, principal.market), now=now, days=days,
        zone=ZoneInfo("UTC"),
    )  # fmt: skip


def insight_page(
    request: Request, name: str, principal: Principal, insight: Insight, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of insight."""
    return page(
        request, f"insight/{name}", visitor=principal, status=status, insight=insight, zone=insight.zone,
        now=insight.now, may_meet=principal.may("people:read"), may_decide=principal.may("people:write"),
        may_steer=principal.may("insight:write"), may_open=principal.may("orders:read"), **values,
    )  # fmt: skip
