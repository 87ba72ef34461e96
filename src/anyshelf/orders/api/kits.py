"""Kits in an order: each becomes lines of its parts, which share its price to the cent."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise

from msgspec.structs import replace

from anyshelf.catalogue.model import Piece
from anyshelf.ground.errors import Invalid, Shortage
from anyshelf.ground.money import prorate
from anyshelf.orders.model import DraftLine, Line, Order


def in_parts(
    lines: Sequence[DraftLine], pieces: Sequence[Piece], prices: Mapping[str, int]
) -> tuple[DraftLine, ...]:
    """The lines as they lie on shelves: a line that asks for a kit gives way to the lines of its parts.

    `pieces` is what the catalogue made of the same lines; `prices` what one unit of each part costs by
    itself, in minor units.
    """
    if not pieces:
        return tuple(lines)
    kits: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if piece.kit_line is not None:
            kits[piece.kit_line].append(piece)
    if not kits:
        return tuple(lines)
    shared = (
        part
        for line in lines
        for part in (_shared(line, kits[line.line], prices) if line.line in kits else [line])
    )
    return tuple(sorted(shared, key=lambda line: line.line))


def _shared(kit: DraftLine, parts: Sequence[Piece], prices: Mapping[str, int]) -> list[DraftLine]:
    """The lines of a kit's parts: together they cost what the kit costs, each in proportion to its own price.

    A unit's price is rounded up, and what that is too much is the line's discount. Raises Invalid for a
    discount above the kit's price.
    """
    goods_minor = kit.unit_price_minor * kit.quantity - kit.discount_minor
    if goods_minor < 0:
        raise Invalid(f"The discount of line {kit.line} is above its price.", field="discount")
    weights = [prices[part.item] * part.quantity for part in parts]
    shares = _shares(goods_minor, kit.quantity, weights)
    taxes = _shares(kit.tax_minor, kit.quantity, weights)
    lines = []
    for part, share, tax in zip(parts, shares, taxes, strict=True):
        unit_price_minor = -(-share // part.quantity)
        lines.append(
            replace(
                kit,
                line=part.line,
                item=part.item,
                quantity=part.quantity,
                unit_price_minor=unit_price_minor,
                discount_minor=unit_price_minor * part.quantity - share,
                tax_minor=tax,
                kit=part.kit,
                kit_line=part.kit_line,
                kit_units=part.kit_units,
            )
        )
    return lines


def _shares(total_minor: int, kits: int, weights: Sequence[int]) -> list[int]:
    """What so many kits cost in proportion to weights, to the cent; in equal shares where nothing weighs.

    Every kit is shared alike, and the cents that do not go into the kits go to the part that weighs most: so
    whatever number of whole kits is taken or given back, its parts come to that number's share of the total.
    """
    each_minor, rest_minor = divmod(total_minor, kits)
    weighed = weights if any(weights) else [1] * len(weights)
    ends = [prorate(each_minor, part=end, whole=sum(weighed)) for end in accumulate(weighed)]
    shares = [(upper - lower) * kits for lower, upper in pairwise([0, *ends])]
    shares[weighed.index(max(weighed))] += rest_minor
    return shares


def check_whole(order: Order, accepted: Mapping[int, int]) -> None:
    """Raises Invalid where a shopper would take a part of a kit and leave the rest of it."""
    kits: dict[int, list[tuple[Line, int]]] = defaultdict(list)
    for line in order.lines:
        if line.kit_line is not None and line.kit_units is not None:
            kits[line.kit_line].append((line, line.kit_units))
    for parts in kits.values():
        taken = {divmod(accepted.get(line.line, 0), units) for line, units in parts}
        if len(taken) > 1 or any(left for _, left in taken):
            one = ", ".join(f"{units} of line {line.line}" for line, units in parts)
            raise Invalid(f"A kit is taken whole or left: {parts[0][0].kit} is {one}.", field="lines")


@contextmanager
def named(lines: Sequence[DraftLine]) -> Iterator[None]:
    """Name the kit of everything that falls short of these lines."""
    try:
        yield
    except Shortage as short:
        name_kits(short, lines)
        raise


def name_kits(short: Shortage, lines: Sequence[DraftLine]) -> None:
    """Say of everything that falls short which kit it is a part of."""
    by_line = {line.line: line for line in lines}
    by_item = {line.item: line for line in lines if line.kit}
    for each in short.extra.get("lines", ()):
        line = by_line.get(each.get("line")) if "line" in each else by_item.get(each["item"])
        if line is not None and line.kit:
            each.update({"kit": line.kit, "kit_line": line.kit_line})
