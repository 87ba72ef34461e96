"""Everything that can be refused, drawn as one tree.

Anyshelf
├── SetupProblem            the machine or its settings; the sentence says what to do
└── Refusal                 a request we understood and will not carry out
    ├── Invalid             422  a field is wrong; names the field
    │   └── Malformed       400  the body cannot be read at all
    ├── Unauthenticated     401  nobody we know
    ├── Forbidden           403  known, but not for this
    ├── CodeRejected        403  the pickup code is not the one
    ├── NotFound            404
    ├── Conflict            409  two writes that cannot both stand
    │   ├── Shortage        409  names everything that fell short
    │   ├── NoPromise       409  no way to reach this person in time
    │   ├── OutOfTurn       409  a step taken before or after its turn
    │   └── InFlight        409  the same request is being worked on
    ├── PaymentDeclined     402
    ├── PromiseExpired      410
    ├── TooLarge            413
    ├── TooManyTries        429
    └── Busy                503  come back in a moment
        └── PaymentTimeout  503  the payment provider did not answer
"""

from typing import Any, ClassVar


class Anyshelf(Exception):
    """Anything this program raises on purpose."""


class SetupProblem(Anyshelf):
    """The machine or its settings stand in the way; the message says what to do about it."""


class Refusal(Anyshelf):
    """A request that was understood and is not carried out; nothing has changed."""

    status: ClassVar[int] = 409
    slug: ClassVar[str] = "refusal"
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    def as_problem(self) -> dict[str, Any]:
        """The refusal as an RFC 9457 problem."""
        return {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


class Invalid(Refusal):
    """A field holds something it may not hold."""

    status = 422
    slug = "invalid"
    title = "A field is wrong"


class Malformed(Invalid):
    """The body cannot be read at all."""

    status = 400
    slug = "malformed"
    title = "The body cannot be read"


class Unauthenticated(Refusal):
    """We do not know who is asking."""

    status = 401
    slug = "unauthenticated"
    title = "Who is asking?"


class Forbidden(Refusal):
    """We know who is asking, and it is not theirs to do."""

    status = 403
    slug = "forbidden"
    title = "Not allowed"


class CodeRejected(Refusal):
    """The code shown at the counter is not the one of this order."""

    status = 403
    slug = "code-rejected"
    title = "Wrong code"


class NotFound(Refusal):
    """There is no such thing, or not for this asker."""

    status = 404
    slug = "not-found"
    title = "Not found"


class Conflict(Refusal):
    """Two writes that cannot both stand."""

    slug = "conflict"
    title = "Conflict"


class Shortage(Conflict):
    """Not enough stock; every item that fell short is named."""

    slug = "shortage"
    title = "Not enough stock"


class NoPromise(Conflict):
    """There is no way to reach this person with these goods."""

    slug = "no-promise"
    title = "No way to serve this"


class OutOfTurn(Conflict):
    """A step taken before or after its turn."""

    slug = "out-of-turn"
    title = "Not now"


class InFlight(Conflict):
    """The same request is being worked on at this moment."""

    slug = "in-flight"
    title = "Already being worked on"


class PaymentDeclined(Refusal):
    """The payment provider said no."""

    status = 402
    slug = "payment-declined"
    title = "Payment declined"


class PromiseExpired(Refusal):
    """The promise is older than its validity."""

    status = 410
    slug = "promise-expired"
    title = "The promise ran out"


class TooLarge(Refusal):
    """The body is larger than we take in one request."""

    status = 413
    slug = "too-large"
    title = "Too large"


class TooManyTries(Refusal):
    """Too many wrong attempts; a person must look at it."""

    status = 429
    slug = "too-many-tries"
    title = "Too many tries"


class Busy(Refusal):
    """We cannot take this on right now; the same request may be sent again."""

    status = 503
    slug = "busy"
    title = "Busy, please retry"
    retry_after_seconds: ClassVar[int] = 1


class PaymentTimeout(Busy):
    """The payment provider did not answer; the same request may be sent again with the same key."""

    slug = "payment-timeout"
    title = "The payment provider did not answer"
