"""The replay's stream: every invoice is in one bin, and nothing is taken back that was not bought."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from replay import standin
from replay.network import write_network
from replay.shoppers import CARRY_OUT, PICKUP, SHIP, homes_of, wishes
from replay.stream import (
    NO_CUSTOMER,
    NOT_A_PRODUCT,
    NOTHING_BOUGHT,
    NOTHING_PAID,
    NOTHING_SOLD,
    Operation,
    Part,
    Place,
    PlacedLine,
    TakeBack,
    operations,
)
from replay.world import Row, World, missing, read_world, shared_data

SEED = 7
NOON = datetime(2011, 1, 3, 12)  # noqa: DTZ001  shops write local time

Draw = Callable[[], World]


def real() -> World:
    if missing(shared_data()):
        pytest.skip(
            "shared data is not here: set ANYSHELF_SHARED_DATA to the folder that holds online_retail"
        )
    return read_world(seed=SEED)


def generated() -> World:
    return standin.draw(SEED, invoices=600)


@pytest.fixture(scope="module", params=[real, generated], ids=["shared data", "stand-in"])
def world(request: pytest.FixtureRequest) -> World:
    draw: Draw = request.param
    return draw()


def row(
    invoice: str, code: str, quantity: int, price: float = 2.5, customer: str = "17850", day: int = 0
) -> Row:
    return Row(invoice, code, "WHITE METAL LANTERN", quantity, NOON + timedelta(days=day), price, customer)


def told(*rows: Row) -> list[Operation]:
    return operations(rows)[0]


# Both worlds


def test_every_invoice_and_every_row_is_in_exactly_one_bin(world: World) -> None:
    _, account = operations(world.rows)

    assert account.adds_up()
    assert account.invoices == len({row.invoice for row in world.rows})
    assert account.rows.total() == len(world.rows)


def test_what_is_told_is_what_is_counted(world: World) -> None:
    operations_told, account = operations(world.rows)
    kinds = Counter(type(operation) for operation in operations_told)

    assert kinds == {Place: account.placed, TakeBack: account.taken_back}
    assert account.units["placed"] == sum(
        line.quantity for each in operations_told if isinstance(each, Place) for line in each.lines
    )


def test_no_more_is_taken_back_than_was_bought_before(world: World) -> None:
    left: Counter[tuple[str, int]] = Counter()
    owners: dict[str, str] = {}
    for operation in operations(world.rows)[0]:
        if isinstance(operation, Place):
            owners[operation.external_id] = operation.shopper
            left.update({(operation.external_id, line.line): line.quantity for line in operation.lines})
        else:
            assert {owners[part.order] for part in operation.parts} == {operation.shopper}
            left.subtract({(part.order, part.line): part.quantity for part in operation.parts})

    assert min(left.values()) >= 0


def test_time_never_runs_backwards(world: World) -> None:
    moments = [operation.placed_at for operation in operations(world.rows)[0]]

    assert moments == sorted(moments)


def test_an_order_has_each_item_once_and_sound_lines(world: World) -> None:
    for operation in operations(world.rows)[0]:
        if isinstance(operation, Place):
            items = [line.item for line in operation.lines]
            assert len(set(items)) == len(items)
            assert [line.line for line in operation.lines] == list(range(1, len(items) + 1))
            assert all(line.quantity > 0 and line.unit_price_minor > 0 for line in operation.lines)


def test_a_limit_gives_the_beginning_of_the_same_stream(world: World) -> None:
    whole, _ = operations(world.rows)
    beginning, account = operations(world.rows, limit=100)

    assert beginning == whole[: len(beginning)]
    assert account.placed == 100
    assert account.adds_up()


def test_the_same_seed_puts_the_same_people_in_the_same_places(world: World) -> None:
    stream, _ = operations(world.rows, limit=500)
    homes, again = (homes_of(stream, world.homes, seed=SEED) for _ in range(2))

    assert homes == again
    assert homes != homes_of(stream, world.homes, seed=SEED + 1)
    assert wishes(stream, homes, seed=SEED) == wishes(stream, homes, seed=SEED)


def test_most_is_shipped_some_picked_up_and_a_little_carried_out(world: World) -> None:
    stream, _ = operations(world.rows)
    wished = wishes(stream, homes_of(stream, world.homes, seed=SEED), seed=SEED)
    methods = Counter(wish.method for wish in wished.values())

    assert methods[SHIP] > 0.7 * len(wished)
    assert 0.1 < methods[PICKUP] / len(wished) < 0.2
    assert methods[CARRY_OUT] > 0


# One invoice after the other


def test_rows_of_one_code_become_one_line_at_the_first_price() -> None:
    (order,), account = operations([row("1", "85123a", 2), row("1", "71053", 1), row("1", "85123A", 3, 3.0)])

    assert isinstance(order, Place)
    assert order.lines == (
        PlacedLine(line=1, item="85123A", quantity=5, unit_price_minor=250),
        PlacedLine(line=2, item="71053", quantity=1, unit_price_minor=250),
    )
    assert account.merged_minor == -150
    assert account.rows == {"placed": 2, "placed, added to a line before": 1}


def test_the_most_recent_purchase_is_taken_back_first() -> None:
    *_, back = told(row("1", "71053", 4), row("2", "71053", 2, day=1), row("C3", "71053", -5, day=2))

    assert isinstance(back, TakeBack)
    assert back.parts == (
        Part(order="1", line=1, item="71053", quantity=3),
        Part(order="2", line=1, item="71053", quantity=2),
    )


def test_what_was_taken_back_cannot_be_taken_back_again() -> None:
    stream, account = operations(
        [row("1", "71053", 4), row("C2", "71053", -4, day=1), row("C3", "71053", -1, day=2)]
    )

    assert len(stream) == 2
    assert account.left_out == {NOTHING_BOUGHT: 1}


def test_nobody_takes_back_what_another_bought() -> None:
    _, account = operations([row("1", "71053", 4), row("C2", "71053", -1, customer="12345", day=1)])

    assert account.left_out == {NOTHING_BOUGHT: 1}


def test_a_take_back_before_the_purchase_is_not_matched() -> None:
    _, account = operations([row("C1", "71053", -1), row("2", "71053", 4, day=1)])

    assert account.left_out == {NOTHING_BOUGHT: 1}


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        (row("1", "POST", 1), NOT_A_PRODUCT),
        (row("1", "m", 1), NOT_A_PRODUCT),
        (row("C1", "BANK CHARGES", -1), NOT_A_PRODUCT),
        (row("1", "71053", -20), NOTHING_SOLD),
        (row("1", "71053", 1, price=0.0), NOTHING_PAID),
        (row("1", "71053", 1, price=0.001), NOTHING_PAID),
        (row("C1", "71053", -1, customer=""), NO_CUSTOMER),
    ],
)
def test_what_is_left_out_is_counted_by_its_reason(left_out: Row, reason: str) -> None:
    stream, account = operations([left_out])

    assert stream == []
    assert account.left_out == {reason: 1}


# The network of it


def prints(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_seed_writes_the_same_network(tmp_path: Path) -> None:
    world = generated()
    stream, _ = operations(world.rows)
    wished = wishes(stream, homes_of(stream, world.homes, seed=SEED), seed=SEED)
    for name in ("one", "two"):
        write_network(tmp_path / name, world, stream, wished, seed=SEED)

    assert prints(tmp_path / "one") == prints(tmp_path / "two")


def test_nearly_all_of_the_demand_is_in_the_network_and_not_all(tmp_path: Path) -> None:
    world = generated()
    stream, account = operations(world.rows)
    wished = wishes(stream, homes_of(stream, world.homes, seed=SEED), seed=SEED)
    write_network(tmp_path, world, stream, wished, seed=SEED)
    held: Counter[str] = Counter()
    for line in (tmp_path / "stock.csv").read_text().splitlines()[1:]:
        _, item, on_hand = line.split(",")
        held[item] += int(on_hand)
    wanted: Counter[str] = Counter()
    for order in stream:
        if isinstance(order, Place):
            wanted.update({line.item: line.quantity for line in order.lines})

    served = sum(min(many, held[item]) for item, many in wanted.items())
    assert 0.93 < served / account.units["placed"] < 1.0
