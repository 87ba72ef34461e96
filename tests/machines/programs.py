"""Programs for a very small world: a few orders and what happens to them, drawn at random and played.

After every step stock, lines, claims and money agree. In the end everything that can be finished is, and the
sums are made from the other side: what every shopper kept and paid, and where every unit is.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import doings
from at_rest import come_to_rest, reckon
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from small_world import HOME, ITEMS, NODES, PRICES, SHOPS, World

from anyshelf.ground.db import Database
from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.orders import service as orders
from anyshelf.orders.model import Draft, DraftLine

TOKENS = ("tok_ok", "tok_ok", "tok_decline_capture", "tok_expire", "cash")


class Line(NamedTuple):
    """A line of an order: which item, how many, which way, to which shop, and what makes its price odd."""

    item: int = 0
    units: int = 1
    way: int = 0
    shop: int = 0
    odd: int = 0


class Ordering(NamedTuple):
    """Somebody places an order."""

    lines: tuple[Line, ...]
    token: int = 0
    waits: bool = False
    together: bool = False
    kit: bool = False
    held: bool = False
    shipping: int = 0


class Act(NamedTuple):
    """Something happens: a name of DOINGS, to which of the things it may happen to, and how."""

    name: str
    which: int = 0
    how: int = 0


class Program(NamedTuple):
    """What lies on which shelf, what is on its way to shop A, and what happens then."""

    stock: tuple[int, ...]
    coming: int
    acts: tuple[Ordering | Act, ...]


DOINGS: Mapping[str, Callable[[World, int, int], bool]] = {
    "on": doings.go_on,
    "work": doings.work_on,
    "out of turn": doings.out_of_turn,
    "pick some": doings.pick_some,
    "carrier": doings.carrier,
    "receive": doings.receive,
    "vendor": doings.vendor,
    "cancel": doings.cancel,
    "change": doings.change,
    "hold": doings.hold,
    "settle": doings.settle,
    "appease": doings.appease,
    "pay": doings.pay,
    "return": doings.ask_return,
    "bring": doings.bring,
    "about return": doings.about_return,
    "read": doings.read,
    "money": doings.money,
    "wait": doings.time_passes,
    "supply": doings.supply,
}
MANY_STEPS = frozenset({"on", "read", "wait"})
"""What comes to many transactions: what holds is looked at once they are all done."""
# What is drawn, as often as it stands here: most of a day is going on with what there is to do.
OFTEN = (
    *DOINGS,
    *["on"] * 8,
    "carrier",
    "carrier",
    "receive",
    "return",
    "return",
    "bring",
    "bring",
    "change",
)

LINES = st.builds(
    Line, item=st.integers(0, 2), units=st.integers(1, 3), way=st.integers(0, 4), shop=st.integers(0, 1),
    odd=st.integers(0, 3),
)  # fmt: skip
ORDERINGS = st.builds(
    Ordering, lines=st.lists(LINES, min_size=1, max_size=3).map(tuple), token=st.integers(0, 4),
    waits=st.booleans(), together=st.booleans(), kit=st.integers(0, 4).map(lambda n: n == 4),
    held=st.integers(0, 9).map(lambda n: n == 9), shipping=st.sampled_from((0, 499)),
)  # fmt: skip
ACTS = st.builds(Act, st.sampled_from(OFTEN), st.integers(0, 3), st.integers(0, 15))
PROGRAMS = st.builds(
    Program,
    stock=st.lists(st.sampled_from((0, 1, 2, 3, 2, 3)), min_size=12, max_size=12).map(tuple),
    coming=st.integers(0, 3),
    acts=st.tuples(ORDERINGS, st.lists(ACTS, max_size=4), st.lists(ORDERINGS, max_size=1),
                   st.lists(ACTS, min_size=4, max_size=9))
    .map(lambda parts: (parts[0], *parts[1], *parts[2], *parts[3])),
)  # fmt: skip


def play(database: Database, program: Program) -> World:
    """Play a program to its end; raises what breaks."""
    shelves = [(node, item) for node in NODES for item in ITEMS]
    world = World(database, stock=dict(zip(shelves, program.stock, strict=True)))
    world.open()
    _expect(world, program.coming)
    for act in program.acts:
        world.watchful = not isinstance(act, Act) or act.name not in MANY_STEPS
        if isinstance(act, Ordering):
            _place(world, act)
        elif not DOINGS[act.name](world, act.which, act.how):
            doings.go_on(world, act.which, 0)
        if not world.watchful:
            world.look_again()
    come_to_rest(world)
    reckon(world)
    return world


def _expect(world: World, units: int) -> None:
    """The same number of everything is on its way to shop A."""
    if not units:
        return
    world.expected = [("A", item, units, f"PO-{item}") for item in ITEMS]
    coming = [(*supply[:3], world.now, supply[3]) for supply in world.expected]
    world.do(lambda tx: inventory.expect(tx, world.market, coming, now=world.now))


def _place(world: World, asked: Ordering) -> None:
    """Place an order, or where that cannot be a smaller one."""
    if not _placed(world, asked) and (len(asked.lines) > 1 or asked.lines[0].units > 1):
        _placed(world, asked._replace(lines=(asked.lines[0]._replace(units=1),), kit=False))


def _placed(world: World, asked: Ordering) -> bool:
    """Place an order as the API does: the money is set aside first."""
    draft = _draft(len(world.placed), asked)
    world.may(lambda tx: orders.check(tx, world.market, draft))
    money = doings.pay_with(orders.to_authorise_minor(draft), TOKENS[asked.token])
    order_id = new_id()
    placed = world.may(lambda tx: orders.place(
        tx, world.market, draft, money, world.now, order_id=order_id, pickup_code="123456"
    ))  # fmt: skip
    if placed is not None:
        world.placed.append(order_id)
    return placed is not None


def _draft(number: int, asked: Ordering) -> Draft:
    return Draft(
        channel="shop", external_id=None, fingerprint=b"", customer=("ann", "bob")[number % 2],
        contact=None, destination=HOME, currency="USD", shipping_minor=asked.shipping,
        held="asked for" if asked.held else None, promise=None, together=asked.together,
        may_wait=asked.waits, lines=_lines(asked),
    )  # fmt: skip


def _lines(asked: Ordering) -> tuple[DraftLine, ...]:
    lines = [_line(number, line) for number, line in enumerate(asked.lines, start=1)]
    return tuple(_as_kit(lines[0]) + lines[1:] if asked.kit else lines)


def _line(number: int, line: Line) -> DraftLine:
    item = ITEMS[line.item]
    way = doings.WAYS[line.way]
    return DraftLine(
        line=number, item=item, quantity=line.units, unit_price_minor=PRICES[item],
        discount_minor=(0, 1, 100, 0)[line.odd], tax_minor=(0, 13, 0, 165)[line.odd], method=way,
        node=None if way == "ship" else SHOPS[line.shop],
    )  # fmt: skip


def _as_kit(first: DraftLine) -> list[DraftLine]:
    """The first line as a kit of one lamp and two vases each."""
    parts = (("LAMP", 1), ("VASE", 2))
    return [
        DraftLine(
            line=number, item=item, quantity=first.quantity * units, unit_price_minor=PRICES[item],
            discount_minor=first.discount_minor, tax_minor=first.tax_minor, method=first.method,
            node=first.node, kit="SET", kit_line=first.line, kit_units=units,
        )
        for number, (item, units) in zip((first.line, 90), parts, strict=True)
    ]  # fmt: skip


def play_many(
    database: Database,
    *,
    programs: int,
    seeded: int,
    told: Callable[[int], object] = int,
    shrunk: bool = True,
) -> int:
    """Play so many programs that follow from a seed; returns how many were played to their end.

    A program that breaks is made smaller until it cannot be, and shown.
    """
    played = 0

    @seed(seeded)
    @settings(
        max_examples=programs, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrunk else (Phase.generate,), report_multiple_bugs=False,
    )  # fmt: skip
    @given(PROGRAMS)
    def each(program: Program) -> None:
        nonlocal played
        note(repr(program))
        play(database, program)
        played += 1
        told(played)

    each()
    return played


__all__ = ["Act", "Line", "Ordering", "Program", "play", "play_many"]
