"""Steps that are paid for: the money is set aside before the transaction, and let go where it fails."""

from collections.abc import Callable
from typing import TypeVar

from anyshelf.ground.db import OutcomeUnknown
from anyshelf.ground.errors import Invalid, Refusal
from anyshelf.ground.ids import Id, new_id
from anyshelf.orders.api.bodies import Payment
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation

T = TypeVar("T")


class Paying:
    """Money set aside for one attempt at a step: an attempt that fails lets go of its own."""

    def __init__(self, amount_minor: int, payment: Payment | None, currency: str, *, field: str) -> None:
        if amount_minor and payment is None:
            raise Invalid("There is something to pay: say how.", field=field, due_minor=amount_minor)
        self.key: Id = new_id()
        self.used = False
        self.authorisation: Authorisation | None = None
        if amount_minor and payment is not None:
            self.authorisation = payments.authorise(
                payment.provider,
                payment.token,
                amount_minor=amount_minor,
                currency=currency,
                key=str(self.key),
                card=payment.card,
                last_four=payment.last_four,
            )

    def through(self, write: Callable[[], T]) -> T:
        """Take the step; when the commit may or may not have arrived the money stays set aside."""
        try:
            answer = write()
        except OutcomeUnknown:
            raise
        except Refusal:
            self.let_go()
            raise
        if not self.used:
            self.let_go()
        return answer

    def let_go(self) -> None:
        """Give the money free again; twice is once."""
        if self.authorisation is not None:
            payments.void_unused(self.authorisation, str(self.key))
