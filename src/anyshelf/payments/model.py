"""Money for orders, as values, and the port through which a payment provider is asked."""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import msgspec

from anyshelf.ground.ids import Id

CAPTURE: Final = "capture"
REFUND: Final = "refund"
VOID: Final = "void"


class PaymentProvider(Protocol):
    """Whoever moves the money: a card processor, a wallet, the cash drawer.

    Every call carries a key that we made; the same key twice moves money once and is answered the same.
    Each raises PaymentDeclined for a clear no and PaymentTimeout when there was no clear answer, and must do
    either within 20 seconds: a row of ours is locked meanwhile. Amounts are minor units of the currency.
    """

    def authorise(self, token: str, *, amount_minor: int, currency: str, key: str) -> str:
        """Set an amount aside for us; returns the provider's reference to it."""
        ...

    def capture(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """Take an amount of what was set aside."""
        ...

    def renew(self, reference: str, *, amount_minor: int, currency: str, key: str) -> str:
        """Set an amount aside anew on the means that was authorised before; returns the new reference."""
        ...

    def refund(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """Give back an amount of what was taken."""
        ...

    def void(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """Let go of an amount that was set aside and not taken."""
        ...


class Authorisation(msgspec.Struct, frozen=True, kw_only=True):
    """An amount a provider has set aside for us, under its own reference."""

    provider: str
    reference: str
    amount_minor: int
    currency: str
    card: str | None = None
    last_four: str | None = None


class NewPayment(msgspec.Struct, frozen=True, kw_only=True):
    """An authorisation that belongs to an order."""

    order_id: Id
    authorisation: Authorisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What was set aside for an order with one provider, and what has become of it.

    The sums count what has been requested as if it were done, so that nothing is promised twice.
    """

    payment_id: Id
    authorised_minor: int
    captured_minor: int
    refunded_minor: int
    voided_minor: int

    @property
    def uncaptured_minor(self) -> int:
        """What is still set aside."""
        return self.authorised_minor - self.captured_minor - self.voided_minor

    @property
    def refundable_minor(self) -> int:
        """What was taken and not given back."""
        return self.captured_minor - self.refunded_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of a request that falls to one payment."""

    payment_id: Id
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One movement of money that was requested and waits for the provider's answer."""

    operation_id: Id
    payment_id: Id
    order_id: Id
    kind: str
    amount_minor: int
    reason: str
    attempts: int
    provider: str
    provider_reference: str
    currency: str


class Taken(NamedTuple):
    """What was taken for an order and given back, in minor units.

    `refused` is what a provider would not let us take, `unearned` what was given back of `refunded` because
    units that were paid for will not leave.
    """

    captured_minor: int
    refunded_minor: int
    set_aside_minor: int
    refused_minor: int
    unearned_minor: int


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """Where an order stands in money; what was requested counts as done. All zero without any payment."""

    authorised_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    voided_minor: int = 0

    @property
    def uncaptured_minor(self) -> int:
        """What is still set aside."""
        return self.authorised_minor - self.captured_minor - self.voided_minor

    @property
    def refundable_minor(self) -> int:
        """What was taken and not given back."""
        return self.captured_minor - self.refunded_minor
