"""Public holidays, by country and year: what "PH" means in opening hours and working days."""

from datetime import date
from functools import lru_cache


def is_holiday(day: date, country: str) -> bool:
    """Whether the whole of a country keeps this day; never where nobody knows the country."""
    return bool(country) and day in public_holidays(country, day.year)


@lru_cache(maxsize=512)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country (ISO 3166, two letters) in a year, without those of its regions only.

    None for a country that the `holidays` package does not know.
    """
    import holidays  # noqa: PLC0415  only where somebody closes on holidays: it takes a while to import

    try:
        return frozenset(holidays.country_holidays(country.upper(), years=year))
    except NotImplementedError:
        return frozenset()
