"""How a node finds goods and takes on work, told so that it understands why it is asked less."""

from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.money import Money
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Doubt, Finds
from anyshelf.sourcing.model import LEAVE_ROOM

THOUSAND = 1000


def finds_json(tx: Tx, market: str, node: str, currency: str, now: datetime) -> dict[str, Any]:
    """A node's finds by class of goods, each with its doubts and a sentence that says what follows."""
    found = inventory.finds_of(tx, market, node, now)
    return {"node": node, "classes": [_class_json(finds, doubt, currency) for finds, doubt in found]}


def _class_json(finds: Finds, doubt: Doubt, currency: str) -> dict[str, Any]:
    return {
        "category": finds.category,
        "found": round(finds.found, 1),
        "missed": round(finds.missed, 1),
        "taken": round(finds.taken, 1),
        "refused": round(finds.refused, 1),
        "find_probability": 1 - doubt.missing / THOUSAND,
        "take_probability": 1 - doubt.refusing / THOUSAND,
        "said": _said(finds, doubt, currency),
    }


def _said(finds: Finds, doubt: Doubt, currency: str) -> str:
    """Why this node is asked less for a class of goods, or that it is not."""
    named = finds.category or "goods of no class"
    if not doubt.missing and not doubt.refusing:
        return f"Nothing speaks against asking here for {named}."
    failure = Money(round(LEAVE_ROOM.failure_minor * (doubt.missing + doubt.refusing) / THOUSAND), currency)
    parts = []
    if doubt.missing:
        parts.append(
            f"of {finds.asked:.0f} units of {named} looked for lately {finds.missed:.0f} were missing, so "
            f"{doubt.missing / 10:.0f} of a hundred are kept back from sale"
        )
    if doubt.refusing:
        parts.append(f"of {finds.offered:.0f} lines asked for {finds.refused:.0f} were turned away")
    told = "; ".join(parts)
    return f"{told[0].upper()}{told[1:]}. A line is given to another node that costs up to {failure} more."
