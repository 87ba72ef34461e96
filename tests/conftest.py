"""One PostgreSQL for the whole run, one migrated template, and a fresh database for every test that asks.

The process that started pytest owns the server; the workers of `pytest -n` are handed its address. With
ANYSHELF_TEST_DATABASE_URL (a login that may create databases) the tests use that server instead, and with
ANYSHELF_POSTGRES_BIN another PostgreSQL's programs.
"""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from anyshelf.ground.db import Database, EmbeddedServer, migrate, start_embedded
from anyshelf.ground.db.embedded import stop_abandoned
from anyshelf.ground.db.migrations import packaged_checksum
from anyshelf.ground.errors import SetupProblem

PREFIX = "anyshelf-tests-"

MEMORY = Path("/dev/shm")  # noqa: S108 - the server's folder in it is private
MEMORY_BYTES_MIN = 2_000_000_000

OLD_SECONDS = 120

# Speed for durability: this server does not outlive the run.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "track_commit_timestamp": "on",  # by it the proof knows in which order things were kept
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
}

TEMPLATE_READY_SQL = "SELECT datistemplate FROM pg_database WHERE datname = %(name)s"

# A lock of the server, not of one database: they all take it in the database they were given.
LOCK_SQL = "SELECT pg_advisory_lock(7221016180339887)"
UNLOCK_SQL = "SELECT pg_advisory_unlock(7221016180339887)"


class ServerOfTheRun:
    """The server of this run, started when the first test asks for it."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._server: EmbeddedServer | None = None

    @property
    def url(self) -> str:
        if self._url is None:
            _sweep()
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_fast_folder()))
            folder.chmod(0o755)  # as root, the server's account must reach its own folder in it
            self._server = start_embedded(folder, settings=SETTINGS)
            self._url = self._server.url
        return self._url

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            shutil.rmtree(self._server.data_dir)


class FreshDatabases:
    """Makes databases from the template; drops them one test later, when their sessions are gone."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._owner = psycopg.connect(url, autocommit=True)
        self._retired: list[str] = []
        self._template = f"anyshelf_template_{packaged_checksum()[:12]}"
        self._make_template()

    def take(self) -> str:
        self.drop_retired()
        name = f"anyshelf_test_{uuid.uuid4().hex}"
        self._say("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, self._template)
        return name

    def retire(self, name: str) -> None:
        self._retired.append(name)

    def url_of(self, name: str) -> str:
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()

    def drop_retired(self) -> None:
        while self._retired:
            self._say("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._retired.pop())

    def close(self) -> None:
        self.drop_retired()
        self._owner.close()

    def _make_template(self) -> None:
        self._owner.execute(LOCK_SQL)
        ready = self._owner.execute(TEMPLATE_READY_SQL, {"name": self._template}).fetchone()
        if ready != (True,):
            self._say("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)
            self._say("CREATE DATABASE {}", self._template)
            migrate(self.url_of(self._template))
            self._say("ALTER DATABASE {} WITH IS_TEMPLATE true", self._template)
        self._owner.execute(UNLOCK_SQL)

    def _say(self, statement: str, *names: str) -> None:
        self._owner.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


SERVER = pytest.StashKey[ServerOfTheRun]()


def pytest_configure(config: pytest.Config) -> None:
    """A worker is told where the server is; everybody else may start one."""
    told = getattr(config, "workerinput", {}).get("anyshelf_postgres")
    config.stash[SERVER] = ServerOfTheRun(told or os.environ.get("ANYSHELF_TEST_DATABASE_URL"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The controller of `pytest -n` starts the server before its first worker."""
    node.workerinput["anyshelf_postgres"] = node.config.stash[SERVER].url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever started the server stops it, when no worker is left."""
    if SERVER in config.stash:
        config.stash[SERVER].stop()


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """The run's PostgreSQL, as its owner; make your own databases in it, do not stop it."""
    return request.config.stash[SERVER].url


@pytest.fixture(scope="session")
def fresh_databases(server_url: str) -> Iterator[FreshDatabases]:
    databases = FreshDatabases(server_url)
    yield databases
    databases.close()


@pytest.fixture
def database_url(fresh_databases: FreshDatabases) -> Iterator[str]:
    """A migrated database of this test's own, as its owner."""
    name = fresh_databases.take()
    yield fresh_databases.url_of(name)
    fresh_databases.retire(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open Database on a fresh one, working as the application's role."""
    with Database(database_url) as opened:
        yield opened


@pytest.fixture
def reachable_path() -> Iterator[Path]:
    """A folder like tmp_path that the unprivileged account of an embedded server can reach."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_fast_folder()))
    folder.chmod(0o755)
    yield folder
    with suppress(SetupProblem):
        stop_abandoned(folder)
    shutil.rmtree(folder)


def _fast_folder() -> str:
    """Memory where there is enough of it: copying the template is ten times faster there."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN:
        return str(MEMORY)
    return tempfile.gettempdir()


def _sweep() -> None:
    """Stop and remove what killed runs have left behind."""
    for old in Path(_fast_folder()).glob(f"{PREFIX}*"):
        try:
            if time.time() - old.stat().st_mtime > OLD_SECONDS and stop_abandoned(old):
                shutil.rmtree(old)
        except (SetupProblem, OSError):
            continue  # another user's, or another run is sweeping it
