"""Something else instead: a new order, linked to the return, paid with what came back is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn
from anyshelf.ground.idempotency import fingerprint_of
from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money, prorate
from anyshelf.orders import service as orders
from anyshelf.orders.model import Draft, DraftLine, Order
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation, NewPayment
from anyshelf.returns import rules, store
from anyshelf.returns.model import Owing, Return, Wanted, Wish
from anyshelf.returns.service.finding import books_of, find, locked
from anyshelf.returns.service.settling import POLICY, check_payable, give, looked_at, reckoned
from anyshelf.returns.service.telling import told

CREDIT_FREED = "credit_freed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deal:
    """An exchange worked out: the new order, what of the return pays for it, and what is left to pay."""

    draft: Draft
    portions: Sequence[rules.Portion]
    money: rules.Settlement
    credit_minor: int
    to_pay_minor: int


def owing(tx: Tx, market: str, return_id: Id, wish: Wish) -> Owing:
    """What an exchange would come to now: asked before the payment for the rest is set aside."""
    known = find(tx, market, return_id)
    deal = _deal(tx, orders.find(tx, market, known.order_id), known, wish)
    done = known.exchange_order_id is not None
    return Owing(
        credit_minor=deal.credit_minor,
        to_pay_minor=0 if done else deal.to_pay_minor,
        currency=known.currency,
    )


def exchange(  # noqa: PLR0913  all that a step which makes an order is told, by name
    tx: Tx,
    market: str,
    return_id: Id,
    wish: Wish,
    authorisation: Authorisation | None,
    now: datetime,
    *,
    order_id: Id,
    pickup_code: str,
    may_decide: bool,
) -> tuple[Return, bool]:
    """Place the order for what is wanted instead, and link it to the return; whether this call placed it.

    What came back and was not paid yet pays for it; what that is worth beyond the new order goes back to the
    old payment, what it falls short of is paid by `authorisation`. What has not come yet pays nothing: it is
    refunded when it comes. Raises Conflict when another exchange was made or another amount is due by now.
    """
    order, known = locked(tx, market, return_id)
    deal = _deal(tx, order, known, wish)
    if orders.sent_before(tx, market, deal.draft) is not None:
        return known, False
    _check(known, deal, authorisation, may_decide=may_decide)
    if deal.credit_minor:
        _turn_into_credit(tx, order, known, order_id, deal.credit_minor, now)
    orders.place(tx, market, deal.draft, authorisation, now, order_id=order_id, pickup_code=pickup_code)
    next_version = replace(known, version=known.version + 1, exchange_order_id=order_id)
    after = give(tx, order, next_version, deal.portions, deal.money, now, credit_minor=deal.credit_minor)
    store.save(tx, after)
    told(
        tx, after, "ReturnExchanged", now,
        exchange_order_id=str(order_id), credit_minor=deal.credit_minor,
        refund_minor=deal.money.total_minor - deal.credit_minor, currency=after.currency,
    )  # fmt: skip
    looked_at(tx, order, after, now)
    return after, True


def _turn_into_credit(
    tx: Tx, order: Order, known: Return, order_id: Id, amount_minor: int, now: datetime
) -> None:
    """Let what came back pay for the new order; the old order's payments are locked before any position."""
    turned = payments.turn_into_credit(
        tx, order.market, order.order_id,
        amount_minor=amount_minor, currency=order.currency, cause=f"return {known.return_id} credit", now=now,
    )  # fmt: skip
    new = [NewPayment(order_id=order_id, authorisation=credit) for credit in turned]
    payments.record_all(tx, order.market, new, now)


def _check(known: Return, deal: _Deal, authorisation: Authorisation | None, *, may_decide: bool) -> None:
    if known.exchange_order_id is not None:
        raise Conflict("This return was exchanged already.", order_id=str(known.exchange_order_id))
    check_payable(known, before_receipt=False, may_decide=may_decide)
    if known.state == "settled" and not deal.portions:
        raise OutOfTurn("This return is paid back; place an order of its own.", state=known.state)
    authorised_minor = authorisation.amount_minor if authorisation else 0
    if authorised_minor != deal.to_pay_minor:
        due = Money(deal.to_pay_minor, known.currency)
        raise Conflict(f"{due} {known.currency} is to be paid; say how.", field="payment", due=due.as_json())


def _deal(tx: Tx, order: Order, known: Return, wish: Wish) -> _Deal:
    draft = _draft(tx, order, known, wish)
    orders.check(tx, order.market, draft)
    portions = rules.owed(known, before_receipt=False)
    money = reckoned(tx, order, known, portions, POLICY)
    total_minor = orders.to_authorise_minor(draft)
    credit_minor = min(money.total_minor, total_minor)
    return _Deal(
        draft=draft,
        portions=portions,
        money=money,
        credit_minor=credit_minor,
        to_pay_minor=total_minor - credit_minor,
    )


def _draft(tx: Tx, order: Order, known: Return, wish: Wish) -> Draft:
    """The new order: for the same shopper, through the same channel, by the first line's way."""
    wanted = [want.item for want in wish.lines]
    items = catalogue.items(tx, order.market, wanted)
    kits = catalogue.kits(tx, order.market, wanted)
    if kits:
        raise Invalid(f"{', '.join(sorted(kits))} is a kit; name its parts instead.", field="lines")
    worth = _worth(tx, order, known)
    back = order.line(known.lines[0].line)
    method = wish.method or (back.method if back else "ship")
    node = wish.node or (back.node if back and method == back.method else "") or None
    external_id = f"exchange-{known.return_id}"
    return Draft(
        channel=order.channel,
        external_id=external_id,
        fingerprint=fingerprint_of(external_id.encode(), repr(wish).encode()),
        customer=order.customer,
        contact=order.contact,
        destination=wish.destination or order.destination,
        currency=order.currency,
        shipping_minor=0,
        held=None,
        promise=None,
        lines=tuple(
            _line(place, want, items, worth, method=method, node=node)
            for place, want in enumerate(wish.lines, start=1)
        ),
    )


def _worth(tx: Tx, order: Order, known: Return) -> dict[str, tuple[int, int]]:
    """What the shopper paid for what comes back: item to (units, minor units)."""
    portions = [rules.Portion(line=line.line, quantity=line.quantity) for line in known.lines]
    others = {line.line: line.paid for line in known.lines}
    books = books_of(tx, order)
    apart = replace(books, units={line: units - others.get(line, 0) for line, units in books.units.items()})
    amounts = rules.amounts_due(order, portions, apart)
    return {line.item: (line.quantity, minor) for line, minor in zip(known.lines, amounts, strict=True)}


def _line(
    place: int,
    want: Wanted,
    items: Mapping[str, Item],
    worth: Mapping[str, tuple[int, int]],
    *,
    method: str,
    node: str | None,
) -> DraftLine:
    """A line of the new order; the same item again costs what was paid for it, anything else its price."""
    if want.item not in items:
        raise Invalid(f"There is no item {want.item}.", field=f"lines.{place - 1}.item")
    price = items[want.item].price_minor if want.unit_price_minor is None else want.unit_price_minor
    units, paid_minor = worth.get(want.item, (0, 0))
    same = want.unit_price_minor is None and want.quantity <= units
    share = prorate(paid_minor, part=want.quantity, whole=units) if same else price * want.quantity
    price = max(price, -(-share // want.quantity))
    return DraftLine(
        line=place,
        item=want.item,
        quantity=want.quantity,
        unit_price_minor=price,
        discount_minor=price * want.quantity - share,
        tax_minor=0,
        method=method,
        node=node,
    )


def credit_freed(
    tx: Tx, market: str, exchange_order_id: Id, *, operation_id: str, amount_minor: int, now: datetime
) -> None:
    """Credit that paid for an exchange was not needed after all, or given back: it went where it came from.

    That of an order paid elsewhere came from nowhere we know: it is listed, for somebody to pay out.
    """
    return_id = store.exchanged_for(tx, market, exchange_order_id)
    if return_id is None:
        return
    order = orders.lock(tx, market, exchange_order_id)
    paid_with = payments.summary(tx, market, find(tx, market, return_id).order_id)
    if paid_with.authorised_minor:
        return
    owed = f"{Money(amount_minor, order.currency)} {order.currency}"
    orders.note_exception(
        tx, order, CREDIT_FREED,
        cause=operation_id, said=f"{owed} of store credit is free again.",
        done="Nothing was paid: the first order was paid elsewhere.",
        todo=f"Pay the shopper {owed} (credit of return {return_id}).", now=now,
    )  # fmt: skip
