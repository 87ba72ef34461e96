"""Stock from memory says what the database says: the same look asks both, at the same moment."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest
from shelves import NOW

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Database
from anyshelf.ground.errors import Busy, Refusal
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import open_market
from anyshelf.inventory import rules, service
from anyshelf.inventory.model import Asked, Move, Want
from anyshelf.inventory.service import Look, memory
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node

ITEMS = [f"I{number}" for number in range(12)]
NODES = [f"N{number}" for number in range(8)]
HOLDBACKS = [(0, 0), (1, 0), (0, 7), (3, 33)]


def node(code: str) -> Node:
    return Node(node=code, kind="store", name=code, lat=30, lon=-97)


@pytest.fixture
def market(database: Database) -> str:
    with database.transaction() as tx:
        open_market(tx, "main", currency="USD")
        network.save_channels(tx, "main", [Channel(channel="web", currency="USD")])
        network.save_nodes(tx, "main", [node(code) for code in NODES])
        catalogue.save_items(tx, "main", [Item(item=code, name=code, currency="USD") for code in ITEMS])
    return "main"


@pytest.fixture
def stocked(database: Database, market: str) -> str:
    put(database, *((code, item, 20) for code in NODES[:4] for item in ITEMS[:6]))
    return market


def put(database: Database, *shelves: tuple[str, str, int]) -> None:
    with database.transaction() as tx:
        service.receive_opening(tx, "main", shelves, cause=new_id(), now=NOW)


def receive(database: Database, item: str, at: str, quantity: int = 1) -> None:
    with database.transaction() as tx:
        move(tx, item, at, quantity)


def move(tx: psycopg.Connection, item: str, at: str, quantity: int = 1, to: str = "") -> None:
    way = ("on_hand", "on_hand") if to else ("vendor", "on_hand")
    moved = Move(
        item=item, node=at, from_bucket=way[0], to_bucket=way[1], quantity=quantity, reason="test", to_node=to
    )
    service.post(tx, "main", [moved], cause=new_id(), step=1, now=NOW)


def both(look: Look, *, now: datetime = NOW, units: int = 0, percent: int = 0) -> tuple[object, object]:
    """What may be promised of everything, once as the look has it and once as SQL says in the same moment."""
    atlas = network.atlas(look.tx, "main")
    kept = {"holdback_units": units, "holdback_percent": percent}
    laid = look.free(ITEMS, atlas, now=now, **kept)
    told = service.free_stock(look.tx, "main", ITEMS, now=now, **kept)
    from_look = {
        item: [(atlas.nodes[place].node, int(laid[item][place])) for place in np.flatnonzero(laid[item])]
        for item in ITEMS
    }
    return from_look, {item: [each for each in told[item] if each[0] in atlas.index] for item in ITEMS}


def agrees(database: Database, *, now: datetime = NOW) -> bool:
    """Whether both say the same now; and whether the look had it from memory."""
    with service.looking(database, "main") as look:
        for units, percent in HOLDBACKS:
            from_look, told = both(look, now=now, units=units, percent=percent)
            assert from_look == told
        return look.from_memory


def on_hand(database: Database, item: str) -> int:
    with service.looking(database, "main") as look:
        return int(look.columns([item], network.atlas(look.tx, "main")).on_hand.sum())


def test_what_is_not_expected_to_be_found_is_kept_back_the_same_either_way(
    database: Database, stocked: str
) -> None:
    with database.transaction() as tx:
        catalogue.save_items(tx, stocked, [Item(item="I1", name="I1", category="lamps", currency="USD")])
        missed = [Asked(node="N0", item="I1", missed=30), Asked(node="N1", item="I2", missed=2, found=20)]
        service.note_asked(tx, stocked, missed, NOW)
        assert service.learn(tx, stocked, NOW) > 0
        assert service.learn(tx, stocked, NOW) == 0, "what has not changed is not written again"
    assert agrees(database)
    with service.looking(database, stocked) as look:
        atlas = network.atlas(look.tx, stocked)
        free = look.free(["I1", "I2"], atlas, now=NOW)
        in_hand = look.free(["I1"], atlas, now=NOW, in_hand=True)
    assert free["I1"][0] < free["I1"][3] <= 20
    assert free["I2"][1] < 20
    assert in_hand["I1"][0] == 20


class Stranger:
    """Somebody who does this and that with stock, and sometimes thinks better of it."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database, self.draw = database, random.Random(seed)  # noqa: S311  a stranger, not a secret

    def act(self) -> None:
        work = self.draw.choice([self.order, self.order, self.goods, self.load, self.travel, self.feed])
        try:
            with self.database.transaction() as tx:
                work(tx)
                if self.draw.random() < 0.2:
                    raise Busy("I think better of it.")
        except Refusal:
            pass

    def order(self, tx: psycopg.Connection) -> None:
        wants = [
            Want(line=line, item=item, node=self.draw.choice(NODES), quantity=self.draw.randint(1, 3))
            for line, item in enumerate(self.draw.sample(ITEMS, 2), 1)
        ]
        service.reserve(tx, "main", wants, cause=new_id(), step=1, now=NOW)

    def goods(self, tx: psycopg.Connection) -> None:
        move(tx, self.draw.choice(ITEMS), self.draw.choice(NODES), self.draw.randint(1, 9))

    def load(self, tx: psycopg.Connection) -> None:
        shelves = [(self.draw.choice(NODES), item, self.draw.randint(0, 30)) for item in ITEMS[:3]]
        service.receive_opening(tx, "main", shelves, cause=new_id(), now=NOW)

    def travel(self, tx: psycopg.Connection) -> None:
        start, end = self.draw.sample(NODES, 2)
        move(tx, self.draw.choice(ITEMS), start, 1, to=end)

    def feed(self, tx: psycopg.Connection) -> None:
        told_at = NOW - timedelta(seconds=self.draw.randint(-100, 200_000))
        service.note_feed(
            tx, "main", node=self.draw.choice(NODES), told_at=told_at,
            percent_lost_per_hour=self.draw.randint(0, 9),
        )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.usefixtures("stocked")
def test_memory_and_database_agree_after_every_step(database: Database, seed: int) -> None:
    stranger = Stranger(database, seed)
    for step in range(60):
        stranger.act()
        assert agrees(database, now=NOW + timedelta(seconds=7 * step))


@pytest.mark.usefixtures("stocked")
def test_they_agree_while_many_write_at_once(database: Database) -> None:
    stop = threading.Event()

    def bustle(seed: int) -> None:
        stranger = Stranger(database, seed)
        while not stop.is_set():
            stranger.act()

    threads = [threading.Thread(target=bustle, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    try:
        looks = [agrees(database) for _ in range(60)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert all(looks)
    assert agrees(database)


@pytest.fixture
def late(database: Database, stocked: str) -> Iterator[psycopg.Connection]:
    """A transaction that has written, while others come and go, and is not over yet."""
    assert stocked
    assert agrees(database)
    with database.transaction() as tx:
        move(tx, "I0", "N0", 5)
        receive(database, "I1", "N1")
        assert on_hand(database, "I0") == 80
        assert on_hand(database, "I1") == 81
        yield tx


def test_who_commits_late_is_seen_then(database: Database, late: psycopg.Connection) -> None:
    late.commit()
    assert on_hand(database, "I0") == 85
    assert agrees(database)


def test_without_those_under_way_the_late_one_would_be_missed(
    database: Database, late: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken away: what was under way at the last look is not asked for again."""
    kept = service.memory_of(database, "main")._kept  # noqa: SLF001  the guard itself
    assert kept is not None
    assert kept.snapshot.under_way
    monkeypatch.setattr(
        service.memory_of(database, "main"),
        "_kept",
        replace(kept, snapshot=replace(kept.snapshot, under_way=())),
    )
    late.commit()
    assert on_hand(database, "I0") == 80


@pytest.mark.usefixtures("stocked")
def test_what_is_undone_is_never_seen(database: Database) -> None:
    assert agrees(database)
    with database.transaction() as tx:
        move(tx, "I0", "N0", 5)
        assert on_hand(database, "I0") == 80
        tx.rollback()
    assert on_hand(database, "I0") == 80
    assert agrees(database)


@pytest.mark.usefixtures("stocked")
def test_a_killed_connection_costs_nothing_but_the_look(database: Database, database_url: str) -> None:
    assert agrees(database)
    with pytest.raises(Busy):
        look_and_be_cut_off(database, database_url)
    receive(database, "I0", "N0")
    assert on_hand(database, "I0") == 81
    assert agrees(database)


def look_and_be_cut_off(database: Database, database_url: str) -> None:
    with service.looking(database, "main") as look:
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute("SELECT pg_terminate_backend(%s)", (look.tx.info.backend_pid,))
        network.atlas(look.tx, "main")


@pytest.mark.usefixtures("stocked")
def test_while_the_database_is_away_looks_are_refused_and_later_go_on(
    database_url: str, server_url: str
) -> None:
    name = database_url.rpartition("/")[2]
    with (
        Database(database_url, wait_seconds=1) as database,
        psycopg.connect(server_url, autocommit=True) as owner,
    ):
        assert agrees(database)
        owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        with pytest.raises(Busy):
            agrees(database)
        owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        receive(database, "I0", "N0")
        assert on_hand(database, "I0") == 81


@pytest.mark.usefixtures("stocked")
def test_a_server_that_was_started_anew_is_read_anew(database: Database) -> None:
    """It may have come back without what we have seen: nothing kept from before is believed."""
    assert agrees(database)
    kept = service.memory_of(database, "main")
    old = kept._kept  # noqa: SLF001  as it stood before
    assert old is not None
    old.projection.put(["I0"], ["N0"], [999], [0])
    assert on_hand(database, "I0") == 999 + 60
    kept._kept = replace(old, started_at=datetime(2026, 1, 1, tzinfo=UTC))  # noqa: SLF001
    assert on_hand(database, "I0") == 80


@pytest.mark.usefixtures("stocked")
def test_what_one_process_writes_the_next_look_of_another_shows(
    database: Database, database_url: str
) -> None:
    with Database(database_url) as elsewhere:
        for units in range(81, 91):
            receive(database, "I0", "N0")
            assert on_hand(elsewhere, "I0") == units
        assert agrees(elsewhere)


@pytest.mark.usefixtures("stocked")
def test_a_large_market_is_read_beside_the_looks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "AT_ONCE_MAX", 5)
    assert not agrees(database)
    come_to_memory(database)
    assert agrees(database)


@pytest.mark.usefixtures("stocked")
def test_who_has_fallen_far_behind_catches_up_beside_the_looks(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agrees(database)
    before = service.memory_of(database, "main")._kept  # noqa: SLF001  to tell catching up from reading anew
    monkeypatch.setattr(memory, "AT_ONCE_MAX", 5)
    monkeypatch.setattr(memory, "CHANGES_MAX", 10)
    put(database, *((code, item, 30) for code in NODES for item in ITEMS))
    assert not agrees(database)
    come_to_memory(database)
    assert agrees(database)
    after = service.memory_of(database, "main")._kept  # noqa: SLF001
    assert before is not None
    assert after is not None
    assert after.projection is before.projection


def come_to_memory(database: Database) -> None:
    beside = service.memory_of(database, "main")._beside  # noqa: SLF001  waited for, not slept for
    assert beside is not None
    beside.join(30)
    assert not beside.is_alive()


@pytest.mark.usefixtures("stocked")
def test_a_node_that_joins_the_network_brings_its_stock(database: Database) -> None:
    put(database, ("LATER", "I0", 7))
    assert agrees(database)
    with database.transaction() as tx:
        network.save_nodes(tx, "main", [node("LATER")])
    assert on_hand(database, "I0") == 87
    assert agrees(database)


@pytest.mark.usefixtures("stocked")
def test_books_that_are_mended_leave_the_position_as_it_is(database: Database, database_url: str) -> None:
    """The audit's moves bring the books to the position, not the position to the books."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("UPDATE inventory_positions SET on_hand = 15 WHERE item = 'I0' AND node = 'N0'")
    assert agrees(database)
    with database.transaction() as tx:
        assert service.repair(tx, "main", NOW) == 1
    assert agrees(database)
    assert on_hand(database, "I0") == 75


def test_a_snapshot_is_read_as_the_database_writes_it() -> None:
    assert rules.Snapshot.read("10:20:10,14") == rules.Snapshot(next_id=20, under_way=("10", "14"))
    assert rules.Snapshot.read("20:20:") == rules.Snapshot(next_id=20, under_way=())
