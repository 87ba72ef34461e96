"""How much one request may bring, counted as it streams in, and when none is taken any more."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anyshelf.ground.errors import Busy, TooLarge
from anyshelf.ground.http.house import House
from anyshelf.ground.http.problems import Problem

DRAINED_BYTES_MAX = 300_000_000
"""How much of a body we refuse is still read and dropped: most clients only listen when they have spoken."""


class BodyLimit:
    """ASGI: refuses bodies above a size, announced or not, without ever keeping them.

    The paths in `streamed` read theirs piece by piece, and bound what they keep of it themselves.
    """

    def __init__(self, app: ASGIApp, *, bytes_max: int, streamed: frozenset[str] = frozenset()) -> None:
        self.app = app
        self.bytes_max = bytes_max
        self.streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["path"] in self.streamed:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.bytes_max:
            if b"expect" not in headers:  # who asks first has not sent anything yet
                await _drain(receive)
            await Problem(self._refusal())(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.bytes_max:
                if message.get("more_body", False):
                    await _drain(receive)
                raise self._refusal()
            return message

        await self.app(scope, counted, send)

    def _refusal(self) -> TooLarge:
        return TooLarge(
            f"A request may bring {self.bytes_max:,} bytes; send this in several.", bytes_max=self.bytes_max
        )


async def _drain(receive: Receive) -> None:
    dropped, more = 0, True
    while more and dropped < DRAINED_BYTES_MAX:
        message = await receive()
        dropped += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


class Gate:
    """ASGI: while the house is stopping, new requests are sent away to come back; those inside finish."""

    OPEN_ANYHOW = frozenset({"/healthz", "/metrics"})

    def __init__(self, app: ASGIApp, *, house: House) -> None:
        self.app = app
        self.house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        shut = scope["type"] == "http" and self.house.stopping.is_set()
        if shut and scope["path"] not in self.OPEN_ANYHOW:
            refusal = Busy("This server is stopping; please send this again in a moment.")
            await Problem(refusal, {"Connection": "close"})(scope, receive, send)
            return
        await self.app(scope, receive, send)
