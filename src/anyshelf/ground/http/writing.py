"""One request that changes something: one transaction, once, however often it is sent."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from fastapi import Request
from starlette.responses import Response

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http.house import House, reading
from anyshelf.ground.idempotency import Answer, Asked, fingerprint_of

KEY_LENGTH_MAX = 255
COLLISIONS_TRIED = 4
FIRST_REFUSAL = 400

Work = Callable[[Tx, datetime], Answer]


def writing(request: Request, here: House, principal: Principal, work: Work) -> Response:
    """Carry out a request that changes something, in one transaction, and answer it.

    With an `Idempotency-Key` the answer is kept with the work: the same request again is told the same, the
    same key with another body is refused (422), and while the first is under way so is the second (409).
    What is refused is not kept: nothing has changed, and it may be sent again. `work` may run again when the
    database undid it for a collision, so it must have no effect outside its transaction that is not
    idempotent itself. Wakes the worker after the commit.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        answer = retrying(here.database, lambda tx: work(tx, here.clock.now()), attempts=COLLISIONS_TRIED)
        return _told(here, answer)
    asked = _asked(request, principal, key)
    with here.in_flight.alone(principal.market, principal.name, key):
        answer, again = retrying(
            here.database, lambda tx: _once(tx, asked, work, here.clock.now()), attempts=COLLISIONS_TRIED
        )
    return _told(here, answer, {"Idempotent-Replayed": "true"} if again else {})


def asked_under_key(request: Request, principal: Principal) -> Asked | None:
    """The request under its sender's key, None where there is none; raises Invalid for an unreadable one."""
    key = request.headers.get("idempotency-key")
    return None if key is None else _asked(request, principal, key)


def told(here: House, answer: Answer, *, again: bool) -> Response:
    """An answer as it is sent, marked where it was given before. Wakes the worker."""
    return _told(here, answer, {"Idempotent-Replayed": "true"} if again else {})


def told_before(request: Request, here: House, principal: Principal) -> Response | None:
    """What this very request was told before, for whoever must do something before `writing`; else None."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    with reading(here) as tx:
        earlier = _asked(request, principal, key).answer_so_far(tx)
    return None if earlier is None else _told(here, earlier, {"Idempotent-Replayed": "true"})


def _once(tx: Tx, asked: Asked, work: Work, now: datetime) -> tuple[Answer, bool]:
    earlier = asked.earlier_answer(tx, now)
    if earlier is not None:
        return earlier, True
    answer = work(tx, now)
    asked.remember(tx, answer)
    return answer, False


def _asked(request: Request, principal: Principal, key: str) -> Asked:
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise Invalid(
            f"An Idempotency-Key has 1 to {KEY_LENGTH_MAX} printable characters.", field="Idempotency-Key"
        )
    address = f"{request.method} {request.url.path}?{request.url.query}"
    return Asked(
        market=principal.market,
        asker=principal.name,
        key=key,
        fingerprint=fingerprint_of(address.encode(), body_of(request)),
    )


def body_of(request: Request) -> bytes:
    """The raw body of a request. It was read by `requires`, before any plain function is called."""
    body: bytes = getattr(request, "_body", b"")
    return body


def _told(here: House, answer: Answer, headers: dict[str, str] | None = None) -> Response:
    here.wake.set()
    kind = "application/json" if answer.status < FIRST_REFUSAL else "application/problem+json"
    body = msgspec.json.encode(answer.body)
    return Response(body, status_code=answer.status, headers=headers, media_type=kind)
