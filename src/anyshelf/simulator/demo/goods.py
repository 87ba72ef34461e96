"""The demo's goods: credible names, weights, prices and numbers, drawn from a seed."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from anyshelf.catalogue.model import Item, Kit
from anyshelf.simulator.demo.places import shares
from anyshelf.simulator.demo.words import CATEGORIES, GIFT_SETS, Category, Kind

ITEMS = 1000
CURRENCY = "USD"
PRICE_STEP_MINOR = 500
GTIN_PREFIX = "20"  # GS1 keeps 20 to 29 for numbers inside one company: these are nobody else's
COST_SHARE = (0.42, 0.64)
SET_SHARE = 0.9
"""What a gift set costs, as a share of what its parts cost by themselves."""


def items(rng: np.random.Generator, count: int = ITEMS) -> list[Item]:
    """So many items over all categories, each name once."""
    parts = shares([category.share for category in CATEGORIES], count)
    made = [
        item for category, part in zip(CATEGORIES, parts, strict=True) for item in _shelf(rng, category, part)
    ]
    return [_numbered(item, number) for number, item in enumerate(made, 1)]


def _shelf(rng: np.random.Generator, category: Category, count: int) -> list[Item]:
    """The items of one category: a sample of all its names, kind by kind."""
    names = list(product(category.kinds, category.styles, category.makes))
    if count > len(names):
        raise ValueError(f"there are words for {len(names)} {category.name}, not for {count}")
    chosen = sorted(rng.permutation(len(names))[:count].tolist())
    return [_item(rng, category, names[place], number) for number, place in enumerate(chosen, 1)]


def _item(rng: np.random.Generator, category: Category, name: tuple[Kind, str, str], number: int) -> Item:
    """An item between the bounds of its kind; what is finer is dearer and heavier."""
    kind, style, make = name
    fineness, cost_share = rng.beta(2, 3), rng.uniform(*COST_SHARE)
    price_minor = _shop_price(_between(kind.cents, fineness))
    length_mm, width_mm, height_mm = kind.size_mm
    return Item(
        item=f"{category.code}-{number:04d}",
        name=f"{style} {make} {kind.name}",
        category=category.name,
        weight_g=_between(kind.weight_g, fineness),
        length_mm=length_mm,
        width_mm=width_mm,
        height_mm=height_mm,
        price_minor=price_minor,
        cost_minor=round(price_minor * cost_share),
        currency=CURRENCY,
        flags=kind.flags,
    )


def gift_sets(made: Sequence[Item]) -> list[tuple[Item, Kit]]:
    """Kits of some of these items, numbered after them: of each kind the first there is."""
    first: dict[str, Item] = {}
    for item in made:
        for name in _kinds_of(item):
            first.setdefault(name, item)
    return [
        _gift_set(number, len(made), name, category, [(first[kind], units) for kind, units in parts])
        for number, (name, category, parts) in enumerate(GIFT_SETS, 1)
    ]


def _kinds_of(item: Item) -> list[str]:
    return [
        kind.name
        for category in CATEGORIES
        if category.name == item.category
        for kind in category.kinds
        if item.name.endswith(f" {kind.name}")
    ]


def _gift_set(
    number: int, after: int, name: str, category: str, parts: Sequence[tuple[Item, int]]
) -> tuple[Item, Kit]:
    """A set as an item that weighs and costs us what its parts do, and sells for a little less."""
    item = Item(
        item=f"GIFT-{number:04d}",
        name=name,
        category=category,
        weight_g=sum(part.weight_g * units for part, units in parts),
        price_minor=_shop_price(round(SET_SHARE * sum(part.price_minor * units for part, units in parts))),
        cost_minor=sum(part.cost_minor * units for part, units in parts),
        currency=CURRENCY,
    )
    held = tuple((part.item, units) for part, units in parts)
    return _numbered(item, after + number), Kit(kit=item.item, parts=held)


def _between(bounds: tuple[int, int], share: float) -> int:
    low, high = bounds
    return round(low + (high - low) * share)


def _shop_price(minor: int) -> int:
    """A price as shops write it: whole dollars, fives from 25 dollars on, less a cent."""
    step = PRICE_STEP_MINOR if minor >= 5 * PRICE_STEP_MINOR else 100
    return max(step, round(minor / step) * step) - 1


def _numbered(item: Item, number: int) -> Item:
    """The item with a GTIN-13 of its own."""
    body = f"{GTIN_PREFIX}{number:010d}"
    return replace(item, gtin=body + _check(body))


def _check(body: str) -> str:
    """The check digit of a GTIN (GS1 General Specifications 7.9): weights 3 and 1 from the right."""
    return str(-sum(int(digit) * (3 - 2 * (place % 2)) for place, digit in enumerate(reversed(body))) % 10)
