"""The folder an embedded PostgreSQL lives in.

postgresql/           0700, owned by the account the server runs as
    cluster/          PostgreSQL's own data folder; appears whole or not at all
    password, port    how to reach it
    lock              held while somebody makes, starts or adopts the server
    owner.<pid>       held by the process that will stop the server <pid>
    server.log[.old]  the log, turned at a start when it has grown past LOG_BYTES_MAX
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from anyshelf.ground.db.binaries import ROOM_FOR_ROOT, Account, account_for, ask, programs, reaches
from anyshelf.ground.errors import SetupProblem

USER = "anyshelf"
DATABASE = "anyshelf"

DEADLINE_SECONDS = 90.0
PAUSE_SECONDS = 0.02
LOG_BYTES_MAX = 10_000_000
LOG_LINES_TOLD = 12

BUILTIN_LOCALE_SINCE = 17

# PostgreSQL's postmaster.pid: the first line is the process, the fourth the port (once it listens).
PID_LINE = 0
PORT_LINE = 3


class Home:
    """The folder of one embedded server, made if it is not there."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.folder = self.data_dir / "postgresql"
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "server.log"
        self.account = account_for(self.folder)
        _make_folder(self.folder, self.account)

    def url(self, port: int, database: str) -> str:
        """How to reach the server as its owner."""
        password = (self.folder / "password").read_text()
        return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process at a time makes, starts or adopts the server."""
        handle = self.write("lock")
        try:
            for _ in until(2 * DEADLINE_SECONDS):
                with suppress(BlockingIOError):
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
            else:
                raise SetupProblem(
                    f"Another process has been starting the server in {self.folder} for minutes."
                )
            yield
        finally:
            os.close(handle)

    def write(self, name: str, flags: int = 0) -> int:
        """Open one of our files for writing, for nobody but the server's account; never through a link."""
        handle = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | flags, 0o600)
        if os.geteuid() == 0:
            os.fchown(handle, self.account.uid, self.account.gid)
        return handle

    def make_cluster(self) -> None:
        """Make the data folder beside its place and move it there whole."""
        if self.cluster.exists():
            return
        for half in self.folder.glob("cluster.*"):
            shutil.rmtree(half)
        self._make_password()
        half = self.folder / f"cluster.{secrets.token_hex(4)}"
        folder = programs(self.account)
        made = ask([folder / "initdb", "-D", half, *self._initdb_options(folder)], self.account)
        if made.returncode:
            raise SetupProblem(f"PostgreSQL could not make its data folder:\n{made.stderr.strip()}")
        half.rename(self.cluster)
        _sync(self.folder)

    def _initdb_options(self, folder: Path) -> list[str]:
        told = ask([folder / "postgres", "--version"], self.account).stdout
        major = int(told.split()[2].partition(".")[0])
        locale = ["--locale=C.UTF-8"]
        if major >= BUILTIN_LOCALE_SINCE:  # the same order on every machine, whatever its C library
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        owner = [f"--username={USER}", f"--pwfile={self.folder / 'password'}", "--auth=scram-sha-256"]
        return [*owner, "--encoding=UTF8", "--data-checksums", *locale]

    def _make_password(self) -> None:
        kept = self.folder / "password"
        if kept.exists():
            return
        with os.fdopen(self.write("password.new", os.O_TRUNC), "w") as file:
            file.write(secrets.token_urlsafe(24))
            file.flush()
            os.fsync(file.fileno())
        (self.folder / "password.new").rename(kept)

    def running_pid(self) -> int | None:
        """The process that serves this folder, whether or not it answers yet."""
        pid = self._postmaster_line(PID_LINE)
        return pid if pid is not None and serves(pid, self.cluster) else None

    def running_port(self) -> int | None:
        """The port the running server wrote down, once it has."""
        return self._postmaster_line(PORT_LINE)

    def _postmaster_line(self, line: int) -> int | None:
        try:
            return int((self.cluster / "postmaster.pid").read_text().splitlines()[line])
        except (FileNotFoundError, IndexError, ValueError):
            return None  # no server, or one that has not written so far yet

    def last_port(self) -> int:
        """The port of last time, 0 if there was none."""
        try:
            return int((self.folder / "port").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def remember_port(self, port: int) -> None:
        """Keep the port, so that addresses stay good over a restart."""
        with os.fdopen(self.write("port", os.O_TRUNC), "w") as file:
            file.write(str(port))

    def forget_dead_server(self) -> None:
        """Remove the note of a server that is no more.

        PostgreSQL does so itself unless another process, or a zombie, bears the dead one's number, as happens
        in containers. Its shared memory, found by the folder's inode, still guards against old sessions.
        """
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        for old in self.folder.glob("owner.*"):
            old.unlink()

    def take_duty(self, pid: int) -> int | None:
        """The right to stop the server `pid`, held while we live; None where another process has it."""
        handle = self.write(f"owner.{pid}")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle

    def turn_log(self) -> None:
        """Keep the log within bounds: at most the present one and the one before."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.rename(self.log.with_suffix(".log.old"))

    def log_size(self) -> int:
        """How much the server has written so far, in bytes."""
        return self.log.stat().st_size if self.log.exists() else 0

    def log_tail(self, since: int = 0) -> str:
        """The last lines the server wrote, after its first `since` bytes."""
        with suppress(FileNotFoundError), self.log.open("rb") as file:
            file.seek(max(since, self.log_size() - 100_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-LOG_LINES_TOLD:])
        return ""


def until(seconds: float) -> Iterator[None]:
    """Try, pause, try again, until the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(PAUSE_SECONDS)


def serves(pid: int, cluster: Path) -> bool:
    """Whether `pid` is a live server of `cluster`: not a zombie, nor a stranger who was given its number."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self").exists() and _lives(pid)
    return b"postgres" in words[0] and (b"-D" not in words or os.fsencode(cluster) in words)


def _lives(pid: int) -> bool:
    """Where there is no /proc: whether any process bears the number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _make_folder(folder: Path, account: Account) -> None:
    """Make the server's own folder, 0700; folders above it that exist keep their modes."""
    try:
        for missing in reversed([above for above in folder.parents if not above.exists()]):
            missing.mkdir(exist_ok=True)
            missing.chmod(0o755)
        if not reaches(folder.parent, account):
            raise SetupProblem(
                f"PostgreSQL runs as the account {account.uid}, which cannot reach {folder.parent}. Choose "
                f"another data folder, such as {ROOM_FOR_ROOT}, or open the folders above it (chmod o+x)."
            )
        folder.mkdir(mode=0o700, exist_ok=True)
        _refuse_stranger(folder)
        if folder.stat().st_uid != account.uid:
            os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)
    except PermissionError as refused:
        raise SetupProblem(
            f"{folder} cannot be made or belongs to another user. Choose another."
        ) from refused


def _refuse_stranger(folder: Path) -> None:
    names = {entry.name for entry in folder.iterdir()}
    if names and "lock" not in names:
        raise SetupProblem(f"{folder} holds something that is not ours. Choose another data folder.")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
