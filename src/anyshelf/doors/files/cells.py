"""Reading single cells: text in, a value out, ValueError with the reason where there is none."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation

CODE_LENGTH_MAX = 64
DIGITS_MAX = 18

_INTEGER = re.compile(r"[+-]?[0-9]+")
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
_COST_RULE = re.compile(r"(?:(?P<base>[0-9.]+)\s*)?(?:\+?\s*(?P<per_kg>[0-9.]+)\s*/\s*kg)?", re.IGNORECASE)
_YES, _NO = ("true", "yes", "1", "y", "t"), ("false", "no", "0", "n", "f")


def code(text: str) -> str:
    """An id of ours: at most 64 printable letters."""
    if len(text) > CODE_LENGTH_MAX:
        raise ValueError(f"is longer than {CODE_LENGTH_MAX} letters")
    if not text.isprintable():
        raise ValueError("holds a letter that cannot be printed")
    return text


def words(length_max: int) -> Callable[[str], str]:
    """A reader of plain text of a length at most."""

    def read(text: str) -> str:
        if len(text) > length_max:
            raise ValueError(f"is longer than {length_max} letters")
        if not text.isprintable():
            raise ValueError("holds a letter that cannot be printed")
        return text

    return read


def integer(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers in a range."""

    def read(text: str) -> int:
        if not _INTEGER.fullmatch(text) or len(text) > DIGITS_MAX:
            raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is not a whole number")
        number = int(text)
        if not lowest <= number <= highest:
            raise ValueError(f"{number} is not between {lowest} and {highest}")
        return number

    return read


def degrees(limit: int) -> Callable[[str], float]:
    """A reader of degrees of latitude or longitude."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is not a number of degrees") from None
        if not -limit <= number <= limit:  # false for NaN too
            raise ValueError(f"{text} is not between -{limit} and {limit}")
        return number

    return read


def choice(known: Sequence[str]) -> Callable[[str], str]:
    """A reader of one of a few words."""

    def read(text: str) -> str:
        word = text.lower().replace(" ", "_").replace("-", "_")
        if word not in known:
            raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is none of {', '.join(known)}")
        return word

    return read


def codes(text: str) -> tuple[str, ...]:
    """A list of ids, parted by semicolons or bars; by spaces where there is neither. Each stands once."""
    parted = re.split(r"[;|]", text) if re.search(r"[;|]", text) else text.split()
    return tuple(dict.fromkeys(code(part.strip()) for part in parted if part.strip()))


def country(text: str) -> str:
    """A country by its two letters (ISO 3166-1)."""
    if len(text) != 2 or not (text.isascii() and text.isalpha()):  # noqa: PLR2004  alpha-2
        raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is not a country code such as US")
    return text.upper()


def currency(text: str) -> str:
    """A currency by its three letters (ISO 4217)."""
    if len(text) != 3 or not (text.isascii() and text.isalpha()):  # noqa: PLR2004  alpha-3
        raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is not a currency code such as USD")
    return text.upper()


def amount(text: str) -> str:
    """An amount of money, not negative, still as text: its currency says how many decimals it may have."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is not an amount such as 12.50")
    return text


def local_time(text: str) -> time:
    """A time of day such as 16:00."""
    if not _TIME.fullmatch(text):
        raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is not a time of day such as 16:00")
    try:
        return time.fromisoformat(text.zfill(5) if text.count(":") == 1 else text.zfill(8))
    except ValueError:
        raise ValueError(f"'{text}' is not a time of day such as 16:00") from None


def moment(text: str) -> datetime:
    """A moment (RFC 3339) or a day; UTC where no offset is given."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is not a moment such as 2026-12-01T08:00:00Z") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def yes_or_no(text: str) -> bool:
    """Yes or no."""
    word = text.lower()
    if word not in _YES + _NO:
        raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is neither yes nor no")
    return word in _YES


def holdback(text: str) -> tuple[int, int]:
    """What a node keeps back, as (units, percent): "2" or "10%"."""
    if text.endswith("%"):
        return 0, integer(0, 100)(text[:-1].strip())
    return integer(0, 1_000_000)(text), 0


def cost_rule(text: str) -> tuple[str, str]:
    """What a lane costs, as (a trip, a kilogram): "5.00", "5.00 + 0.20/kg" or "0.20/kg"."""
    found = _COST_RULE.fullmatch(text)
    if found is None or not text:
        raise ValueError(f"'{text[:CODE_LENGTH_MAX]}' is not a cost such as 5.00 + 0.20/kg")
    return amount(found["base"] or "0"), amount(found["per_kg"] or "0")
