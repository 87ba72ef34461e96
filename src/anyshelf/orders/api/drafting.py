"""From what was sent to a draft: every price known, every line numbered, a promise taken up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item, Piece
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.idempotency import fingerprint_of
from anyshelf.orders.api.bodies import Amount, Fulfilment, OrderLine, PlaceOrder
from anyshelf.orders.api.bodies import Slot as BodySlot
from anyshelf.orders.api.kits import in_parts
from anyshelf.orders.model import Draft, DraftLine, Order
from anyshelf.promising import service as promising
from anyshelf.promising.model import Slot, TakenOption


def draft_of(
    tx: Tx, market: str, body: PlaceOrder, now: datetime, *, goods: catalogue.Goods | None = None
) -> Draft:
    """The order as asked for, with every price known; raises Invalid naming the field.

    `goods` is what the catalogue knows, where it was read for many orders.
    """
    goods = goods or catalogue.goods(tx, market, [line.item for line in body.lines])
    pieces = goods.on_shelves(_asked(body))
    known = _known(goods, body.lines, field="lines")
    taken = _taken(tx, market, body, pieces, now)
    if taken:
        body = _as_promised(body, taken)
    currency = body.currency or known[body.lines[0].item].currency
    destination = body.fulfilment.destination
    prices = {code: item.price_minor for code, item in known.items()}
    return Draft(
        channel=body.channel,
        external_id=body.external_id,
        fingerprint=fingerprint_of(body.model_dump_json(exclude={"payment"}).encode()),
        customer=body.customer,
        contact=body.contact.model_dump() if body.contact else None,
        destination=destination.model_dump() if destination else None,
        currency=currency,
        shipping_minor=_shipping(body, taken, currency),
        held="asked for" if body.hold else None,
        promise=taken.as_json() if taken else None,
        gift=body.gift.model_dump() if body.gift else None,
        slot=body.fulfilment.slot.as_json() if body.fulfilment.slot else None,
        together=body.together,
        may_wait=body.backorder,
        segment=body.segment,
        lines=in_parts(_priced(body, currency, prices), pieces, prices),
    )


def _asked(body: PlaceOrder) -> list[Piece]:
    """What is asked for, every line numbered; raises Invalid for a number given twice."""
    asked = [
        Piece(line=line.line or place, item=line.item, quantity=line.quantity)
        for place, line in enumerate(body.lines, start=1)
    ]
    if len({piece.line for piece in asked}) < len(asked):
        raise Invalid("Two lines have the same number.", field="lines")
    return asked


def _known(goods: catalogue.Goods, asked: Sequence[OrderLine], *, field: str) -> Mapping[str, Item]:
    """What is asked for and what its kits are made of; raises Invalid for an item nobody knows."""
    for place, line in enumerate(asked):
        if line.item not in goods.items:
            raise Invalid(f"There is no item {line.item}.", field=f"{field}.{place}.item")
    return goods.items


def _taken(
    tx: Tx, market: str, body: PlaceOrder, pieces: Sequence[Piece], now: datetime
) -> TakenOption | None:
    """The promised option this order takes up; it must be for the same goods."""
    if body.option_id is None:
        return None
    chosen = body.fulfilment.slot
    slot = Slot(opens_at=chosen.from_, closes_at=chosen.to) if chosen else None
    taken = promising.take(tx, market, body.promise_id, body.option_id, now, slot=slot)
    promised: Counter[str] = Counter()
    for shipment in taken.option.shipments:
        for line in shipment.lines:
            promised[line.item] += line.quantity
    asked: Counter[str] = Counter()
    for piece in pieces:
        asked[piece.item] += piece.quantity
    if promised != asked:
        raise Invalid("The promise was made for other goods; ask for a new one.", field="option_id")
    return taken


def _as_promised(body: PlaceOrder, taken: TakenOption) -> PlaceOrder:
    """The order with the method and the node that were promised, in the slot that was chosen."""
    promised = {"method": taken.option.method, "node": taken.option.node}
    slots = [BodySlot.model_validate(slot.as_json()) for slot in taken.option.slots]
    slot = slots[0] if slots else body.fulfilment.slot
    return body.model_copy(
        update={
            "fulfilment": body.fulfilment.model_copy(update={**promised, "slot": slot}),
            "lines": [line.model_copy(update=promised) for line in body.lines],
        }
    )


def _shipping(body: PlaceOrder, taken: TakenOption | None, currency: str) -> int:
    """What the shopper pays for shipping: as said, or as promised."""
    if body.shipping is not None:
        return body.shipping.minor(currency, field="shipping")
    return taken.option.fee_minor if taken else 0


def _priced(body: PlaceOrder, currency: str, prices: dict[str, int]) -> tuple[DraftLine, ...]:
    return tuple(
        DraftLine(
            line=line.line or place,
            item=line.item,
            quantity=line.quantity,
            unit_price_minor=_minor(
                line.unit_price, currency, f"lines.{place - 1}.unit_price", prices[line.item]
            ),
            discount_minor=_minor(line.discount, currency, f"lines.{place - 1}.discount", 0),
            tax_minor=_minor(line.tax, currency, f"lines.{place - 1}.tax", 0),
            method=line.method or body.fulfilment.method,
            node=_node(line, body.fulfilment),
        )
        for place, line in enumerate(body.lines, start=1)
    )


def _minor(amount: Amount | None, currency: str, field: str, otherwise: int) -> int:
    return amount.minor(currency, field=field) if amount else otherwise


def _node(line: OrderLine, fulfilment: Fulfilment) -> str | None:
    if line.node is not None:
        return line.node
    return fulfilment.node if line.method in (None, fulfilment.method) else None


def added_lines(
    tx: Tx,
    order: Order,
    asked: Sequence[OrderLine],
    *,
    method: str | None = None,
    node: str | None = None,
    numbered_after: int = 0,
) -> tuple[DraftLine, ...]:
    """Lines to be added to an order, priced in its currency; raises Invalid naming the field.

    They go the way they say, else `method` and `node`, else the way of the order's first line.
    """
    start = max(line.line for line in order.lines) + numbered_after + 1
    numbered = [
        Piece(line=number, item=line.item, quantity=line.quantity)
        for number, line in enumerate(asked, start=start)
    ]
    goods = catalogue.goods(tx, order.market, [line.item for line in asked])
    pieces = goods.on_shelves(numbered, field="add")
    known = _known(goods, asked, field="add")
    prices = {code: item.price_minor for code, item in known.items()}
    first = order.lines[0]
    lines = [
        DraftLine(
            line=start + place,
            item=line.item,
            quantity=line.quantity,
            unit_price_minor=_minor(
                line.unit_price, order.currency, f"add.{place}.unit_price", prices[line.item]
            ),
            discount_minor=_minor(line.discount, order.currency, f"add.{place}.discount", 0),
            tax_minor=_minor(line.tax, order.currency, f"add.{place}.tax", 0),
            method=line.method or method or first.method,
            node=line.node or node or first.node or None,
        )
        for place, line in enumerate(asked)
    ]
    return in_parts(lines, pieces, prices)
