"""The street runs one way, every room has the same furniture, and decisions do no I/O."""

import ast
import re
from collections.abc import Iterator

from the_source import STREET, Source, sources

ROOM_FURNITURE = {"model", "rules", "store", "service", "api", "jobs"}

FURNITURE_OF = {
    # what has no retail word in it
    "ground": {
        "accounts", "audit", "auth", "batching", "clock", "db", "deeds", "dispatch", "errors", "events",
        "http", "idempotency", "ids", "jobs", "log", "markets", "metrics", "money", "outbox",
        "settings", "solver", "timers", "worker",
    },
    "payments": ROOM_FURNITURE | {"providers"},  # who takes the money, one module each, behind one port
    "orders": ROOM_FURNITURE | {"journeys"},  # the table of journeys: data, not code
    "returns": ROOM_FURNITURE | {"journeys"},  # the way back is a table, too
    "simulator": ROOM_FURNITURE | {"demo", "replay", "world"},  # one folder for each world that is played
    "doors": {"http", "files", "work", "webhooks", "edi", "epcis", "commerce", "feeds", "labels", "web"},
}  # fmt: skip

NO_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc|stuff)($|_)")

PURE = {"model", "rules"}
NO_IO_MODULES = {
    "anyshelf.ground.db", "anyshelf.ground.outbox", "anyshelf.ground.settings", "asyncio", "fastapi",
    "httpx2",
    "io", "logging", "os", "pathlib", "psycopg", "psycopg_pool", "random", "requests", "secrets", "shutil",
    "socket", "sqlite3", "structlog", "subprocess", "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
NO_IO_CALLS = re.compile(
    r"^(open|print|input|exec|eval|breakpoint|new_id"
    r"|(datetime|dt)\.(now|utcnow|today)|date\.today|uuid\.uuid[14]|uuid[14]"
    r"|np\.random\.\w+|.*\.(execute|read_text|write_text|read_bytes|write_bytes))$"
)
EDGES = {"api", "jobs"}


def test_every_room_is_on_the_street() -> None:
    rooms = {each.room for each in sources()} - {"", "migrations"}

    assert rooms <= set(STREET), f"not on the street: {rooms - set(STREET)}"


def test_the_street_runs_one_way() -> None:
    against = [
        f"{each.place}:{line} imports {name}"
        for each in rooms()
        for line, name in each.imports()
        if is_room(name) and STREET.index(room_of(name)) > STREET.index(each.room)
    ]

    assert against == []


def test_nobody_enters_another_room_but_by_its_front_door() -> None:
    """A room's store and rules are its own; doors and main put the whole together through api and jobs."""
    intruders = [
        f"{each.place}:{line} imports {name}"
        for each in rooms()
        for line, name in each.imports()
        if is_room(name) and room_of(name) not in {each.room, "ground", "simulator", "doors"}
        if furniture_of(name) not in front_doors(each)
    ]

    assert intruders == []


def front_doors(source: Source) -> set[str]:
    doors = {"service", "model"}
    if source.room in {"doors", "main"}:
        return doors | EDGES | {"providers"}
    return doors | {"rules"} if source.room == "simulator" else doors


def test_rules_and_store_never_see_each_other() -> None:
    glances = [
        f"{each.place}:{line} imports {name}"
        for each in rooms()
        for line, name in each.imports()
        for one, other in (("rules", "store"), ("store", "rules"), ("model", "store"), ("model", "service"))
        if each.furniture == one and name.startswith(f"anyshelf.{each.room}.{other}")
    ]

    assert glances == []


def test_every_room_has_only_the_furniture_of_the_house() -> None:
    odd = [
        each.place
        for each in rooms()
        if each.furniture and each.furniture not in FURNITURE_OF.get(each.room, ROOM_FURNITURE)
        if each.room != "main"
    ]

    assert odd == []


def test_nothing_is_named_after_nothing() -> None:
    """No utils, helpers, common or manager: a name says what the thing is for."""
    vague = [each.place for each in sources() if any(NO_NAMES.search(part) for part in each.name.split("."))]
    vague += [
        f"{each.place}:{node.lineno} {node.name}"
        for each in sources()
        for node in ast.walk(each.tree)
        if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Helper|Utils?)$", node.name)
    ]

    assert vague == []


def test_imports_say_where_things_come_from() -> None:
    relative = [
        f"{each.place}:{line}" for each in sources() for line, name in each.imports() if name[0] == "."
    ]

    assert relative == []


def test_rules_and_models_do_no_io() -> None:
    """The clock, randomness, files and the database are arguments of a decision, or somebody else's work."""
    effects = [
        f"{each.place}:{line} {what}"
        for each in rooms()
        if each.furniture in PURE and each.room not in {"ground", "doors", "main"}
        for line, what in effects_of(each)
    ]

    assert effects == []


def effects_of(source: Source) -> Iterator[tuple[int, str]]:
    for line, name in source.imports():
        if any(f"{name}.".startswith(f"{module}.") for module in NO_IO_MODULES):
            yield line, f"imports {name}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and NO_IO_CALLS.match(ast.unparse(node.func)):
            yield node.lineno, f"calls {ast.unparse(node.func)}"


def test_services_leave_the_commit_to_the_edges() -> None:
    commits = [
        f"{each.place}:{node.lineno} {ast.unparse(node.func)}"
        for each in rooms()
        if each.furniture in {"service", "store", "rules", "model"}
        for node in ast.walk(each.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"commit", "rollback"}
    ]

    assert commits == []


def test_no_statement_is_put_together_from_strings() -> None:
    """SQL is constants; a value travels as a parameter, never inside the text."""
    assembled = [
        f"{each.place}:{node.lineno}"
        for each in rooms()
        for node in ast.walk(each.tree)
        if isinstance(node, ast.Call) and is_query(node) and is_assembled(query_of(node))
    ]

    assert assembled == []


QUERY_FUNCTIONS = {"rows": 2, "row": 2, "run": 1, "values": 1, "execute": 0, "executemany": 0, "copy": 0}
"""The functions that send SQL, and which argument of theirs it is."""


def is_query(call: ast.Call) -> bool:
    name = name_of(call)
    return name in QUERY_FUNCTIONS and len(call.args) > QUERY_FUNCTIONS[name]


def query_of(call: ast.Call) -> ast.expr:
    return call.args[QUERY_FUNCTIONS[name_of(call)]]


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def is_assembled(query: ast.expr) -> bool:
    if isinstance(query, ast.JoinedStr | ast.BinOp):
        return True
    if not isinstance(query, ast.Call):
        return False
    inner = query.func
    composed = ast.unparse(inner).startswith("sql.SQL(")  # psycopg's own: it quotes what it is given
    return isinstance(inner, ast.Attribute) and inner.attr in {"format", "join", "replace"} and not composed


def test_an_assembled_statement_is_noticed() -> None:
    wrong = ast.parse(
        'run(tx, f"DELETE FROM {table}")\nrows(tx, Kind, "SELECT " + columns)\nrun(tx, FINE_SQL)'
    )
    calls = [node for node in ast.walk(wrong) if isinstance(node, ast.Call)]

    assert [is_assembled(query_of(call)) for call in calls if is_query(call)] == [True, True, False]


def rooms() -> list[Source]:
    return [each for each in sources() if each.room in STREET]


def is_room(name: str) -> bool:
    return name.startswith("anyshelf.") and room_of(name) in STREET


def room_of(name: str) -> str:
    return name.split(".")[1]


def furniture_of(name: str) -> str:
    parts = name.split(".")
    return parts[2] if len(parts) > 2 else ""
