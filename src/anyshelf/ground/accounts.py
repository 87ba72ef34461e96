"""People and keys as those see them who look after them: added, changed, shut out, let in; every time noted.

A session keeps the roles with which it was opened, so whoever is changed or shut out is signed out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from anyshelf.ground import auth, deeds
from anyshelf.ground.auth import Person, Principal
from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.errors import Conflict, Invalid, NotFound

ADMINISTRATOR = "administrator"
NAME_MAX = 64
SIGNS_IN_AS = re.compile(rf"[\w.@+-]{{1,{NAME_MAX}}}")
PASSWORD_MIN = 10

ACCOUNTS_SQL = """
SELECT person, name, password IS NOT NULL AS has_password, roles, nodes, channels, vendors, active
FROM auth_people WHERE market = %(market)s ORDER BY active DESC, person
"""

ACCOUNT_SQL = """
SELECT person, name, password IS NOT NULL AS has_password, roles, nodes, channels, vendors, active
FROM auth_people WHERE market = %(market)s AND person = %(person)s FOR UPDATE
"""

CHANGE_SQL = """
UPDATE auth_people SET name = %(name)s, roles = %(roles)s, nodes = %(nodes)s, channels = %(channels)s,
    vendors = %(vendors)s
WHERE market = %(market)s AND person = %(person)s
"""

SET_ACTIVE_SQL = """
UPDATE auth_people SET active = %(active)s WHERE market = %(market)s AND person = %(person)s
"""

RENEW_SQL = """
UPDATE auth_people SET password = %(password)s WHERE market = %(market)s AND person = %(person)s
"""

END_SESSIONS_SQL = """
UPDATE auth_keys SET revoked_at = %(now)s
WHERE market = %(market)s AND person = %(person)s AND kind = 'session' AND revoked_at IS NULL
"""

# Everybody who could still look after the house: locked, so that two do not shut each other out at once.
ADMINISTRATORS_SQL = """
SELECT person FROM auth_people
WHERE market = %(market)s AND active AND %(role)s = ANY(roles)
  AND nodes = '{}' AND channels = '{}' AND vendors = '{}'
ORDER BY person FOR UPDATE
"""

KEYS_SQL = """
SELECT key_name AS name, roles, nodes, channels, vendors, made_at, expires_at, last_used_on
FROM auth_keys
WHERE market = %(market)s AND kind = 'key' AND revoked_at IS NULL ORDER BY key_name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in, or no longer may; for which nodes, channels and vendors (empty: all)."""

    person: str
    name: str
    has_password: bool
    roles: Sequence[str]
    nodes: Sequence[str]
    channels: Sequence[str]
    vendors: Sequence[str]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """An API key in force: what it may do, since when, until when, and on which day it was last used."""

    name: str
    roles: Sequence[str]
    nodes: Sequence[str]
    channels: Sequence[str]
    vendors: Sequence[str]
    made_at: datetime
    expires_at: datetime | None
    last_used_on: date | None


def accounts(tx: Tx, market: str) -> list[Account]:
    """Everybody, those who may sign in first."""
    return rows(tx, Account, ACCOUNTS_SQL, market=market)


def keys(tx: Tx, market: str) -> list[MadeKey]:
    """The API keys in force."""
    return rows(tx, MadeKey, KEYS_SQL, market=market)


def account(tx: Tx, market: str, person: str) -> Account:
    """One account, locked; raises NotFound."""
    known = row(tx, Account, ACCOUNT_SQL, market=market, person=person)
    if known is None:
        raise NotFound(f"There is nobody called {person}.", field="person")
    return known


def add(tx: Tx, person: Person, *, by: str, now: datetime) -> None:
    """Let somebody new sign in; raises Conflict where the name is taken, Invalid for a weak password."""
    if not SIGNS_IN_AS.fullmatch(person.person):
        raise Invalid(
            f"A name to sign in with has 1 to {NAME_MAX} letters, digits and . @ + - _.", field="person"
        )
    _check_roles(person.roles)
    _check_password(person.password or "")
    if row(tx, Account, ACCOUNT_SQL, market=person.market, person=person.person):
        raise Conflict(f"{person.person} is there already; change them instead.", field="person")
    auth.make_person(tx, person)
    deeds.note(tx, person.market, by=by, did="person added", about=person.person, said=_may(person), now=now)


def change(tx: Tx, person: Person, *, by: str, now: datetime) -> None:
    """Give somebody another name, roles or places, and sign them out; the password stays as it is.

    Raises NotFound, and Conflict where nobody would be left to look after the house.
    """
    before = account(tx, person.market, person.person)
    _check_roles(person.roles)
    if not _looks_after_all(person):
        _check_others(tx, person.market, person.person)
    run(
        tx, CHANGE_SQL,
        market=person.market, person=person.person, name=person.name, roles=list(person.roles),
        nodes=list(person.nodes), channels=list(person.channels), vendors=list(person.vendors),
    )  # fmt: skip
    run(tx, END_SESSIONS_SQL, market=person.market, person=person.person, now=now)
    said = {"before": _may(before), "after": _may(person)}
    deeds.note(tx, person.market, by=by, did="person changed", about=person.person, said=said, now=now)


def shut_out(tx: Tx, market: str, person: str, *, by: str, now: datetime) -> None:
    """Let somebody sign in no more, and sign them out; raises as `change`. Shut out twice is once."""
    if not account(tx, market, person).active:
        return
    _check_others(tx, market, person)
    run(tx, SET_ACTIVE_SQL, market=market, person=person, active=False)
    run(tx, END_SESSIONS_SQL, market=market, person=person, now=now)
    deeds.note(tx, market, by=by, did="person shut out", about=person, now=now)


def let_in(tx: Tx, market: str, person: str, *, by: str, now: datetime) -> None:
    """Let somebody sign in again; raises NotFound."""
    if account(tx, market, person).active:
        return
    run(tx, SET_ACTIVE_SQL, market=market, person=person, active=True)
    deeds.note(tx, market, by=by, did="person let in", about=person, now=now)


def new_password(tx: Tx, market: str, person: str, password: str, *, by: str, now: datetime) -> None:
    """Give somebody another password, and sign them out; raises NotFound, Invalid for a weak one."""
    account(tx, market, person)
    _check_password(password)
    run(tx, RENEW_SQL, market=market, person=person, password=auth.hashed(password))
    run(tx, END_SESSIONS_SQL, market=market, person=person, now=now)
    deeds.note(tx, market, by=by, did="password changed", about=person, now=now)


def make_key(
    tx: Tx, principal: Principal, *, by: str, now: datetime, expires_at: datetime | None = None
) -> str:
    """Make an API key; returns its secret, which is shown this once. Raises as `auth.make_key`."""
    if not principal.name.isprintable() or not 1 <= len(principal.name) <= NAME_MAX:
        raise Invalid(f"A key's name has 1 to {NAME_MAX} letters.", field="name")
    _check_roles(principal.roles)
    secret = auth.make_key(tx, principal, now, expires_at=expires_at)
    said = _may(principal) | {"expires_at": expires_at.isoformat() if expires_at else None}
    deeds.note(tx, principal.market, by=by, did="key made", about=principal.name, said=said, now=now)
    return secret


def revoke_key(tx: Tx, market: str, name: str, *, by: str, now: datetime) -> None:
    """End an API key at once and note it; raises NotFound."""
    auth.revoke_key(tx, market, name, now)
    deeds.note(tx, market, by=by, did="key revoked", about=name, now=now)


def _check_roles(roles: Sequence[str]) -> None:
    auth.check_roles(roles)
    if not roles:
        raise Invalid("Say what they may do: choose a role.", field="role")


def _check_password(password: str) -> None:
    if len(password) < PASSWORD_MIN:
        raise Invalid(f"A password has at least {PASSWORD_MIN} letters.", field="password")


def _check_others(tx: Tx, market: str, person: str) -> None:
    """Raises Conflict where nobody but this one looks after the house."""
    others = {name for (name,) in values(tx, ADMINISTRATORS_SQL, market=market, role=ADMINISTRATOR)}
    if others == {person}:
        raise Conflict(f"{person} is the last administrator: make another one first.", field="person")


def _looks_after_all(person: Person) -> bool:
    limited = person.nodes or person.channels or person.vendors
    return ADMINISTRATOR in person.roles and not limited


def _may(somebody: Account | Person | Principal) -> dict[str, Any]:
    names = ("roles", "nodes", "channels", "vendors")
    return {name: list(getattr(somebody, name)) for name in names if getattr(somebody, name)}
