"""Ports, processes, and how they are killed."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(pid: int) -> list[int]:
    told = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in told.stdout.split()]


def kill(*pids: int) -> None:
    """At once, without a word."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def postmaster_of(folder: Path) -> int | None:
    """The PostgreSQL that runs somewhere below a folder."""
    for path in folder.rglob("postmaster.pid"):
        with suppress(FileNotFoundError):
            return int(path.read_text().split()[0])
    return None


def kill_database(folder: Path) -> None:
    """The postmaster and all it started, at once."""
    pid = postmaster_of(folder)
    if pid is not None:
        kill(pid, *children_of(pid))
