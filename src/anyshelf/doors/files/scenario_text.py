"""A scenario written as TOML again, the way people write it: what is not said is left out."""

import json
from collections.abc import Mapping
from typing import Any


def as_toml(given: Mapping[str, Any]) -> str:
    """The TOML of a scenario as it was read: a question, a stage, a world, variants."""
    parts = [f"question = {_value(given.get('question', ''))}"]
    parts += [_table(f"[{name}]", given[name]) for name in ("stage", "world") if given.get(name)]
    parts += [_table("[[variant]]", each) for each in given.get("variant", ())]
    return "\n\n".join(parts) + "\n"


def _table(head: str, values: Mapping[str, Any]) -> str:
    return "\n".join([head, *(f"{name} = {_value(value)}" for name, value in values.items())])


def _value(value: Any) -> str:
    """A value in TOML: strings as JSON writes them (TOML reads the same), lists and tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_value(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
