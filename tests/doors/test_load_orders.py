"""Orders and customers that come in files."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anyshelf.doors.files import LoadReport, load
from anyshelf.ground.db import Database, run, values
from anyshelf.ground.errors import NotFound
from anyshelf.insight import service as insight
from anyshelf.orders import service as orders

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MARKET = "north"
NETWORK = {
    "nodes": "node,kind,lat,lon,capabilities\nAUS,store,30.27,-97.74,pickup;ship\nDEN,dc,39.7,-105,ship\n",
    "items": "item,weight_g,price\nLAMP,900,49.00\nBULB,50,4.50\n",
    "channels": "channel,holdback\nweb,0\n",
    "stock": "node,item,on_hand\nAUS,LAMP,2\nDEN,LAMP,5\nDEN,BULB,9\n",
    "rates": "service,zone,weight_g_max,amount,transit_days\n"
    + "".join(f"ground,{zone},50000,9.99,{zone}\n" for zone in range(1, 10)),
}
HEAD = "order,channel,placed_at,state,customer,method,node,lat,lon,postal_code\n"
OLD = "W-1,web,2026-10-01T09:00:00Z,done,ann,ship,,30,-97,78701\n"
OPEN = "W-2,web,2026-11-22T09:00:00Z,open,ben,pickup,AUS,,,\n"
SHIPPED = "W-3,web,2026-11-22T10:00:00Z,open,,ship,,40.7,-74,10001\n"
LINES = "order,line,item,quantity,unit_price,discount,node\n"

Loads = Callable[..., LoadReport]


@pytest.fixture
def loads(database: Database, tmp_path: Path) -> Loads:
    """Load files over a small network: `loads(orders=…, order_lines=…)`."""
    with database.transaction() as tx:
        run(tx, "INSERT INTO markets (market, currency, name) VALUES ('north', 'USD', 'North')")

    def go(*, skip_bad: bool = False, **files: str) -> LoadReport:
        for name, content in {**NETWORK, **files}.items():
            (tmp_path / f"{name}.csv").write_text(content)
        return load(database, MARKET, tmp_path, now=NOW, skip_bad=skip_bad)

    return go


def history(database: Database) -> list[tuple[object, ...]]:
    sql = """SELECT external_id, line, item, quantity, unit_price_minor, discount_minor, node, customer
             FROM order_history WHERE market = 'north' ORDER BY external_id, line"""
    with database.transaction() as tx:
        return list(values(tx, sql))


def reserved(database: Database) -> dict[tuple[object, ...], object]:
    sql = "SELECT node, item, reserved FROM inventory_positions WHERE market = 'north' AND reserved > 0"
    with database.transaction() as tx:
        return {(node, item): units for node, item, units in values(tx, sql)}


def faults(report: LoadReport) -> list[tuple[str, int, str]]:
    return [(bad.file, bad.line, bad.column) for bad in report.bad_rows]


def test_what_was_sold_before_is_kept_and_moves_nothing(database: Database, loads: Loads) -> None:
    lines = f"{LINES}W-1,,LAMP,2,45.00,5,AUS\nW-1,,BULB,1,4.5,,\n"
    report = loads(orders=HEAD + OLD, order_lines=lines)

    assert report.bad_rows == ()
    assert {each.file: each.loaded for each in report.files if "order" in each.file} == {
        "orders.csv": 1, "order_lines.csv": 2,
    }  # fmt: skip
    assert history(database) == [
        ("W-1", 1, "LAMP", 2, 4500, 500, "AUS", "ann"),
        ("W-1", 2, "BULB", 1, 450, 0, "", "ann"),
    ]
    assert reserved(database) == {}


def test_an_open_order_is_placed_and_its_stock_reserved(database: Database, loads: Loads) -> None:
    report = loads(orders=HEAD + OPEN + SHIPPED, order_lines=f"{LINES}W-2,,LAMP,2,,,\nW-3,,BULB,3,4,1,\n")

    assert report.bad_rows == ()
    assert reserved(database) == {("AUS", "LAMP"): 2, ("DEN", "BULB"): 3}
    with database.transaction() as tx:
        placed = {each.external_id: each for each in orders.recent(tx, MARKET, limit=10)}
        assert orders.audit(tx, MARKET) == []
    assert placed["W-2"].lines[0].journey == "bopis"
    assert (placed["W-2"].pickup_code is not None, placed["W-2"].total_minor) == (True, 9800)
    assert placed["W-3"].total_minor == 1100


def test_loading_orders_twice_is_once(database: Database, loads: Loads) -> None:
    files = {
        "orders": HEAD + OLD + OPEN,
        "order_lines": f"{LINES}W-1,,LAMP,1,45,,AUS\nW-2,,LAMP,1,,,\n",
    }
    loads(**files)
    first = (history(database), reserved(database))

    assert loads(**files).bad_rows == ()
    assert (history(database), reserved(database)) == first


def test_an_open_order_that_nobody_can_serve_is_a_bad_row(database: Database, loads: Loads) -> None:
    lines = f"{LINES}W-2,,LAMP,30,,,\nW-3,,BULB,1,,,\n"
    report = loads(orders=HEAD + OPEN + SHIPPED, order_lines=lines, skip_bad=True)

    assert faults(report) == [("orders.csv", 2, "")]
    assert "LAMP" in report.bad_rows[0].reason
    assert reserved(database) == {("DEN", "BULB"): 1}


def test_all_or_nothing_holds_for_orders_too(database: Database, loads: Loads) -> None:
    report = loads(orders=HEAD + OLD + OPEN, order_lines=f"{LINES}W-1,,LAMP,1,,,\nW-2,,LAMP,30,,,\n")

    assert not report.loaded
    assert history(database) == []
    assert reserved(database) == {}


@pytest.mark.parametrize(
    ("orders_file", "lines_file", "told"),
    [
        (OLD + OLD, "", ("orders.csv", 3, "order")),
        (OLD.replace("web", "moon"), "", ("orders.csv", 2, "channel")),
        (OLD.replace("ship,,", "ship,MARS,"), "", ("orders.csv", 2, "node")),
        (OLD.replace("2026-10-01", "2026-13-01"), "", ("orders.csv", 2, "placed_at")),
        (OLD.replace("30,-97", "30,"), "", ("orders.csv", 2, "lat")),
        (OPEN, "", ("orders.csv", 2, "lines")),
        (OPEN.replace("AUS", ""), "W-2,,LAMP,1,,,\n", ("orders.csv", 2, "node")),
        (OLD, "W-9,,LAMP,1,,,\n", ("order_lines.csv", 2, "order")),
        (OLD, "W-1,,TREE,1,,,\n", ("order_lines.csv", 2, "item")),
        (OLD, "W-1,,LAMP,0,,,\n", ("order_lines.csv", 2, "quantity")),
        (OLD, "W-1,,LAMP,1,4.999,,\n", ("order_lines.csv", 2, "unit_price")),
        (OLD, "W-1,4,LAMP,1,,,\nW-1,4,BULB,1,,,\n", ("order_lines.csv", 3, "line")),
    ],
)
def test_a_bad_row_says_where_it_is(
    loads: Loads, orders_file: str, lines_file: str, told: tuple[str, int, str]
) -> None:
    report = loads(orders=HEAD + orders_file, order_lines=LINES + lines_file)

    assert faults(report) == [told]
    assert not report.loaded


def test_lines_without_their_orders_are_bad_rows(loads: Loads) -> None:
    assert faults(loads(order_lines=f"{LINES}W-1,,LAMP,1,,,\n")) == [("order_lines.csv", 2, "order")]


CUSTOMERS = "customer,name,email,phone,consent\n"


def person(database: Database, email: str) -> object:
    with database.transaction() as tx:
        return insight.look_up(tx, MARKET, insight.secret_of(tx, MARKET), "email", email)


def test_customers_are_recognised_and_never_named(database: Database, loads: Loads) -> None:
    """Two accounts with one e-mail and one name are one person; a second load changes nothing."""
    files = (
        CUSTOMERS + "ann-1,Ann Lee,ann@example.com,555 0100,\nann-2,Ann Lee,ann@example.com,555 0100,yes\n"
    )
    assert loads(customers=files).bad_rows == ()
    known = person(database, "ann@example.com")

    assert loads(customers=files).bad_rows == ()
    assert person(database, "ann@example.com") == known
    with database.transaction() as tx:
        kept = str(list(values(tx, "SELECT properties FROM insight_entries")))
    assert "Ann" not in kept
    assert "example.com" not in kept


def test_a_customer_who_refused_is_not_known(database: Database, loads: Loads) -> None:
    loads(customers=CUSTOMERS + "ben,Ben,ben@example.com,,no\n")
    with pytest.raises(NotFound):
        person(database, "ben@example.com")


def test_a_customer_told_twice_is_a_bad_row(loads: Loads) -> None:
    assert faults(loads(customers=CUSTOMERS + "ann,,,,\nann,,,,\n")) == [("customers.csv", 3, "")]
