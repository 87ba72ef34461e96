"""What is to be marked down where it lies: kept with the network for as long as neither changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from anyshelf.ground.db import Tx, run, values
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.sourcing import store
from anyshelf.sourcing.model import FloatArray, IntArray

Reliefs = Mapping[str, tuple[IntArray, FloatArray]]
"""Item → the nodes where a unit of it is about to lose value, and how much."""


def put_markdowns(tx: Tx, market: str, reliefs: Mapping[tuple[str, str], int], now: datetime) -> int:
    """Say what a unit of an item is about to lose at a node, (item, node) → minor units; 0 is nothing more.

    Returns how many figures changed. Who forecasts calls it with all it has to say in one go.
    """
    keys = sorted(reliefs)
    changed = run(
        tx, store.SAVE_MARKDOWNS_SQL, market=market, items=[item for item, _ in keys],
        nodes=[node for _, node in keys], reliefs=[reliefs[key] for key in keys], now=now,
    )  # fmt: skip
    if changed:
        network.changed(tx, market)
    return changed


def reliefs_of(tx: Tx, atlas: Atlas) -> Reliefs:
    """What is to be marked down in a market, from memory while neither it nor the network has changed."""
    return network.remembered(atlas, "markdowns", lambda: _read(tx, atlas))


def _read(tx: Tx, atlas: Atlas) -> Reliefs:
    found: dict[str, tuple[IntArray, FloatArray]] = {}
    for item, nodes, reliefs in values(tx, store.MARKDOWNS_SQL, market=atlas.market):
        known = [(atlas.index[node], relief) for node, relief in zip(nodes, reliefs, strict=True)
                 if node in atlas.index]  # fmt: skip
        places, amounts = np.array(known, dtype=np.int64).reshape(-1, 2).T
        found[item] = (places, amounts.astype(np.float64))
    return found


def laid(reliefs: Reliefs, items: Sequence[str], nodes: int) -> FloatArray | None:
    """What a unit of each of these items would lose at each node, [nodes, items]; None where nothing is."""
    if not any(item in reliefs for item in items):
        return None
    relief: FloatArray = np.zeros((len(items), nodes))
    for row, item in enumerate(items):
        if item in reliefs:
            places, amounts = reliefs[item]
            relief[row, places] = amounts
    return relief.T
