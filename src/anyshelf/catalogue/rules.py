"""What a GTIN is, and how a search is read: values in, values out."""

from anyshelf.ground.errors import Invalid

GTIN_LENGTHS = (8, 12, 13, 14)
WORDS_MAX = 8


def check_digit(body: str) -> int:
    """The last digit a GTIN must have, given the ones before it (GS1 General Specifications 7.9)."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -weighted % 10


def gtin14(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits as its one 14-digit form; raises Invalid if it is none."""
    if len(text) not in GTIN_LENGTHS or not (text.isascii() and text.isdigit()):
        raise Invalid(f"'{text}' is not a GTIN: it has 8, 12, 13 or 14 digits.", field="gtin")
    expected = check_digit(text[:-1])
    if int(text[-1]) != expected:
        raise Invalid(f"'{text}' is not a GTIN: its last digit would be {expected}.", field="gtin")
    return text.zfill(14)


def is_gtin(text: str) -> bool:
    """Whether a text is a GTIN, its check digit included."""
    try:
        gtin14(text)
    except Invalid:
        return False
    return True


def words_of(text: str) -> list[str]:
    """The words of a search, at most 8: letters and digits, everything else parts them."""
    spaced = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return spaced.split()[:WORDS_MAX]
