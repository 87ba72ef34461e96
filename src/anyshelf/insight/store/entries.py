"""The SQL of the journey: steps in, steps out, and what was set aside."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from anyshelf.ground.db import Tx, rows, run, values
from anyshelf.ground.ids import Id, derived_id
from anyshelf.insight.model import Consent, Entry, Fault
from anyshelf.insight.model.entries import Step

NOBODY = Id(int=0)
"""Stands for no handle on the way in: a list of ids without gaps is written at once."""

KEY_OF_MARKET_SQL = "SELECT secret FROM insight_secrets WHERE market = %(market)s"

MAKE_KEY_SQL = """
INSERT INTO insight_secrets (market, secret) VALUES (%(market)s, %(secret)s) ON CONFLICT DO NOTHING
"""

# In the order of their keys: two batches with the same messages wait for each other, and never crosswise.
KEEP_SQL = """
INSERT INTO insight_entries (market, message_id, name, device, account, session, channel, node, item,
                             order_id, value_minor, currency, properties, happened_at, known_at)
SELECT %(market)s, e.message_id, e.name, nullif(e.device, %(nobody)s::uuid),
       nullif(e.account, %(nobody)s::uuid), e.session, e.channel, e.node, e.item,
       nullif(e.order_id, %(nobody)s::uuid), CASE WHEN e.currency <> '' THEN e.value_minor END,
       nullif(e.currency, ''), e.properties,
       timestamptz 'epoch' + e.happened * interval '1 microsecond', %(now)s
FROM ROWS FROM (
    unnest(%(message_ids)s::uuid[]), unnest(%(names)s::text[]), unnest(%(devices)s::uuid[]),
    unnest(%(accounts)s::uuid[]), unnest(%(sessions)s::text[]), unnest(%(channels)s::text[]),
    unnest(%(nodes)s::text[]), unnest(%(items)s::text[]), unnest(%(orders)s::uuid[]),
    unnest(%(values)s::bigint[]), unnest(%(currencies)s::text[]), unnest(%(happened)s::bigint[]),
    jsonb_array_elements(%(properties)s::text::jsonb)
) AS e(message_id, name, device, account, session, channel, node, item, order_id, value_minor, currency,
       happened, properties)
ORDER BY e.message_id
ON CONFLICT DO NOTHING
"""

SET_ASIDE_SQL = """
INSERT INTO insight_set_aside (market, set_aside_id, sender, field, reason, known_at)
SELECT %(market)s, f.set_aside_id, %(sender)s, f.field, f.reason, %(now)s
FROM unnest(%(ids)s::uuid[], %(fields)s::text[], %(reasons)s::text[]) AS f(set_aside_id, field, reason)
ON CONFLICT DO NOTHING
"""

REFUSED_SQL = """
SELECT handle FROM insight_consents
WHERE market = %(market)s AND handle = ANY(%(handles)s::uuid[]) AND purpose = 'analytics' AND NOT given
"""

CONSENT_SQL = """
INSERT INTO insight_consents (market, handle, purpose, given, said_at)
VALUES (%(market)s, %(handle)s, %(purpose)s, %(given)s, %(said_at)s)
ON CONFLICT (market, handle, purpose) DO UPDATE SET given = excluded.given, said_at = excluded.said_at
WHERE insight_consents.said_at <= excluded.said_at
"""

TIMELINE_SQL = """
SELECT message_id, name, device, account, session, channel, node, item, order_id, value_minor, currency,
       properties, happened_at
FROM insight_entries
WHERE market = %(market)s AND (account = ANY(%(handles)s::uuid[]) OR device = ANY(%(handles)s::uuid[]))
  AND (%(after)s::uuid IS NULL OR (happened_at, message_id) < (
        SELECT e.happened_at, e.message_id FROM insight_entries e
        WHERE e.market = %(market)s AND e.message_id = %(after)s::uuid))
ORDER BY happened_at DESC, message_id DESC LIMIT %(limit)s
"""

BETWEEN_SQL = """
SELECT message_id, name, device, account, session, channel, node, item, order_id, value_minor, currency,
       properties, happened_at
FROM insight_entries
WHERE market = %(market)s AND happened_at >= %(since)s AND happened_at < %(until)s
ORDER BY happened_at, message_id LIMIT %(limit)s
"""

FORGET_OLD_SQL = """
DELETE FROM insight_entries WHERE market = %(market)s AND message_id = ANY(ARRAY(
    SELECT message_id FROM insight_entries
    WHERE market = %(market)s AND known_at < %(before)s ORDER BY known_at, message_id LIMIT 5000))
"""

FORGET_FAULTS_SQL = "DELETE FROM insight_set_aside WHERE market = %(market)s AND known_at < %(before)s"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REASON_MAX = 300


def secret(tx: Tx, market: str, fresh: bytes) -> bytes:
    """The key that this market's handles are made with; made of `fresh` where there is none yet."""
    found = values(tx, KEY_OF_MARKET_SQL, market=market)
    if not found:
        run(tx, MAKE_KEY_SQL, market=market, secret=fresh)
        found = values(tx, KEY_OF_MARKET_SQL, market=market)
    return bytes(found[0][0])


def keep(tx: Tx, market: str, entries: Sequence[Entry], now: datetime) -> int:
    """Keep steps of the journey; returns how many were new."""
    if not entries:
        return 0
    return run(
        tx,
        KEEP_SQL,
        market=market,
        nobody=NOBODY,
        now=now,
        message_ids=[each.message_id for each in entries],
        names=[each.name for each in entries],
        devices=[each.device or NOBODY for each in entries],
        accounts=[each.account or NOBODY for each in entries],
        sessions=[each.session for each in entries],
        channels=[each.channel for each in entries],
        nodes=[each.node for each in entries],
        items=[each.item for each in entries],
        orders=[each.order_id or NOBODY for each in entries],
        values=[each.value_minor for each in entries],
        currencies=[each.currency for each in entries],
        happened=[_microseconds(each.happened_at) for each in entries],
        properties=msgspec.json.encode([each.properties for each in entries]).decode(),
    )


def _microseconds(moment: datetime) -> int:
    span = moment - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def set_aside(tx: Tx, market: str, faults: Sequence[Fault], *, sender: str, now: datetime) -> None:
    """Write down which messages could not be taken, and why; the same one again is written once."""
    if faults:
        run(
            tx,
            SET_ASIDE_SQL,
            market=market,
            sender=sender,
            now=now,
            ids=[
                derived_id("set aside", market, sender, each.message_id, each.field, each.reason)
                for each in faults
            ],
            fields=[each.field for each in faults],
            reasons=[each.reason[:REASON_MAX] for each in faults],
        )


def refused(tx: Tx, market: str, handles: Sequence[Id]) -> set[Id]:
    """Those of these handles whose people do not want their journey looked at."""
    if not handles:
        return set()
    return {handle for (handle,) in values(tx, REFUSED_SQL, market=market, handles=list(handles))}


def consent(tx: Tx, market: str, said: Sequence[Consent]) -> None:
    """Keep what people say may be done; a word older than the last one changes nothing."""
    for each in sorted(said, key=lambda word: (word.handle, word.purpose, word.said_at)):
        run(
            tx,
            CONSENT_SQL,
            market=market,
            handle=each.handle,
            purpose=each.purpose,
            given=each.given,
            said_at=each.said_at,
        )


def timeline(tx: Tx, market: str, handles: Sequence[Id], *, after: Id | None, limit: int) -> list[Step]:
    """The steps taken under any of these handles, newest first, from after one."""
    return rows(tx, Step, TIMELINE_SQL, market=market, handles=list(handles), after=after, limit=limit)


def between(tx: Tx, market: str, since: datetime, until: datetime, *, limit: int) -> list[Step]:
    """The steps of a span of time, oldest first, at most `limit`."""
    return rows(tx, Step, BETWEEN_SQL, market=market, since=since, until=until, limit=limit)


def forget_old(tx: Tx, market: str, before: datetime) -> int:
    """Delete steps known longer than they may be kept, a bounded piece at a time; returns how many."""
    run(tx, FORGET_FAULTS_SQL, market=market, before=before)
    return run(tx, FORGET_OLD_SQL, market=market, before=before)
