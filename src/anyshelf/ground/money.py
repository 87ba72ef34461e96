"""Money as whole minor units of a currency: no fraction of a cent is ever held."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Self

from anyshelf.ground.errors import Invalid

MINOR_MAX = 10**12
_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def exponent(currency: str) -> int:
    """How many decimals a currency has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of one currency (ISO 4217 code)."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str, *, field: str = "amount") -> Self:
        """Read a decimal string such as "12.50"; raises Invalid for anything that is not exact money."""
        if len(currency) != 3 or not currency.isascii() or not currency.isupper():  # noqa: PLR2004  ISO 4217
            raise Invalid(f"'{currency}' is not a currency code such as USD.", field=field)
        try:
            scaled = Decimal(amount).scaleb(exponent(currency))
        except (InvalidOperation, ValueError):
            raise Invalid(f"'{amount}' is not an amount such as 12.50.", field=field) from None
        if not scaled.is_finite() or abs(scaled) > MINOR_MAX or scaled != scaled.to_integral_value():
            raise Invalid(f"'{amount}' is not an amount {currency} can be paid in.", field=field)
        return cls(int(scaled), currency)

    def __str__(self) -> str:
        """The amount as a decimal string, such as 12.50."""
        return _written(self.minor, self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise Invalid(f"{self.currency} and {other.currency} cannot be added.", field="currency")
        return other

    def as_json(self) -> dict[str, str]:
        """The amount as the API shows it."""
        return amount_json(self.minor, self.currency)


def amount_json(minor: int, currency: str) -> dict[str, str]:
    """An amount in minor units as the API shows it."""
    return {"amount": _written(minor, currency), "currency": currency}


@lru_cache(maxsize=4096)
def _written(minor: int, currency: str) -> str:
    """Minor units as a decimal string. Prices come again and again."""
    places = exponent(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def prorate(total_minor: int, *, part: int, whole: int) -> int:
    """The share of a total that belongs to the first `part` of `whole` units.

    Differences of this function are what single units cost: they always add up to the total,
    in whatever portions the units are taken.
    """
    return total_minor * part // whole
