"""A very small retailer in a market of its own: four places, three things to sell, and all its books."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.work import READERS, TIMERS
from anyshelf.ground import outbox
from anyshelf.ground.db import Database, Tx, values
from anyshelf.ground.errors import Refusal
from anyshelf.ground.ids import Id, new_id
from anyshelf.ground.markets import open_market
from anyshelf.ground.timers import Handler, Timer, ring
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Posting
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node, Rate
from anyshelf.orders import service as orders
from anyshelf.payments import jobs as payment_jobs
from anyshelf.payments import service as payments

HOME = {"lat": 30.27, "lon": -97.74, "postal_code": "78701", "country": "US"}
AWAY = {"lat": 32.78, "lon": -96.8, "postal_code": "75201", "country": "US"}
NODES = {"A": ("store", 30.3, -97.7), "B": ("store", 31.5, -97.1), "D": ("dc", 32.8, -96.8),
         "V": ("vendor", 29.4, -98.5)}  # fmt: skip
SHOPS = ("A", "B")
PRICES = {"LAMP": 1999, "VASE": 333, "SOFA": 10001}
ITEMS = tuple(PRICES)

T = TypeVar("T")

_markets = count(1)

# How much has been written: the same before and after a step that is taken again.
WRITTEN_SQL = """
SELECT (SELECT count(*) FROM inventory_moves WHERE market = %(market)s),
       (SELECT count(*) FROM payment_operations WHERE market = %(market)s),
       (SELECT sum(version) FROM orders WHERE market = %(market)s),
       (SELECT sum(version) FROM returns WHERE market = %(market)s)
"""


class Broken(AssertionError):
    """Something that always holds did not hold."""


class Clock:
    """A clock that goes on by a second a step, and by more when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@dataclass
class World:
    """The database seen from one market, and what the people in it remember."""

    database: Database
    stock: Mapping[tuple[str, str], int]
    market: str = field(default_factory=lambda: f"m{next(_markets)}-{new_id().hex[-8:]}")
    clock: Clock = field(default_factory=Clock)
    placed: list[Id] = field(default_factory=list)
    expected: list[tuple[str, str, int, str]] = field(default_factory=list)
    came: dict[str, int] = field(default_factory=dict)
    told: list[Any] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    unread: bool = True
    watchful: bool = True
    scans: int = 0

    def open(self) -> None:
        """The places, the goods, and what lies on the shelves."""
        with self.database.transaction() as tx:
            open_market(tx, self.market, currency="USD")
            network.save_nodes(tx, self.market, [_node(name, *place) for name, place in NODES.items()])
            network.save_channels(tx, self.market, [Channel(channel="shop", currency="USD")])
            network.save_rates(tx, self.market, [
                Rate(service="ground", zone=zone, weight_g_max=30_000, amount_minor=300 + 60 * zone)
                for zone in range(2, 9)
            ])  # fmt: skip
            catalogue.save_items(tx, self.market, [
                Item(item=item, name=item, currency="USD", price_minor=price, cost_minor=price // 3,
                     weight_g=900)
                for item, price in PRICES.items()
            ])  # fmt: skip
            shelves = [(node, item, units) for (node, item), units in sorted(self.stock.items()) if units]
            inventory.receive_opening(tx, self.market, shelves, cause=new_id(), now=self.now)
        for _, item, units in shelves:
            self.came[item] = self.came.get(item, 0) + units

    @property
    def now(self) -> datetime:
        return self.clock.time

    # What is done, and what holds after it

    def do(self, work: Callable[[Tx], T]) -> T:
        """A step that must succeed; all that always holds is looked at in its own transaction."""
        self.clock.time += timedelta(seconds=1)
        with self.database.transaction() as tx:
            result = work(tx)
            if self.watchful:
                self.look(tx)
        self.unread = True
        return result

    def may(self, work: Callable[[Tx], T]) -> T | None:
        """A step that may be refused, and then has changed nothing."""
        try:
            return self.do(work)
        except Refusal:
            return None

    def twice(self, work: Callable[[Tx], Any]) -> None:
        """A step that changes nothing when it is taken again."""
        if self.may(work) is None:
            return
        before = self.written()
        self.do(work)
        if self.written() != before:
            raise Broken("a step taken again did it again")

    def written(self) -> tuple[Any, ...]:
        return self.ask(WRITTEN_SQL)[0]

    def look(self, tx: Tx) -> None:
        """Stock, lines, claims and money agree, at any moment."""
        found = [
            *inventory.audit(tx, self.market),
            *orders.audit(tx, self.market),
            *payments.audit(tx, self.market),
        ]
        if found:
            raise Broken("\n".join(map(str, found)))

    def look_again(self) -> None:
        with self.database.transaction() as tx:
            self.look(tx)

    def ask(self, sql: Any, **params: Any) -> list[tuple[Any, ...]]:
        with self.database.transaction() as tx:
            return values(tx, sql, market=self.market, **params)

    # What happens by itself

    def read_on(self, only: str = "", most: int = 1000, *, again: bool = False) -> int:
        """Readers take what was told, each at its own pace; what one cannot take breaks the program."""
        taken = 0
        for reader in READERS:
            if only in ("", reader.name):
                taken += self._reader_takes(reader.name, reader.handlers, most, again=again)
        return taken

    def _reader_takes(self, name: str, handlers: Mapping[str, Any], most: int, *, again: bool) -> int:
        if self.unread:
            self._number()
        unread = self.told[self.read.get(name, 0) :][:most]
        self.read[name] = self.read.get(name, 0) + len(unread)
        known = [told for told in unread if told.kind in handlers]
        for told in known:
            self._handle(handlers[told.kind], told, again=again)
        if known and self.watchful:
            self.look_again()
        return len(unread)

    def _handle(self, handler: Callable[[Tx, Any], None], told: Any, *, again: bool) -> None:
        """A reader takes an event; taken again it changes nothing."""
        self.unread = True
        with self.database.transaction() as tx:
            handler(tx, told)
        if again:
            before = self.written()
            with self.database.transaction() as tx:
                handler(tx, told)
            if self.written() != before:
                raise Broken(f"{told.kind} taken again did it again")

    def _number(self) -> None:
        self.unread = False
        with self.database.transaction() as tx:
            last = outbox.number_new(tx, self.market)
            if last > len(self.told):
                self.told += outbox.after(tx, self.market, len(self.told), limit=10_000)

    def read_all(self) -> None:
        while self.read_on():
            pass

    def carry_out(self, limit: int = 200) -> None:
        """The providers are asked; then what holds is looked at."""
        if payment_jobs.carry_out(self.database, self.market, self.clock, limit=limit):
            self.unread = True
            self.look_again()

    def wait(self, **span: float) -> None:
        """Time passes, and what was set for a moment in it happens."""
        self.clock.time += timedelta(**span)
        failed: list[Exception] = []
        ring(self.database, self.market, self.clock, _watched(failed))
        if failed:
            raise failed[0]
        self.do(lambda tx: (inventory.expire_holds(tx, self.market, self.now),
                            orders.release_due(tx, self.market, self.now)))  # fmt: skip

    def supply_comes(self, node: str, item: str, units: int, reference: str | None) -> None:
        posting = Posting(
            kind="receive", node=node, item=item, quantity=units, reason="delivery", reference=reference,
            happened_at=self.now,
        )  # fmt: skip
        self.do(lambda tx: inventory.post_all(tx, self.market, [posting], self.now))
        self.came[item] = self.came.get(item, 0) + units


def _node(name: str, kind: str, lat: float, lon: float) -> Node:
    return Node(
        node=name, kind=kind, name=name, lat=lat, lon=lon, country="US", postal_code="78701",
        timezone="America/Chicago", hours="Mo-Su 09:00-21:00", cutoff=time(15), processing_minutes=60,
        capabilities=("ship", "pickup", "return"),
    )  # fmt: skip


def _watched(failed: list[Exception]) -> Mapping[str, Handler]:
    """The handlers of timers, with what they raise remembered."""

    def watched(handler: Handler) -> Handler:
        def handle(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
            try:
                handler(tx, market, timer, now)
            except Exception as error:
                failed.append(error)
                raise

        return handle

    return {kind: watched(handler) for kind, handler in TIMERS.items()}
