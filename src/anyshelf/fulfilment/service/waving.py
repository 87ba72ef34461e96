"""Waves: work that is walked together, a tote an order, and the bench it comes to.

A wave groups work and does nothing to it: what is found on the walk is told to each piece of work by its own
pick, so a wave can differ in nothing from picking one by one.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from anyshelf.catalogue import service as catalogue
from anyshelf.fulfilment.model import OnBench, Stop, Tote, Waiting, Wave
from anyshelf.fulfilment.rules import walking
from anyshelf.fulfilment.service.working import claim
from anyshelf.fulfilment.store import floor as store
from anyshelf.ground.db import Tx, run
from anyshelf.ground.errors import Conflict, Invalid, NotFound, OutOfTurn
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell

LOOKED_AT: Final = 500
"""How much waiting work is looked at: the most urgent."""
LISTED: Final = 20
TOTE_CODE: Final = re.compile(r"[Tt](\d{1,4})")
"""What stands on a tote, for a scanner: T and its number."""


def waiting(tx: Tx, market: str, node: str) -> list[Waiting]:
    """What waits at a node to be walked for, by carrier and by the hour it is due."""
    return walking.waiting(store.unwalked(tx, market, node, LOOKED_AT))


def plan_wave(  # noqa: PLR0913  what a planner says of a wave, by name
    tx: Tx,
    market: str,
    node: str,
    *,
    wave_id: Id,
    carrier: str | None,
    leaves_by: datetime | None,
    most: int,
    by: str,
    now: datetime,
) -> Wave:
    """Put waiting work into a wave, the most urgent first, a tote each; raises Conflict without any."""
    works = walking.chosen(
        store.unwalked(tx, market, node, LOOKED_AT), carrier=carrier, leaves_by=leaves_by, most=most
    )
    if not works:
        raise Conflict("Nothing that fits waits to be walked for.", node=node)
    new = Wave(
        market=market, wave_id=wave_id, node=node, carrier=carrier or "", leaves_at=works[0].due_at,
        state="planned", made_by=by, made_at=now,
    )  # fmt: skip
    if not store.make_wave(tx, new, [work.work_id for work in works]):
        raise Conflict("Somebody else has just made a wave of these.", node=node)
    _tell(tx, new, "WavePlanned", now, by=by)
    return find_wave(tx, market, wave_id)


def find_wave(tx: Tx, market: str, wave_id: Id) -> Wave:
    """One wave with its totes; raises NotFound."""
    found = store.wave(tx, market, wave_id)
    if found is None:
        raise NotFound("There is no such wave.", wave_id=str(wave_id))
    return _with_totes(tx, market, [found])[0]


def waves(tx: Tx, market: str, node: str) -> list[Wave]:
    """A node's waves with their totes, the newest first."""
    return _with_totes(tx, market, store.waves(tx, market, node, LISTED))


def _with_totes(tx: Tx, market: str, found: Sequence[Wave]) -> list[Wave]:
    """Work that went to another node meanwhile is in no tote here any more."""
    totes: dict[Id, list[Tote]] = {wave.wave_id: [] for wave in found}
    at = {wave.wave_id: wave.node for wave in found}
    for wave_id, tote, work in store.totes(tx, market, list(totes)):
        if work.node == at[wave_id]:
            totes[wave_id].append(Tote(tote=tote, work=work))
    return [replace(wave, totes=tuple(totes[wave.wave_id])) for wave in found]


def start_wave(tx: Tx, market: str, wave_id: Id, *, by: str, now: datetime) -> Wave:
    """Somebody sets out, and claims what nobody has claimed; said again nothing changes.

    Locks the wave, then its orders in the order of their ids. Raises OutOfTurn for a wave that was dissolved.
    """
    started = run(tx, store.START_WAVE_SQL, market=market, wave_id=wave_id, by=by, now=now)
    wave = find_wave(tx, market, wave_id)
    if wave.state == "dissolved":
        raise OutOfTurn("This wave was dissolved; plan another.", state=wave.state)
    if not started:
        return wave
    for tote in sorted(wave.totes, key=lambda each: each.work.order_id):
        with suppress(Conflict):  # another has it, or it is gone: the walk shows what is left
            claim(tx, market, tote.work.work_id, by=by, now=now)
    _tell(tx, wave, "WaveStarted", now, by=by)
    return find_wave(tx, market, wave_id)


def dissolve_wave(tx: Tx, market: str, wave_id: Id, *, by: str, now: datetime) -> Wave:
    """Take a wave apart: what nobody has looked for waits again; what is picked stays picked."""
    if run(tx, store.DISSOLVE_WAVE_SQL, market=market, wave_id=wave_id):
        run(tx, store.LET_GO_SQL, market=market, wave_id=wave_id)
        _tell(tx, find_wave(tx, market, wave_id), "WaveDissolved", now, by=by)
    return find_wave(tx, market, wave_id)


def walk(tx: Tx, wave: Wave) -> list[Stop]:
    """The stops of a wave's walk: what is still to be taken, in the order of the shelves."""
    items = sorted({line.item for tote in wave.totes for line in tote.work.lines})
    return walking.walk(wave.totes, store.bins(tx, wave.market, wave.node, items))


def on_bench(tx: Tx, market: str, node: str, code: str) -> OnBench:
    """Whose piece this is: by its item, its GTIN or its tote (T3), the most urgent order first.

    Raises NotFound where nothing that is picked waits for it.
    """
    items, tote = _meant(tx, market, code.strip())
    found = store.to_pack(tx, market, node, items, tote)
    if not found:
        raise NotFound(f"Nothing that is picked here waits for {code[:60]}.", field="code")
    work = found[0]
    return OnBench(work=work, tote=store.tote_of(tx, market, work.work_id), others=len(found) - 1)


def _meant(tx: Tx, market: str, code: str) -> tuple[list[str], int]:
    """The items a code stands for, and the tote (0: none)."""
    tote = TOTE_CODE.fullmatch(code)
    found = set(catalogue.items(tx, market, [code]))
    try:
        scanned = catalogue.by_gtin(tx, market, code)
    except Invalid:
        scanned = None
    return sorted(found | ({scanned.item} if scanned else set())), int(tote[1]) if tote else 0


def save_bins(tx: Tx, market: str, node: str, bins: Mapping[str, str]) -> int:
    """Write down where items lie in a node; an empty place is forgotten. Returns how many were written."""
    return store.save_bins(tx, market, node, bins)


def bins(tx: Tx, market: str, node: str, items: Sequence[str]) -> dict[str, str]:
    """Where these items lie in a node, as far as it is known."""
    return store.bins(tx, market, node, items)


def _tell(tx: Tx, wave: Wave, kind: str, now: datetime, **more: object) -> None:
    data = {"wave_id": str(wave.wave_id), "node": wave.node, **more}
    tell(tx, wave.market, [Event(kind=kind, subject=str(wave.wave_id), data=data, happened_at=now)])
