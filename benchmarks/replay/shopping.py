"""The shoppers: each thread tells Anyshelf what its share of them do, in the order in which they did it."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from replay.client import SHORTAGE, Client, Reply
from replay.floor import Floor
from replay.geography import distances_km
from replay.giving_back import give_back
from replay.journal import Costed, Journal, Placed, Refused
from replay.shoppers import CARRY_OUT, PICKUP, SHIP, Wish
from replay.stream import Operation, Place, PlacedLine
from replay.world import Home, Site

PLACE_TRIES = 5
AVAILABILITY_ITEMS_MAX = 60
NODES_LOOKED_AT = 40
ROOM_SECONDS = 120.0
PER_MILLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What all shoppers share: how orders are to reach them, where nodes are, how much is looked at."""

    wishes: Mapping[str, Wish]
    homes: Mapping[str, Home]
    nodes: Mapping[str, Site]
    costed_share: float
    worked_share: float


def shard_of(operation: Operation, shards: int) -> int:
    """Which thread a shopper is told of by: always the same, so that what one does stays in order."""
    return crc32(operation.shopper.encode()) % shards


def is_chosen(external_id: str, purpose: str, share: float) -> bool:
    """Whether an order falls into a share of all orders: always the same ones."""
    return crc32(f"{purpose}:{external_id}".encode()) % PER_MILLE < share * PER_MILLE


class Shoppers(threading.Thread):
    """One thread of shoppers."""

    def __init__(
        self,
        shard: int,
        operations: Sequence[Operation],
        *,
        client: Client,
        trade: Trade,
        floor: Floor,
        journal: Journal,
        on_told: Callable[[], None],
    ) -> None:
        super().__init__(name=f"shoppers-{shard}", daemon=True)
        self._shard = shard
        self._operations = operations
        self._client = client
        self._trade = trade
        self._floor = floor
        self._journal = journal
        self._on_told = on_told
        self.counts: Counter[str] = Counter()
        self.stopping = threading.Event()
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Tell of every operation that has not been answered yet."""
        try:
            for operation in self._operations:
                if self.stopping.is_set():
                    break
                self._floor.tick(self._shard, operation.placed_at)
                self._floor.wait_for_room(ROOM_SECONDS)
                if not self._journal.is_done(operation.external_id):
                    self._tell(operation)
                self._on_told()
        except Exception as fault:  # noqa: BLE001  told by the main thread
            self.fault = fault
        finally:
            self._floor.end(self._shard)
            self._client.close()

    def _tell(self, operation: Operation) -> None:
        if isinstance(operation, Place):
            self._place(operation)
        else:
            home = self._trade.homes[operation.shopper]
            self._journal.write(give_back(self._client, self._journal, operation, store=home.stores[0]))

    # Placing

    def _place(self, order: Place) -> None:
        wish = self._settled(order)
        lines, reply = order.lines, None
        for attempt in range(1, PLACE_TRIES + 1):
            key = f"place:{order.external_id}:{wish.method}:{attempt}"
            reply = self._client.place(order.external_id, lines, wish, shopper=order.shopper, key=key)
            if reply.ok or reply.problem != SHORTAGE:
                break
            self.counts["told short"] += 1
            if wish.method == CARRY_OUT:
                wish = replace(wish, method=SHIP)
            else:
                lines = _what_is_left(lines, reply.body)
            if not lines:
                break
        self._answered(order, wish, reply)

    def _settled(self, order: Place) -> Wish:
        """The wish as it can be: picked up where a store next to home has all of it, else shipped."""
        wish = self._trade.wishes[order.external_id]
        if wish.method != PICKUP:
            return wish
        store = self._store_with_all(order, wish)
        if store is None:
            self.counts["no store with all lines"] += 1
            return replace(wish, method=SHIP)
        return replace(wish, store=store)

    def _store_with_all(self, order: Place, wish: Wish) -> str | None:
        if len(order.lines) > AVAILABILITY_ITEMS_MAX:
            return None
        wanted = {line.item: line.quantity for line in order.lines}
        home = wish.home
        reply = self._client.available(
            list(wanted), channel=wish.channel, lat=home.lat, lon=home.lon, limit=NODES_LOOKED_AT
        )
        if not reply.ok:
            return None
        having: Counter[str] = Counter(
            node["node"]
            for item in reply.body["items"]
            for node in item["nodes"]
            if node["available"] >= wanted[item["item"]]
        )
        return next((store for store in home.stores if having[store] == len(wanted)), None)

    def _answered(self, order: Place, wish: Wish, reply: Reply | None) -> None:
        """Note what became of an order; one that stands goes to the floor."""
        body = reply.body if reply is not None and reply.ok else self._client.sent_before(order.external_id)
        if body is None:
            why = reply.problem if reply is not None else "nothing was asked"
            units = sum(line.quantity for line in order.lines)
            refused = Refused(external_id=order.external_id, why=why, lines=len(order.lines), units=units)
            self._journal.write(refused)
            return
        placed = self._placed(order, wish, body, reply.seconds if reply is not None else 0.0)
        self._journal.write(placed)
        if placed.needs_work and is_chosen(order.external_id, "work", self._trade.worked_share):
            self._floor.put(placed, shard=self._shard, placed_at=order.placed_at)
        if is_chosen(order.external_id, "cost", self._trade.costed_share):
            self._cost(placed)

    def _placed(self, order: Place, wish: Wish, body: dict[str, Any], seconds: float) -> Placed:
        had = {line["line"]: line["quantity"] for line in body["lines"]}
        nodes = sorted({part["node"] for line in body["lines"] for part in line["allocations"]})
        method = body["lines"][0]["method"]
        ships = method == SHIP
        sites = [self._trade.nodes[node] for node in nodes]
        km = float(distances_km(sites, wish.home.lat, wish.home.lon).sum()) if ships and sites else 0.0
        return Placed(
            external_id=order.external_id,
            order_id=body["order_id"],
            method=method,
            pickup_code=body.get("pickup_code"),
            lines=len(order.lines),
            lines_full=sum(had.get(line.line, 0) == line.quantity for line in order.lines),
            units=sum(line.quantity for line in order.lines),
            units_had=sum(had.values()),
            nodes=tuple(nodes),
            parcels=len(nodes) if ships else 0,
            km=round(km, 1),
            seconds=round(seconds, 4),
        )

    def _cost(self, placed: Placed) -> None:
        """Note what the order's own sourcing says that it costs."""
        reply = self._client.sourcing(placed.order_id)
        if not reply.ok:
            self.counts["no sourcing to be read"] += 1
            return
        decisions = reply.body["decisions"]
        shipments = [shipment for decision in decisions for shipment in decision["shipments"]]
        self._journal.write(Costed(
            external_id=placed.external_id,
            cost_minor=sum(decision["cost_minor"] for decision in decisions),
            freight_minor=sum(shipment["freight_minor"] for shipment in shipments),
            distance_km=round(sum(shipment["distance_km"] or 0.0 for shipment in shipments), 1),
            shipments=len(shipments),
        ))  # fmt: skip


def _what_is_left(lines: Sequence[PlacedLine], problem: dict[str, Any]) -> tuple[PlacedLine, ...]:
    """The lines cut down to what the refusal says can be had; unchanged where it names no lines."""
    had = {short["line"]: short["available"] for short in problem.get("lines", ()) if "line" in short}
    cut = (replace(line, quantity=min(line.quantity, had.get(line.line, line.quantity))) for line in lines)
    return tuple(line for line in cut if line.quantity > 0)
