"""Ids made by the application: ordered by time, unique without a sequence."""

import os
import secrets
import threading
import time
import uuid
from datetime import datetime

Id = uuid.UUID

_NAMESPACE = uuid.UUID("6f1d3c1e-6d0c-5b8f-9a51-0a7be5e1f000")
_lock = threading.Lock()
_last = 0


def new_id() -> Id:
    """A new id (UUID version 7, RFC 9562) that sorts after every earlier one of this process."""
    global _last  # noqa: PLW0603  the one clock hand that makes ids monotone in this process
    with _lock:
        tick = max(time.time_ns() >> 8, _last + 1)  # 256 ns steps: 48 bits of ms hold the upper part
        _last = tick
    milliseconds, fraction = divmod(tick << 8, 1_000_000)
    sub_millisecond = (fraction << 12) // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | sub_millisecond << 64
    value |= 0b10 << 62 | int.from_bytes(os.urandom(8)) >> 2
    return uuid.UUID(int=value)


def id_made_at(at: datetime, *parts: str) -> Id:
    """The id that these words lead to, as one made at that moment: it sorts among ids by its time."""
    luck = int.from_bytes(derived_id(*parts).bytes[:10])
    value = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | (luck >> 62 & 0xFFF) << 64
    return uuid.UUID(int=value | 0b10 << 62 | luck & (2**62 - 1))


def derived_id(*parts: str) -> Id:
    """The id these words always lead to: the same words, the same id."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(parts))


def new_code() -> str:
    """Six digits nobody can guess, for a shopper to show at a counter."""
    return f"{secrets.randbelow(10**6):06}"


def first_id_of(at: datetime) -> Id:
    """The least id that can be made at this moment or later: ids begin with their time."""
    return Id(int=int(at.timestamp() * 1000) << 80)
