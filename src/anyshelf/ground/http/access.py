"""Who a request comes from, and whether it may do what it asks."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from anyshelf.ground.auth import Principal, recognise
from anyshelf.ground.errors import Forbidden, Invalid, Malformed, Unauthenticated
from anyshelf.ground.http.house import House, house

SESSION_COOKIE = "anyshelf_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OUR_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
HANDED_ON = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via"})
"""A request that bears one of these came through somebody else, wherever its last step started."""

# What Python reads in JSON and PostgreSQL does not: NUL, half a surrogate pair, what is no number.
SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\xed[\xa0-\xbf]|NaN|Infinity|\d[eE]\+?\d{3}|\d{300}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requires:
    """A dependency that lets a request pass if its sender has this scope.

    A body that is `streamed` is left to whoever reads it.
    """

    scope: str
    streamed: bool = False

    async def __call__(self, request: Request) -> Principal:
        """Who is asking; raises Unauthenticated or Forbidden."""
        principal = await asker(request, await house(request))
        if not principal.may(self.scope):
            raise Forbidden(f"{principal.name} may not do this: it takes the scope {self.scope}.")
        if not self.streamed:
            await _take_in(request)
        return principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """A dependency that says: anybody may."""

    async def __call__(self, request: Request) -> None:
        """Lets everybody pass; only looks for what no text may hold."""
        await _take_in(request)


def requires(scope: str, *, streamed: bool = False) -> Requires:
    """What a route depends on, `Depends(requires("orders:write"))`: a Principal who has this scope."""
    return Requires(scope=scope, streamed=streamed)


def public() -> Public:
    """What a route depends on that anybody may use: `Depends(public())`."""
    return Public()


async def asker(request: Request, here: House) -> Principal:
    """Who is asking, by bearer key, by session cookie, or by being at this very machine in a demo."""
    if "authorization" in request.headers:
        secret = _bearer(request)
        known = here.known.get(secret)
        return known if known is not None else await run_in_threadpool(_recognised, here, secret)
    local = at_home(request, here)
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        try:
            known = await run_in_threadpool(_recognised, here, cookie)
        except Unauthenticated:
            if local is None:
                raise
        else:
            check_same_origin(request)
            return known
    if local is None:
        raise Unauthenticated("Send an API key as 'Authorization: Bearer …', or sign in.")
    return local


def _recognised(here: House, secret: str) -> Principal:
    known = here.known.get(secret)
    if known is None:
        with here.database.transaction() as tx:
            known = recognise(tx, secret, here.clock.now())
        here.known.put(secret, known)
    return known


def _bearer(request: Request) -> str:
    scheme, _, secret = request.headers["authorization"].partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated("The Authorization header must read 'Bearer' and an API key.")
    return secret.strip()


def check_same_origin(request: Request) -> None:
    """Raises Forbidden when a page of another site would change something with this browser's cookie."""
    if request.method in SAFE_METHODS:
        return
    if not _same_origin(request, request.headers.get("origin", "null")):
        raise Forbidden("A request that changes something must come from a page of this very site.")


def _same_origin(request: Request, origin: str) -> bool:
    told = urlsplit(origin)
    host = request.headers.get("host", "")
    return told.scheme in {"http", "https"} and bool(host) and told.netloc.lower() == host.lower()


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback


@lru_cache(maxsize=64)
def _is_our_name(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in OUR_NAMES
    except ValueError:
        return False


def at_home(request: Request, here: House) -> Principal | None:
    """The demo's administrator: only from this machine, by its own name, not from another site's page."""
    if here.loopback_market is None or not _from_loopback(request):
        return None
    origin = request.headers.get("origin")
    if origin is not None and not _same_origin(request, origin):
        return None
    return Principal(market=here.loopback_market, name="demo", roles=("administrator",))


def _from_loopback(request: Request) -> bool:
    if request.client is None or not HANDED_ON.isdisjoint(name for name, _ in request.scope["headers"]):
        return False
    return _is_loopback(request.client.host) and _is_our_name(request.headers.get("host", ""))


async def _take_in(request: Request) -> None:
    """Read the body once, so that plain functions can use it; refuse what no text of ours may hold."""
    query = request.scope["query_string"]
    if "\0" in request.scope["path"] or b"\0" in query or b"%00" in query:
        raise Invalid("The address holds a NUL character.", field="path")
    if request.method in SAFE_METHODS:
        return
    body = await request.body()
    if SUSPICIOUS.search(body) and "json" in request.headers.get("content-type", ""):
        _look_closely(body)


def _look_closely(body: bytes) -> None:
    try:
        found = json.loads(body.decode(), parse_constant=_no_number)
    except UnicodeDecodeError as unreadable:
        raise Malformed("The body is not UTF-8.", field="body") from unreadable
    except (ValueError, RecursionError):
        return  # no JSON: whoever reads it says so, and where
    for where, value in _leaves(found, ""):
        if isinstance(value, str) and not _is_text(value):
            raise Invalid(f"{where} holds a NUL character or half a character.", field=where)
        if isinstance(value, float) and not math.isfinite(value):
            raise Invalid(f"{where} is larger than any number we take.", field=where)


def _no_number(name: str) -> None:
    raise Malformed(f"{name} is not JSON.", field="body")


def _is_text(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _leaves(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Every scalar of a JSON value with the path to it, and every key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (f"{where} (a name in it)".strip(), key)
            yield from _leaves(inner, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{where}.{place}".lstrip("."))
    else:
        yield (where or "body", value)
