"""Taking goods in at a desk: graded, put where they belong, and paid back where nothing speaks against it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.ids import Id
from anyshelf.ground.timers import stop_timer
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Want
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Node
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.returns import rules, store
from anyshelf.returns.journeys import journey
from anyshelf.returns.model import Brought, Disposition, Journey, Part, Policy, Receipt, Return
from anyshelf.returns.service import charging
from anyshelf.returns.service.asking import EXPIRY_TIMER
from anyshelf.returns.service.finding import locked, record_of
from anyshelf.returns.service.settling import POLICY, hold_back, overpaid, pay
from anyshelf.returns.service.telling import received, told

NOTHING_PAID = rules.Settlement(lines=(), shipping_minor=0)


def receive(
    tx: Tx,
    market: str,
    return_id: Id,
    brought: Sequence[Brought],
    *,
    node: str,
    refund: bool | None = None,
    now: datetime,
    policy: Policy = POLICY,
) -> Return:
    """Take goods back at any node that does, wherever they were meant for: graded and put where they belong.

    They are paid back at once unless `refund` is False or there are signals: then `settle` pays.
    """
    order, known = locked(tx, market, return_id)
    atlas = network.atlas(tx, market)
    desk = desk_for(atlas, node, known)
    way = journey(known.journey)
    rules.checked(known, brought, catalogue.items(tx, market, [line.item for line in known.lines]))
    parts = rules.parts_back(order, brought, way, meant_for=known.came_to)
    signals = _signals(tx, order, known, way, parts, now, policy)
    after = orders.advance(tx, order, rules.steps_of(parts), now, reason="return")
    counted = rules.counted(known, brought, signals)
    receipts, fates = _receipts(atlas, after, counted, parts, desk, way, policy, now)
    _put_away(tx, counted, receipts, fates, now)
    paid, money = counted, NOTHING_PAID
    if refund is not False and not counted.signals:
        paid, money = pay(tx, after, counted, rules.portions_of(counted, parts), now, policy)
        receipts = [
            replace(receipt, refund_minor=minor)
            for receipt, minor in zip(receipts, money.lines, strict=False)
        ]
    store.note_receipts(tx, market, return_id, receipts)
    store.save(tx, paid)
    charging.charge(tx, atlas, paid, receipts, fates, now)
    _aftermath(tx, after, paid, receipts, money, node, now)
    return store.find(tx, market, return_id) or paid


def desk_for(atlas: Atlas, code: str, known: Return) -> Node:
    """The node that takes this return in; raises NotFound, or Invalid for one that takes nothing back.

    A node always takes in what was sent to it.
    """
    node = network.node(atlas, code, field="node")
    if not rules.takes_back(node) and code != known.came_to:
        raise Invalid(f"{code} takes nothing back; bring it to a store.", field="node", node=code)
    return node


def _signals(
    tx: Tx, order: Order, known: Return, way: Journey, parts: Sequence[Part], now: datetime, policy: Policy
) -> tuple[str, ...]:
    """Why somebody is to look before this is paid; nothing where the return is not the shopper's doing."""
    if not way.signals:
        return ()
    record = record_of(tx, order, policy, now, apart=known.return_id)
    still_on_the_way = any(part.state == "dispatched" for part in parts)
    return rules.signals_of(record, policy, never_delivered=still_on_the_way)


def _receipts(
    atlas: Atlas,
    order: Order,
    counted: Return,
    parts: Sequence[Part],
    desk: Node,
    way: Journey,
    policy: Policy,
    now: datetime,
) -> tuple[list[Receipt], list[Disposition]]:
    prices = {line.line: line.unit_price_minor for line in order.lines}
    better = _where_it_sells(atlas, order.channel, desk)
    receipts, fates = [], []
    for entry, part in enumerate(parts):
        taken = rules.Taken(
            kind=desk.kind, sells=desk.kind in rules.SELLS, vendors_own=_vendors_own(atlas, part.came_from)
        )
        fate = rules.disposition(
            part.grade, taken, unit_price_minor=prices[part.line], charged=way.charged, policy=policy
        )
        fates.append(fate)
        receipts.append(
            Receipt(
                step=counted.version,
                entry=entry,
                line=part.line,
                node=desk.node,
                came_from=part.came_from,
                quantity=part.quantity,
                grade=part.grade,
                disposition=fate.name,
                move_to=better if fate.name == "transfer" else "",
                refund_minor=0,
                received_at=now,
            )
        )
    return receipts, fates


def _where_it_sells(atlas: Atlas, channel: str, desk: Node) -> str:
    """The nearest node that sells and that the channel draws on; "" where this desk's own shelf does."""
    if desk.kind in rules.SELLS:
        return ""
    near = network.nodes_near(atlas, desk.lat, desk.lon, network.reach(atlas, channel)).tolist()
    return next((atlas.nodes[place].node for place in near if atlas.nodes[place].kind in rules.SELLS), "")


def _vendors_own(atlas: Atlas, node: str) -> bool:
    return node in atlas.index and network.node(atlas, node).kind == "vendor"


def _put_away(
    tx: Tx, known: Return, receipts: Sequence[Receipt], fates: Sequence[Disposition], now: datetime
) -> None:
    """Put what came where its disposition says, under the id of the return."""
    items = {line.line: line.item for line in known.lines}
    wants = [
        (Want(line=each.line, item=items[each.line], node=each.node, quantity=each.quantity), fate.bucket)
        for each, fate in zip(receipts, fates, strict=True)
        if fate.bucket
    ]
    if wants:
        step = receipts[0].step
        inventory.take_back_all(tx, known.market, wants, cause=known.return_id, step=step, now=now)


def _aftermath(
    tx: Tx,
    order: Order,
    known: Return,
    receipts: Sequence[Receipt],
    money: rules.Settlement,
    node: str,
    now: datetime,
) -> None:
    """Tell, list what somebody has to look at, and stop waiting for what has all come."""
    told(
        tx, known, "ReturnReceived", now,
        node=node, lines=received(known, receipts), refund_minor=money.total_minor, currency=known.currency,
    )  # fmt: skip
    if known.signals and known.waits:
        hold_back(tx, order, known, node, now)
    if any(line.paid > line.quantity - line.missing for line in known.lines):
        overpaid(tx, order, known, node, now)
    if not any(line.outstanding for line in known.lines):
        stop_timer(tx, known.market, EXPIRY_TIMER, str(known.return_id))
