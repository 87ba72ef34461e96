import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from shelves import NOW, Stock

from anyshelf.ground.db import Database
from anyshelf.ground.errors import Conflict, Shortage
from anyshelf.ground.ids import new_id
from anyshelf.inventory import rules, service, store
from anyshelf.inventory.model import Move, Position, Posting, Want


def lamp(quantity: int = 1, node: str = "Austin", line: int = 1) -> Want:
    return Want(line=line, item="LAMP", node=node, quantity=quantity)


def position(database: Database, node: str = "Austin") -> Position:
    with database.transaction() as tx:
        return service.positions_at(tx, "main", ["LAMP"], [node])[0]


def posting(kind: str, quantity: int, reference: str | None = None, to_node: str = "") -> Posting:
    return Posting(
        kind=kind, node="Austin", item="LAMP", quantity=quantity, reason="test", reference=reference,
        happened_at=None, to_node=to_node,
    )  # fmt: skip


def audited(database: Database) -> list[Any]:
    with database.transaction() as tx:
        return list(service.audit(tx, "main"))


def test_what_is_reserved_is_no_longer_available(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 3))
    with database.transaction() as tx:
        service.reserve(tx, "main", [lamp(2)], cause=new_id(), step=1, now=NOW)
        assert service.free_stock(tx, "main", ["LAMP"], now=NOW) == {"LAMP": [("Austin", 1)]}
    assert audited(database) == []


def test_every_shortage_is_named_and_nothing_is_taken(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 1), ("Dallas", "LAMP", 0), ("Waco", "LAMP", 5))
    wants = [lamp(2), lamp(1, "Dallas", 2), lamp(1, "Waco", 3)]
    with pytest.raises(Shortage) as refused, database.transaction() as tx:
        service.reserve(tx, "main", wants, cause=new_id(), step=1, now=NOW)
    assert [(line["node"], line["wanted"], line["available"]) for line in refused.value.extra["lines"]] == [
        ("Austin", 2, 1),
        ("Dallas", 1, 0),
    ]
    assert position(database, "Waco").reserved == 0


def test_two_lines_of_the_same_item_are_added_up(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 3))
    with pytest.raises(Shortage), database.transaction() as tx:
        service.reserve(tx, "main", [lamp(2), lamp(2, line=2)], cause=new_id(), step=1, now=NOW)


def test_the_same_step_of_the_same_cause_is_refused_the_second_time(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 3))
    cause = new_id()
    with database.transaction() as tx:
        service.reserve(tx, "main", [lamp()], cause=cause, step=1, now=NOW)
    with pytest.raises(Conflict), database.transaction() as tx:
        service.reserve(tx, "main", [lamp()], cause=cause, step=1, now=NOW)
    assert position(database).reserved == 1


@pytest.mark.parametrize("statement", [
    "UPDATE inventory_moves SET quantity = 9",
    "DELETE FROM inventory_moves",
    "TRUNCATE inventory_moves",
])  # fmt: skip
def test_the_application_cannot_change_a_move(database: Database, stock: Stock, statement: str) -> None:
    stock(("Austin", "LAMP", 3))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute(statement)


def test_the_database_itself_refuses_an_oversell(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 1))
    with pytest.raises(psycopg.errors.CheckViolation, match="never_oversold"), database.transaction() as tx:
        tx.execute("UPDATE inventory_positions SET reserved = 2")


def rush(database: Database, shoppers: int) -> int:
    """How many of so many shoppers, each wanting one lamp at the same moment, get theirs."""
    sold: list[bool] = []
    gate = threading.Barrier(shoppers)

    def shop() -> None:
        gate.wait()
        try:
            with database.transaction() as tx:
                service.reserve(tx, "main", [lamp()], cause=new_id(), step=1, now=NOW)
        except Shortage:
            return
        sold.append(True)

    threads = [threading.Thread(target=shop) for _ in range(shoppers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(sold)


def test_many_shoppers_get_exactly_what_there_is(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 5))
    assert rush(database, 14) == 5
    assert position(database).reserved == 5
    assert audited(database) == []


def test_without_the_guards_the_same_rush_oversells(
    database: Database, database_url: str, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock(("Austin", "LAMP", 5))
    with psycopg.connect(database_url) as owner:
        owner.execute("ALTER TABLE inventory_positions DROP CONSTRAINT never_oversold")
    everybody_looked = threading.Barrier(14)

    def looked(*_: Any) -> list[Any]:
        everybody_looked.wait()
        return []

    without_lock = store.LOCK_POSITIONS_SQL.replace("FOR UPDATE OF p", "")
    monkeypatch.setattr(store, "LOCK_POSITIONS_SQL", without_lock)
    decided: Callable[..., Any] = rules.shortfalls
    monkeypatch.setattr(rules, "shortfalls", lambda *given: (decided(*given), looked())[0])
    assert rush(database, 14) == 14
    assert position(database).reserved > position(database).on_hand


def test_a_hold_gives_its_stock_back_when_its_time_is_over(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 2))
    with database.transaction() as tx:
        service.hold(tx, "main", [lamp(2)], holder="ann", expires_at=NOW + timedelta(minutes=5), now=NOW)
    with database.transaction() as tx:
        assert service.expire_holds(tx, "main", NOW) == 0
        assert service.expire_holds(tx, "main", NOW + timedelta(minutes=5)) == 1
        assert service.expire_holds(tx, "main", NOW + timedelta(minutes=6)) == 0
    assert position(database).free == 2
    assert audited(database) == []


def test_a_released_hold_stays_released(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 2))
    with database.transaction() as tx:
        held = service.hold(tx, "main", [lamp()], holder=None, expires_at=NOW + timedelta(minutes=5), now=NOW)
    for _ in range(2):
        with database.transaction() as tx:
            assert service.release_hold(tx, "main", held.hold_id, NOW).state == "released"
    assert position(database).free == 2


def test_stock_can_be_told_for_any_time_as_known_at_any_time(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 10))
    hour = timedelta(hours=1)
    sale = Move(
        item="LAMP", node="Austin", from_bucket="on_hand", to_bucket="customer", quantity=4, reason="x"
    )
    with database.transaction() as tx:  # sold at two, told at five
        service.post(
            tx, "main", [sale], cause=new_id(), step=1, now=NOW + 5 * hour, happened_at=NOW + 2 * hour
        )

    def then(as_of: int, known_at: int) -> int:
        with database.transaction() as tx:
            found = service.positions_as_of(
                tx,
                "main",
                item="LAMP",
                node="Austin",
                as_of=NOW + as_of * hour,
                known_at=NOW + known_at * hour,
            )
        return found[0].on_hand

    assert then(as_of=3, known_at=4) == 10
    assert then(as_of=3, known_at=5) == 6
    assert then(as_of=1, known_at=9) == 10


def test_a_reported_move_with_the_same_reference_counts_once(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 1))
    for expected in (1, 0):
        with database.transaction() as tx:
            assert service.post_all(tx, "main", [posting("receive", 6, "PO-1")], NOW) == expected
    assert position(database).on_hand == 7


@pytest.mark.parametrize(("kind", "quantity", "on_hand"), [
    ("count", 4, 4), ("count", 9, 9), ("count", 7, 7), ("adjust", -2, 5), ("adjust", 2, 9), ("damage", 3, 4),
])  # fmt: skip
def test_reported_moves_bring_the_position_to_what_they_say(
    database: Database, stock: Stock, kind: str, quantity: int, on_hand: int
) -> None:
    stock(("Austin", "LAMP", 7))
    with database.transaction() as tx:
        service.post_all(tx, "main", [posting(kind, quantity)], NOW)
    assert position(database).on_hand == on_hand
    assert audited(database) == []


def test_what_never_left_cannot_arrive_and_the_refusal_says_so(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 5))
    with pytest.raises(Shortage) as refused, database.transaction() as tx:
        service.post_all(tx, "main", [posting("arrive", 2)], NOW)
    assert refused.value.extra["lines"] == [
        {"item": "LAMP", "node": "Austin", "wanted": 2, "available": 0, "bucket": "in_transit"}
    ]


def test_a_transfer_is_on_its_way_until_it_arrives(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 7))
    with database.transaction() as tx:
        service.post_all(tx, "main", [posting("transfer", 2, "T1", "Waco")], NOW)
    assert (position(database).on_hand, position(database, "Waco").in_transit) == (5, 2)
    arrived = Posting(
        kind="arrive", node="Waco", item="LAMP", quantity=2, reason="t", reference="T1", happened_at=None
    )
    with database.transaction() as tx:
        service.post_all(tx, "main", [arrived], NOW)
    assert position(database, "Waco").on_hand == 2
    assert audited(database) == []


def test_loading_the_same_stock_again_moves_nothing(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 7))
    stock(("Austin", "LAMP", 7))
    stock(("Austin", "LAMP", 4))
    with database.transaction() as tx:
        entries = service.moves(tx, "main", item="LAMP", node=None, after=(UUID(int=0), 0, 0), limit=9)
    assert [(entry.to_bucket, entry.quantity) for entry in entries] == [("on_hand", 7), ("loss", 3)]


def test_an_audit_finds_drift_and_mends_it_with_moves(
    database: Database, database_url: str, stock: Stock
) -> None:
    stock(("Austin", "LAMP", 7))
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE inventory_positions SET on_hand = 9, damaged = 1")
    assert {(found.what.split()[0], found.expected, found.found) for found in audited(database)} == {
        ("on_hand", "7", "9"),
        ("damaged", "0", "1"),
    }
    with database.transaction() as tx:
        assert service.repair(tx, "main", NOW) == 2
    assert audited(database) == []
    assert position(database).on_hand == 9


def test_a_count_is_asked_for_until_somebody_has_counted(database: Database, stock: Stock) -> None:
    stock(("Austin", "LAMP", 7))
    with database.transaction() as tx:
        for reason in ("not on the shelf", "damaged"):
            service.ask_count(tx, "main", node="Austin", item="LAMP", reason=reason, now=NOW)
        (asked,) = service.counts_asked(tx, "main", "Austin")
        assert (asked.item, service.counts_asked(tx, "main", "Dallas")) == ("LAMP", [])

        service.post_all(tx, "main", [posting("count", 4)], NOW)

        assert service.counts_asked(tx, "main", "Austin") == []
