"""Shadow policies look at orders that were just placed: what they would have done, without doing it.

Both policies plan on the same shelves, a moment after the order was placed and with what it took put back.
It is done beside the orders' way, on a sample, and is given up for orders that are long past.

Who thinks of a policy may foresee it on the newest orders, on the shelves of now; nothing of that is kept.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from anyshelf.ground.db import Tx, values
from anyshelf.ground.errors import Refusal
from anyshelf.ground.ids import first_id_of
from anyshelf.orders import store
from anyshelf.orders.model import Line, Order
from anyshelf.orders.service.finding import find, recent
from anyshelf.orders.service.planning import plan_for, policy_of, segment_of
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Policy, Sourced, Standing
from anyshelf.sourcing.service import Judged, Shelves

AT_ONCE: Final = 20
"""How many orders a shadow policy looks at in one go."""
LONG_PAST: Final = timedelta(minutes=10)
TAKEN: Final = ("sourced", "released")
"""The states in which what an order took still lies on the shelf for it."""
NEVER_TAKEN: Final = frozenset({"open", "backordered", "cancelled"})


def look_on(tx: Tx, market: str, now: datetime) -> int:
    """Let every shadow policy look at the orders placed since it last looked; returns how many it judged."""
    return sum(_look_on(tx, market, standing, now) for standing in sourcing.shadows(tx, market))


def _look_on(tx: Tx, market: str, standing: Standing, now: datetime) -> int:
    name = standing.policy.name
    ours, looked_to = sourcing.looked_to(tx, market, name)
    if not ours:
        return 0
    after = max(looked_to or first_id_of(now - LONG_PAST), first_id_of(now - LONG_PAST))
    found = values(
        tx, store.PLACED_AFTER_SQL, market=market, after=after, percent=standing.sample_percent, limit=AT_ONCE
    )
    for order_id, sampled in found:
        order = find(tx, market, order_id) if sampled else None
        if order is not None and standing.is_for(order.channel, segment_of(order)):
            _judge(tx, order, standing, now)
    if found:
        sourcing.look_on(tx, market, name, found[-1][0])
    return sum(sampled for _, sampled in found)


def _judge(tx: Tx, order: Order, standing: Standing, now: datetime) -> None:
    lines = [line for line in order.lines if line.in_state(*TAKEN) == line.quantity]
    if not lines:
        return  # it is past planning, or was never planned as a whole
    judged = _judged(tx, order, lines, standing.policy, at=now, now=now)
    sourcing.note_shadow(tx, order.market, standing.policy.name, judged)


def _judged(
    tx: Tx, order: Order, lines: Sequence[Line], policy: Policy, *, at: datetime, now: datetime
) -> Judged:
    """How the policy that decided these lines and another one serve them, as if placed at that moment."""
    shelves: dict[bool, Shelves] = {}
    decided = policy_of(tx, order.market, order).policy
    free = _unbound(order)
    live, shadow = (_plans(tx, free, lines, each, shelves, at=at, now=now) for each in (decided, policy))
    return sourcing.judge(order.order_id, live=live, shadow=shadow, now=now)


def foresee(tx: Tx, market: str, standing: Standing, now: datetime, *, limit: int) -> list[Judged]:
    """What a policy nobody has set up yet would do with the newest orders it is for, beside what decides now.

    Both plan each order anew, at the moment it was placed, on the shelves of now with what it took put back:
    it says how they differ, not what there was. What was sold over the counter leaves nothing to choose.
    """
    judged = []
    for order in recent(tx, market, channels=standing.channels, limit=limit):
        lines = [
            line for line in order.lines
            if line.method != sourcing.CARRY_OUT and not line.in_state(*NEVER_TAKEN)
        ]  # fmt: skip
        if lines and standing.is_for(order.channel, segment_of(order)):
            with suppress(Refusal):  # of goods, nodes or a channel that are gone since
                judged.append(_judged(tx, order, lines, standing.policy, at=order.placed_at, now=now))
    return judged


def _unbound(order: Order) -> Order:
    """The order as if nothing had been promised but when it comes: whoever is in time may serve it."""
    until = (order.promise or {}).get("arrives_by")
    return replace(order, promise=None, slot=order.slot or ({"to": until} if until else None))


def _plans(
    tx: Tx, order: Order, lines: Sequence[Line], policy: Policy, shelves: dict[bool, Shelves], *,
    at: datetime, now: datetime,
) -> list[Sourced]:  # fmt: skip
    """How a policy serves these lines on the shelves as they were, each way of asking in turn."""
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.method, line.node].append(line)
    seen = {in_hand: each.anew() for in_hand, each in shelves.items()}
    found = []
    for (method, node), asked in sorted(groups.items()):
        in_hand = method == sourcing.CARRY_OUT
        if in_hand not in seen:
            shelves[in_hand] = _put_back(tx, order, lines, now, in_hand=in_hand)
            seen[in_hand] = shelves[in_hand].anew()
        plan = plan_for(
            tx, order.market, order, asked, method=method, node=node or None, now=at, on=seen[in_hand],
            booked={}, policy=policy,
        )  # fmt: skip
        seen[in_hand].take(plan.plan)
        found.append(plan)
    return found


def _put_back(tx: Tx, order: Order, lines: Sequence[Line], now: datetime, *, in_hand: bool) -> Shelves:
    """The shelves as the order found them, as near as can be known: with what it took put back."""
    on = sourcing.shelves(
        tx, order.market, channel=order.channel, items=[line.item for line in lines], in_hand=in_hand, now=now
    )
    for line in lines:
        for node, quantity in _taken_from(line).items():
            if node in on.atlas.index:
                on.free[line.item][on.atlas.index[node]] += quantity
    return on


def _taken_from(line: Line) -> Mapping[str, int]:
    taken: dict[str, int] = defaultdict(int)
    for (state, node), quantity in line.spread.items():
        if state not in NEVER_TAKEN:
            taken[node] += quantity
    return taken
