"""How the replay speaks to Anyshelf: the one place that knows the routes and the shapes of their bodies.

Every write carries an Idempotency-Key, so a request that was cut off is simply sent again under its key: a
server that was killed and started anew is told nothing twice.
"""

import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from replay.network import CURRENCY, money
from replay.shoppers import SHIP, Wish
from replay.stream import PlacedLine

IDS = re.compile(r"(?<=/v1)(/\w+)/[^/:?]+")
TRY_AGAIN = frozenset({429, 502, 503, 504})
IN_FLIGHT = "/problems/in-flight"
SHORTAGE = "/problems/shortage"
PATIENCE_SECONDS = 180.0
WAIT_SECONDS = (0.05, 2.0)
TIMEOUT_SECONDS = 60.0
WORK_PAGE = 100


class Unreachable(Exception):
    """Anyshelf did not answer for as long as the replay is patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: its status, its body, and how long the request took that brought it."""

    status: int
    body: Any
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it was carried out."""
        return 200 <= self.status < 300  # noqa: PLR2004  the class of success

    @property
    def problem(self) -> str:
        """What kind of problem it tells of, "" for none."""
        return "" if self.ok or not isinstance(self.body, dict) else str(self.body.get("type", self.status))


class Client:
    """A keep-alive connection of one thread."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.netloc
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._line: HTTPConnection | None = None
        self.retries = 0
        self.seconds: dict[str, list[float]] = defaultdict(list)

    # Orders

    def place(
        self, external_id: str, lines: Sequence[PlacedLine], wish: Wish, *, shopper: str, key: str
    ) -> Reply:
        """Place an order."""
        home = wish.home
        asked: dict[str, Any] = {"method": wish.method}
        if wish.method == SHIP:
            asked["destination"] = {
                "lat": round(home.lat, 6),
                "lon": round(home.lon, 6),
                "postal_code": home.postal_code,
                "country": "US",
            }
        else:
            asked["node"] = wish.store
        return self.post("/v1/orders", key, {
            "channel": wish.channel,
            "external_id": external_id,
            "customer": shopper,
            "lines": [_line(line) for line in lines],
            "fulfilment": asked,
            "payment": {"provider": "test", "token": "tok_ok"},
        })  # fmt: skip

    def order(self, order_id: str) -> Reply:
        """The order as it stands."""
        return self.get(f"/v1/orders/{order_id}")

    def sent_before(self, external_id: str) -> dict[str, Any] | None:
        """The order that stands under this id of ours, if one does."""
        reply = self.get(f"/v1/orders?{urlencode({'external_id': external_id, 'limit': '1'})}")
        found: list[dict[str, Any]] = reply.body["orders"] if reply.ok else []
        return found[0] if found else None

    def orders(self) -> Iterator[dict[str, Any]]:
        """Every order there is, the newest first."""
        before: str | None = ""
        while before is not None:
            page = self.get(f"/v1/orders?limit=100{'&before=' + before if before else ''}").body
            yield from page["orders"]
            before = page["next"]

    def sourcing(self, order_id: str) -> Reply:
        """Why these nodes, and at what cost."""
        return self.get(f"/v1/orders/{order_id}/sourcing")

    def cancel(self, order_id: str, lines: Iterable[tuple[int, int]], *, key: str) -> Reply:
        """Cancel so many units of these lines."""
        asked = [{"line": line, "quantity": quantity} for line, quantity in lines]
        return self.post(
            f"/v1/orders/{order_id}:cancel", key, {"lines": asked, "reason": "shopper cancelled"}
        )

    def available(self, items: Sequence[str], *, channel: str, lat: float, lon: float, limit: int) -> Reply:
        """What is available of these items at the nodes next to a point."""
        asked = [*(("item", item) for item in items), ("channel", channel), ("near", f"{lat:.5f},{lon:.5f}")]
        return self.get(f"/v1/availability?{urlencode([*asked, ('limit', str(limit))])}")

    # Work in nodes

    def work(self, node: str, after: str | None) -> Reply:
        """A page of a node's open work, the most urgent first."""
        asked = {"state": "open", "limit": str(WORK_PAGE), **({"after": after} if after else {})}
        return self.get(f"/v1/nodes/{quote(node)}/work?{urlencode(asked)}")

    def pick(self, work_id: str, found: Iterable[tuple[int, int, str | None]], *, key: str) -> Reply:
        """Write down what was found: (line, units, why the rest is not there)."""
        lines = [
            {"line": line, "quantity": units, **({"short_reason": why} if why else {})}
            for line, units, why in found
        ]
        return self.post(f"/v1/work/{work_id}:pick", key, {"lines": lines})

    def pack(self, work_id: str, *, key: str) -> Reply:
        """Put what was picked into a parcel."""
        return self.post(f"/v1/work/{work_id}:pack", key, {"packages": [{}]})

    def stage(self, work_id: str, *, key: str) -> Reply:
        """Set what was picked ready for its shopper."""
        return self.post(f"/v1/work/{work_id}:stage", key, {})

    def dispatch(self, work_id: str, *, key: str) -> Reply:
        """Hand the parcel to the carrier."""
        tracking = f"RP{work_id.replace('-', '')[:20].upper()}"
        return self.post(f"/v1/work/{work_id}:dispatch", key, {"carrier": "ground", "tracking": tracking})

    def hand_over(self, work_id: str, code: str, *, key: str) -> Reply:
        """Give the goods to whoever shows the code."""
        return self.post(f"/v1/work/{work_id}:hand_over", key, {"code": code})

    def delivered(self, shipment_id: str) -> Reply:
        """The carrier says that the parcel has come; its own id of the event makes a repetition harmless."""
        now = datetime.now(UTC).isoformat()
        event = {"event_id": f"{shipment_id}-delivered", "kind": "delivered", "happened_at": now}
        return self.post(f"/v1/shipments/{shipment_id}:events", None, {"events": [event]})

    def shipments(self, order_id: str) -> Reply:
        """The shipments of an order."""
        return self.get(f"/v1/orders/{order_id}/shipments")

    # Back again

    def ask_return(self, order_id: str, lines: Iterable[tuple[int, int]], *, node: str, key: str) -> Reply:
        """Ask leave to bring these units to a store."""
        asked = [{"line": line, "quantity": quantity, "reason": "changed_mind"} for line, quantity in lines]
        return self.post("/v1/returns", key, {"order_id": order_id, "lines": asked, "at": node})

    def receive(
        self, return_id: str, lines: Iterable[tuple[int, int]], *, node: str, grade: str, key: str
    ) -> Reply:
        """Take these units back at the counter."""
        brought = [{"line": line, "quantity": quantity, "grade": grade} for line, quantity in lines]
        return self.post(f"/v1/returns/{return_id}:receive", key, {"node": node, "lines": brought})

    # The wire

    def get(self, path: str) -> Reply:
        """Read something."""
        return self._patiently("GET", path, None, None)

    def post(self, path: str, key: str | None, body: Any) -> Reply:
        """Change something, once, however often this has to be sent."""
        return self._patiently("POST", path, json.dumps(body, separators=(",", ":")).encode(), key)

    def _patiently(self, verb: str, path: str, body: bytes | None, key: str | None) -> Reply:
        """Send until there is an answer that stands; raises Unreachable when patience ends."""
        deadline, wait = time.monotonic() + PATIENCE_SECONDS, WAIT_SECONDS[0]
        while True:
            reply = self._send(verb, path, body, key)
            if reply is not None and reply.status not in TRY_AGAIN and reply.problem != IN_FLIGHT:
                return reply
            if time.monotonic() > deadline:
                raise Unreachable(f"{verb} {path}: {reply.body if reply else 'no answer'}")
            self.retries += 1
            time.sleep(wait)
            wait = min(wait * 2, WAIT_SECONDS[1])

    def _send(self, verb: str, path: str, body: bytes | None, key: str | None) -> Reply | None:
        """Send once; None where the connection broke before there was a whole answer."""
        headers = {**self._headers, "Idempotency-Key": key} if key else self._headers
        start = time.perf_counter()
        try:
            line = self._line = self._line or self._connect()
            line.request(verb, path, body, headers)
            answer = line.getresponse()
            raw = answer.read()
        except (OSError, HTTPException):
            self.close()
            return None
        seconds = time.perf_counter() - start
        self.seconds[_route(verb, path)].append(seconds)
        return Reply(status=answer.status, body=_read(raw), seconds=seconds)

    def _connect(self) -> HTTPConnection:
        kind = HTTPSConnection if self._secure else HTTPConnection
        return kind(self._host, timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None


def _route(verb: str, path: str) -> str:
    """The route a path is of: its ids and its query left out."""
    return f"{verb} " + IDS.sub(r"\1/…", path.partition("?")[0])


def _line(line: PlacedLine) -> dict[str, Any]:
    return {
        "line": line.line,
        "item": line.item,
        "quantity": line.quantity,
        "unit_price": {"amount": money(line.unit_price_minor), "currency": CURRENCY},
    }


def _read(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")[:500]
