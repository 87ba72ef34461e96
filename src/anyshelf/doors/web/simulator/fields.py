"""The form of a scenario: which field each setting has, what stands in it, and what was written into it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import Any, Final

from anyshelf.doors.files.scenario_text import as_toml
from anyshelf.doors.files.scenarios import VARIANTS_MAX, ScenarioIn, SettingIn
from anyshelf.doors.web.forms import Form
from anyshelf.simulator.model import SETTINGS, Setting, Word
from anyshelf.sourcing.model import POLICIES

TEXT_MAX: Final = 20_000
FLAG, NUMBER, CHOICE, NAMES, TABLES = "flag", "number", "choice", "names", "tables"
Given = dict[str, Any]
"""A scenario as its TOML says it: question, stage, world, variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A setting as a field of the form: its kind, what it is when nothing is said, what may be chosen."""

    word: Word
    kind: str
    usual: str
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The setting's own name."""
        return self.word.name


def _field(word: Word, schema: Mapping[str, Any], usual: Any) -> Field:
    said = next(each for each in schema["anyOf"] if each.get("type") != "null")
    kind = said.get("type")
    if kind == "boolean":
        return Field(word=word, kind=FLAG, usual=written(usual), choices=("true", "false"))
    if kind in {"integer", "number"}:
        return Field(word=word, kind=NUMBER, usual=written(usual))
    if kind == "array":
        tables = "$ref" in said["items"]
        return Field(word=word, kind=TABLES if tables else NAMES, usual=written(usual))
    choices = tuple(said.get("enum", sorted(POLICIES)))
    return Field(word=word, kind=CHOICE, usual=written(usual), choices=choices)


def written(value: Any) -> str:
    """What stands in a field for a value: tables one a line, names with commas between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], Mapping):
            return "\n".join(as_toml({"question": each}).partition(" = ")[2].strip() for each in value)
        return ", ".join(str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def read(field: Field, text: str) -> Any:
    """The value of what was written into a field; what cannot be read is handed on, to be named as wrong."""
    if field.kind == FLAG:
        return {"true": True, "false": False}.get(text, text)
    if field.kind == NUMBER:
        return _number(text)
    if field.kind == NAMES:
        return [name for each in text.split(",") if (name := each.strip())]
    if field.kind == TABLES:
        return [_table(line) for line in text.splitlines() if line.strip()]
    return text


def _number(text: str) -> Any:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text


def _table(line: str) -> Any:
    try:
        return tomllib.loads(f"it = {line.strip()}")["it"]
    except tomllib.TOMLDecodeError:
        return line


_SCHEMA: Final = SettingIn.model_json_schema()["properties"]
_USUAL: Final = {each.name: each.default for each in fields_of(Setting)}
FIELDS: Final = {word.name: _field(word, _SCHEMA[word.name], _USUAL[word.name]) for word in SETTINGS}
GROUPS: Final = tuple(dict.fromkeys(word.group for word in SETTINGS))


def given_of(text: str) -> Given:
    """A scenario's TOML as the form shows it; raises what reading it raises."""
    given = ScenarioIn.model_validate(tomllib.loads(text), strict=False)
    said: Given = given.model_dump(exclude_none=True, exclude_unset=True, by_alias=True)
    return {"world": {}, **said}


def given_in(form: Form) -> Given:
    """What a sent form says, field by field; an empty field says nothing."""
    variants = []
    for place in range(VARIANTS_MAX):
        if f"variant.{place}.name" in form.names(""):
            said = _settings(form, f"variant.{place}.")
            variants.append({"name": form.text(f"variant.{place}.name", longest=200), **said})
    given: Given = {"question": form.text("question", longest=1000)}
    if form.text("stage.from"):
        given["stage"] = {"from": form.text("stage.from")}
    return {**given, "world": _settings(form, "world."), "variant": variants}


def _settings(form: Form, prefix: str) -> Given:
    said = {}
    for name in form.names(prefix):
        text = form.text(prefix + name, longest=TEXT_MAX)
        if name in FIELDS and text:
            said[name] = read(FIELDS[name], text)
    return said
