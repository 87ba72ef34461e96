"""Stock and expected supply, streamed row by row to the ledger: millions of rows in little memory."""

from collections.abc import Callable, Hashable, Iterator
from datetime import datetime

from anyshelf.doors.files.known import Known
from anyshelf.doors.files.rows import ExpectedRow, Faults, Faulty, Layout, convert
from anyshelf.doors.files.sources import Record

DIGITS_SURE = 9  # so many digits are always in range
Position = tuple[str, str, int]
Expectation = tuple[str, str, int, datetime, str]
Refuse = Callable[[int, Faults], None]


class Seen:
    """Which (node, item) have been seen: one bit each, so that ten million take a few megabytes."""

    def __init__(self, items: int) -> None:
        self._bytes = items // 8 + 1
        self._nodes: dict[int, bytearray] = {}

    def again(self, node: int, item: int) -> bool:
        """Note a pair; true if it was there before."""
        bits = self._nodes.get(node)
        if bits is None:
            bits = self._nodes[node] = bytearray(self._bytes)
        place, bit = item >> 3, 1 << (item & 7)
        if bits[place] & bit:
            return True
        bits[place] |= bit
        return False


def positions(
    records: Iterator[Record], layout: Layout[Position], known: Known, refuse: Refuse
) -> Iterator[Position]:
    """The good rows of a stock file; every other goes to `refuse` with its line and faults.

    Most rows are exactly what they should be: those take a short way, all others the one with the reasons.
    """
    at_node, at_item, at_on_hand = (place for _, place in layout.places)
    nodes, items, width, seen = known.nodes, known.items, layout.width, Seen(len(known.items))
    for line, row in records:
        if len(row) == width and not isinstance(row, str):
            on_hand = row[at_on_hand or 0]
            node, item = nodes.get(row[at_node or 0]), items.get(row[at_item or 0])
            if node is not None and item is not None and _plain(on_hand) and not seen.again(node, item):
                yield row[at_node or 0], row[at_item or 0], int(on_hand)
                continue
        try:
            yield _looked_at(row, layout, known, seen)
        except Faulty as faulty:
            refuse(line, faulty.faults)


def _plain(text: str) -> bool:
    return len(text) <= DIGITS_SURE and text.isascii() and text.isdigit()


def _looked_at(row: list[str] | str, layout: Layout[Position], known: Known, seen: Seen) -> Position:
    node, item, on_hand = convert(layout, row)
    known.check_position(node, item)
    if seen.again(known.nodes[node], known.items[item]):
        raise Faulty([("", f"item '{item}' at node '{node}' is in the file twice")])
    return node, item, on_hand


def expectations(
    records: Iterator[Record], layout: Layout[ExpectedRow], known: Known, refuse: Refuse
) -> Iterator[Expectation]:
    """The good rows of a file of expected supply; every other goes to `refuse` with its line and faults."""
    seen: set[Hashable] = set()
    for line, row in records:
        try:
            found = _awaited(row, layout, known, seen)
        except Faulty as faulty:
            refuse(line, faulty.faults)
        else:
            yield found.node, found.item, found.quantity, found.arrives_at, found.reference


def _awaited(
    row: list[str] | str, layout: Layout[ExpectedRow], known: Known, seen: set[Hashable]
) -> ExpectedRow:
    found = convert(layout, row)
    known.check_position(found.node, found.item)
    key = layout.shape.key(found)
    if key in seen:
        raise Faulty([("", "has a reference, item and node that are in the file twice")])
    seen.add(key)
    return found
