"""Turns a shop's invoices into what an order system is told, in order of time, and accounts for every one.

An invoice is placed as an order when at least one of its lines is a sale: a product, a quantity above zero, a
price of at least a cent. Codes are folded to capitals. Lines of one code in one invoice become one line: the
quantities are added and the price of the first is kept; what the others would have cost more or less is
counted. A cancellation (its number begins with C) takes back what its customer bought before, the most recent
purchase first and never more than was bought; what cannot be matched is counted.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TypeAlias

from replay.world import Row

PRODUCT = re.compile(r"[0-9]{5}[A-Z]{0,2}|DCGS[0-9A-Z]+")
CANCELLATION = "C"
BAD_DEBT = "A"

NOT_A_PRODUCT = "not a product"
NOTHING_SOLD = "quantity of zero or less"
NOTHING_PAID = "price below a cent"
ADJUSTED_DEBT = "bad debt"
NO_CUSTOMER = "take-back by nobody known"
NOTHING_BOUGHT = "take-back of nothing bought before"
SEVERAL = "several reasons"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """A line of an order: so many of an item at a price each, in minor units."""

    line: int
    item: str
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An order is placed."""

    external_id: str
    customer: str
    lines: tuple[PlacedLine, ...]
    placed_at: datetime

    @property
    def shopper(self) -> str:
        """Who buys: the customer, or a guest known by nothing but this order."""
        return self.customer or f"guest-{self.external_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """So many units of a line of an earlier order."""

    order: str
    line: int
    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Somebody gives back what they bought: a cancellation of what has not left, a return of what has."""

    external_id: str
    customer: str
    parts: tuple[Part, ...]
    placed_at: datetime

    @property
    def shopper(self) -> str:
        """Who gives back."""
        return self.customer


Operation: TypeAlias = Place | TakeBack


@dataclass(slots=True, kw_only=True)
class Account:
    """Where every invoice, every row and every unit went."""

    invoices: int = 0
    placed: int = 0
    taken_back: int = 0
    beyond_limit: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    merged_minor: int = 0

    def adds_up(self) -> bool:
        """Whether every invoice is in exactly one bin."""
        binned = self.placed + self.taken_back + self.beyond_limit + self.left_out.total()
        return binned == self.invoices

    def as_json(self) -> dict[str, object]:
        """The account as plain JSON values."""
        return {
            "invoices": self.invoices,
            "placed": self.placed,
            "taken_back": self.taken_back,
            "beyond_limit": self.beyond_limit,
            "left_out": dict(sorted(self.left_out.items())),
            "rows": dict(sorted(self.rows.items())),
            "units": dict(sorted(self.units.items())),
            "merged_at_first_price_minor": self.merged_minor,
        }


@dataclass(slots=True)
class Bought:
    """What is left to take back of a line."""

    order: str
    line: int
    quantity: int


def operations(rows: Sequence[Row], *, limit: int | None = None) -> tuple[list[Operation], Account]:
    """All operations in order of time, up to the order number `limit`, and where the rest went."""
    reading = _Reading(limit=limit)
    told = [operation for invoice in _invoices(rows) if (operation := reading.read(invoice)) is not None]
    return told, reading.account


def _invoices(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows gathered by invoice, the earliest first; an invoice is of the time of its first row."""
    by_invoice: dict[str, list[Row]] = {}
    for row in rows:
        by_invoice.setdefault(row.invoice, []).append(row)
    yield from sorted(by_invoice.values(), key=lambda found: (min(row.at for row in found), found[0].invoice))


def code_of(row: Row) -> str:
    """The item a row speaks of."""
    return row.code.strip().upper()


def price_minor(row: Row) -> int:
    """The price of a row in minor units, rounded to the nearest."""
    return round(row.price * 100)


def fault(row: Row) -> str | None:
    """Why a row is not a sale, or not a take-back; None if it is."""
    if row.invoice.startswith(BAD_DEBT):
        return ADJUSTED_DEBT
    if not PRODUCT.fullmatch(code_of(row)):
        return NOT_A_PRODUCT
    if row.invoice.startswith(CANCELLATION):
        return None
    if row.quantity <= 0:
        return NOTHING_SOLD
    return NOTHING_PAID if price_minor(row) < 1 else None


class _Reading:
    """Invoices read one after the other."""

    def __init__(self, *, limit: int | None) -> None:
        self.account = Account()
        self._limit = limit
        self._bought: dict[tuple[str, str], list[Bought]] = defaultdict(list)

    def read(self, invoice: list[Row]) -> Operation | None:
        account = self.account
        account.invoices += 1
        if self._limit is not None and account.placed >= self._limit:
            account.beyond_limit += 1
            account.rows["beyond limit"] += len(invoice)
            return None
        good = self._good(invoice)
        if not good:
            reasons = {fault(row) or "" for row in invoice}
            account.left_out[reasons.pop() if len(reasons) == 1 else SEVERAL] += 1
            return None
        return self._take_back(good) if good[0].invoice.startswith(CANCELLATION) else self._place(good)

    def _good(self, invoice: list[Row]) -> list[Row]:
        good = []
        for row in invoice:
            reason = fault(row)
            if reason is None:
                good.append(row)
            else:
                self.account.rows[f"left out: {reason}"] += 1
        return good

    def _place(self, rows: list[Row]) -> Place:
        lines: dict[str, PlacedLine] = {}
        for row in rows:
            lines[code_of(row)] = self._line(lines.get(code_of(row)), row, len(lines) + 1)
        first = rows[0]
        placed = Place(
            external_id=first.invoice,
            customer=first.customer,
            lines=tuple(lines.values()),
            placed_at=min(row.at for row in rows),
        )
        for line in placed.lines:
            self.account.units["placed"] += line.quantity
            if placed.customer:
                bought = Bought(placed.external_id, line.line, line.quantity)
                self._bought[placed.customer, line.item].append(bought)
        self.account.placed += 1
        return placed

    def _line(self, before: PlacedLine | None, row: Row, number: int) -> PlacedLine:
        """A row as a line, or added to the line of the same item."""
        price = price_minor(row)
        if before is None:
            self.account.rows["placed"] += 1
            return PlacedLine(line=number, item=code_of(row), quantity=row.quantity, unit_price_minor=price)
        self.account.rows["placed, added to a line before"] += 1
        self.account.merged_minor += (before.unit_price_minor - price) * row.quantity
        return PlacedLine(
            line=before.line,
            item=before.item,
            quantity=before.quantity + row.quantity,
            unit_price_minor=before.unit_price_minor,
        )

    def _take_back(self, rows: list[Row]) -> TakeBack | None:
        account, first = self.account, rows[0]
        parts: list[Part] = []
        for row in rows:
            found = self._matched(row)
            account.rows["taken back" if found else "take-back without a purchase"] += 1
            parts += found
        if not parts:
            account.left_out[NOTHING_BOUGHT if first.customer else NO_CUSTOMER] += 1
            return None
        account.taken_back += 1
        return TakeBack(
            external_id=first.invoice,
            customer=first.customer,
            parts=tuple(_gathered(parts)),
            placed_at=min(row.at for row in rows),
        )

    def _matched(self, row: Row) -> list[Part]:
        """The purchases a row takes back, the most recent first."""
        wanted = -row.quantity
        bought = self._bought.get((row.customer, code_of(row)), []) if row.customer else []
        parts = []
        while wanted > 0 and bought:
            last = bought[-1]
            quantity = min(wanted, last.quantity)
            parts.append(Part(order=last.order, line=last.line, item=code_of(row), quantity=quantity))
            last.quantity -= quantity
            wanted -= quantity
            if last.quantity == 0:
                bought.pop()
        self.account.units["taken back"] += sum(part.quantity for part in parts)
        self.account.units["take-back without a purchase"] += max(0, wanted)
        return parts


def _gathered(parts: list[Part]) -> Iterator[Part]:
    """Parts of one line of one order as one part."""
    ordered = sorted(parts, key=lambda part: (part.order, part.line))
    for (order, line), same in groupby(ordered, key=lambda part: (part.order, part.line)):
        found = list(same)
        quantity = sum(part.quantity for part in found)
        yield Part(order=order, line=line, item=found[0].item, quantity=quantity)
