"""What people do in a very small world: the next thing there is to do, or something that goes wrong.

`which` chooses among what there is, `how` among the ways to do it; what there is not to do is not done, and
the function says so by returning False.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from small_world import AWAY, ITEMS, PRICES, SHOPS, World

from anyshelf.delivery import service as delivery
from anyshelf.delivery.model import Arrived, Scan
from anyshelf.fulfilment import service as fulfilment
from anyshelf.fulfilment.model import Pick, Work
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import CodeRejected
from anyshelf.ground.ids import Id, new_id
from anyshelf.orders import service as orders
from anyshelf.orders.model import Change, DraftLine, Order
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation
from anyshelf.returns import service as returns
from anyshelf.returns.model import Asked, Brought, Wanted, Wish
from anyshelf.vendors import service as vendors
from anyshelf.vendors.model import Answer, Notice, PurchaseOrder

T = TypeVar("T")

WORKS_SQL = """
SELECT work_id FROM fulfilment_work
WHERE market = %(market)s AND state IN ('open', 'claimed', 'picked', 'packed', 'staged')
ORDER BY order_id, made_at, node, journey, finish, state
"""
PURCHASES_SQL = """
SELECT po_id FROM vendor_orders WHERE market = %(market)s AND state IN ('open', 'acknowledged')
ORDER BY order_id, made_at, journey, to_node
"""
PARCELS_SQL = """
SELECT shipment_id FROM delivery_shipments WHERE market = %(market)s AND to_node = ''
ORDER BY order_id, dispatched_at, node
"""
TRANSFERS_SQL = """
SELECT DISTINCT s.order_id, s.dispatched_at, s.node, s.shipment_id
FROM delivery_shipments s JOIN delivery_transfers t USING (market, shipment_id)
WHERE s.market = %(market)s AND t.received + t.damaged + t.missing < t.quantity
ORDER BY 1, 2, 3
"""
RETURNS_SQL = """
SELECT return_id FROM returns WHERE market = %(market)s AND state <> 'cancelled'
ORDER BY order_id, authorised_at, journey
"""

CASH = "cash"
WAYS = ("ship", "pickup", "reserve", "deliver", "carry_out")
SCANS = ("delivered", "lost", "returning", "refused", "failed", "in_transit", "delivered", "returning")
GRADES = ("new", "used", "damaged", "missing", "opened")
REASONS = ("changed_mind", "damaged", "wrong_item")
WAITS: Sequence[Mapping[str, int]] = (
    {"hours": 1}, {"hours": 5}, {"hours": 30}, {"hours": 50}, {"days": 8}, {"days": 46},
)  # fmt: skip


def chosen(among: Sequence[T], which: int) -> T | None:
    return among[which % len(among)] if among else None


def pay_with(amount_minor: int, token: str) -> Authorisation | None:
    """Money set aside, where there is something to pay."""
    if amount_minor < 1:
        return None
    provider = "cash" if token == CASH else "test"
    return payments.authorise(provider, token, amount_minor=amount_minor, currency="USD", key=str(new_id()))


# Shoppers


def an_order(world: World, which: int) -> Order | None:
    order_id = chosen(world.placed, which)
    if order_id is None:
        return None
    with world.database.transaction() as tx:
        return orders.find(tx, world.market, order_id)


def a_line(order: Order, how: int, *states: str) -> tuple[int, int, int]:
    """A line of the order, how many of its units are in these states, and some of them."""
    line = order.lines[how % len(order.lines)]
    there = line.in_state(*states)
    return line.line, there, 1 + how // 3 % there if there else 0


def cancel(world: World, which: int, how: int) -> bool:
    order = an_order(world, which)
    if order is None:
        return False
    line, there, some = a_line(order, how, *orders.CANCELLABLE)
    wanted = None if how % 4 == 0 or not there else {line: some}
    world.may(lambda tx: orders.cancel(tx, world.market, order.order_id, wanted, world.now, reason="asked"))
    return True


def hold(world: World, which: int, how: int) -> bool:
    order = an_order(world, which)
    if order is None:
        return False
    if order.held or how % 3 == 0:
        world.may(lambda tx: orders.release(tx, world.market, order.order_id, world.now))
    else:
        world.may(lambda tx: orders.hold(tx, world.market, order.order_id, "asked", world.now))
    return True


def change(world: World, which: int, how: int) -> bool:
    """Fewer of a line, more of something, another address."""
    order = an_order(world, which)
    if order is None:
        return False
    line, there, some = a_line(order, how, "open", "backordered", "sourced", "released")
    fewer = {line: max(0, _kept(order, line) - some)} if there and how % 2 == 0 else {}
    added = () if how % 3 else (_added(order, how),)
    wanted = Change(quantities=fewer, added=added, destination=AWAY if how % 5 == 0 else None)
    with world.database.transaction() as tx:
        paid = payments.summary(tx, world.market, order.order_id)
    if not fewer and not added and not wanted.destination:
        return False
    due = world.may(lambda _: orders.still_to_pay_minor(order, wanted, paid))
    if due is not None:
        money = pay_with(due, "tok_ok")
        world.may(lambda tx: orders.change_order(
            tx, world.market, order.order_id, wanted, money, world.now, pickup_code="123456"
        ))  # fmt: skip
    return True


def _kept(order: Order, number: int) -> int:
    line = order.line(number)
    return line.quantity - line.in_state("cancelled") if line else 0


def _added(order: Order, how: int, method: str = "") -> DraftLine:
    item = ITEMS[how % len(ITEMS)]
    way = method or ("ship", "pickup", "deliver")[how // 3 % 3]
    return DraftLine(
        line=max(line.line for line in order.lines) + 1, item=item, quantity=1 + how % 2,
        unit_price_minor=PRICES[item], discount_minor=0, tax_minor=7, method=way,
        node=None if way == "ship" else SHOPS[how % 2],
    )  # fmt: skip


def settle(world: World, which: int, how: int) -> bool:
    """A shopper at the till takes some of what is kept, leaves some, and may add something."""
    order = an_order(world, which)
    kept = {
        line.line: there
        for line in (order.lines if order else ())
        if line.method == "reserve" and (there := line.in_state("staged", "picked", "released", "sourced"))
    }
    if order is None or not kept:
        return False
    taken = {line: max(0, there - how % 3) for line, there in kept.items()}
    left = {line: (kept[line] - taken[line]) * (how // 3 % 2) for line in kept}
    added = (_added(order, how, "carry_out"),) if how % 5 == 0 else ()
    settling = orders.Settling(
        accepted={line: units for line, units in taken.items() if units},
        declined={line: units for line, units in left.items() if units}, added=added,
    )  # fmt: skip
    money = pay_with(orders.settling_due_minor(order, settling), "tok_ok")
    world.may(lambda tx: orders.settle(tx, world.market, order.order_id, settling, money, world.now))
    return True


def appease(world: World, which: int, how: int) -> bool:
    order = an_order(world, which)
    if order is None:
        return False
    with world.database.transaction() as tx:
        room = payments.summary(tx, world.market, order.order_id).refundable_minor
    if not room:
        return False
    amount = room if how % 3 == 0 else min(room, 1 + 97 * how)
    cause = new_id()
    world.twice(lambda tx: orders.appease(
        tx, world.market, order.order_id, amount_minor=amount, reason="sorry", by="ann", cause=cause,
        now=world.now,
    ))  # fmt: skip
    return True


def pay(world: World, which: int, how: int) -> bool:
    """What could not be taken is paid in another way."""
    order = an_order(world, which)
    if order is None:
        return False
    with world.database.transaction() as tx:
        due = orders.outstanding_minor(tx, order)
    money = pay_with(due, "cash" if how % 2 else "tok_ok")
    if money is None:
        return False
    world.do(lambda tx: orders.pay(tx, world.market, order.order_id, money, world.now))
    return True


# Associates


def works(world: World) -> list[Id]:
    return [work_id for (work_id,) in world.ask(WORKS_SQL)]


def _work(world: World, which: int) -> Work | None:
    work_id = chosen(works(world), which)
    if work_id is None:
        return None
    with world.database.transaction() as tx:
        return fulfilment.find(tx, world.market, work_id)


def next_of(work: Work) -> str:
    """The step whose turn it is; "" where only the shopper can take the next one."""
    parcel = work.finish in ("dispatch", "transfer")
    return {
        "open": "pick", "claimed": "pick", "picked": "pack" if parcel else "stage",
        "packed": "dispatch" if parcel else "stage",
        "staged": "dispatch" if parcel else "" if work.finish == "till" else "hand_over",
    }[work.state]  # fmt: skip


def step(world: World, work: Work, verb: str, picks: Sequence[Pick] | None = None) -> Callable[[Tx], Any]:
    """A step of work as the service takes it."""
    where = (world.market, work.work_id)
    all_of_it = [Pick(line=line.line, quantity=line.remaining) for line in work.lines if line.remaining]
    ways: Mapping[str, Callable[[Tx], Any]] = {
        "claim": lambda tx: fulfilment.claim(tx, *where, by="ann", now=world.now),
        "pick": lambda tx: fulfilment.pick(
            tx, *where, all_of_it if picks is None else picks, by="ann", now=world.now
        ),
        "pack": lambda tx: fulfilment.pack(tx, *where, [], world.now),
        "stage": lambda tx: fulfilment.stage(tx, *where, shelf="1", now=world.now),
        "dispatch": lambda tx: fulfilment.dispatch(
            tx, *where, carrier="ups", tracking=f"1Z{work.work_id.hex[:6]}", now=world.now
        ),
        "hand_over": lambda tx: _handed_over(world, tx, work),
        "reject": lambda tx: fulfilment.reject(tx, *where, reason="busy", now=world.now),
    }
    return ways[verb]


def _handed_over(world: World, tx: Tx, work: Work) -> None:
    code = orders.find(tx, world.market, work.order_id).pickup_code or ""
    given = fulfilment.hand_over(tx, world.market, work.work_id, code=code, tries_max=5, now=world.now)
    assert not isinstance(given, CodeRejected), "the shopper's own code"


def work_on(world: World, which: int, how: int) -> bool:
    """The next step of some work, now and then taken twice."""
    work = _work(world, which)
    verb = next_of(work) if work else ""
    if work is None or not verb:
        return False
    if how % 3 == 0:
        world.twice(step(world, work, verb))
    else:
        world.may(step(world, work, verb))
    return True


def out_of_turn(world: World, which: int, how: int) -> bool:
    """Any step at any time: it is its turn, or it is refused."""
    work = _work(world, which)
    if work is None:
        return False
    verbs = ("claim", "reject", "pick", "pack", "stage", "dispatch", "hand_over")
    world.may(step(world, work, verbs[how % len(verbs)]))
    return True


def pick_some(world: World, which: int, how: int) -> bool:
    """Not everything is found on the shelf, or not everything at once."""
    work = _work(world, which)
    if work is None or work.state not in ("open", "claimed"):
        return False
    picks = [
        Pick(line=line.line, quantity=found, short_reason=reason)
        for place, line in enumerate(work.lines)
        if line.remaining
        for found in [(how + place) % (line.remaining + 1)]
        for reason in ["not on the shelf" if how % 2 or not found else None]
    ]
    world.may(step(world, work, "pick", picks))
    return True


# Carriers, vendors and the stores that receive from others


def carrier(world: World, which: int, how: int) -> bool:
    """A carrier says something of a parcel, perhaps twice, perhaps late."""
    shipment_id = chosen([found for (found,) in world.ask(PARCELS_SQL)], which)
    if shipment_id is None:
        return False
    said(world, shipment_id, SCANS[how % len(SCANS)], late=how // 8 % 2 == 1)
    return True


def said(world: World, shipment_id: Id, kind: str, *, late: bool = False) -> None:
    world.scans += 1
    scan = Scan(
        event_id=f"s{world.scans}", kind=kind, happened_at=world.now - timedelta(hours=2 if late else 0)
    )
    world.twice(lambda tx: delivery.hear(tx, world.market, shipment_id, [scan], world.now))


def receive(world: World, which: int, how: int) -> bool:
    """A store opens a box from another node: some of it there, some broken, some missing."""
    shipment_id = chosen([found[3] for found in world.ask(TRANSFERS_SQL)], which)
    if shipment_id is None:
        return False
    with world.database.transaction() as tx:
        shipment = delivery.ensure(tx, world.market, shipment_id)
        lines = delivery.transfer(tx, shipment)
    found = [_arrived(line.line, line.outstanding, how) for line in lines if line.outstanding]
    if how % 7 == 6:
        said(world, shipment_id, "lost")
    else:
        world.may(lambda tx: delivery.receive(tx, world.market, shipment_id, found, world.now))
    return True


def _arrived(line: int, units: int, how: int) -> Arrived:
    some = max(1, units - how // 7 % 2)
    ways = (
        Arrived(line=line, received=units), Arrived(line=line, received=some),
        Arrived(line=line, damaged=some), Arrived(line=line, missing=some),
        Arrived(line=line, received=units - 1, damaged=1),
        Arrived(line=line, received=units - 1, missing=1),
    )  # fmt: skip
    return ways[how % 6]


def purchases(world: World) -> list[PurchaseOrder]:
    with world.database.transaction() as tx:
        return [vendors.find(tx, world.market, po_id) for (po_id,) in world.ask(PURCHASES_SQL)]


def vendor(world: World, which: int, how: int) -> bool:
    """A vendor accepts, rejects, puts off or ships, all or some."""
    po = chosen(purchases(world), which)
    if po is None:
        return False
    if how % 2 == 0:
        ship_from_vendor(world, po, less=how // 2 % 2)
        return True
    answers = [_answer(world, line.line, line.quantity - line.cancelled, how) for line in po.lines
               if line.quantity > line.cancelled]  # fmt: skip
    if answers:
        world.twice(lambda tx: vendors.acknowledge(tx, world.market, po.po_id, answers, world.now))
    return bool(answers)


def _answer(world: World, line: int, units: int, how: int) -> Answer:
    date = world.now + timedelta(days=2)
    ways = (
        Answer(line=line, accept=units), Answer(line=line, accept=0, reject=units, reason="none left"),
        Answer(line=line, accept=units - 1, reject=1, reason="broken"),
        Answer(line=line, accept=units - 1, backorder=1, expected_at=date),
    )  # fmt: skip
    return ways[how // 2 % 4]


def ship_from_vendor(world: World, po: PurchaseOrder, *, less: int = 0) -> None:
    lines = {line.line: max(1, line.to_ship - less) for line in po.lines if line.to_ship}
    world.scans += 1
    notice = Notice(asn=f"asn{world.scans}", carrier="ups", tracking="V1", shipped_at=world.now, lines=lines)
    world.twice(lambda tx: vendors.ship(tx, world.market, po.po_id, notice, world.now))


# What comes back


def ask_return(world: World, which: int, how: int) -> bool:
    order = an_order(world, which)
    if order is None:
        return False
    line, there, some = a_line(order, how, "delivered", "handed_over", "dispatched")
    if not there:
        return False
    at = ("A", "mail", "A", "mail", "vendor", "B")[how // 2 % 6]
    asked = [Asked(line=line, quantity=some, reason=REASONS[how % len(REASONS)])]
    world.may(lambda tx: returns.authorise(tx, world.market, order.order_id, asked, at=at, now=world.now))
    return True


def _return(world: World, which: int) -> Any:
    return_id = chosen([found for (found,) in world.ask(RETURNS_SQL)], which)
    if return_id is None:
        return None
    with world.database.transaction() as tx:
        return returns.find(tx, world.market, return_id)


def bring(world: World, which: int, how: int) -> bool:
    """Some of a return is brought to a desk."""
    known = _return(world, which)
    lines = [line for line in known.lines if line.outstanding] if known else []
    if not lines:
        return False
    line = lines[how % len(lines)]
    brought = [Brought(line=line.line, quantity=1 + how % line.outstanding, grade=GRADES[how // 2 % 5])]
    node = known.came_to if how % 2 and known.came_to else "A"
    refund = False if how % 5 == 4 else None
    world.may(lambda tx: returns.receive(
        tx, world.market, known.return_id, brought, node=node, refund=refund, now=world.now
    ))  # fmt: skip
    return True


def about_return(world: World, which: int, how: int) -> bool:
    """A return is paid early or late, cancelled, scanned on its way, or exchanged."""
    known = _return(world, which)
    if known is None:
        return False
    where = (world.market, known.return_id)
    if how % 4 == 0:
        world.may(lambda tx: returns.cancel(tx, *where, world.now))
    elif how % 4 == 1:
        world.twice(lambda tx: returns.settle(
            tx, *where, world.now, before_receipt=how % 8 == 1, may_decide=True
        ))  # fmt: skip
    elif how % 4 == 2:
        kind = ("in_transit", "lost", "delivered")[how // 4 % 3]
        world.scans += 1
        scan = Scan(event_id=f"r{world.scans}", kind=kind, happened_at=world.now)
        world.twice(lambda tx: returns.hear(tx, *where, [scan], world.now))
    else:
        _exchange(world, known, how)
    return True


def _exchange(world: World, known: Any, how: int) -> None:
    item = ITEMS[how // 4 % len(ITEMS)]
    wish = Wish(lines=(Wanted(item=item, quantity=1 + how % 2),))
    owing = world.may(lambda tx: returns.owing(tx, world.market, known.return_id, wish))
    if owing is None:
        return
    money = pay_with(owing.to_pay_minor, "tok_ok")
    order_id = new_id()
    made = world.may(lambda tx: returns.exchange(
        tx, world.market, known.return_id, wish, money, world.now, order_id=order_id, pickup_code="123456",
        may_decide=True,
    ))  # fmt: skip
    if made is not None and made[1]:
        world.placed.append(order_id)


# The world itself


def go_on(world: World, which: int, how: int) -> bool:
    """Everybody goes on with what there is to do, for so many steps."""
    for _ in range(1 + how % 6):
        if world.read_on() or work_on(world, which, 1):
            continue
        po = chosen(purchases(world), which)
        if po is not None:
            ship_from_vendor(world, po)
        elif not receive(world, which, 0) and not settle(world, which, 0):
            carrier(world, which, 0)
    return True


def read(world: World, which: int, how: int) -> bool:
    """A reader takes a little of what was told, or all of them everything; now and then it comes twice."""
    names = ("orders", "fulfilment", "delivery", "vendors", "returns", "", "", "")
    return world.read_on(names[which % len(names)], most=1 + how, again=how % 4 == 3) > 0


def money(world: World, _which: int, how: int) -> bool:
    world.carry_out(limit=1 + how)
    return True


def time_passes(world: World, _which: int, how: int) -> bool:
    world.wait(**WAITS[how % len(WAITS)])
    return True


def supply(world: World, which: int, how: int) -> bool:
    """What is on its way arrives, all of it or less for good; or something nobody expected."""
    coming = chosen(world.expected, which)
    if coming is None:
        world.supply_comes(SHOPS[which % 2], ITEMS[how % 3], 1, None)
        return True
    node, item, units, reference = coming
    some = 1 + how % units
    world.expected.remove(coming)
    world.supply_comes(node, item, some, reference)
    return True
