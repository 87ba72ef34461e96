"""What a basket is promised: ways, dates in the node's own zone, reasons where there is no way."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Database, run
from anyshelf.ground.errors import Invalid, NotFound, PromiseExpired
from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node, Rate, Service
from anyshelf.orders.journeys import journeys
from anyshelf.promising import service as promising
from anyshelf.promising.model import KINDS, Option, Promise, Wanted, WantedLine
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Ask, Destination

CHICAGO = ZoneInfo("America/Chicago")
NEW_YORK = ZoneInfo("America/New_York")
DALLAS = Destination(lat=32.78, lon=-96.80, postal_code="75201", country="US")
SHOP_HOURS = "Mo-Sa 09:00-21:00"


def local(text: str, zone: ZoneInfo = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


MONDAY = local("2026-03-02 10:00")


def store(code: str, lat: float, lon: float, **more: Any) -> Node:
    given: dict[str, Any] = {
        "timezone": "America/Chicago",
        "hours": SHOP_HOURS,
        "cutoff": time(16),
        "processing_minutes": 120,
    }
    return Node(node=code, kind="store", name=code, lat=lat, lon=lon, **(given | more))


NODES = [
    store("AUSTIN", 30.27, -97.74),
    store("DALLAS", 32.78, -96.80, capabilities=("pickup",)),
    store("HOUSTON", 29.76, -95.37),
    store("BOSTON", 42.36, -71.06, timezone="America/New_York"),
    Node(node="VENDOR", kind="vendor", name="Vendor", lat=32.8, lon=-96.8),
]
STOCK = [
    ("AUSTIN", "LAMP", 5), ("DALLAS", "LAMP", 2), ("HOUSTON", "LAMP", 9), ("BOSTON", "RUG", 4),
    ("DALLAS", "VASE", 1), ("VENDOR", "DRUM", 50),
]  # fmt: skip


@pytest.fixture
def market(database: Database) -> str:
    with database.transaction() as tx:
        run(tx, "INSERT INTO markets (market, currency, name) VALUES ('north', 'USD', 'North')")
        names = ("LAMP", "RUG", "VASE", "DRUM")
        items = [Item(item=name, name=name, weight_g=900, price_minor=2000, currency="USD") for name in names]
        catalogue.save_items(tx, "north", items)
        network.save_nodes(tx, "north", NODES)
        network.save_channels(tx, "north", [Channel(channel="web", currency="USD")])
        network.save_services(tx, "north", [Service(service="ground"), Service(service="air")])
        zones = range(2, 9)
        network.save_rates(
            tx,
            "north",
            [Rate(service="ground", zone=zone, weight_g_max=30_000, amount_minor=800) for zone in zones]
            + [
                Rate(service="air", zone=zone, weight_g_max=30_000, amount_minor=3000, transit_days=1)
                for zone in zones
            ],
        )
        inventory.receive_opening(tx, "north", STOCK, cause=new_id(), now=MONDAY)
    return "north"


def basket(*lines: tuple[str, int], **more: Any) -> Wanted:
    given: dict[str, Any] = {"channel": "web", "destination": DALLAS}
    wanted = tuple(WantedLine(item=item, quantity=quantity) for item, quantity in lines)
    return Wanted(lines=wanted, **(given | more))


def quote(database: Database, wanted: Wanted, now: datetime = MONDAY) -> Promise:
    with database.transaction() as tx:
        return promising.quote(tx, "north", wanted, now)


def ways(promise: Promise) -> list[tuple[str, str | None, list[str]]]:
    return [
        (option.speed, option.node, [shipment.node for shipment in option.shipments])
        for option in promise.options
    ]


def standard(promise: Promise) -> Option:
    return next(option for option in promise.options if option.speed == "standard")


def at(moment: datetime | None, zone: ZoneInfo = CHICAGO) -> str:
    assert moment is not None
    return moment.astimezone(zone).strftime("%a %d %b %H:%M")


@pytest.mark.usefixtures("market")
def test_a_basket_is_offered_by_parcel_by_express_and_at_the_nearest_stores(database: Database) -> None:
    promise = quote(database, basket(("LAMP", 2)))

    assert ways(promise) == [
        ("standard", None, ["AUSTIN"]),
        ("express", None, ["AUSTIN"]),
        ("pickup", "DALLAS", ["DALLAS"]),
        ("pickup", "AUSTIN", ["AUSTIN"]),
        ("pickup", "HOUSTON", ["HOUSTON"]),
    ]
    assert [(each.fee_minor, each.cost_minor) for each in promise.options[:3]] == [
        (595, 800 + 90 + 60),
        (1495, 3000 + 90 + 60),
        (0, 90 + 60),
    ]
    assert {each.confidence for each in promise.options} == {0.95}
    assert promise.unreachable == ()


@pytest.mark.usefixtures("market")
def test_standard_delivery_is_free_from_fifty_dollars_on(database: Database) -> None:
    assert standard(quote(database, basket(("LAMP", 3)))).fee_minor == 0


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    ("ordered", "leaves", "comes"),
    [
        ("2026-03-02 10:00", "Mon 02 Mar 16:00", "Wed 04 Mar 20:00"),  # before the cutoff
        ("2026-03-02 16:00", "Mon 02 Mar 18:00", "Wed 04 Mar 20:00"),  # on it, and two hours of work
        ("2026-03-02 16:01", "Tue 03 Mar 16:00", "Thu 05 Mar 20:00"),  # past it
        ("2026-03-07 16:01", "Mon 09 Mar 16:00", "Wed 11 Mar 20:00"),  # Saturday; clocks change on Sunday
        ("2026-10-31 16:01", "Mon 02 Nov 16:00", "Wed 04 Nov 20:00"),  # and back again in autumn
    ],
)
def test_a_parcel_leaves_by_the_cutoff_of_its_nodes_own_clock(
    database: Database, ordered: str, leaves: str, comes: str
) -> None:
    (shipment,) = standard(quote(database, basket(("LAMP", 2)), local(ordered))).shipments

    assert (at(shipment.dispatch_by), at(shipment.arrives_by)) == (leaves, comes)


@pytest.mark.usefixtures("market")
def test_in_spring_the_same_wall_clock_is_an_hour_earlier_in_the_world(database: Database) -> None:
    winter, summer = (
        standard(quote(database, basket(("LAMP", 2)), local(day))).shipments[0].dispatch_by
        for day in ("2026-03-06 10:00", "2026-03-09 10:00")
    )

    assert summer - winter == timedelta(days=3) - timedelta(hours=1)


@pytest.mark.usefixtures("market")
def test_four_in_the_afternoon_comes_sooner_in_boston_than_in_dallas(database: Database) -> None:
    promise = quote(database, basket(("RUG", 1)), local("2026-03-02 15:30"))

    (shipment,) = standard(promise).shipments
    assert at(shipment.dispatch_by, NEW_YORK) == "Tue 03 Mar 16:00"
    assert at(shipment.arrives_by) == "Mon 09 Mar 20:00"  # five working days, none on Sunday


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    ("ordered", "ready"),
    [
        ("2026-03-02 10:00", "Mon 02 Mar 12:00"),
        ("2026-03-02 18:00", "Mon 02 Mar 20:00"),  # past the parcels' cutoff: it does not matter here
        ("2026-03-02 19:00", "Tue 03 Mar 09:00"),  # done as the shop closes
        ("2026-03-02 20:00", "Tue 03 Mar 10:00"),  # an hour today, an hour tomorrow
        ("2026-03-07 20:30", "Mon 09 Mar 10:30"),  # over the Sunday on which the clocks change
    ],
)
def test_a_pickup_is_ready_when_the_store_has_had_its_time_and_is_open(
    database: Database, ordered: str, ready: str
) -> None:
    promise = quote(database, basket(("LAMP", 1), stores=("DALLAS",)), local(ordered))

    option = next(each for each in promise.options if each.node == "DALLAS")
    assert at(option.ready_from) == ready
    assert option.arrives_by == option.ready_from


@pytest.mark.usefixtures("market")
def test_a_basket_no_node_holds_whole_comes_in_parcels_and_arrives_with_the_last(database: Database) -> None:
    option = standard(quote(database, basket(("LAMP", 1), ("RUG", 1))))

    assert [(each.node, each.lines[0].item) for each in option.shipments] == [
        ("AUSTIN", "LAMP"),
        ("BOSTON", "RUG"),
    ]
    assert option.arrives_by == max(each.arrives_by for each in option.shipments)
    assert option.arrives_by > option.arrives_from


@pytest.mark.usefixtures("market")
def test_the_stores_asked_for_are_answered_each(database: Database) -> None:
    promise = quote(
        database, basket(("LAMP", 3), stores=("DALLAS", "AUSTIN", "VENDOR", "AUSTIN"), destination=None)
    )

    assert ways(promise) == [("pickup", "DALLAS", ["AUSTIN"]), ("pickup", "AUSTIN", ["AUSTIN"])]
    brought, own = promise.options
    assert brought.arrives_by > own.arrives_by, "what comes from another node comes later"
    assert brought.shipments[0].dispatch_by < brought.arrives_by
    assert [(each.method, each.node, each.reason) for each in promise.unreachable] == [
        ("ship", None, "No destination was given."),
        ("pickup", "VENDOR", "VENDOR is not of a kind that may serve this."),
    ]


@pytest.mark.usefixtures("market")
def test_where_nothing_can_reach_there_are_no_options_and_the_reason(database: Database) -> None:
    promise = quote(database, basket(("DRUM", 1), ("LAMP", 99)))

    assert promise.options == ()
    assert [each.reason for each in promise.unreachable] == [
        "No node that may ship there has enough of LAMP.",
        "No store of this channel has everything.",
    ]
    assert [(each.item, each.wanted, each.available) for each in promise.unreachable[0].short] == [
        ("LAMP", 99, 14),
    ]


@pytest.mark.usefixtures("market")
def test_what_only_a_counter_has_is_offered_at_the_counter(database: Database) -> None:
    promise = quote(database, basket(("VASE", 1)))

    assert ways(promise) == [("pickup", "DALLAS", ["DALLAS"])]
    assert [each.method for each in promise.unreachable] == ["ship"]


@pytest.mark.usefixtures("market")
def test_without_rates_nothing_is_shipped_and_the_promise_says_so(database: Database) -> None:
    with database.transaction() as tx:
        run(tx, "DELETE FROM rates")
        network.changed(tx, "north")

    promise = quote(database, basket(("LAMP", 1)))

    assert {option.method for option in promise.options} == {"pickup"}
    assert promise.unreachable[0].reason == "No carrier's rates are known."


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    ("wanted", "refusal", "field"),
    [
        (basket(("LAMP", 1), ("MOON", 1)), Invalid, "lines.1.item"),
        (basket(("LAMP", 0)), Invalid, "lines.0.quantity"),
        (basket(), Invalid, "lines"),
        (basket(("LAMP", 1), channel="shop"), NotFound, "channel"),
        (basket(("LAMP", 1), stores=("MOON",)), NotFound, "stores"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_its_field(
    database: Database, wanted: Wanted, refusal: type[Exception], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        quote(database, wanted)

    assert refused.value.extra["field"] == field  # type: ignore[attr-defined]


@pytest.mark.usefixtures("market")
def test_an_option_is_taken_as_it_was_offered(database: Database) -> None:
    wanted = basket(("LAMP", 2))
    promise = quote(database, wanted)
    later = MONDAY + timedelta(minutes=29)

    with database.transaction() as tx:
        chosen = promise.options[1]
        taken = promising.take(tx, "north", promise.promise_id, chosen.option_id, later)
        by_option_alone = promising.take(tx, "north", None, chosen.option_id, later)

    assert (taken.option, taken.wanted, taken.taken_at) == (chosen, wanted, later)
    assert by_option_alone == taken
    assert taken.as_json()["arrives_by"] == chosen.arrives_by.isoformat()


@pytest.mark.usefixtures("market")
def test_a_promise_runs_out(database: Database) -> None:
    promise = quote(database, basket(("LAMP", 2)))
    option = promise.options[0].option_id

    with pytest.raises(PromiseExpired), database.transaction() as tx:
        promising.take(tx, "north", promise.promise_id, option, MONDAY + timedelta(minutes=30))


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("option_id", ["", "ship-1", "0190a0c0-0000-7000-8000-000000000000.1"])
def test_an_option_nobody_offered_cannot_be_taken(database: Database, option_id: str) -> None:
    promise = quote(database, basket(("LAMP", 2)))

    for promise_id in (None, promise.promise_id, uuid4()):
        with pytest.raises(NotFound), database.transaction() as tx:
            promising.take(tx, "north", promise_id, option_id, MONDAY)


@pytest.mark.usefixtures("market")
def test_a_promise_names_the_nodes_that_an_order_is_then_sourced_from(database: Database) -> None:
    promise = quote(database, basket(("LAMP", 2)))

    with database.transaction() as tx:
        sourced = sourcing.plan(
            tx,
            "north",
            channel="web",
            asks=[Ask(line=1, item="LAMP", quantity=2, weight_g=900, unit_value_minor=2000)],
            method="ship",
            destination=DALLAS,
            node=None,
            kinds=KINDS["ship"],
            now=MONDAY,
        )

    option = standard(promise)
    assert [(each.node, each.lines) for each in option.shipments] == [
        (each.node, each.lines) for each in sourced.shipments
    ]
    assert option.cost_minor == sourced.cost_minor


@pytest.mark.parametrize("method", sorted(KINDS))
def test_a_promise_draws_on_the_kinds_of_node_that_orders_do(method: str) -> None:
    rows = [row for row in journeys() if row.method == method]

    assert frozenset().union(*(row.kinds for row in rows)) == KINDS[method]


@pytest.mark.usefixtures("market")
def test_a_promise_reads_as_the_contract_says(database: Database) -> None:
    shown = quote(database, basket(("LAMP", 2))).as_json()

    ship, _, pickup, *_ = shown["options"]
    assert set(shown) == {"promise_id", "expires_at", "options", "unreachable"}
    assert ship["fee"] == {"amount": "5.95", "currency": "USD"}
    assert "node" not in ship
    assert ship["shipments"][0]["lines"] == [{"line": 1, "item": "LAMP", "quantity": 2}]
    assert pickup["node"] == "DALLAS"
    assert pickup["ready_from"] == pickup["arrives_by"]
    assert ship["option_id"].startswith(shown["promise_id"])
