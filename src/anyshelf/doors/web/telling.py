"""What happened to an order as people read it: each event in a few words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from anyshelf.ground.events import Told

CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")
SAID_IN: Final = ("said", "reason", "note", "done", "tracking", "carrier", "kind", "state")
"""What of an event's data is worth a line, the most telling first."""
SAID_MAX: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One step of a story."""

    at: datetime
    title: str
    said: str


def told_of(told: Told, name_of: Callable[[str], str]) -> Happened:
    """An event in a few words: `PickupReady` at AUSTIN is "Pickup ready, at Austin"."""
    words = CAPITAL.sub(" ", told.kind).lower()
    parts = [str(told.data[key]) for key in SAID_IN if isinstance(told.data.get(key), str) and told.data[key]]
    node = _node_of(told.data)
    where = [f"at {name_of(node)}"] if node else []
    said = ", ".join([*where, *parts[:SAID_MAX]])
    return Happened(at=told.happened_at, title=words[:1].upper() + words[1:], said=said.replace("_", " "))


def _node_of(data: Mapping[str, Any]) -> str:
    node = data.get("node")
    return node if isinstance(node, str) else ""
