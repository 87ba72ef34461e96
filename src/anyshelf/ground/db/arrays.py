"""Lists on their way into the database, in one piece: a batch sends a hundred of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from psycopg import DataError
from psycopg.abc import Buffer, DumperKey
from psycopg.adapt import PyFormat
from psycopg.types.array import BaseListDumper, ListDumper
from psycopg.types.json import Jsonb

APART: Final = "\x1f"
"""Stands between two JSON texts until both are escaped: JSON never holds it as it is."""


class PlainListDumper(ListDumper):
    """Writes lists of one plain kind, some elements of which may be missing, and leaves others to psycopg.

    What kind of array a plain list is, is left to the statement: each of ours says so (`::uuid[]`). So one
    statement is one prepared statement, whatever its lists hold this time.
    """

    def get_key(self, obj: list[Any], format: PyFormat) -> DumperKey:  # noqa: A002  psycopg's name
        """What its dumper is kept under: all plain lists are written by one."""
        return PlainListDumper if _kind(obj) else super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> BaseListDumper:  # noqa: A002  psycopg's name
        """The dumper for this list: this one for a plain list."""
        return self if _kind(obj) else super().upgrade(obj, format)

    def dump(self, obj: list[Any]) -> Buffer | None:
        """The list as PostgreSQL reads it."""
        kind = _kind(obj)
        written = _WRITERS[kind](obj) if kind else None
        return super().dump(obj) if written is None else f"{{{written}}}".encode()


def _kind(given: Sequence[Any]) -> type | None:
    """What all elements are that are there; None for a mixed list and for what is not plain."""
    kinds = set(map(type, given))
    if len(kinds) > 1:
        kinds.discard(type(None))
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    return kind if kind in _WRITERS else None


def _nothing(given: list[None]) -> str:
    return ",".join(["NULL"] * len(given))


def _numbers(given: list[int | None]) -> str:
    if None in given:
        return ",".join(["NULL" if number is None else int.__repr__(number) for number in given])
    return list.__repr__(given)[1:-1]


def _ids(given: list[UUID | None]) -> str:
    """Ids; an order's own stands there once for each of its lines, and is written once."""
    written, before, text = [], None, "NULL"
    for each in given:
        if each is not before:
            before, text = each, "NULL" if each is None else f"{each.int:032x}"
        written.append(text)
    return ",".join(written)


def _flags(given: list[bool | None]) -> str:
    return ",".join(["NULL" if flag is None else "t" if flag else "f" for flag in given])


def _moments(given: list[datetime | None]) -> str:
    """Times; most lists hold one time over and over."""
    first = given[0]
    if first is not None and given.count(first) == len(given):
        return ",".join([first.isoformat()] * len(given))
    return ",".join(["NULL" if moment is None else moment.isoformat() for moment in given])


def _marks(given: list[bytes | None]) -> str:
    return ",".join(["NULL" if mark is None else f'"\\\\x{mark.hex()}"' for mark in given])


def _texts(given: list[str | None]) -> str | None:
    """Texts in quotation marks; None where one holds what must be escaped, or may not be held at all."""
    if None in given:
        joined = ",".join(["NULL" if text is None else f'"{text}"' for text in given])
        quotes = 2 * (len(given) - given.count(None))
    else:
        joined, quotes = '"' + '","'.join(cast("list[str]", given)) + '"', 2 * len(given)
    return None if "\\" in joined or "\0" in joined or joined.count('"') != quotes else joined


def _documents(given: list[Jsonb | None]) -> str:
    """JSON documents. What stands for a missing one is put in last: no document reads like it."""
    return _escaped(["" if each is None else msgspec.json.encode(each.obj).decode() for each in given])


def _escaped(texts: list[str]) -> str:
    """Texts none of which holds what stands between them; an empty one is none."""
    joined = APART.join(texts).replace("\\", "\\\\").replace('"', '\\"')
    return ",".join([f'"{text}"' if text else "NULL" for text in joined.split(APART)])


_WRITERS: Mapping[type, Callable[[list[Any]], str | None]] = {
    type(None): _nothing,
    int: _numbers,
    UUID: _ids,
    bool: _flags,
    datetime: _moments,
    str: _texts,
    bytes: _marks,
    Jsonb: _documents,
}


# What is sent without the driver's help: a handful of kinds, each as PostgreSQL reads it as text.


def written(value: Any) -> bytes | None:
    """A value as it is sent; raises TypeError for a kind that is not sent this way, DataError for NUL.

    A list that holds nothing but None is sent as none at all: beside others, `unnest` fills it up with NULL.
    """
    kind = type(value)
    if kind is list:
        text = _list(value)
        return None if text is None else text.encode()
    if value is None:
        return None
    if kind not in _SINGLES:
        raise TypeError(f"a {kind.__name__} is not sent this way")
    return _SINGLES[kind](value).encode()


def _list(given: list[Any]) -> str | None:
    if not given:
        return "{}"
    kind = _kind(given)
    if kind is type(None):
        return None
    if kind is None:
        raise TypeError("a list of several kinds, or of one that is not sent this way")
    text = _WRITERS[kind](given)
    return f"{{{_quoted(given) if text is None else text}}}"


def _quoted(given: list[str | None]) -> str:
    """Texts some of which must be escaped."""
    return ",".join([
        "NULL" if text is None else '"' + _text(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
        for text in given
    ])  # fmt: skip


def _text(text: str) -> str:
    if "\0" in text:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text


_SINGLES: Mapping[type, Callable[[Any], str]] = {
    str: _text,
    int: int.__repr__,
    UUID: str,
    bool: lambda flag: "t" if flag else "f",
    datetime: datetime.isoformat,
    bytes: lambda mark: f"\\x{mark.hex()}",
    Jsonb: lambda document: msgspec.json.encode(document.obj).decode(),
}
