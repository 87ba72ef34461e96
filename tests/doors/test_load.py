"""Loading a network from files: what is taken, what is refused and how it is told."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.files import BadRow, LoadReport, load
from anyshelf.ground.db import Database, run, values
from anyshelf.ground.errors import SetupProblem
from anyshelf.network import service as network

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MARKET = "north"

NODES = """\
node,kind,name,lat,lon,country,postal_code,\
timezone,hours,cutoff,processing_minutes,capacity_per_day,capabilities,channels
AUS,store,Austin,30.27,-97.74,US,78701,America/Chicago,Mo-Sa 09:00-21:00,16:00,60,40,pickup;ship,web till
DEN,dc,Denver,39.74,-104.99,us,80202,America/Denver,24/7,20:00,120,,ship,web
ACM,vendor,Acme,41.88,-87.63,US,60601,America/Chicago,,,,,,
"""
ITEMS = """\
item,name,gtin,category,weight_g,length_mm,width_mm,height_mm,price,cost,currency,flags
LAMP,"Lamp, brass",4006381333931,lights,900,100,100,300,49.00,21,USD,fragile
BULB,Bulb,,lights,50,,,,4.5,1.25,,
SET,,,,,,,,60,,,
"""
STOCK = "node,item,on_hand\nAUS,LAMP,3\nDEN,LAMP,40\nDEN,BULB,0\n"

Write = Callable[..., Path]
Loads = Callable[..., LoadReport]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into a folder: `write(nodes=…, items=…)`."""

    def files(**contents: str | bytes) -> Path:
        for name, content in contents.items():
            raw = content.encode() if isinstance(content, str) else content
            (tmp_path / f"{name}.csv").write_bytes(raw)
        return tmp_path

    return files


@pytest.fixture
def loads(database: Database) -> Loads:
    """Load a folder into a market that has been opened."""
    with database.transaction() as tx:
        run(tx, "INSERT INTO markets (market, currency, name) VALUES ('north', 'USD', 'North')")

    def go(folder: Path, *, skip_bad: bool = False) -> LoadReport:
        return load(database, MARKET, folder, now=NOW, skip_bad=skip_bad)

    return go


def on_hand(database: Database) -> dict[tuple[str, str], int]:
    with database.transaction() as tx:
        found = values(tx, "SELECT node, item, on_hand FROM inventory_positions WHERE market = 'north'")
    return {(node, item): quantity for node, item, quantity in found}


def faults(report: LoadReport) -> list[tuple[str, int, str]]:
    return [(bad.file, bad.line, bad.column) for bad in report.bad_rows]


# A whole network


def test_a_whole_network_is_loaded(database: Database, write: Write, loads: Loads) -> None:
    folder = write(
        nodes=NODES,
        items=ITEMS,
        stock=STOCK,
        kits="kit,item,quantity\nSET,LAMP,1\nSET,BULB,2\n",
        expected="node,item,quantity,arrives_at,reference\nDEN,LAMP,100,2026-12-01T08:00:00-07:00,PO-1\n",
        lanes="from,to,mode,service,transit_days,cost rule\n"
        "DEN,AUS,transfer,truck,2,5.00 + 0.20/kg\nDEN,*,van,,1,\n",
        rates="service,zone,weight_g_max,amount,transit_days\n"
        "ground,8,1000,9.99,\nground,8,500,8,\nair,8,1000,30,1\n",
        zones="origin postal prefix,destination postal prefix,zone\n787,021,7\n802,021,8\n",
        channels="channel,nodes or groups,holdback\nweb,,2\nmarketplace,DEN web,10%\n",
        vendors="vendor,name,node,ack_minutes\nACME,Acme Inc,ACM,60\n",
        services="service,carrier,working_days\nair,Bird,Mo-Su\n",
    )
    report = loads(folder)

    assert report.loaded
    assert report.bad_rows == ()
    assert {one.file: (one.read, one.loaded) for one in report.files}["stock.csv"] == (3, 3)
    with database.transaction() as tx:
        atlas = network.atlas(tx, MARKET)
        items = catalogue.items(tx, MARKET, ["LAMP", "BULB", "SET"])
        assert catalogue.kits(tx, MARKET, ["SET"])["SET"].parts == (("BULB", 2), ("LAMP", 1))
    assert on_hand(database)["AUS", "LAMP"] == 3
    assert (items["LAMP"].price_minor, items["LAMP"].gtin) == (4900, "04006381333931")
    assert (items["BULB"].price_minor, items["BULB"].currency, items["SET"].name) == (450, "USD", "SET")
    austin = network.node(atlas, "AUS")
    assert (austin.capabilities, austin.groups, austin.country) == (("pickup", "ship"), ("web", "till"), "US")
    assert network.channel(atlas, "web").holdback_units == 2
    assert network.channel(atlas, "marketplace").holdback_percent == 10
    assert network.channel(atlas, "marketplace").groups == ("web",)
    assert [lane.cost_minor_per_kg for lane in network.lanes_between(atlas, "DEN", "AUS")] == [20]
    assert network.tariff_minor(atlas, "ground", 8, 600) == 999
    assert network.zones_to(atlas, "02108").tolist() == [0, 7, 8]
    assert network.vendor(atlas, "ACME").ack_minutes == 60
    assert network.service(atlas, "air").carrier == "Bird"


def test_loading_twice_is_once(database: Database, write: Write, loads: Loads) -> None:
    folder = write(nodes=NODES, items=ITEMS, stock=STOCK)
    loads(folder)
    first = on_hand(database)
    again = loads(folder)
    assert again.loaded
    assert on_hand(database) == first


def test_the_last_file_wins_and_replaces_a_tariff_whole(
    database: Database, write: Write, loads: Loads
) -> None:
    header = "service,zone,weight_g_max,amount\n"
    loads(write(rates=f"{header}ground,8,1000,9\nground,8,2000,10\nair,8,1000,30\n"))
    loads(write(rates=f"{header}ground,8,1500,7\n"))
    with database.transaction() as tx:
        atlas = network.atlas(tx, MARKET)
    assert network.tariff_minor(atlas, "ground", 8, 800) == 700
    assert network.tariff_minor(atlas, "air", 8, 800) == 3000


def test_channels_that_nodes_name_are_opened(database: Database, write: Write, loads: Loads) -> None:
    report = loads(write(nodes=NODES))
    with database.transaction() as tx:
        atlas = network.atlas(tx, MARKET)
    assert sorted(atlas.channels) == ["till", "web"]
    assert network.reach(atlas, "till").tolist() == [1]
    assert "Channel till is opened because nodes name it." in report.warnings


def test_parquet_is_read_as_csv_is(database: Database, tmp_path: Path, loads: Loads) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    nodes = {
        "node": ["AUS", "DEN"],
        "kind": ["store", "dc"],
        "lat": [30.27, 39.0],
        "lon": [-97.74, -105.0],
        "timezone": ["America/Chicago", "America/Denver"],
        "channels": [["web", "till"], None],
        "capacity_per_day": [40, None],
    }
    pq.write_table(pa.table(nodes), tmp_path / "nodes.parquet")
    pq.write_table(pa.table({"item": ["LAMP"], "price": [4.5]}), tmp_path / "items.parquet")
    when = [datetime(2026, 12, 1, 8, tzinfo=UTC)] * 2
    expected = {
        "node": ["AUS", "NO"],
        "item": ["LAMP"] * 2,
        "quantity": [5, 5],
        "arrives_at": when,
        "reference": ["PO"] * 2,
    }
    pq.write_table(pa.table(expected), tmp_path / "expected.parquet")
    report = loads(tmp_path, skip_bad=True)
    assert faults(report) == [("expected.parquet", 2, "node")]
    with database.transaction() as tx:
        atlas = network.atlas(tx, MARKET)
        assert catalogue.item(tx, MARKET, "LAMP").price_minor == 450
    assert network.node(atlas, "AUS").groups == ("web", "till")
    assert network.node(atlas, "DEN").capacity_per_day is None


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(
    database: Database, write: Write, loads: Loads
) -> None:
    report = loads(write(items=b"\xef\xbb\xbf" + ITEMS.replace("\n", "\r\n").encode()))
    assert report.loaded
    with database.transaction() as tx:
        assert catalogue.item(tx, MARKET, "LAMP").name == "Lamp, brass"


# Bad rows


def test_one_bad_row_and_nothing_is_kept(database: Database, write: Write, loads: Loads) -> None:
    report = loads(write(nodes=NODES, items=ITEMS, stock=STOCK + "AUS,LAMP,-1\n"))
    assert not report.loaded
    assert report.bad_rows == (
        BadRow(file="stock.csv", line=5, column="on_hand", reason="-1 is not between 0 and 1000000000"),
    )
    assert [one.loaded for one in report.files] == [0, 0, 0]
    assert on_hand(database) == {}
    with database.transaction() as tx:
        assert network.node_codes(tx, MARKET) == []


def test_bad_rows_can_be_left_out(database: Database, write: Write, loads: Loads) -> None:
    report = loads(
        write(nodes=NODES, items=ITEMS, stock=STOCK + "AUS,NOTHING,1\nAUS,BULB,7\n"), skip_bad=True
    )
    assert report.loaded
    assert faults(report) == [("stock.csv", 5, "item")]
    assert on_hand(database) == {
        ("AUS", "LAMP"): 3,
        ("DEN", "LAMP"): 40,
        ("DEN", "BULB"): 0,
        ("AUS", "BULB"): 7,
    }


NODE = "N,store,N,1,2,US,1,UTC,24/7,,,,,\n"
HEADER = NODES.partition("\n")[0] + "\n"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",store,N,1,2,US,1,UTC,24/7,,,,,", "node"),
        ("x" * 65 + ",store,N,1,2,US,1,UTC,24/7,,,,,", "node"),
        ("N\x07,store,N,1,2,US,1,UTC,24/7,,,,,", "node"),
        ("N\x00,store,N,1,2,US,1,UTC,24/7,,,,,", "node"),
        ("N,shop,N,1,2,US,1,UTC,24/7,,,,,", "kind"),
        ("N,store,N,91,2,US,1,UTC,24/7,,,,,", "lat"),
        ("N,store,N,nan,2,US,1,UTC,24/7,,,,,", "lat"),
        ("N,store,N,1,180.5,US,1,UTC,24/7,,,,,", "lon"),
        ("N,store,N,1,2,USA,1,UTC,24/7,,,,,", "country"),
        ("N,store,N,1,2,US,1,Mars/Olympus,24/7,,,,,", "timezone"),
        ("N,store,N,1,2,US,1,,24/7,,,,,", "timezone"),
        ("N,store,N,1,2,US,1,UTC,9 to 5,,,,,", "hours"),
        ("N,store,N,1,2,US,1,UTC,24/7,25:00,,,,", "cutoff"),
        ("N,store,N,1,2,US,1,UTC,24/7,,1.5,,,", "processing_minutes"),
        ("N,store,N,1,2,US,1,UTC,24/7,,,-1,,", "capacity_per_day"),
        ("N,store,N,1,2,US,1,UTC,24/7,,,99999999999999999999,,", "capacity_per_day"),
        ("N,store,N,1,2,US,1,UTC,24/7,,,,", ""),
        ('N,"store"x,N,1,2,US,1,UTC,24/7,,,,,', ""),
    ],
)
def test_a_bad_node_is_told_with_line_and_column(write: Write, loads: Loads, row: str, column: str) -> None:
    report = loads(write(nodes=f"{HEADER}{NODE.replace('N,', 'GOOD,', 1)}{row}\n"))
    assert faults(report) == [("nodes.csv", 3, column)]
    assert not report.loaded


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("A,A,4006381333932,,,,,,1,1,USD,", "gtin"),
        ("A,A,12345,,,,,,1,1,USD,", "gtin"),
        ("A,A,4006381333931,,,,,,1,1,USD,", "gtin"),
        ("A,A,,,-5,,,,1,1,USD,", "weight_g"),
        ("A,A,,,,,,,1.005,1,USD,", "price"),
        ("A,A,,,,,,,1.5,1,JPY,", "price"),
        ("A,A,,,,,,,-1,1,USD,", "price"),
        ("A,A,,,,,,,NaN,1,USD,", "price"),
        ("A,A,,,,,,,1e400,1,USD,", "price"),
        ("A,A,,,,,,,1,one,USD,", "cost"),
        ("A,A,,,,,,,1,1,DOLLAR,", "currency"),
        ("LAMP,A,,,,,,,1,1,USD,", ""),
    ],
)
def test_a_bad_item_is_told_with_line_and_column(write: Write, loads: Loads, row: str, column: str) -> None:
    report = loads(write(items=f"{ITEMS}{row}\n"))
    assert faults(report) == [("items.csv", 5, column)]


@pytest.mark.parametrize(
    ("name", "content", "column"),
    [
        ("kits", "kit,item,quantity\nSET,NOTHING,1\n", "item"),
        ("kits", "kit,item,quantity\nSET,SET,1\n", "item"),
        ("kits", "kit,item,quantity\nSET,LAMP,0\n", "quantity"),
        ("lanes", "from,to,transit_days\nAUS,NOWHERE,1\n", "to"),
        ("lanes", "from,to,transit_days,cost_rule\nAUS,DEN,1,cheap\n", "cost_rule"),
        ("rates", "service,zone,weight_g_max,amount\nground,100,1,1\n", "zone"),
        ("zones", "origin_prefix,destination_prefix,zone\n-,1,1\n", "origin_prefix"),
        ("channels", "channel,nodes\nweb,AUS;NOWHERE\n", "nodes"),
        ("channels", "channel,holdback\nweb,101%\n", "holdback"),
        ("vendors", "vendor,node\nACME,NOWHERE\n", "node"),
        ("stock", "node,item,on_hand\nNOWHERE,LAMP,1\n", "node"),
        ("stock", "node,item,on_hand\nAUS,LAMP,\n", "on_hand"),
        ("stock", "node,item,on_hand\nAUS,LAMP,\uff11\n", "on_hand"),
        ("stock", "node,item,on_hand\nAUS,LAMP\n", ""),
        ("expected", "node,item,quantity,arrives_at,reference\nAUS,LAMP,1,2026-02-30,PO\n", "arrives_at"),
        ("expected", "node,item,quantity,arrives_at,reference\nAUS,LAMP,0,2026-02-03,PO\n", "quantity"),
    ],
)
def test_a_row_that_refers_to_nothing_or_says_nonsense_is_told(
    write: Write, loads: Loads, name: str, content: str, column: str
) -> None:
    report = loads(write(nodes=NODES, items=ITEMS, **{name: content}))
    assert faults(report) == [(f"{name}.csv", 2, column)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("stock", "node,item,on_hand\nAUS,LAMP,1\nDEN,LAMP,1\n AUS ,LAMP,2\n"),
        ("expected", "node,item,quantity,arrives_at,reference\n" + "AUS,LAMP,1,2026-02-03,PO\n" * 2),
        ("zones", "origin_prefix,destination_prefix,zone\n1,2,3\n1,3,3\n1,2,4\n"),
        ("rates", "service,zone,weight_g_max,amount\n" + "ground,8,100,1\n" * 2),
    ],
)
def test_a_row_that_comes_twice_is_told_at_its_second_line(
    write: Write, loads: Loads, name: str, content: str
) -> None:
    report = loads(write(nodes=NODES, items=ITEMS, **{name: content}))
    assert faults(report) == [(f"{name}.csv", content.count("\n"), "")]


def test_all_faults_of_a_row_are_told_at_once(write: Write, loads: Loads) -> None:
    report = loads(write(nodes=f"{HEADER},shop,N,91,181,US,1,UTC,24/7,,,,,\n"))
    assert [bad.column for bad in report.bad_rows] == ["node", "kind", "lat", "lon"]
    assert report.faults == 4


def test_a_line_that_is_not_utf_8_is_named(write: Write, loads: Loads) -> None:
    report = loads(write(items=b"item,name\nA,fine\nB,\xff\xfe\nC,fine\n"))
    assert report.bad_rows == (BadRow(file="items.csv", line=3, column="", reason="is not valid UTF-8"),)


def test_lines_are_counted_through_quoted_line_ends_and_blank_lines(write: Write, loads: Loads) -> None:
    report = loads(write(items='item,weight_g,category\nA,1,"two\nlines"\n\nB,x,\n'))
    assert faults(report) == [("items.csv", 2, "category"), ("items.csv", 5, "weight_g")]


def test_a_thousand_bad_rows_are_counted_and_a_hundred_listed(write: Write, loads: Loads) -> None:
    report = loads(write(items="item,weight_g\n" + "A,x\n" * 1000), skip_bad=True)
    assert (len(report.bad_rows), report.faults, report.files[0].bad) == (100, 1000, 1000)


def test_a_gtin_may_move_from_one_item_to_another(database: Database, write: Write, loads: Loads) -> None:
    loads(write(items="item,gtin\nOLD,4006381333931\nNEW,\n"))
    report = loads(write(items="item,gtin\nOLD,\nNEW,4006381333931\n"))
    assert report.loaded
    with database.transaction() as tx:
        found = catalogue.by_gtin(tx, MARKET, "4006381333931")
    assert found is not None
    assert found.item == "NEW"


def test_a_kit_may_hold_a_kit_but_never_itself(write: Write, loads: Loads) -> None:
    header = "kit,item,quantity\n"
    assert loads(write(items=ITEMS, kits=f"{header}SET,LAMP,1\nLAMP,BULB,1\n")).loaded
    report = loads(write(kits=f"{header}BULB,SET,1\nBULB,LAMP,1\n"))
    assert faults(report) == [("kits.csv", 2, "item"), ("kits.csv", 3, "item")]
    assert "'SET' holds 'BULB'" in report.bad_rows[0].reason
    assert loads(write(kits=f"{header}LAMP,SET,1\nSET,BULB,1\n")).bad_rows[0].line == 2
    assert loads(write(kits=f"{header}SET,BULB,1\nLAMP,SET,1\n")).loaded


# Headers and folders


def test_a_missing_column_is_a_bad_header(write: Write, loads: Loads) -> None:
    report = loads(write(nodes=NODES, items=ITEMS, stock="node,item\nAUS,LAMP\n"))
    assert faults(report) == [("stock.csv", 1, "on_hand")]
    assert not report.loaded


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xff\n"])
def test_a_file_without_a_header_is_told(write: Write, loads: Loads, content: bytes) -> None:
    assert faults(loads(write(items=content))) == [("items.csv", 1, "")]


def test_a_column_named_twice_is_a_bad_header(write: Write, loads: Loads) -> None:
    assert faults(loads(write(items="item,name,name\nA,A,A\n"))) == [("items.csv", 1, "name")]


def test_what_is_odd_is_warned_of(write: Write, loads: Loads) -> None:
    report = loads(
        write(
            nodes="node,kind,lat,lon,colour\nN,store,1,2,red\n",
            stok="node,item,on_hand\n",
        )
    )
    assert report.loaded
    assert report.warnings == (
        "stok.csv is not read.",
        "nodes.csv has no column timezone: UTC is used.",
        "nodes.csv has a column colour that is not read.",
    )


def test_a_file_that_is_not_parquet_is_a_bad_row(tmp_path: Path, loads: Loads) -> None:
    (tmp_path / "items.parquet").write_text("item\n")
    assert faults(loads(tmp_path)) == [("items.parquet", 1, "")]


def test_a_folder_that_holds_nothing_to_read_says_what_to_do(tmp_path: Path, loads: Loads) -> None:
    with pytest.raises(SetupProblem, match=r"nodes, items"):
        loads(tmp_path)
    with pytest.raises(SetupProblem, match="is not a folder"):
        loads(tmp_path / "nowhere")


def test_a_market_nobody_has_opened_says_so(database: Database, write: Write) -> None:
    with pytest.raises(SetupProblem, match="no market 'elsewhere'"):
        load(database, "elsewhere", write(nodes=NODES), now=NOW)


def test_progress_is_told_and_the_report_is_json(database: Database, write: Write, loads: Loads) -> None:
    told: list[tuple[str, int]] = []
    loads(write(nodes=NODES))
    report = load(
        database, MARKET, write(items=ITEMS), now=NOW, progress=lambda file, rows: told.append((file, rows))
    )
    assert told == [("nodes.csv", 3), ("items.csv", 3)]
    assert json.loads(json.dumps(report.as_json()))["files"][1] == {
        "file": "items.csv",
        "read": 3,
        "loaded": 3,
        "bad": 0,
    }
