"""What a GTIN is, how a search is read, what a kit comes to on a shelf: values in, values out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from anyshelf.catalogue.model import Kit, KitPart, Piece
from anyshelf.ground.errors import Invalid

GTIN_LENGTHS = (8, 12, 13, 14)
WORDS_MAX = 8

PIECES_MAX = 2000
UNITS_MAX = 1_000_000
LINE_MAX = 1_000_000
"""How many lines, units of a line and numbers of lines an order may have, its kits taken apart."""


def check_digit(body: str) -> int:
    """The last digit a GTIN must have, given the ones before it (GS1 General Specifications 7.9)."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -weighted % 10


def gtin14(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits as its one 14-digit form; raises Invalid if it is none."""
    if len(text) not in GTIN_LENGTHS or not (text.isascii() and text.isdigit()):
        raise Invalid(f"'{text}' is not a GTIN: it has 8, 12, 13 or 14 digits.", field="gtin")
    expected = check_digit(text[:-1])
    if int(text[-1]) != expected:
        raise Invalid(f"'{text}' is not a GTIN: its last digit would be {expected}.", field="gtin")
    return text.zfill(14)


def is_gtin(text: str) -> bool:
    """Whether a text is a GTIN, its check digit included."""
    try:
        gtin14(text)
    except Invalid:
        return False
    return True


def words_of(text: str) -> list[str]:
    """The words of a search, at most 8: letters and digits, everything else parts them."""
    spaced = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return spaced.split()[:WORDS_MAX]


# Kits


def taken_apart(parts: Iterable[KitPart]) -> dict[str, Kit]:
    """What each kit comes to on a shelf, by its code: a kit inside a kit is taken apart too.

    Raises Invalid naming a kit that holds itself.
    """
    held: dict[str, dict[str, int]] = defaultdict(dict)
    for part in parts:
        held[part.kit][part.item] = part.quantity
    try:
        inmost_first = tuple(TopologicalSorter(held).static_order())
    except CycleError as circle:
        raise Invalid(f"A kit holds itself: {' in '.join(circle.args[1])}.", field="item") from None
    apart: dict[str, Kit] = {}
    for code in inmost_first:
        if code in held:
            apart[code] = Kit(kit=code, parts=_on_a_shelf(held[code], apart))
    return apart


def _on_a_shelf(held: Mapping[str, int], apart: Mapping[str, Kit]) -> tuple[tuple[str, int], ...]:
    units: Counter[str] = Counter()
    for code, quantity in held.items():
        for item, each in apart[code].parts if code in apart else ((code, 1),):
            units[item] += each * quantity
    return tuple(sorted(units.items()))


def on_shelves(wanted: Sequence[Piece], kits: Mapping[str, Kit], *, field: str) -> list[Piece]:
    """What is asked for as it lies on shelves: in place of each kit its parts, each a line of its own.

    The first part keeps the number of the kit's line, the others are numbered after the highest there is.
    Raises Invalid where a kit comes to more units or more lines than one order may have.
    """
    first: list[Piece] = []
    others: list[Piece] = []
    highest = max((piece.line for piece in wanted), default=0)
    for place, piece in enumerate(wanted):
        if piece.item not in kits:
            first.append(piece)
            continue
        head, *rest = _parts(piece, kits[piece.item], field=f"{field}.{place}.quantity")
        first.append(head)
        others += [replace(part, line=highest + len(others) + number) for number, part in enumerate(rest, 1)]
        if len(first) + len(others) > PIECES_MAX or highest + len(others) > LINE_MAX:
            raise Invalid(
                f"With kit {piece.item} taken apart there are too many lines, or their numbers are too high; "
                f"order it by itself.",
                field=f"{field}.{place}.item",
            )
    return [*first, *others]


def _parts(piece: Piece, kit: Kit, *, field: str) -> list[Piece]:
    for item, units in kit.parts:
        if units * piece.quantity > UNITS_MAX:
            raise Invalid(
                f"{piece.quantity} of kit {kit.kit} are {units * piece.quantity} of {item}; "
                f"at most {UNITS_MAX} can be asked for at once.",
                field=field,
            )
    return [
        Piece(
            line=piece.line,
            item=item,
            quantity=units * piece.quantity,
            kit=kit.kit,
            kit_line=piece.line,
            kit_units=units,
        )
        for item, units in kit.parts
    ]
