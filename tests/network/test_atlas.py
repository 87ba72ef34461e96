"""The atlas: what the network looks like from memory, and when it is drawn anew."""

from datetime import UTC, datetime, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.ground.db import Database, Tx, run
from anyshelf.ground.errors import NotFound
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Lane, Node, Rate, Service, Vendor
from anyshelf.network.rules.drawing import Survey, draw
from anyshelf.network.rules.places import zone_by_table

AUSTIN = Node(
    node="AUS",
    kind="store",
    name="Austin",
    lat=30.27,
    lon=-97.74,
    postal_code="78701",
    timezone="America/Chicago",
    hours="Mo-Sa 09:00-21:00",
    cutoff=time(16),
    processing_minutes=60,
    capacity_per_day=40,
    capabilities=("pickup",),
    groups=("web", "south"),
)
BOSTON = Node(
    node="BOS", kind="store", name="Boston", lat=42.36, lon=-71.06, postal_code="02108", groups=("north",)
)
DENVER = Node(
    node="DEN", kind="dc", name="Denver", lat=39.74, lon=-104.99, postal_code="80202", groups=("web",)
)
CLOSED = Node(
    node="OLD",
    kind="store",
    name="Old",
    lat=30.3,
    lon=-97.7,
    postal_code="78702",
    timezone="America/Chicago",
    active=False,
)

MARKET = "north"


@pytest.fixture
def market(database: Database) -> str:
    with database.transaction() as tx:
        run(tx, "INSERT INTO markets (market, currency, name) VALUES ('north', 'USD', 'North')")
        network.save_nodes(tx, MARKET, [AUSTIN, BOSTON, DENVER, CLOSED])
        network.save_channels(
            tx,
            MARKET,
            [
                Channel(channel="web", currency="USD", holdback_units=1, holdback_percent=5),
                Channel(channel="till", kind="store", currency="USD", nodes=("BOS",), groups=("south",)),
                Channel(channel="anything", currency="USD"),
            ],
        )
        network.save_services(tx, MARKET, [Service(service="air", carrier="Bird", working_days="Mo-Su")])
        network.save_rates(
            tx,
            MARKET,
            [
                Rate(service="ground", zone=8, weight_g_max=1000, amount_minor=900),
                Rate(service="ground", zone=8, weight_g_max=2000, amount_minor=1000),
                Rate(service="air", zone=8, weight_g_max=1000, amount_minor=3000, transit_days=1),
            ],
        )
        network.save_zones(tx, MARKET, [("787", "021", 7), ("7", "02", 6), ("802", "02", 5)])
        network.save_lanes(
            tx,
            MARKET,
            [
                Lane(origin="DEN", destination="AUS", mode="transfer", transit_days=2, cost_minor=500),
                Lane(origin="DEN", destination="*", mode="transfer", transit_days=4),
            ],
        )
        network.save_vendors(tx, MARKET, [Vendor(vendor="ACME", name="Acme", node="DEN", ack_minutes=60)])
    return MARKET


def test_nodes_come_back_as_they_were_written(database: Database, market: str) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, market)
    assert network.node(atlas, "AUS") == AUSTIN
    assert [node.node for node in atlas.nodes] == ["AUS", "BOS", "DEN", "OLD"]
    assert atlas.kinds.tolist() == ["store", "store", "dc", "store"]
    with pytest.raises(ValueError, match="read-only"):
        atlas.lat[0] = 0


def test_it_is_kept_until_the_network_changes(database: Database, market: str) -> None:
    with database.transaction() as tx:
        first = network.atlas(tx, market)
        assert network.atlas(tx, market) is first
    with database.transaction() as tx:
        network.save_nodes(tx, market, [Node(node="NEW", kind="hub", name="New", lat=0, lon=0)])
    with database.transaction() as tx:
        second = network.atlas(tx, market)
    assert second.version > first.version
    assert "NEW" in second.index
    assert "NEW" not in first.index


def test_what_was_rolled_back_is_not_remembered(database: Database, market: str) -> None:
    def never(tx: Tx) -> None:
        network.save_nodes(tx, market, [Node(node="NEVER", kind="hub", name="Never", lat=0, lon=0)])
        assert "NEVER" in network.atlas(tx, market).index
        raise RuntimeError

    with pytest.raises(RuntimeError), database.transaction() as tx:
        never(tx)
    with database.transaction() as tx:
        network.save_nodes(tx, market, [Node(node="AGAIN", kind="hub", name="Again", lat=0, lon=0)])
    with database.transaction() as tx:
        atlas = network.atlas(tx, market)
    assert "AGAIN" in atlas.index
    assert "NEVER" not in atlas.index


def test_a_market_without_a_network_has_an_empty_atlas(database: Database) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, "nowhere")
    assert atlas.nodes == ()
    assert network.nodes_near(atlas, 0, 0).tolist() == []
    assert network.zones_to(atlas, "10001", 40, -73).tolist() == []


def test_a_channel_draws_on_what_it_names_and_on_what_names_it(database: Database, market: str) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, market)

    def drawn(channel: str) -> list[str]:
        return [atlas.nodes[place].node for place in network.reach(atlas, channel)]

    assert drawn("web") == ["AUS", "DEN"]
    assert drawn("till") == ["AUS", "BOS"]
    assert drawn("anything") == ["AUS", "BOS", "DEN"]  # all that are active
    assert network.channel(atlas, "web").holdback_percent == 5


def test_what_nobody_knows_is_named(database: Database, market: str) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, market)
    for ask, field in ((network.node, "node"), (network.channel, "channel"), (network.vendor, "vendor")):
        with pytest.raises(NotFound) as refused:
            ask(atlas, "nobody")
        assert refused.value.extra["field"] == field
    with pytest.raises(NotFound):
        network.tariff_minor(atlas, "ground", 2, 100)
    with pytest.raises(NotFound):
        network.freight_lines(atlas, "camel")


def test_the_nearest_come_first(database: Database, market: str) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, market)
    dallas = (32.78, -96.80)
    assert network.nodes_near(atlas, *dallas).tolist() == [0, 2, 1]
    assert network.nodes_near(atlas, *dallas, limit=1).tolist() == [0]
    assert network.nodes_near(atlas, *dallas, network.reach(atlas, "till")[1:]).tolist() == [1]
    assert network.distances_km(atlas, *dallas)[0] == pytest.approx(293, rel=0.02)
    assert network.timezone_near(atlas, *dallas).key == "America/Chicago"


def test_the_zone_table_goes_before_the_distance(database: Database, market: str) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, market)
    assert network.zones_to(atlas, "02108", 42.36, -71.06).tolist() == [7, 2, 5, 7]
    assert network.zones_to(atlas, "02900").tolist() == [6, 0, 5, 6]
    for code, zone in (("AUS", 7), ("BOS", 2), ("DEN", 5)):
        assert network.zone_between(atlas, code, "02108", 42.36, -71.06) == zone


def test_what_the_way_costs_and_how_long_it_takes(database: Database, market: str) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, market)
    assert network.tariff_minor(atlas, "ground", 8, 1500) == 1000
    assert network.tariff_minor(atlas, "ground", 8, 4500) == 1000 + 1000 + 900
    base, per_kg = network.freight_lines(atlas, "ground")
    assert (base[8], per_kg[8]) == (pytest.approx(800), pytest.approx(100))
    assert np.isnan(base[2])
    assert network.transit_days(atlas, "ground", 8) == 5
    assert network.transit_days(atlas, "air", 8) == 1
    assert [lane.transit_days for lane in network.lanes_between(atlas, "DEN", "AUS")] == [2]
    assert [lane.transit_days for lane in network.lanes_between(atlas, "DEN", "BOS")] == [4]
    assert network.lanes_between(atlas, "BOS", "DEN") == ()
    assert network.vendor_at(atlas, "DEN") == Vendor(vendor="ACME", name="Acme", node="DEN", ack_minutes=60)


def test_when_it_leaves_and_when_it_comes(database: Database, market: str) -> None:
    with database.transaction() as tx:
        atlas = network.atlas(tx, market)
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)  # 9 o'clock in Austin
    leaves = network.dispatch_at(atlas, "AUS", friday)
    assert leaves == datetime(2026, 3, 6, 22, tzinfo=UTC)
    boston = atlas.timezones[1]
    by_ground = network.arrival(
        atlas, node="AUS", dispatched_at=leaves, service="ground", days=2, destination_tz=boston
    )
    by_air = network.arrival(
        atlas, node="AUS", dispatched_at=leaves, service="air", days=2, destination_tz=boston
    )
    assert (by_ground.day.day, by_air.day.day) == (9, 8)
    assert network.next_open(atlas, "AUS", datetime(2026, 3, 8, 12, tzinfo=UTC)) == datetime(
        2026, 3, 9, 14, tzinfo=UTC
    )


digits = st.text("12", min_size=1, max_size=3)


@given(st.dictionaries(st.tuples(digits, digits), st.integers(1, 9), max_size=12), digits, digits)
def test_the_matrix_gives_what_the_table_gives(
    table: dict[tuple[str, str], int], origin: str, end: str
) -> None:
    origins = {start for start, _ in table}
    rows = [
        (
            start,
            [to for at, to in table if at == start],
            [zone for (at, _), zone in table.items() if at == start],
        )
        for start in origins
    ]
    node = Node(node="N", kind="dc", name="N", lat=0, lon=0, postal_code=origin)
    atlas = draw(Survey(market="m", version=1, stamp=None, nodes=[node], zones=rows))
    assert network.zones_to(atlas, end).tolist() == [zone_by_table(table, origin, end)]
    assert network.zone_between(atlas, "N", end) == zone_by_table(table, origin, end)
