"""A very small world at rest: all that can be finished is, and the sums are made from the other side."""

from collections import defaultdict

import doings
from small_world import Broken, World

from anyshelf.delivery import service as delivery
from anyshelf.delivery.model import Arrived
from anyshelf.fulfilment import service as fulfilment
from anyshelf.fulfilment.model import UNFINISHED
from anyshelf.ground.ids import Id
from anyshelf.ground.money import prorate
from anyshelf.orders import service as orders
from anyshelf.orders.model import Line, Order
from anyshelf.payments import service as payments
from anyshelf.returns import service as returns
from anyshelf.returns.model import Asked, Brought, Return

ROUNDS_MAX = 60
FINISHED = {"completed", "cancelled", "returned"}
OUT = ("dispatched", "delivered", "handed_over")

PARCELS_SQL = """
SELECT shipment_id, state FROM delivery_shipments
WHERE market = %(market)s AND to_node = '' AND state NOT IN ('delivered', 'lost')
ORDER BY order_id, dispatched_at, node
"""
OPEN_RETURNS_SQL = """
SELECT return_id FROM returns WHERE market = %(market)s AND state IN ('authorised', 'received')
ORDER BY order_id, authorised_at, journey
"""
LEFT_OVER_SQL = """
SELECT 'work', node || ' ' || state FROM fulfilment_work
WHERE market = %(market)s AND state IN ('open', 'claimed', 'picked', 'packed')
UNION ALL SELECT 'work', node || ' ' || state || ' ' || finish FROM fulfilment_work
WHERE market = %(market)s AND state = 'staged'
UNION ALL SELECT 'purchase', state FROM vendor_orders
WHERE market = %(market)s AND state IN ('open', 'acknowledged')
UNION ALL SELECT 'money to move', kind || ' ' || amount_minor FROM payment_operations
WHERE market = %(market)s AND status = 'requested'
UNION ALL SELECT 'set aside', payment_id::text FROM payments
WHERE market = %(market)s AND authorised_minor - captured_minor - voided_minor <> 0
UNION ALL SELECT 'timer that failed', kind FROM timers WHERE market = %(market)s AND attempts > 0
UNION ALL SELECT 'claim', item || ' ' || node FROM inventory_positions
WHERE market = %(market)s AND reserved + allocated + in_transit > 0
UNION ALL SELECT 'hold', hold_id::text FROM inventory_holds WHERE market = %(market)s AND state = 'live'
UNION ALL SELECT 'promise of supply', item FROM inventory_waiting WHERE market = %(market)s AND quantity > 0
UNION ALL SELECT 'promise of supply', item FROM inventory_expected
WHERE market = %(market)s AND promised > 0
UNION ALL SELECT 'return of nothing', journey FROM returns
WHERE market = %(market)s AND state = 'authorised'
UNION ALL SELECT 'reservation', person FROM order_reserved WHERE market = %(market)s
"""
IN_THE_BOOKS_SQL = """
SELECT item,
       sum(CASE to_bucket WHEN 'customer' THEN quantity ELSE 0 END
           - CASE from_bucket WHEN 'customer' THEN quantity ELSE 0 END)::int,
       sum(CASE to_bucket WHEN 'loss' THEN quantity ELSE 0 END
           - CASE from_bucket WHEN 'loss' THEN quantity ELSE 0 END)::int,
       sum(CASE to_bucket WHEN 'vendor' THEN quantity ELSE 0 END)::int
FROM inventory_moves WHERE market = %(market)s GROUP BY item
"""
ON_SHELVES_SQL = """
SELECT item, sum(on_hand + damaged)::int FROM inventory_positions WHERE market = %(market)s GROUP BY item
"""
CAME_BACK_SQL = """
SELECT l.item, sum(r.quantity)::int FROM return_receipts r JOIN return_lines l USING (market, return_id, line)
WHERE r.market = %(market)s AND r.grade <> 'missing' GROUP BY l.item
"""
PAID_BACK_SQL = """
SELECT l.line, sum(l.paid)::int FROM returns r JOIN return_lines l USING (market, return_id)
WHERE r.market = %(market)s AND r.order_id = %(order_id)s GROUP BY l.line
"""
GIVEN_SQL = """
SELECT coalesce((SELECT sum(shipping_minor) FROM returns
                 WHERE market = %(market)s AND order_id = %(order_id)s), 0)::int,
       coalesce((SELECT sum(amount_minor) FROM order_appeasements
                 WHERE market = %(market)s AND order_id = %(order_id)s), 0)::int,
       (SELECT count(*) FROM payment_operations
        WHERE market = %(market)s AND order_id = %(order_id)s AND kind = 'capture' AND status = 'declined')
"""


# Everything that can be finished is


def come_to_rest(world: World) -> None:
    """Everybody does what is next until nothing is; what holds is looked at after each round."""
    world.watchful = False
    for _ in range(ROUNDS_MAX):
        world.read_all()
        world.carry_out()
        world.read_all()
        world.look_again()
        busy = [
            _supply(world), _returns(world), _orders(world), _works(world), _vendors(world),
            _transfers(world), _parcels(world),
        ]  # fmt: skip
        if not any(busy):
            return
    raise Broken(f"the world never comes to rest: {world.ask(LEFT_OVER_SQL)}")


def _supply(world: World) -> bool:
    coming, world.expected = world.expected, []
    for supply in coming:
        world.supply_comes(*supply)
    return bool(coming)


def _orders(world: World) -> bool:
    """Holds are lifted, reservations settled, what nobody can send is cancelled, what is due is paid."""
    busy = False
    for order_id in world.placed:
        with world.database.transaction() as tx:
            order = orders.find(tx, world.market, order_id)
            due = orders.outstanding_minor(tx, order)
        if order.held or order.release_at:
            world.do(lambda tx, which=order_id: orders.release(tx, world.market, which, world.now))
            busy = True
        elif _waits_for_nothing(world, order):
            world.do(lambda tx, which=order_id: orders.cancel(
                tx, world.market, which, None, world.now, reason="never came"
            ))  # fmt: skip
            busy = True
        elif any(line.method == "reserve" and line.in_state("staged") for line in order.lines):
            busy |= _settled(world, order)
        elif due:
            busy |= doings.pay(world, world.placed.index(order_id), 1)
    return busy


def _waits_for_nothing(world: World, order: Order) -> bool:
    return not world.expected and any(line.in_state("backordered") for line in order.lines) and not any(
        line.in_state("released", "picked", "packed", "in_transit", "received") for line in order.lines
    )  # fmt: skip


def _settled(world: World, order: Order) -> bool:
    kept = {line.line: line.in_state("staged") for line in order.lines
            if line.method == "reserve" and line.in_state("staged")}  # fmt: skip
    settling = orders.Settling(accepted=kept, declined={})
    money = doings.pay_with(orders.settling_due_minor(order, settling), "tok_ok")
    world.do(lambda tx: orders.settle(tx, world.market, order.order_id, settling, money, world.now))
    return True


def _works(world: World) -> bool:
    busy = False
    for work_id in doings.works(world):
        with world.database.transaction() as tx:
            work = fulfilment.find(tx, world.market, work_id)
        verb = doings.next_of(work) if work.state in UNFINISHED else ""
        if verb:
            world.do(doings.step(world, work, verb))
            busy = True
    return busy


def _vendors(world: World) -> bool:
    pos = doings.purchases(world)
    for po in pos:
        doings.ship_from_vendor(world, po)
    return bool(pos)


def _transfers(world: World) -> bool:
    waiting = [found[3] for found in world.ask(doings.TRANSFERS_SQL)]
    for shipment_id in waiting:
        with world.database.transaction() as tx:
            lines = delivery.transfer(tx, delivery.ensure(tx, world.market, shipment_id))
        found = [Arrived(line=line.line, received=line.outstanding) for line in lines if line.outstanding]
        world.do(lambda tx, which=shipment_id, what=found: delivery.receive(
            tx, world.market, which, what, world.now
        ))  # fmt: skip
    return bool(waiting)


def _parcels(world: World) -> bool:
    """Parcels arrive; for those that turned back, where no return expects them any more, one is asked for."""
    travelling = world.ask(PARCELS_SQL)
    busy = False
    for shipment_id, state in travelling:
        turned = state in ("returning", "refused")
        if not turned or _left(world, shipment_id):
            busy = True
            if not turned or not _asked_for(world, shipment_id):
                doings.said(world, shipment_id, "delivered")
    return busy


def _left(world: World, shipment_id: Id) -> list[Asked]:
    """What of a parcel is still on its way."""
    with world.database.transaction() as tx:
        shipment = delivery.ensure(tx, world.market, shipment_id)
        order = orders.find(tx, world.market, shipment.order_id)
    return [
        Asked(line=line.line, quantity=there, reason="changed_mind")
        for line in order.lines
        if (there := line.in_state("dispatched", node=shipment.node))
    ]


def _asked_for(world: World, shipment_id: Id) -> bool:
    with world.database.transaction() as tx:
        order_id = delivery.ensure(tx, world.market, shipment_id).order_id
    asked = _left(world, shipment_id)
    made = world.may(lambda tx: returns.authorise(tx, world.market, order_id, asked, at="A", now=world.now))
    return made is not None


def _returns(world: World) -> bool:
    """What may come back does, and is paid; what was lost on its way is not expected any more."""
    busy = False
    for (return_id,) in world.ask(OPEN_RETURNS_SQL):
        with world.database.transaction() as tx:
            known = returns.find(tx, world.market, return_id)
        brought = [Brought(line=line.line, quantity=line.outstanding, grade="new")
                   for line in known.lines if line.outstanding]  # fmt: skip
        if brought:
            busy |= _brought(world, known, brought)
        elif known.waits:
            world.do(lambda tx, which=return_id: returns.settle(
                tx, world.market, which, world.now, may_decide=True
            ))  # fmt: skip
            busy = True
    return busy


def _brought(world: World, known: Return, brought: list[Brought]) -> bool:
    where = (world.market, known.return_id)
    at = known.came_to or "A"
    # What a carrier brings back of itself is no more than what comes back.
    surely = known.journey == "undeliverable" and known.state == "authorised"
    takes = world.do if surely else world.may
    came = takes(lambda tx: returns.receive(tx, *where, brought, node=at, now=world.now))
    return came is not None or world.may(lambda tx: returns.cancel(tx, *where, world.now)) is not None


# The sums


def reckon(world: World) -> None:
    """Nothing is left over; every unit is somewhere, and every shopper paid for what they kept."""
    left_over = world.ask(LEFT_OVER_SQL)
    if left_over:
        raise Broken(f"left over: {left_over}")
    with world.database.transaction() as tx:
        known = [orders.find(tx, world.market, order_id) for order_id in world.placed]
    for order in known:
        if orders.status_of(order) not in FINISHED:
            raise Broken(
                f"an order is {orders.status_of(order)}: {[orders.standing(x) for x in order.lines]}"
            )
        _paid_for_what_they_kept(world, order)
    _every_unit_is_somewhere(world, known)


def _every_unit_is_somewhere(world: World, known: list[Order]) -> None:
    out: dict[str, int] = defaultdict(int)
    for order in known:
        for line in order.lines:
            out[line.item] += line.in_state(*OUT, "returned")
    back = dict(world.ask(CAME_BACK_SQL))
    shelves = dict(world.ask(ON_SHELVES_SQL))
    for item, customers, lost, vendors in world.ask(IN_THE_BOOKS_SQL):
        if customers != out[item] - back.get(item, 0):
            raise Broken(f"{item}: {customers} are with shoppers, but lines say {out[item]} went out")
        if shelves.get(item, 0) + customers + lost + vendors != world.came.get(item, 0):
            raise Broken(f"{item}: {world.came.get(item, 0)} came, {shelves, customers, lost, vendors}")


def _paid_for_what_they_kept(world: World, order: Order) -> None:
    back = dict(world.ask(PAID_BACK_SQL, order_id=order.order_id))
    ((shipping_back, appeased, refused),) = world.ask(GIVEN_SQL, order_id=order.order_id)  # fmt: skip
    kept = sum(_kept_minor(order, line, back) for line in order.lines if line.replaces is None)
    went = sum(line.in_state(*OUT, "returned", "lost") for line in order.lines)
    home = sum(line.in_state("returned") for line in order.lines)
    price = kept + (order.shipping_minor if went else 0) - shipping_back
    with world.database.transaction() as tx:
        paid = payments.summary(tx, world.market, order.order_id)
    # A return is paid no more than is left of what was paid so far: what was forgiven may be part of it.
    if paid.authorised_minor == 0 or max(0, price - appeased) <= paid.refundable_minor <= price:
        return
    # Who kept nothing, and paid nothing because the payment was refused, is not asked for shipping either.
    if went != home or paid.refundable_minor != max(0, price - order.shipping_minor) or not refused:
        raise Broken(
            f"{price} is what they kept, {paid.refundable_minor} what they paid: {order.lines} {paid}"
        )


def _kept_minor(order: Order, line: Line, back: dict[int, int]) -> int:
    """What the units of a line that its shopper kept cost: those that went, less those paid back.

    Those sent in place of lost ones count as the ones they replace.
    """
    went = line.in_state(*OUT, "returned", "lost")
    came = sum(units for number, units in back.items() if _root(order, number) == line.line)
    whole = {"part": went, "whole": line.quantity}
    return prorate(line.paid_minor, **whole) - prorate(
        line.paid_minor, part=min(came, line.quantity), whole=line.quantity
    )


def _root(order: Order, number: int) -> int:
    line = order.line(number)
    while line is not None and line.replaces is not None:
        line = order.line(line.replaces)
    return line.line if line else 0
