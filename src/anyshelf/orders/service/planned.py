"""What becomes of a draft: the plans for its lines, what to reserve for them, and the lines as written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Refusal, Shortage
from anyshelf.inventory.model import Doubts, Holdback, Want
from anyshelf.inventory.service import Look
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.orders.journeys import first_row, row_for, sources
from anyshelf.orders.model import NOWHERE, Draft, DraftLine, Line, Spread
from anyshelf.orders.service.planning import Booked, booked_days, goods_of, plan_for, policy_of
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Policy, Sourced
from anyshelf.sourcing.service import Shelves


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """How a draft is to be served: why so, with these reservations, and how many units must wait.

    Where nobody looked whether the goods are there, `holdback` is what reserving them must leave.
    """

    decisions: Sequence[dict[str, Any]]
    lines: tuple[Line, ...]
    wants: Sequence[Want]
    waits: Mapping[int, int]
    holdback: Holdback | None = None


Seen = dict[tuple[str, bool], Shelves]
"""The shelves as channels see them, and as they see them where the goods are in the shopper's hands."""


def stays_put(draft: Draft) -> bool:
    """Whether all of an order stays where the shopper chose: then nobody need look at shelves to plan it.

    What is in the shopper's hands and what is not are held back differently: an order of both is looked at.
    """
    in_hand = draft.lines[0].method == sourcing.CARRY_OUT
    for line in draft.lines:
        method = line.method
        if line.node is None or method in sourcing.TRAVELS or (method == sourcing.CARRY_OUT) != in_hand:
            return False
    return True


def shelves_for(look: Look, drafts: Sequence[Draft], now: datetime, *, trusting: bool = False) -> Seen:
    """The shelves that planning these drafts begins with, from a look at the stock; as `planned_all`."""
    wanted: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for draft in drafts:
        for line in () if trusting and stays_put(draft) else draft.lines:
            wanted[draft.channel, line.method == sourcing.CARRY_OUT].add(line.item)
    return {
        (channel, in_hand): sourcing.shelves_seen(
            look, channel=channel, items=items, in_hand=in_hand, now=now
        )
        for (channel, in_hand), items in wanted.items()
    }


def planned_all(
    tx: Tx, market: str, drafts: Sequence[Draft], now: datetime, *, on: Seen | None = None,
    trusting: bool = False, doubts: Doubts | None = None,
) -> list[Planned | Refusal]:  # fmt: skip
    """A plan for each draft in turn, on shelves read once: what one takes is not there for the next.

    The shelves are those of `on`, which stay as they are, or are read now. With `trusting` nobody looks at
    shelves for goods that stay where the shopper chose: reserving them tells whether they are there, and
    whether they are expected to be found, given the same `doubts`. In place of a plan stands the refusal of
    a draft that cannot be served.
    """
    goods = goods_of(tx, market, sorted({line.item for draft in drafts for line in draft.lines}))
    booked = booked_days(tx, market, now)
    atlas = network.atlas(tx, market)
    policies: dict[tuple[str, str], Policy] = {}
    seen: Seen = {key: shelves.anew() for key, shelves in (on or {}).items()}
    outcomes: list[Planned | Refusal] = []
    for draft in drafts:
        try:
            staying = None
            if trusting and stays_put(draft):
                asker = draft.channel, draft.segment
                if asker not in policies:
                    policies[asker] = policy_of(tx, market, draft).policy
                staying = _staying(atlas, draft, goods, policies[asker], doubts, now)
            outcomes.append(staying or _planned(tx, market, draft, drafts, seen, goods, booked, now))
        except Refusal as refused:
            outcomes.append(refused)
    return outcomes


def _grouped(lines: Sequence[DraftLine]) -> list[tuple[tuple[str, str | None], list[DraftLine]]]:
    """The lines by method and node."""
    groups: dict[tuple[str, str | None], list[DraftLine]] = {}
    for line in lines:
        groups.setdefault((line.method, line.node), []).append(line)
    return sorted(groups.items(), key=lambda group: (group[0][0], group[0][1] or ""))


def _staying(
    atlas: Atlas,
    draft: Draft,
    goods: Mapping[str, Item],
    policy: Policy,
    doubts: Doubts | None,
    now: datetime,
) -> Planned | None:
    """The plan of a draft whose goods stay where the shopper chose; None where something must be searched."""
    wants = [
        Want(line=line.line, item=line.item, node=str(line.node), quantity=line.quantity)
        for line in draft.lines
    ]
    groups: dict[tuple[str, str], list[tuple[int, str, int]]] = {}
    for line, want in zip(draft.lines, wants, strict=True):
        groups.setdefault((line.method, want.node), []).append((line.line, line.item, line.quantity))
    decisions = []
    for method, node in sorted(groups):
        asked = sorted(groups[method, node])
        weight_g = sum([goods[item].weight_g * quantity for _, item, quantity in asked])
        decision = sourcing.stay(
            atlas, draft.channel, asked, weight_g=weight_g, method=method, node=node,
            kinds=sources(method), policy=policy, now=now, doubts=doubts,
            classes=() if doubts is None else [goods[item].category for _, item, _ in asked],
        )  # fmt: skip
        if decision is None:
            return None
        decisions.append(_for_segment(decision, draft))
    return Planned(
        decisions=decisions, wants=wants, waits={}, holdback=_holdback(atlas, draft),
        lines=tuple([
            line_of(line, {("sourced", want.node): line.quantity}, network.node(atlas, want.node).kind)
            for line, want in zip(draft.lines, wants, strict=True)
        ]),
    )  # fmt: skip


def _for_segment(decision: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """Why so, with the segment it was chosen for, where the order names one."""
    return {**decision, "segment": draft.segment} if draft.segment else decision


IN_HAND: Final = Holdback(in_hand=True)


def _holdback(atlas: Atlas, draft: Draft) -> Holdback:
    """What a channel keeps back; nothing of what is in the shopper's hands."""
    if draft.lines[0].method == sourcing.CARRY_OUT:
        return IN_HAND
    channel = network.channel(atlas, draft.channel)
    return Holdback(units=channel.holdback_units, percent=channel.holdback_percent)


def _planned(
    tx: Tx,
    market: str,
    draft: Draft,
    drafts: Sequence[Draft],
    seen: Seen,
    goods: Mapping[str, Item],
    booked: Booked,
    now: datetime,
) -> Planned:
    """The plan of one draft; raises Shortage with every short line, unless the shopper agreed to wait."""
    found = []
    for (method, node), lines in _grouped(draft.lines):
        on = _shelves(tx, market, draft.channel, method, drafts, seen, now)
        plan = plan_for(
            tx, market, draft, lines, method=method, node=node, now=now, partly=draft.may_wait, on=on,
            goods=goods, booked=booked,
        )  # fmt: skip
        found.append((on, plan))
    waits = _waits(draft, [plan for _, plan in found])
    for on, plan in found:
        on.take(plan.plan)
    plans = [plan for _, plan in found]
    lines_, wants = _lines(network.atlas(tx, market), draft, plans, waits)
    decisions = [_for_segment(sourcing.kept(plan), draft) for plan in plans]
    return Planned(decisions=decisions, lines=lines_, wants=wants, waits=waits)


def _shelves(
    tx: Tx,
    market: str,
    channel: str,
    method: str,
    drafts: Sequence[Draft],
    seen: Seen,
    now: datetime,
) -> Shelves:
    """The shelves a channel sees, read once for all drafts of that channel, as far as nobody looked yet."""
    in_hand = method == sourcing.CARRY_OUT
    known = seen.get((channel, in_hand))
    items = {
        line.item
        for draft in drafts
        if draft.channel == channel
        for line in draft.lines
        if (line.method == sourcing.CARRY_OUT) == in_hand and (known is None or line.item not in known.free)
    }
    if items or known is None:
        read = sourcing.shelves(tx, market, channel=channel, items=items, in_hand=in_hand, now=now)
        if known is None:
            known = seen[channel, in_hand] = read
        known.free.update(read.free)
    return known


def _waits(draft: Draft, found: Sequence[Sourced]) -> dict[int, int]:
    """How many units of each line must wait for supply; raises Shortage where nobody agreed to wait."""
    short = [each for sourced in found for each in sourced.plan.short]
    if draft.may_wait:
        return {each.line: each.wanted - each.available for each in short}
    if short:
        named = [
            {"line": each.line, "item": each.item, "wanted": each.wanted, "available": each.available}
            for each in short
        ]
        raise Shortage(f"Not enough stock of {', '.join(each.item for each in short[:5])}.", lines=named)
    return {}


def _lines(
    atlas: Atlas, draft: Draft, found: Sequence[Sourced], waits: Mapping[int, int]
) -> tuple[tuple[Line, ...], list[Want]]:
    """The lines as planned, and what to reserve for them."""
    spread: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    wants = [
        Want(line=part.line, item=part.item, node=shipment.node, quantity=part.quantity)
        for sourced in found
        for shipment in sourced.plan.shipments
        for part in shipment.lines
    ]
    for want in wants:
        place_ = ("sourced", want.node)
        spread[want.line][place_] = spread[want.line].get(place_, 0) + want.quantity
    for line, quantity in waits.items():
        spread[line]["backordered", NOWHERE] = quantity
    kinds = {want.node: network.node(atlas, want.node).kind for want in wants}
    lines = [
        line_of(line, spread[line.line], next((kinds[at] for _, at in spread[line.line] if at), ""))
        for line in draft.lines
    ]
    return tuple(lines), wants


def line_of(line: DraftLine, spread: Spread, kind: str) -> Line:
    """A line as it is written: on the journey of the first node that serves it, which is of this kind."""
    first = first_row(line.method)
    node = ""
    for _, at in spread:
        node = node or at
    journey = row_for(line.method, kind, chosen=node == line.node) if node else None
    return Line(
        line=line.line,
        item=line.item,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        method=line.method,
        node=line.node or "",
        journey=journey.name if journey else first.name,
        captured=first.captured,
        kit=line.kit,
        kit_line=line.kit_line,
        kit_units=line.kit_units,
        replaces=line.replaces,
        spread=spread,
    )
