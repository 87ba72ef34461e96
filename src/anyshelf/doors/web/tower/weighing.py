"""What policies weigh, in words and in the money of the market, read from a form and written into one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from anyshelf.doors.web.forms import Form
from anyshelf.ground.errors import Invalid
from anyshelf.ground.money import Money
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Policy

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "split_penalty_minor": (
        "Each further parcel",
        "what a parcel after the first counts besides its freight",
    ),
    "failure_minor": ("Not found or refused", "a line that is not found, or turned away, times its chance"),
    "late_minor_per_day": ("A day late", "each day beyond the promise"),
    "late_days_max": ("Days late at most", "a node later than that may not serve; empty: any"),
    "store_unit_minor": ("A unit from a shop", "each unit from the shelves of a shop"),
    "load_minor": ("A full day", "a full day of the node; half a day half of it"),
    "worth_weight": ("Worth to later orders", "what a unit is worth to orders still to come, times this"),
    "relief_weight": (
        "What is to be marked down",
        "what a unit would lose by markdown speaks for it, times this",
    ),
    "money_weight": ("All money", "everything that counts in money, times this"),
    "minor_per_km": ("A kilometre", "each kilometre of each parcel, in hundredths"),
    "minor_per_parcel": ("A parcel", "each parcel, in hundredths"),
    "co2_minor_per_tonne_km": ("A tonne over a kilometre", "what is emitted, in hundredths"),
}
"""What each weight is called and what it weighs, in the order in which one thinks of them."""
IN_MONEY: Final = frozenset({
    "split_penalty_minor", "failure_minor", "late_minor_per_day", "store_unit_minor", "load_minor",
})  # fmt: skip
WHOLE: Final = frozenset({"late_days_max"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A weight as the form has it; the value as it is typed, empty where there is none."""

    name: str
    title: str
    means: str
    value: str
    usual: bool
    """Whether it is as the program has it."""


def said_of(policy: Policy, currency: str) -> Sequence[Weight]:
    """Everything a policy weighs."""
    usual = sourcing.weighed(policy.name, {})
    return [
        Weight(
            name=name, title=title, means=means, value=_typed(name, getattr(policy, name), currency),
            usual=getattr(policy, name) == getattr(usual, name),
        )
        for name, (title, means) in TITLES.items()
    ]  # fmt: skip


def _typed(name: str, value: float | None, currency: str) -> str:
    if value is None:
        return ""
    return str(Money(int(value), currency)) if name in IN_MONEY else f"{value:g}"


def weights_in(form: Form, policy: str, currency: str) -> dict[str, int | float]:
    """What the form says of a policy beyond what the program has; raises Invalid naming the weight."""
    usual = sourcing.weighed(policy, {})
    given = {name: _read(form, name, currency) for name in TITLES if form.text(name, longest=30)}
    checked = sourcing.checked_weights(given)
    return {name: value for name, value in checked.items() if value != getattr(usual, name)}


def _read(form: Form, name: str, currency: str) -> int | float:
    typed = form.text(name, longest=30)
    if name in IN_MONEY:
        return Money.parse(typed, currency, field=name).minor
    try:
        return int(typed) if name in WHOLE else float(typed)
    except ValueError:
        raise Invalid(f"{TITLES[name][0]} is a number.", field=name) from None
