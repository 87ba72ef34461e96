import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from anyshelf.ground.db import APP_ROLE, Database, migrate, pending, start_embedded, values
from anyshelf.ground.errors import SetupProblem

MIGRATE = """
import sys
from pathlib import Path
from anyshelf.ground.db import migrate
print(len(migrate(sys.argv[1], folder=Path(sys.argv[2]))))
"""


def say(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def at(url: str, *, database: str, user: str | None = None) -> str:
    """The same server, another database, perhaps another login."""
    parts = urlsplit(url)
    login = f"{user}:{user}" if user else f"{parts.username}:{parts.password}"
    return parts._replace(netloc=f"{login}@{parts.hostname}:{parts.port}", path=f"/{database}").geturl()


@pytest.fixture
def make_empty(server_url: str) -> Iterator[Callable[[], str]]:
    """Makes databases nothing has been done to."""
    made: list[str] = []

    def make() -> str:
        made.append(f"empty_{uuid.uuid4().hex}")
        say(server_url, "CREATE DATABASE {}", made[-1])
        return at(server_url, database=made[-1])

    yield make
    for name in made:
        say(server_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def empty(make_empty: Callable[[], str]) -> str:
    return make_empty()


@pytest.fixture
def newcomer(server_url: str) -> Iterator[str]:
    """A login that owns nothing and may create nothing."""
    name = f"newcomer_{uuid.uuid4().hex[:8]}"
    say(server_url, f"CREATE ROLE {{}} LOGIN PASSWORD '{name}'", name)
    yield name
    say(server_url, "DROP ROLE {}", name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_shelves.sql").write_text("CREATE TABLE shelves (shelf text PRIMARY KEY);")
    (tmp_path / "0002_lamps.sql").write_text(
        "CREATE TABLE lamps (lamp text);\nINSERT INTO lamps VALUES ('100 % wool shade');\n"
    )
    return tmp_path


def lamps(url: str) -> list[str]:
    with psycopg.connect(url) as tx:
        return [lamp for (lamp,) in tx.execute("SELECT lamp FROM lamps")]


def test_the_files_are_applied_in_order_and_once(empty: str, folder: Path) -> None:
    assert pending(empty, folder=folder) == ["0001_shelves.sql", "0002_lamps.sql"]
    assert migrate(empty, folder=folder) == ["0001_shelves.sql", "0002_lamps.sql"]
    assert pending(empty, folder=folder) == []
    assert migrate(empty, folder=folder) == []
    assert lamps(empty) == ["100 % wool shade"]


def test_the_packaged_files_fit_an_empty_database(empty: str) -> None:
    assert migrate(empty)[0] == "0001_ground.sql"
    assert pending(empty) == []


def test_a_later_file_is_applied_on_top(empty: str, folder: Path) -> None:
    migrate(empty, folder=folder)
    (folder / "0003_more.sql").write_text("INSERT INTO lamps VALUES ('brass')")

    assert migrate(empty, folder=folder) == ["0003_more.sql"]
    assert lamps(empty) == ["100 % wool shade", "brass"]


def test_several_processes_at_once_apply_everything_once(empty: str, folder: Path) -> None:
    command = [sys.executable, "-c", MIGRATE, empty, str(folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = sorted(int(process.communicate()[0]) for process in processes)

    assert told == [0, 0, 0, 2]
    assert lamps(empty) == ["100 % wool shade"]


def test_several_databases_of_a_new_server_may_be_migrated_at_once_without_a_superuser(
    reachable_path: Path, folder: Path
) -> None:
    with start_embedded(reachable_path, settings={"shared_buffers": "16MB"}) as server:
        say(server.url, "CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD 'keeper'", "keeper")
        names = [f"market_{number}" for number in range(4)]
        for name in names:
            say(server.url, "CREATE DATABASE {} OWNER keeper", name)
        urls = [at(server.url, database=name, user="keeper") for name in names]

        with ThreadPoolExecutor(4) as pool:
            applied = list(pool.map(lambda url: migrate(url, folder=folder), urls))

        assert applied == [["0001_shelves.sql", "0002_lamps.sql"]] * 4
        for url in urls:
            with Database(url) as database, database.transaction() as tx:
                assert values(tx, "SELECT current_user") == [("anyshelf_app",)]


def test_a_file_changed_after_it_was_applied_is_refused(empty: str, folder: Path) -> None:
    migrate(empty, folder=folder)
    (folder / "0001_shelves.sql").write_text("CREATE TABLE shelves (shelf integer PRIMARY KEY);")

    for asked in (migrate, pending):
        with pytest.raises(SetupProblem, match=r"0001_shelves\.sql was changed after"):
            asked(empty, folder=folder)


def test_a_database_newer_than_the_program_is_refused(empty: str, folder: Path) -> None:
    migrate(empty, folder=folder)
    (folder / "0002_lamps.sql").unlink()

    with pytest.raises(SetupProblem, match=r"newer than this program.*0002_lamps"):
        migrate(empty, folder=folder)


def test_a_file_that_comes_too_late_is_refused(empty: str, folder: Path) -> None:
    (folder / "0002_lamps.sql").rename(folder / "0003_lamps.sql")
    migrate(empty, folder=folder)
    (folder / "0002_late.sql").write_text("SELECT 1")

    with pytest.raises(SetupProblem, match=r"0002_late\.sql came after number 0003"):
        migrate(empty, folder=folder)


def test_a_file_that_fails_leaves_nothing_and_names_its_line(empty: str, folder: Path) -> None:
    (folder / "0003_wrong.sql").write_text("CREATE TABLE half (x integer);\n\nSELECT nonsense;\n")

    with pytest.raises(SetupProblem, match=r'0003_wrong\.sql, line 3: column "nonsense" does not exist'):
        migrate(empty, folder=folder)
    assert pending(empty, folder=folder) == ["0003_wrong.sql"]
    with psycopg.connect(empty) as tx:
        assert tx.execute("SELECT to_regclass('half')").fetchone() == (None,)


@pytest.mark.parametrize("name", ["first.sql", "01_short.sql", "0002_second.sql"])
def test_a_name_without_a_number_of_its_own_is_refused(empty: str, folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1")

    with pytest.raises(SetupProblem, match=r"rename it|renumber"):
        migrate(empty, folder=folder)


def test_a_login_without_rights_is_told_the_sql_that_helps(
    empty: str, newcomer: str, server_url: str, folder: Path
) -> None:
    migrate(empty, folder=folder)  # now the role exists, whoever runs first
    database = urlsplit(empty).path[1:]
    url = at(empty, database=database, user=newcomer)

    with pytest.raises(SetupProblem) as refused:
        migrate(url, folder=folder)
    advice = str(refused.value).partition("run: ")[2]
    assert advice == f'GRANT {APP_ROLE} TO "{newcomer}";'
    say(server_url, advice)

    with pytest.raises(SetupProblem, match=rf'GRANT CREATE ON SCHEMA public TO "{newcomer}";'):
        migrate(url, folder=folder)


def test_an_owner_who_is_no_superuser_can_migrate(
    make_empty: Callable[[], str], newcomer: str, server_url: str, folder: Path
) -> None:
    empty = make_empty()
    database = urlsplit(empty).path[1:]
    say(server_url, "ALTER DATABASE {} OWNER TO {}", database, newcomer)
    say(server_url, "GRANT anyshelf_app TO {}", newcomer)

    assert len(migrate(at(empty, database=database, user=newcomer), folder=folder)) == 2
    say(empty, "REASSIGN OWNED BY {} TO CURRENT_USER", newcomer)


def test_a_server_that_is_not_there_is_said_so() -> None:
    with pytest.raises(SetupProblem, match="cannot be reached"):
        migrate("postgresql://127.0.0.1:1/none")
