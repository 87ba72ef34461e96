"""Changing an order until its work has started: quantities, lines, address, method and store."""

from datetime import datetime

from msgspec.structs import replace

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn, Shortage
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.network import service as network
from anyshelf.orders import rules
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import NOWHERE, Change, DraftLine, Line, Order, Step, person_of
from anyshelf.orders.service.again import steps_of, with_lines
from anyshelf.orders.service.cancelling import check_lines
from anyshelf.orders.service.finding import lock
from anyshelf.orders.service.placing import check_line
from anyshelf.orders.service.planned import line_of
from anyshelf.orders.service.planning import plan_for
from anyshelf.orders.service.releasing import released
from anyshelf.orders.service.steps import advance, event, save_change
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation, Paid
from anyshelf.sourcing import service as sourcing


def still_to_pay_minor(order: Order, change: Change, paid: Paid) -> int:
    """What must be set aside beyond what is, for the order as changed; raises as `change_order`.

    What is paid at the till needs nothing set aside, and what could not be taken is asked for by itself.
    """
    methods = {line.method for line in order.lines} | {line.method for line in change.added}
    at_the_till = {method for method in methods if rules.first_of(journeys(), method).unpaid}
    if not paid.authorised_minor and rules.to_pay_minor(order, at_the_till):
        return 0  # paid elsewhere
    fewer = _fewer(order, change)
    smaller = rules.taken(order, [*fewer, *rules.also_cancelled(order, fewer)])
    added = [line_of(line, {("open", NOWHERE): line.quantity}, "") for line in change.added]
    total = rules.to_pay_minor(replace(smaller, lines=(*smaller.lines, *added)), at_the_till)
    return max(0, total - rules.earned_in_all_minor(smaller) - paid.uncaptured_minor)


def change_order(
    tx: Tx,
    market: str,
    order_id: Id,
    change: Change,
    authorisation: Authorisation | None,
    now: datetime,
    *,
    pickup_code: str,
) -> Order:
    """Change an order, all or nothing: what is no longer wanted is cancelled, what is new is sourced.

    Lines keep their numbers and prices; more of a line is a line of its own. Raises OutOfTurn once hands have
    touched what would change, Shortage where what is added cannot be had, Conflict where the money does not
    cover it.
    """
    order = lock(tx, market, order_id)
    check_lines(order, change.quantities)
    if rules.status_of(order) in ("completed", "returned", "cancelled"):
        raise OutOfTurn(f"This order is {rules.status_of(order)}; place another one.")
    due = still_to_pay_minor(order, change, payments.summary(tx, market, order_id))
    if due > (authorisation.amount_minor if authorisation else 0):
        raise Conflict("The change costs more than is set aside.", field="payment", due_minor=due)
    _check_added(tx, order, change)
    if authorisation is not None:
        payments.record(tx, market, order_id, authorisation, order.currency, now)
    grown = _grown(tx, order, _written(tx, order, change, pickup_code), change, now)
    after = advance(
        tx, grown, _fewer(grown, change), now, reason="changed"
    )  # gives free what the rest may need
    if change.destination is not None:
        after = _readdressed(tx, after, now)
    for line in change.added:
        after = _sourced(tx, after, line, now)
    tell(tx, market, [event(after, "OrderChanged", _said(change), now)])
    return released(tx, after, now)


def _check_added(tx: Tx, order: Order, change: Change) -> None:
    """What is added may ask for no more than what is ordered; raises Invalid or NotFound as placing does."""
    atlas = network.atlas(tx, order.market)
    destination = change.destination or order.destination
    person = person_of(order.customer, change.contact or order.contact)
    for line in change.added:
        if rules.first_of(journeys(), line.method).unpaid:
            raise Invalid("What is to be kept is asked for by an order of its own.", field="method")
        check_line(atlas, line, destination=destination, person=person)


def _grown(tx: Tx, order: Order, written: Order, change: Change, now: datetime) -> Order:
    """The order with its new lines; what is paid for as soon as it is sold is asked for now."""
    grown = with_lines(tx, written, change.added)
    earned = rules.earned_in_all_minor(grown) - rules.earned_in_all_minor(order)
    if earned > 0:
        payments.request_capture(
            tx,
            order.market,
            order.order_id,
            amount_minor=earned,
            cause=f"{order.order_id}/{order.version}/added",
            now=now,
        )
    return grown


def _said(change: Change) -> dict[str, object]:
    return {
        "quantities": {str(line): quantity for line, quantity in change.quantities.items()},
        "added": [line.line for line in change.added],
        "destination": change.destination is not None,
    }


def _fewer(order: Order, change: Change) -> list[Step]:
    """The steps that cancel what is wanted no more."""
    steps: list[Step] = []
    for number, wanted in change.quantities.items():
        line = order.line(number)
        if line is None:
            continue
        there = line.quantity - line.in_state("cancelled")
        less = there - wanted
        untouched = line.in_state(*rules.CHANGEABLE)
        if less > untouched:
            raise OutOfTurn(
                f"Line {number} is being worked on: {untouched} of it may still change; "
                f"it stands at {rules.standing(line)}.",
                line=number,
            )
        steps += rules.steps_to_cancel(line, max(less, 0), states=rules.CHANGEABLE)
    return steps


def _sourced(tx: Tx, order: Order, line: DraftLine | Line, now: datetime) -> Order:
    sourced = plan_for(tx, order.market, order, [line], method=line.method, node=line.node or None, now=now)
    if sourced.plan.short:
        missing = sourced.plan.short[0]
        named = {"line": line.line, "item": line.item, "wanted": missing.wanted,
                 "available": missing.available}  # fmt: skip
        raise Shortage(f"Not enough stock of {line.item}.", lines=[named])
    history = [*(order.sourcing or []), sourcing.kept(sourced)]
    return advance(
        tx, replace(order, sourcing=history), steps_of(sourced), now, reason="changed", sourcing=history
    )


def _written(tx: Tx, order: Order, change: Change, pickup_code: str) -> Order:
    """The order with its new address, contact and slot."""
    fetched = rules.fetched(journeys(), change.added)
    after = replace(
        order,
        destination=change.destination or order.destination,
        contact=change.contact or order.contact,
        slot=change.slot or order.slot,
        pickup_code=order.pickup_code or (pickup_code if fetched else None),
    )
    save_change(tx, after)
    return after


def _readdressed(tx: Tx, after: Order, now: datetime) -> Order:
    """What goes to the address is sourced anew for the new one; raises OutOfTurn where it is being packed."""
    going = [line for line in after.lines if "dispatched" in rules.first_of(journeys(), line.method).steps]
    if any(line.in_state("picked", "packed") for line in going):
        raise OutOfTurn("The parcel is being packed: its address cannot change any more.")
    steps = [
        step
        for line in going
        for step in rules.steps_from(line, line.quantity, states=("sourced", "released"), after="open")
    ]
    after = advance(tx, after, steps, now, reason="another address")
    for line in going:
        opened = after.line(line.line)
        if opened is not None and opened.in_state("open"):
            after = _sourced(tx, after, replace(opened, quantity=opened.in_state("open")), now)
    return after
