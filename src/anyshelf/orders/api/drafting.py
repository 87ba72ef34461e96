"""From what was sent to a draft: every price known, every line numbered, a promise taken up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Piece
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.idempotency import fingerprint_of
from anyshelf.orders.api.bodies import Fulfilment, OrderLine, PlaceOrder
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
    numbers = _numbers(body.lines)
    prices = _prices(goods, body.lines, field="lines")
    pieces = _pieces(goods, numbers, body.lines) if goods.kits or body.option_id is not None else []
    taken = _taken(tx, market, body, pieces, now)
    if taken:
        body = _as_promised(body, taken)
    currency = body.currency or goods.items[body.lines[0].item].currency
    destination, slot = body.fulfilment.destination, body.fulfilment.slot
    return Draft(
        channel=body.channel,
        external_id=body.external_id,
        fingerprint=_fingerprint(body),
        customer=body.customer,
        contact=body.contact.model_dump() if body.contact else None,
        destination=destination.model_dump() if destination else None,
        currency=currency,
        shipping_minor=_shipping(body, taken, currency),
        held="asked for" if body.hold else None,
        promise=taken.as_json() if taken else None,
        gift=body.gift.model_dump() if body.gift else None,
        slot=slot.as_json() if slot else None,
        together=body.together,
        may_wait=body.backorder,
        segment=body.segment,
        lines=in_parts(_priced(body, numbers, currency, prices), pieces, _part_prices(goods, pieces)),
    )


def _fingerprint(body: PlaceOrder) -> bytes | None:
    """The mark by which a sender's order is known again; there is none to know without a sender's id."""
    if body.external_id is None:
        return None
    return fingerprint_of(body.model_dump_json(exclude={"payment"}).encode())


def _numbers(asked: Sequence[OrderLine]) -> list[int]:
    """The numbers of the lines that are asked for; raises Invalid for a number given twice."""
    numbers = [line.line or place for place, line in enumerate(asked, start=1)]
    if len(set(numbers)) < len(numbers):
        raise Invalid("Two lines have the same number.", field="lines")
    return numbers


def _pieces(goods: catalogue.Goods, numbers: Sequence[int], asked: Sequence[OrderLine]) -> list[Piece]:
    """What is asked for as it lies on shelves: in place of each kit its parts."""
    return goods.on_shelves([
        Piece(line=number, item=line.item, quantity=line.quantity)
        for number, line in zip(numbers, asked, strict=True)
    ])  # fmt: skip


def _prices(goods: catalogue.Goods, asked: Sequence[OrderLine], *, field: str) -> dict[str, int]:
    """What one unit of each item costs, in minor units; raises Invalid for an item nobody knows."""
    prices = {}
    for place, line in enumerate(asked):
        item = goods.items.get(line.item)
        if item is None:
            raise Invalid(f"There is no item {line.item}.", field=f"{field}.{place}.item")
        prices[line.item] = item.price_minor
    return prices


def _part_prices(goods: catalogue.Goods, pieces: Sequence[Piece]) -> dict[str, int]:
    """What one unit of each part of a kit costs by itself."""
    return {piece.item: goods.items[piece.item].price_minor for piece in pieces}


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


def _priced(
    body: PlaceOrder, numbers: Sequence[int], currency: str, prices: Mapping[str, int]
) -> tuple[DraftLine, ...]:
    lines = []
    for place, (number, line) in enumerate(zip(numbers, body.lines, strict=True)):
        price, discount, tax = _money(line, currency, f"lines.{place}")
        lines.append(
            DraftLine(
                line=number,
                item=line.item,
                quantity=line.quantity,
                unit_price_minor=prices[line.item] if price is None else price,
                discount_minor=discount or 0,
                tax_minor=tax or 0,
                method=line.method or body.fulfilment.method,
                node=_node(line, body.fulfilment),
            )
        )
    return tuple(lines)


def _money(line: OrderLine, currency: str, where: str) -> tuple[int | None, int | None, int | None]:
    """Price, discount and tax of a line in minor units, as far as they were sent; raises Invalid."""
    if line.unit_price is line.discount is line.tax is None:
        return None, None, None
    unit_price, discount, tax = (
        None if amount is None else amount.minor(currency, field=f"{where}.{name}")
        for name, amount in (("unit_price", line.unit_price), ("discount", line.discount), ("tax", line.tax))
    )
    return unit_price, discount, tax


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
    prices = _prices(goods, asked, field="add")
    first = order.lines[0]
    lines = []
    for place, line in enumerate(asked):
        price, discount, tax = _money(line, order.currency, f"add.{place}")
        lines.append(
            DraftLine(
                line=start + place,
                item=line.item,
                quantity=line.quantity,
                unit_price_minor=prices[line.item] if price is None else price,
                discount_minor=discount or 0,
                tax_minor=tax or 0,
                method=line.method or method or first.method,
                node=line.node or node or first.node or None,
            )
        )
    return in_parts(lines, pieces, _part_prices(goods, pieces))
