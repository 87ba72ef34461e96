"""The program's own source, as these tests read it: files, syntax trees, functions, rooms."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "anyshelf"

STREET = (
    "ground", "catalogue", "network", "inventory", "sourcing", "promising", "payments", "orders",
    "fulfilment", "delivery", "returns", "vendors", "planning", "insight", "simulator", "doors", "main",
)  # fmt: skip
"""The rooms in their order: each may import only what stands before it."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One module of the program."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def room(self) -> str:
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def furniture(self) -> str:
        """Which piece of its room's furniture it belongs to: model, rules, store, service, api, …"""
        parts = self.name.split(".")
        return parts[2] if len(parts) > 2 else ""

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def imports(self) -> Iterator[tuple[int, str]]:
        """Every dotted name it imports, with the line; `from a import b` is told as `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                dots = "." * node.level
                yield from ((node.lineno, f"{dots}{node.module or ''}.{a.name}") for a in node.names)


@cache
def sources() -> tuple[Source, ...]:
    """Every module of the package."""
    return tuple(_read(path) for path in sorted(PACKAGE.rglob("*.py")))


def importable() -> list[str]:
    """The names of the modules that can be imported without anything happening."""
    return [each.name for each in sources() if not each.name.endswith(".__main__")]


def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Source(path=path, name=name, text=text, tree=ast.parse(text, str(path)))


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that is, or would be, kept in the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    names = listing.stdout.decode().split("\0")
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())


def documents() -> list[Path]:
    """Every page written for people."""
    return [path for path in kept_files() if path.suffix == ".md"]
