"""The SQL of the warehouse floor: waves and their totes, bins, manifests and what is on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from anyshelf.fulfilment.model import Loaded, Manifest, Wave, Work
from anyshelf.fulfilment.store import with_lines
from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id

# Work in a wave of its node that was not dissolved is walked for already.
UNWALKED_SQL = """
SELECT w.market, w.work_id, w.order_id, w.node, w.method, w.journey, w.finish, w.to_node, w.gift, w.state,
       w.claimed_by, w.packages, w.shelf, w.carrier, w.due_at, w.made_at
FROM fulfilment_work w
WHERE w.market = %(market)s AND w.node = %(node)s AND w.state IN ('open', 'claimed')
  AND NOT EXISTS (SELECT 1 FROM fulfilment_totes t
                  WHERE t.market = w.market AND t.work_id = w.work_id AND t.node = w.node AND NOT t.let_go)
ORDER BY w.due_at, w.work_id LIMIT %(limit)s::int
"""

MAKE_WAVE_SQL = """
INSERT INTO fulfilment_waves (market, wave_id, node, carrier, leaves_at, state, made_by, made_at)
VALUES (%(market)s, %(wave_id)s, %(node)s, %(carrier)s, %(leaves_at)s, 'planned', %(by)s, %(now)s)
"""

# Of two who plan the same work at once the first has it; what is not free any more is left out. The row
# itself says whether it is free: another table would be read as it stood before the other's commit.
PUT_IN_TOTES_SQL = """
INSERT INTO fulfilment_totes (market, work_id, wave_id, node, tote)
SELECT %(market)s, w.work_id, %(wave_id)s::uuid, %(node)s, w.tote
FROM unnest(%(work_ids)s::uuid[]) WITH ORDINALITY AS w(work_id, tote)
ON CONFLICT (market, work_id)
DO UPDATE SET wave_id = excluded.wave_id, node = excluded.node, tote = excluded.tote, let_go = false
WHERE fulfilment_totes.let_go OR fulfilment_totes.node <> excluded.node
"""

LET_GO_SQL = """
UPDATE fulfilment_totes SET let_go = true WHERE market = %(market)s AND wave_id = %(wave_id)s
"""

WAVE_SQL = """
SELECT market, wave_id, node, carrier, leaves_at, state, made_by, made_at, started_by, started_at
FROM fulfilment_waves WHERE market = %(market)s AND wave_id = %(wave_id)s
"""

WAVES_SQL = """
SELECT market, wave_id, node, carrier, leaves_at, state, made_by, made_at, started_by, started_at
FROM fulfilment_waves
WHERE market = %(market)s AND node = %(node)s AND state <> 'dissolved'
ORDER BY made_at DESC, wave_id LIMIT %(limit)s::int
"""

START_WAVE_SQL = """
UPDATE fulfilment_waves SET state = 'started', started_by = %(by)s, started_at = %(now)s
WHERE market = %(market)s AND wave_id = %(wave_id)s AND state = 'planned'
"""

DISSOLVE_WAVE_SQL = """
UPDATE fulfilment_waves SET state = 'dissolved'
WHERE market = %(market)s AND wave_id = %(wave_id)s AND state <> 'dissolved'
"""

TOTES_SQL = """
SELECT t.wave_id, t.tote, t.work_id FROM fulfilment_totes t
WHERE t.market = %(market)s AND t.wave_id = ANY(%(wave_ids)s::uuid[]) ORDER BY t.wave_id, t.tote
"""

TOTE_OF_SQL = """
SELECT tote FROM fulfilment_totes WHERE market = %(market)s AND work_id = %(work_id)s AND NOT let_go
"""

WORKS_SQL = """
SELECT market, work_id, order_id, node, method, journey, finish, to_node, gift, state, claimed_by, packages,
       shelf, carrier, due_at, made_at
FROM fulfilment_work WHERE market = %(market)s AND work_id = ANY(%(work_ids)s::uuid[])
"""

TO_PACK_SQL = """
SELECT w.market, w.work_id, w.order_id, w.node, w.method, w.journey, w.finish, w.to_node, w.gift, w.state,
       w.claimed_by, w.packages, w.shelf, w.carrier, w.due_at, w.made_at
FROM fulfilment_work w
WHERE w.market = %(market)s AND w.node = %(node)s AND w.state = 'picked'
  AND w.finish IN ('dispatch', 'transfer')
  AND (EXISTS (SELECT 1 FROM fulfilment_lines l WHERE l.market = w.market AND l.work_id = w.work_id
                 AND l.item = ANY(%(items)s::text[]) AND l.picked > 0)
       OR EXISTS (SELECT 1 FROM fulfilment_totes t
                  WHERE t.market = w.market AND t.work_id = w.work_id AND t.tote = %(tote)s::int
                    AND t.node = w.node AND NOT t.let_go))
ORDER BY w.due_at, w.work_id LIMIT 100
"""

SAVE_BINS_SQL = """
INSERT INTO fulfilment_bins (market, node, item, bin)
SELECT %(market)s, %(node)s, b.item, b.bin FROM unnest(%(items)s::text[], %(bins)s::text[]) AS b(item, bin)
ON CONFLICT (market, node, item) DO UPDATE SET bin = excluded.bin
"""

BINS_SQL = """
SELECT item, bin FROM fulfilment_bins
WHERE market = %(market)s AND node = %(node)s AND item = ANY(%(items)s::text[]) AND bin <> ''
"""

OPEN_MANIFEST_SQL = """
INSERT INTO fulfilment_manifests (market, manifest_id, node, carrier, day, state, opened_at)
VALUES (%(market)s, %(manifest_id)s, %(node)s, %(carrier)s, %(day)s, 'open', %(now)s)
ON CONFLICT DO NOTHING
"""

LOCK_OPEN_MANIFEST_SQL = """
SELECT market, manifest_id, node, carrier, day, state, opened_at, closed_at, closed_by
FROM fulfilment_manifests
WHERE market = %(market)s AND node = %(node)s AND carrier = %(carrier)s AND day = %(day)s AND state = 'open'
FOR UPDATE
"""

LOCK_MANIFEST_SQL = """
SELECT market, manifest_id, node, carrier, day, state, opened_at, closed_at, closed_by
FROM fulfilment_manifests WHERE market = %(market)s AND manifest_id = %(manifest_id)s FOR UPDATE
"""

MANIFEST_SQL = """
SELECT market, manifest_id, node, carrier, day, state, opened_at, closed_at, closed_by
FROM fulfilment_manifests WHERE market = %(market)s AND manifest_id = %(manifest_id)s
"""

MANIFESTS_SQL = """
SELECT market, manifest_id, node, carrier, day, state, opened_at, closed_at, closed_by
FROM fulfilment_manifests
WHERE market = %(market)s AND node = %(node)s
ORDER BY state = 'closed', opened_at DESC, manifest_id LIMIT %(limit)s::int
"""

CLOSE_MANIFEST_SQL = """
UPDATE fulfilment_manifests SET state = 'closed', closed_at = %(now)s, closed_by = %(by)s
WHERE market = %(market)s AND manifest_id = %(manifest_id)s AND state = 'open'
"""

# A parcel may go from one open manifest to another, never off one that its carrier has taken along: the row
# itself says so.
LOAD_SQL = """
INSERT INTO fulfilment_loads (market, work_id, manifest_id, tracking, loaded_by, loaded_at)
VALUES (%(market)s, %(work_id)s, %(manifest_id)s, %(tracking)s, %(by)s, %(now)s)
ON CONFLICT (market, work_id) DO UPDATE
SET manifest_id = excluded.manifest_id, tracking = excluded.tracking, loaded_by = excluded.loaded_by,
    loaded_at = excluded.loaded_at, taken_out = false
WHERE NOT fulfilment_loads.collected
"""

COLLECT_SQL = """
UPDATE fulfilment_loads SET collected = true
WHERE market = %(market)s AND manifest_id = %(manifest_id)s AND work_id = ANY(%(work_ids)s::uuid[])
  AND NOT taken_out
RETURNING work_id
"""

TAKE_OUT_SQL = """
UPDATE fulfilment_loads SET taken_out = true
WHERE market = %(market)s AND manifest_id = %(manifest_id)s AND work_id = ANY(%(work_ids)s::uuid[])
"""

LOADS_SQL = """
SELECT l.manifest_id, l.work_id, w.order_id, w.to_node, w.state, w.packages, l.tracking, l.loaded_at
FROM fulfilment_loads l JOIN fulfilment_work w ON w.market = l.market AND w.work_id = l.work_id
WHERE l.market = %(market)s AND l.manifest_id = ANY(%(manifest_ids)s::uuid[]) AND NOT l.taken_out
ORDER BY l.loaded_at, l.work_id
"""


def unwalked(tx: Tx, market: str, node: str, limit: int) -> list[Work]:
    """A node's work that nobody walks for yet, the most urgent first."""
    return with_lines(tx, market, rows(tx, Work, UNWALKED_SQL, market=market, node=node, limit=limit))


def make_wave(tx: Tx, wave: Wave, work_ids: Sequence[Id]) -> int:
    """Write a planned wave; returns how many of these works were free to be in it, a tote each."""
    run(
        tx, MAKE_WAVE_SQL, market=wave.market, wave_id=wave.wave_id, node=wave.node, carrier=wave.carrier,
        leaves_at=wave.leaves_at, by=wave.made_by, now=wave.made_at,
    )  # fmt: skip
    return run(
        tx, PUT_IN_TOTES_SQL, market=wave.market, wave_id=wave.wave_id, node=wave.node,
        work_ids=list(work_ids),
    )  # fmt: skip


def wave(tx: Tx, market: str, wave_id: Id) -> Wave | None:
    """One wave without its totes, or None."""
    return row(tx, Wave, WAVE_SQL, market=market, wave_id=wave_id)


def waves(tx: Tx, market: str, node: str, limit: int) -> list[Wave]:
    """A node's waves without their totes, the newest first."""
    return rows(tx, Wave, WAVES_SQL, market=market, node=node, limit=limit)


def totes(tx: Tx, market: str, wave_ids: Sequence[Id]) -> list[tuple[Id, int, Work]]:
    """What is in these waves: wave, tote, work."""
    found = values(tx, TOTES_SQL, market=market, wave_ids=list(wave_ids))
    works = rows(tx, Work, WORKS_SQL, market=market, work_ids=[work_id for _, _, work_id in found])
    known = {work.work_id: work for work in with_lines(tx, market, works)}
    return [(wave_id, tote, known[work_id]) for wave_id, tote, work_id in found]


def tote_of(tx: Tx, market: str, work_id: Id) -> int | None:
    """The tote a piece of work is gathered in, or None."""
    found = values(tx, TOTE_OF_SQL, market=market, work_id=work_id)
    return found[0][0] if found else None


def to_pack(tx: Tx, market: str, node: str, items: Sequence[str], tote: int) -> list[Work]:
    """Picked work with one of these items, or in this tote of a started wave, the most urgent first."""
    found = rows(tx, Work, TO_PACK_SQL, market=market, node=node, items=list(items), tote=tote)
    return with_lines(tx, market, found)


def save_bins(tx: Tx, market: str, node: str, bins: Mapping[str, str]) -> int:
    """Write down where items lie; returns how many."""
    return run(
        tx, SAVE_BINS_SQL, market=market, node=node, items=list(bins), bins=list(bins.values())
    )  # fmt: skip


def bins(tx: Tx, market: str, node: str, items: Sequence[str]) -> dict[str, str]:
    """Where these items lie, as far as it is known."""
    return dict(values(tx, BINS_SQL, market=market, node=node, items=list(items)))


def lock_open_manifest(tx: Tx, manifest: Manifest) -> Manifest | None:
    """The open manifest of a node, carrier and day, locked: this one, where there was none."""
    asked = {"market": manifest.market, "node": manifest.node, "carrier": manifest.carrier}
    run(
        tx, OPEN_MANIFEST_SQL, **asked, day=manifest.day, manifest_id=manifest.manifest_id,
        now=manifest.opened_at,
    )  # fmt: skip
    return row(tx, Manifest, LOCK_OPEN_MANIFEST_SQL, **asked, day=manifest.day)


def lock_manifest(tx: Tx, market: str, manifest_id: Id) -> Manifest | None:
    """One manifest without what is on it, locked; or None."""
    return row(tx, Manifest, LOCK_MANIFEST_SQL, market=market, manifest_id=manifest_id)


def manifest(tx: Tx, market: str, manifest_id: Id) -> Manifest | None:
    """One manifest without what is on it, or None."""
    return row(tx, Manifest, MANIFEST_SQL, market=market, manifest_id=manifest_id)


def manifests(tx: Tx, market: str, node: str, limit: int) -> list[Manifest]:
    """A node's manifests without what is on them: the open ones, then the newest."""
    return rows(tx, Manifest, MANIFESTS_SQL, market=market, node=node, limit=limit)


def loads(tx: Tx, market: str, manifest_ids: Sequence[Id]) -> list[tuple[Id, Loaded]]:
    """What is on these manifests, in the order it was loaded."""
    found = values(tx, LOADS_SQL, market=market, manifest_ids=list(manifest_ids))
    return [
        (
            manifest_id,
            Loaded(
                work_id=work_id, order_id=order_id, to_node=to_node, state=state, packages=packages,
                tracking=tracking, loaded_at=loaded_at,
            ),
        )
        for manifest_id, work_id, order_id, to_node, state, packages, tracking, loaded_at in found
    ]  # fmt: skip


def load(tx: Tx, market: str, manifest_id: Id, work_id: Id, tracking: str, by: str, now: datetime) -> bool:
    """Put a parcel on a manifest; False when it has left on another."""
    return bool(
        run(
            tx, LOAD_SQL, market=market, work_id=work_id, manifest_id=manifest_id, tracking=tracking, by=by,
            now=now,
        )
    )  # fmt: skip


def collect(tx: Tx, market: str, manifest_id: Id, work_ids: Sequence[Id]) -> set[Id]:
    """These parcels are with their carrier; returns which: one that went to another manifest is not."""
    found = values(tx, COLLECT_SQL, market=market, manifest_id=manifest_id, work_ids=list(work_ids))
    return {work_id for (work_id,) in found}
