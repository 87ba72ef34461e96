"""Who is asking, and what they may do. Keys and sessions are opaque; only their hashes are kept."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from anyshelf.ground.db import Tx, row, rows, run
from anyshelf.ground.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated

SCOPES_OF_ROLE: dict[str, frozenset[str]] = {
    "administrator": frozenset({"*", "admin:read", "admin:write"}),
    "operations": frozenset({
        "availability:read", "promises:write", "orders:read", "orders:write", "work:read", "work:write",
        "shipments:write", "returns:read", "returns:write", "inventory:read", "inventory:write",
        "vendors:read", "vendors:write", "changes:read", "terms:write", "refunds:write", "policies:read",
        "policies:write", "journey:write", "people:read", "people:write", "insight:read", "insight:write",
        "planning:read", "planning:write", "simulator:read", "simulator:write",
    }),
    "customer_service": frozenset({
        "availability:read", "promises:write", "orders:read", "orders:write",
        "returns:read", "returns:write", "refunds:write", "people:read", "people:write", "insight:read",
    }),
    "associate": frozenset({
        "availability:read", "orders:read", "work:read", "work:write", "returns:read", "returns:write",
        "inventory:read", "inventory:write",
    }),
    "cashier": frozenset({
        "availability:read", "promises:write", "orders:read", "orders:write", "returns:read",
        "returns:write", "work:read", "work:write",
    }),
    "warehouse": frozenset({
        "availability:read", "work:read", "work:write", "returns:read", "returns:write", "inventory:read",
        "inventory:write",
    }),
    "carrier": frozenset({"shipments:write"}),
    "vendor": frozenset({"work:read", "work:write", "vendors:read", "vendors:write"}),
    "planner": frozenset({
        "availability:read", "inventory:read", "changes:read", "planning:read", "planning:write",
        "simulator:read", "simulator:write",
    }),
    "analyst": frozenset({"insight:read", "insight:write", "people:read"}),
    "channel": frozenset({
        "availability:read", "promises:write", "orders:read", "orders:write", "returns:read", "returns:write",
        "journey:write", "insight:read",
    }),
    "shopper": frozenset(),
    "beacon": frozenset({"journey:write"}),  # a page's or an app's key, which everybody can read
}  # fmt: skip

KEY_SQL = """
SELECT market, key_name AS name, roles, nodes, channels, vendors FROM auth_keys
WHERE secret_hash = %(secret_hash)s AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > %(now)s::timestamptz)
"""

USED_SQL = """
UPDATE auth_keys SET last_used_on = %(now)s::date
WHERE secret_hash = %(secret_hash)s AND kind = 'key'
  AND (last_used_on IS NULL OR last_used_on < %(now)s::date)
"""

MAKE_KEY_SQL = """
INSERT INTO auth_keys (secret_hash, market, key_name, kind, person, roles, nodes, channels, vendors,
                       made_at, expires_at)
VALUES (%(secret_hash)s, %(market)s, %(name)s, %(kind)s, %(person)s, %(roles)s, %(nodes)s, %(channels)s,
        %(vendors)s, %(now)s, %(expires_at)s)
ON CONFLICT DO NOTHING
"""

KEYS_SQL = """
SELECT market, key_name AS name, roles, nodes, channels, vendors FROM auth_keys
WHERE market = %(market)s AND kind = 'key' AND revoked_at IS NULL ORDER BY key_name
"""

REVOKE_SQL = """
UPDATE auth_keys SET revoked_at = %(now)s
WHERE market = %(market)s AND key_name = %(name)s AND kind = 'key' AND revoked_at IS NULL
"""

END_SESSION_SQL = """
UPDATE auth_keys SET revoked_at = %(now)s
WHERE secret_hash = %(secret_hash)s AND kind = 'session' AND revoked_at IS NULL
"""

MAKE_PERSON_SQL = """
INSERT INTO auth_people (market, person, name, password, roles, nodes, channels, vendors)
VALUES (%(market)s, %(person)s, %(name)s, %(password)s, %(roles)s, %(nodes)s, %(channels)s, %(vendors)s)
ON CONFLICT (market, person) DO UPDATE SET name = excluded.name, password = excluded.password,
    roles = excluded.roles, nodes = excluded.nodes, channels = excluded.channels, vendors = excluded.vendors,
    active = true
"""

PERSON_SQL = """
SELECT market, person, name, password, roles, nodes, channels, vendors FROM auth_people
WHERE market = %(market)s AND person = %(person)s AND active
"""

PEOPLE_SQL = """
SELECT market, person, name, password, roles, nodes, channels, vendors FROM auth_people
WHERE market = %(market)s AND active ORDER BY person
"""

SESSION_LASTS = timedelta(hours=12)
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody we know: what they may do, and for which nodes, channels and vendors (empty: all)."""

    market: str
    name: str
    roles: Sequence[str]
    nodes: Sequence[str] = ()
    channels: Sequence[str] = ()
    vendors: Sequence[str] = ()

    def may(self, scope: str) -> bool:
        """Whether any of their roles carries this scope."""
        return any({"*", scope} & SCOPES_OF_ROLE.get(role, frozenset()) for role in self.roles)

    def check_node(self, node: str) -> None:
        """Raises Forbidden when this node is not theirs."""
        if self.nodes and node not in self.nodes:
            raise Forbidden(f"{self.name} works at {', '.join(self.nodes)}, not at {node}.")

    def check_channel(self, channel: str) -> None:
        """Raises Forbidden when this channel is not theirs."""
        if self.channels and channel not in self.channels:
            raise Forbidden(f"{self.name} sells through {', '.join(self.channels)}, not {channel}.")

    def check_vendor(self, vendor: str) -> None:
        """Raises Forbidden when this vendor is not theirs; who is only a vendor must say which."""
        if not self.vendors and set(self.roles) <= {"vendor"}:
            raise Forbidden(f"{self.name} names no vendor: make its key or account for one.")
        if self.vendors and vendor not in self.vendors:
            raise Forbidden(f"{self.name} works for {', '.join(self.vendors)}, not for {vendor}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who signs in with a password."""

    market: str
    person: str
    name: str
    password: str | None
    roles: Sequence[str]
    nodes: Sequence[str]
    channels: Sequence[str]
    vendors: Sequence[str]


def hash_of(secret: str) -> bytes:
    """What is kept of a secret: it is long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()


def hashed(password: str) -> str:
    """What is kept of a password (Argon2id, with a salt of its own)."""
    return _hasher.hash(password)


def check_roles(roles: Sequence[str]) -> None:
    """Raises Invalid naming the role nobody knows."""
    for role in roles:
        if role not in SCOPES_OF_ROLE:
            raise Invalid(f"'{role}' is not a role; there are {', '.join(SCOPES_OF_ROLE)}.", field="role")


def make_key(tx: Tx, principal: Principal, now: datetime, *, expires_at: datetime | None = None) -> str:
    """Make an API key and return its secret, which is shown this once and never again."""
    check_roles(principal.roles)
    secret = f"ask_{secrets.token_urlsafe(32)}"
    if not _write_key(tx, principal, secret, now, kind="key", person=None, expires_at=expires_at):
        raise Conflict(f"There is a key named {principal.name} already; revoke it first.")
    return secret


def _write_key(
    tx: Tx,
    principal: Principal,
    secret: str,
    now: datetime,
    *,
    kind: str,
    person: str | None,
    expires_at: datetime | None,
) -> bool:
    made = run(
        tx,
        MAKE_KEY_SQL,
        secret_hash=hash_of(secret),
        market=principal.market,
        name=principal.name,
        kind=kind,
        person=person,
        roles=list(principal.roles),
        nodes=list(principal.nodes),
        channels=list(principal.channels),
        vendors=list(principal.vendors),
        now=now,
        expires_at=expires_at,
    )
    return made == 1


def recognise(tx: Tx, secret: str, now: datetime) -> Principal:
    """Who this key or session belongs to; raises Unauthenticated for any other."""
    known = row(tx, Principal, KEY_SQL, secret_hash=hash_of(secret), now=now)
    if known is None:
        raise Unauthenticated("This key or session is unknown, ended or revoked.")
    run(tx, USED_SQL, secret_hash=hash_of(secret), now=now)
    return known


def keys(tx: Tx, market: str) -> list[Principal]:
    """The API keys in force."""
    return rows(tx, Principal, KEYS_SQL, market=market)


def revoke_key(tx: Tx, market: str, name: str, now: datetime) -> None:
    """End an API key at once; raises NotFound where there is none of that name."""
    if not run(tx, REVOKE_SQL, market=market, name=name, now=now):
        raise NotFound(f"There is no key named {name}.")


def make_person(tx: Tx, person: Person) -> None:
    """Add somebody, or give them another password, name, roles or places."""
    check_roles(person.roles)
    run(
        tx,
        MAKE_PERSON_SQL,
        market=person.market,
        person=person.person,
        name=person.name,
        password=hashed(person.password) if person.password else None,
        roles=list(person.roles),
        nodes=list(person.nodes),
        channels=list(person.channels),
        vendors=list(person.vendors),
    )


def people(tx: Tx, market: str) -> list[Person]:
    """Everybody who may sign in."""
    return rows(tx, Person, PEOPLE_SQL, market=market)


def sign_in(tx: Tx, market: str, person: str, password: str, now: datetime) -> str:
    """Open a session and return its secret; raises Unauthenticated when name or password is wrong."""
    known = row(tx, Person, PERSON_SQL, market=market, person=person)
    try:
        _hasher.verify(known.password if known and known.password else _NOBODYS_HASH, password)
    except (VerifyMismatchError, InvalidHashError):
        raise Unauthenticated("The name or the password is wrong.") from None
    if known is None:
        raise Unauthenticated("The name or the password is wrong.")
    return open_session(tx, known, now)


def open_session(tx: Tx, person: Person, now: datetime) -> str:
    """Open a session for somebody already known, for twelve hours."""
    secret = f"ass_{secrets.token_urlsafe(32)}"
    principal = Principal(
        market=person.market,
        name=person.person,
        roles=person.roles,
        nodes=person.nodes,
        channels=person.channels,
        vendors=person.vendors,
    )
    _write_key(
        tx, principal, secret, now, kind="session", person=person.person, expires_at=now + SESSION_LASTS
    )
    return secret


def sign_out(tx: Tx, secret: str, now: datetime) -> None:
    """End a session."""
    run(tx, END_SESSION_SQL, secret_hash=hash_of(secret), now=now)


_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe(16))
"""Verified against when there is no such person, so that a wrong name takes as long as a wrong password."""
