"""Taking steps of journeys in: checked one by one, written together, nobody's name among them."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.insight.model import Entry, Fault, Sent, Taken
from anyshelf.insight.rules import collecting
from anyshelf.insight.service.people import see
from anyshelf.insight.store import entries as store

KEPT = timedelta(days=400)
"""How long a step of a journey is kept: a year, and a month to compare it with the last one."""
SECRET_BYTES = 32


def secret_of(tx: Tx, market: str) -> bytes:
    """The key that a market's handles are made with; made when it is first asked for."""
    return store.secret(tx, market, secrets.token_bytes(SECRET_BYTES))


def collect(
    tx: Tx,
    market: str,
    sent: Sequence[tuple[int, Sent]],
    unreadable: Sequence[Fault],
    *,
    sender: str,
    channel: str,
    now: datetime,
) -> Taken:
    """Take a batch in: new steps are kept, known ones passed over, bad ones set aside with their reason.

    Who refused to have their journey looked at, now or earlier, leaves no step. Late steps and steps out of
    order take their place by when they happened. Ties people last, one batch at a time.
    """
    found = collecting.collect(
        sent, secret=secret_of(tx, market), market=market, channel=channel, received_at=now
    )
    store.consent(tx, market, found.consents)
    wanted = _wanted(tx, market, found.entries)
    kept = store.keep(tx, market, wanted, now)
    faults = sorted([*unreadable, *found.faults], key=lambda fault: fault.place)
    store.set_aside(tx, market, faults, sender=sender, now=now)
    refused = store.refused(tx, market, [who for each in found.sightings for who in each.handles])
    see(tx, market, [each for each in found.sightings if not refused & each.handles.keys()], now)
    return Taken(
        kept=kept,
        repeated=len(wanted) - kept,
        without_consent=found.refused + len(found.entries) - len(wanted),
        faults=faults,
    )


def _wanted(tx: Tx, market: str, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Without the steps of people who refused earlier; a device that refused is left out of the others."""
    refused = store.refused(tx, market, sorted(_who(entries)))
    if not refused:
        return entries
    return [
        each if each.device not in refused else replace(each, device=None)
        for each in entries
        if (each.account or each.device) not in refused
    ]


def _who(entries: Sequence[Entry]) -> set[Id]:
    return {who for each in entries for who in (each.account, each.device) if who}


def forget_old(tx: Tx, market: str, now: datetime) -> int:
    """Delete steps that have been kept long enough, a bounded piece at a time; returns how many."""
    return store.forget_old(tx, market, now - KEPT)
