"""Clients that send what they were given over kept connections, and note how long each answer took."""

import socket
import sys
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What the clients saw: answers by status, seconds each took, and how long it all lasted."""

    statuses: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    lasted: float = 0.0

    def percentile_ms(self, share: float) -> float:
        """The time below which this share of the answers came."""
        ordered = sorted(self.seconds)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2) if ordered else 0.0


class Connection:
    """One kept connection: plain sockets, because the client must not be what is measured."""

    def __init__(self, host: str, port: int) -> None:
        self.host = f"{host}:{port}".encode()
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.left = b""

    def post(self, path: bytes, body: bytes, kind: bytes = b"application/json") -> tuple[int, bytes]:
        """Send a body and wait for the answer: its status and body."""
        self.socket.sendall(
            b"POST " + path + b" HTTP/1.1\r\nHost: " + self.host + b"\r\nContent-Type: " + kind
            + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )  # fmt: skip
        return self.answer()

    def get(self, path: bytes) -> tuple[int, bytes]:
        """Ask for something and wait for the answer: its status and body."""
        self.socket.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: " + self.host + b"\r\n\r\n")
        return self.answer()

    def answer(self) -> tuple[int, bytes]:
        """Read one answer, of a known length or in chunks."""
        head, _, rest = self.until(b"\r\n\r\n").partition(b"\r\n\r\n")
        self.left = rest
        status = int(head.split(b" ", 2)[1])
        lowered = head.lower()
        if b"transfer-encoding: chunked" in lowered:
            return status, self.chunks()
        length = int(lowered.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(self.left) < length:
            self.left += self.socket.recv(1 << 20)
        body, self.left = self.left[:length], self.left[length:]
        return status, body

    def until(self, mark: bytes) -> bytes:
        """Read until a mark is among what was read."""
        while mark not in self.left:
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError("the server hung up")
            self.left += more
        return self.left

    def chunks(self) -> bytes:
        """Read a chunked body to its end."""
        parts = []
        while True:
            size, _, self.left = self.until(b"\r\n").partition(b"\r\n")
            length = int(size, 16)
            while len(self.left) < length + 2:
                self.left += self.socket.recv(1 << 20)
            parts.append(self.left[:length])
            self.left = self.left[length + 2 :]
            if not length:
                return b"".join(parts)


def send_all(host: str, port: int, path: str, bodies: list[bytes], clients: int) -> Tally:
    """Send every body once, `clients` at a time, each client waiting for its answer before the next."""
    tally, lock = Tally(), threading.Lock()
    waiting = iter(bodies)

    def client() -> None:
        connection = Connection(host, port)
        took: list[float] = []
        statuses: dict[int, int] = {}
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                break
            start = time.perf_counter()
            status, _ = connection.post(path.encode(), body)
            took.append(time.perf_counter() - start)
            statuses[status] = statuses.get(status, 0) + 1
        with lock:
            tally.seconds += took
            for status, times in statuses.items():
                tally.statuses[status] = tally.statuses.get(status, 0) + times

    sys.setswitchinterval(0.001)
    threads = [threading.Thread(target=client) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.lasted = time.perf_counter() - start
    return tally
