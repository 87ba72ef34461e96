"""Wires between clients, servers and the database, which can be cut."""

import asyncio
import threading
from contextlib import suppress

CHUNK = 65536


class Wire:
    """A port of ours that hands on to another one, until somebody cuts it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.target = ("127.0.0.1", 0)
        self.port = 0
        self.cuts = 0
        self.deaf = 0
        self._loop = loop
        self._ends: set[asyncio.StreamWriter] = set()
        asyncio.run_coroutine_threadsafe(self._open(), loop).result()

    async def _open(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Every connection on this wire ends at once, whatever is on its way."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result()

    def lose_answers(self, count: int) -> None:
        """The next answers do not come back: what was asked arrives, and then the connection ends."""
        self.deaf = count

    async def _cut(self) -> None:
        self.cuts += len(self._ends) // 2
        for end in list(self._ends):
            end.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._ends |= ends
        await asyncio.gather(self._hand_on(reader, far_writer), self._hand_on(far_reader, writer, back=True))
        self._ends -= ends

    async def _hand_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool = False
    ) -> None:
        """Hand on what is read until it ends; where answers get lost, both ways end."""
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if back and self.deaf > 0:
                    self.deaf -= 1
                    self.cuts += 1
                    break
                writer.write(chunk)
                await writer.drain()
        writer.close()


class Wires:
    """All wires, tended by one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wires", daemon=True)
        self._thread.start()
        self._laid: list[Wire] = []

    def lay(self) -> Wire:
        wire = Wire(self._loop)
        self._laid.append(wire)
        return wire

    @property
    def cuts(self) -> int:
        """How many connections were cut."""
        return sum(wire.cuts for wire in self._laid)

    def close(self) -> None:
        for wire in self._laid:
            wire.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
