"""What a form of a page sends, read field by field."""

from urllib.parse import parse_qs

from fastapi import Request

from anyshelf.ground.errors import Invalid, Malformed
from anyshelf.ground.http import body_of

FIELDS_MAX = 500
TEXT_MAX = 1000


class Form:
    """The fields of a form; a field that is not there is empty."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str, *, longest: int = TEXT_MAX) -> str:
        """A field without the blanks around it; raises Invalid when it is too long."""
        found = self._fields.get(name, [""])[0].replace("\0", "").strip()
        if len(found) > longest:
            raise Invalid(f"{name} is longer than {longest} letters.", field=name)
        return found

    def needed(self, name: str, *, longest: int = TEXT_MAX) -> str:
        """A field that must be filled in; raises Invalid."""
        found = self.text(name, longest=longest)
        if not found:
            raise Invalid(f"Fill in {name.replace('_', ' ')}.", field=name)
        return found

    def number(
        self, name: str, *, least: int = 0, most: int = 1_000_000, otherwise: int | None = None
    ) -> int:
        """A whole number within bounds; raises Invalid for anything else."""
        found = self.text(name)
        if not found and otherwise is not None:
            return otherwise
        if not (found.isascii() and found.removeprefix("-").isdigit() and least <= int(found[:12]) <= most):
            raise Invalid(f"{name} is a whole number from {least} to {most}.", field=name)
        return int(found)

    def pairs(self) -> list[tuple[str, str]]:
        """Every field with its text, for a page that asks once more before it is done."""
        return [(name, found[0]) for name, found in self._fields.items()]

    def names(self, prefix: str) -> list[str]:
        """What follows a prefix in the names of the fields: line-1 and line-2 are lines 1 and 2."""
        return [name.removeprefix(prefix) for name in self._fields if name.startswith(prefix)]


def form_of(request: Request) -> Form:
    """The form a page has sent; raises Malformed."""
    try:
        return Form(
            parse_qs(
                body_of(request).decode(errors="replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX
            )
        )
    except ValueError:
        raise Malformed("This is not the form of that page.", field="body") from None
