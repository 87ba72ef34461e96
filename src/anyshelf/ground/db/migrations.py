"""Brings a database to this version: numbered SQL files, in order, each wholly or not at all."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import psycopg
from psycopg import errors, sql

from anyshelf.ground.db.connect import APP_ROLE, Tx, rows, run, values
from anyshelf.ground.errors import SetupProblem

PACKAGED = files("anyshelf") / "migrations"

FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

GRANT_TRIES = 20

# Since PostgreSQL 16 whoever creates a role administers it, yet may not take it before being granted that.
TAKING_IS_SEPARATE_SINCE = 16_00_00

# One number for every Anyshelf; advisory locks are kept apart per database by PostgreSQL itself.
LOCK_SQL = "SELECT pg_advisory_lock(4951760157141521)"

BOOK_EXISTS_SQL = "SELECT to_regclass('schema_migrations') IS NOT NULL"

BOOK_SQL = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number      integer PRIMARY KEY,
    name        text NOT NULL,
    sha256      text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

APPLIED_SQL = "SELECT number, name, sha256 FROM schema_migrations ORDER BY number"

ENTER_SQL = """
INSERT INTO schema_migrations (number, name, sha256) VALUES (%(number)s, %(name)s, %(sha256)s)
"""

WHO_SQL = """
SELECT current_user::text, EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s),
       current_setting('server_version_num')::integer
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A migration this database has been through."""

    number: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A numbered file of SQL."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The checksum that shows whether an applied file was changed afterwards."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate(url: str, *, folder: Traversable | Path = PACKAGED) -> list[str]:
    """Bring the database to this version and name the files that were applied, in order.

    Safe to run twice and by several processes at once. Also makes the role the application works as.
    Raises SetupProblem when an applied file was changed, when the database is newer than the code, when
    a right is missing, or when a file fails: then nothing of that file remains.
    """
    wanted = _migrations(folder)
    with _session(url) as owner:
        values(owner, LOCK_SQL)
        _ensure_role(owner)
        _ensure_book(owner)
        waiting = _still_to_apply(wanted, rows(owner, Applied, APPLIED_SQL))
        for migration in waiting:
            _apply(owner, migration)
    return [migration.name for migration in waiting]


def pending(url: str, *, folder: Traversable | Path = PACKAGED) -> list[str]:
    """The files `migrate` would apply, in order; changes nothing and raises what `migrate` would refuse."""
    with _session(url) as reader:
        known = values(reader, BOOK_EXISTS_SQL) == [(True,)]
        applied = rows(reader, Applied, APPLIED_SQL) if known else []
    return [migration.name for migration in _still_to_apply(_migrations(folder), applied)]


def packaged_checksum() -> str:
    """One checksum over every packaged file: two databases migrated under the same one are alike."""
    return hashlib.sha256(
        "".join(each.name + each.sha256 for each in _migrations(PACKAGED)).encode()
    ).hexdigest()


@contextmanager
def _session(url: str) -> Iterator[Tx]:
    try:
        connection = psycopg.connect(url, autocommit=True, application_name="anyshelf migrate")
    except psycopg.Error as unreachable:
        reason = str(unreachable).strip().partition("\n")[0]
        raise SetupProblem(
            f"The database cannot be reached: {reason}. Check ANYSHELF_DATABASE_URL and that the server runs."
        ) from unreachable
    with connection:
        yield connection


def _migrations(folder: Traversable | Path) -> list[Migration]:
    found: dict[int, Migration] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".sql"):
            continue
        match = FILE_NAME.fullmatch(file.name)
        if match is None:
            raise SetupProblem(f"The migration {file.name} must be named like 0001_ground.sql; rename it.")
        number = int(match.group(1))
        if number in found:
            raise SetupProblem(
                f"{found[number].name} and {file.name} bear one number; renumber the later one."
            )
        found[number] = Migration(number=number, name=file.name, text=file.read_text(encoding="utf-8"))
    return list(found.values())


def _still_to_apply(wanted: Sequence[Migration], applied: Sequence[Applied]) -> list[Migration]:
    """What is missing, after making sure that what was applied is what the code knows."""
    by_number = {migration.number: migration for migration in wanted}
    for past in applied:
        _refuse_changed(past, by_number)
    last = max((past.number for past in applied), default=0)
    done = {past.number for past in applied}
    waiting = [migration for migration in wanted if migration.number not in done]
    for migration in waiting:
        if migration.number < last:
            raise SetupProblem(
                f"{migration.name} came after number {last:04} was applied; give it a later number."
            )
    return waiting


def _refuse_changed(past: Applied, wanted: Mapping[int, Migration]) -> None:
    known = wanted.get(past.number)
    if known is None:
        raise SetupProblem(
            f"The database is newer than this program: it has been through {past.name}. "
            "Start the version of Anyshelf that migrated it, or a later one."
        )
    if known.sha256 != past.sha256:
        raise SetupProblem(
            f"{known.name} was changed after this database went through it. "
            "Restore the file and put the change into a new migration."
        )


def _ensure_book(owner: Tx) -> None:
    try:
        run(owner, BOOK_SQL)
    except errors.InsufficientPrivilege as missing:
        database, user = owner.info.dbname, owner.info.user
        raise SetupProblem(
            f"The login {user} may not create tables in {database}. Have an administrator run there: "
            f'GRANT CREATE ON SCHEMA public TO "{user}";'
        ) from missing


def _apply(owner: Tx, migration: Migration) -> None:
    try:
        with owner.transaction():
            owner.execute(migration.text)  # our own file, not anybody's input
            run(owner, ENTER_SQL, number=migration.number, name=migration.name, sha256=migration.sha256)
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error)
        raise SetupProblem(
            f"{migration.name}, {_place(migration, error)}: {reason}. Nothing of this file was applied."
        ) from error


def _place(migration: Migration, error: psycopg.Error) -> str:
    position = error.diag.statement_position
    if position is None:
        return "while it ran"
    return f"line {migration.text.count(chr(10), 0, int(position)) + 1}"


def _ensure_role(owner: Tx) -> None:
    """Make the application's role, and let this login take it.

    Roles belong to the whole server, so migrations of other databases may be at the same rows in this very
    moment: what collides is looked at again.
    """
    for _ in range(GRANT_TRIES):
        if _may_take_role(owner):
            return
        try:
            _grant_role(owner)
        except (errors.DuplicateObject, errors.UniqueViolation):
            continue  # another migration made it first
        except errors.InternalError:
            continue  # "tuple concurrently updated": another migration granted at the same moment
        except errors.InsufficientPrivilege as missing:
            raise SetupProblem(_plea(owner)) from missing
    raise SetupProblem(_plea(owner))


def _may_take_role(owner: Tx) -> bool:
    try:
        with owner.transaction(force_rollback=True):
            owner.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(APP_ROLE)))
    except (errors.InvalidParameterValue, errors.UndefinedObject, errors.InsufficientPrivilege):
        return False
    return True


def _grant_role(owner: Tx) -> None:
    ((_, exists, version),) = values(owner, WHO_SQL, role=APP_ROLE)
    role = sql.Identifier(APP_ROLE)
    if not exists:
        owner.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    elif version >= TAKING_IS_SEPARATE_SINCE:
        owner.execute(sql.SQL("GRANT {} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE").format(role))
    else:
        owner.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))


def _plea(owner: Tx) -> str:
    ((user, exists, _),) = values(owner, WHO_SQL, role=APP_ROLE)
    create = "" if exists else f"CREATE ROLE {APP_ROLE} NOLOGIN; "
    return (
        f"The login {user} may not take the role {APP_ROLE}. "
        f'Have an administrator of this server run: {create}GRANT {APP_ROLE} TO "{user}";'
    )
