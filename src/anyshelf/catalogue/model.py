"""What we sell, as values."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something we sell or move, as it lies on a shelf.

    Measures are 0 where nobody has taken them; `gtin` has 14 digits; `flags` say what may not be done with
    it (`hazmat`, `oversize`, `no_ship` …).
    """

    item: str
    name: str
    gtin: str | None = None
    category: str = ""
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    price_minor: int = 0
    cost_minor: int = 0
    currency: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KitPart:
    """How many of an item one kit holds."""

    kit: str
    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """An item made of others at the time of picking: its parts, as (item, quantity)."""

    kit: str
    parts: tuple[tuple[str, int], ...]

    def made_from(self, have: Mapping[str, int]) -> int:
        """How many whole kits can be made from these units (item to units)."""
        return min(have.get(item, 0) // units for item, units in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A quantity of an item, for a line of what is asked.

    What is asked for as part of a kit names the kit, the number of the kit's line, and how many units of the
    item make one kit.
    """

    line: int
    item: str
    quantity: int
    kit: str | None = None
    kit_line: int | None = None
    kit_units: int | None = None
