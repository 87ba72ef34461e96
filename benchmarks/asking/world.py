"""The network that is asked: a real chain's 2,992 stores and eight centres, or stand-ins of the same number.

Prices, weights and stock are generated from a seed. Items lie at so many nodes each, spread over all of them.
Positions are written straight into their table, without the moves that would account for them: what is
measured is reading them, and ten million moves would only take longer to write.
"""

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time as day_time
from itertools import islice
from pathlib import Path

import psycopg

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.markets import open_market
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node, Rate, Service

MARKET = "main"
SEED = 7
SHARED = Path(os.environ.get("ANYSHELF_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
CENTRES = (
    (37.74, -121.40), (39.98, -86.38), (41.28, -75.50), (33.91, -81.05), (32.97, -97.33),
    (33.87, -117.22), (43.01, -87.95), (28.03, -81.95),
)  # fmt: skip
STORES = 2_992
SPREAD = 29
"""A step that visits every node before it visits one again."""
ITEMS_AT_ONCE = 5_000

POSITIONS_SQL = """
INSERT INTO inventory_positions (market, item, node, on_hand)
SELECT %(market)s, 'I' || lpad(i::text, 6, '0'), n.node, 5 + (i * 7 + n.place) %% 40
FROM generate_series(0, %(items)s::int - 1) AS i
CROSS JOIN LATERAL (
    SELECT node, place FROM generate_series(0, %(at_nodes)s::int - 1) AS k
    JOIN unnest(%(nodes)s::text[]) WITH ORDINALITY AS all_nodes(node, place)
      ON place = 1 + (i::bigint * 37 + k * %(spread)s::int) %% %(count)s::int
    ORDER BY node
) AS n
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A network and its shoppers' addresses, and whose they are."""

    nodes: Sequence[Node]
    shoppers: Sequence[tuple[float, float, str]]
    data: str


def the_world(stores: int = STORES) -> World:
    """The real stores and the real ZIP codes where the shared data is, stand-ins where it is not."""
    folder = SHARED / "us_store_network"
    if stores != STORES or not folder.is_dir():
        return _stand_in(stores)
    from pyarrow import parquet  # noqa: PLC0415  only where there is something to read

    rows = parquet.read_table(folder / "nodes.parquet").to_pylist()
    demand = parquet.read_table(folder / "demand.parquet").to_pylist()
    there = [row for row in demand if -125 < row["lon"] < -67]  # noqa: PLR2004  the mainland
    return World(
        nodes=[_node(row["node_id"], "store", row["lat"], row["lon"], row["zip"]) for row in rows]
        + _centres(),
        shoppers=[(row["lat"], row["lon"], row["zcta"]) for row in there],
        data=f"stores and ZIP codes of us_store_network; centres, items and stock generated, seed {SEED}",
    )


def _stand_in(stores: int) -> World:
    draw = random.Random(SEED)
    points = [(draw.uniform(26, 48), draw.uniform(-123, -70)) for _ in range(stores)]
    return World(
        nodes=[_node(f"S{number:04}", "store", *point, "") for number, point in enumerate(points)]
        + (_centres() if stores == STORES else []),
        shoppers=[(draw.uniform(26, 48), draw.uniform(-123, -70), "") for _ in range(2_000)],
        data=f"generated stand-in, seed {SEED}",
    )


def _node(code: str, kind: str, lat: float, lon: float, postal_code: str) -> Node:
    return Node(
        node=code, kind=kind, name=code, lat=lat, lon=lon, country="US", postal_code=postal_code,
        timezone=_zone(lon), hours="Mo-Sa 08:00-22:00; Su 09:00-20:00" if kind == "store" else "24/7",
        cutoff=day_time(15), processing_minutes=60, capabilities=("ship", "pickup", "return"),
    )  # fmt: skip


def _centres() -> list[Node]:
    return [_node(f"DC{number}", "dc", *point, "") for number, point in enumerate(CENTRES, 1)]


def _zone(lon: float) -> str:
    edges = ((-114, "America/Los_Angeles"), (-102, "America/Denver"), (-87, "America/Chicago"))
    return next((zone for edge, zone in edges if lon < edge), "America/New_York")


def settle(url: str, world: World, *, items: int, at_nodes: int) -> None:
    """Write the network, the items and their stock into a fresh database."""
    with Database(url) as database, database.transaction() as tx:
        open_market(tx, MARKET, currency="USD")
        network.save_channels(tx, MARKET, [Channel(channel="web", currency="USD", holdback_units=1)])
        network.save_nodes(tx, MARKET, world.nodes)
        _save_rates(tx)
        source = _items(items)
        while some := list(islice(source, ITEMS_AT_ONCE)):
            catalogue.save_items(tx, MARKET, some)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(POSITIONS_SQL, {
            "market": MARKET, "items": items, "at_nodes": at_nodes, "spread": SPREAD,
            "nodes": [node.node for node in world.nodes], "count": len(world.nodes),
        })  # fmt: skip
        owner.execute("VACUUM ANALYZE")


def _save_rates(tx: Tx) -> None:
    services = [Service(service="ground"), Service(service="air", working_days="Mo-Fr")]
    network.save_services(tx, MARKET, services)
    network.save_rates(tx, MARKET, [
        Rate(
            service=service, zone=zone, weight_g_max=step * 1000, amount_minor=base + 60 * zone + 40 * step,
            transit_days=days or zone - 1,
        )
        for service, base, days in (("ground", 600, None), ("air", 2200, 1))
        for zone in range(2, 9) for step in (1, 2, 5, 10, 30)
    ])  # fmt: skip


def _items(count: int) -> Iterator[Item]:
    draw = random.Random(SEED)
    for number in range(count):
        yield Item(
            item=code_of(number), name=f"Item {number}", currency="USD",
            price_minor=draw.randrange(300, 9_000), weight_g=draw.randrange(100, 4_000),
        )  # fmt: skip


def code_of(number: int) -> str:
    """The code of the n-th item."""
    return f"I{number:06}"
