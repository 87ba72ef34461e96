"""Store credit: what a returned piece was worth, set aside for the order that takes its place."""

from collections.abc import Mapping

from anyshelf.ground.errors import Invalid
from anyshelf.payments.model import PaymentProvider

STORE_CREDIT = "store_credit"


def credit_reference(cause: str, *, provider: str = "", reference: str = "") -> str:
    """The reference of a credit: what made it, and the payment it was turned from (none: paid elsewhere)."""
    return f"{cause}:{provider}:{reference}"


class StoreCredit:
    """Money that is ours already: taken in our books alone; what is not needed goes back where it came from.

    Nobody can name it as a payment; only a return makes it.
    """

    def __init__(self, others: Mapping[str, PaymentProvider]) -> None:
        self._others = others

    def authorise(self, token: str, *, amount_minor: int, currency: str, key: str) -> str:  # noqa: ARG002  the port's
        """Refused: credit comes of a return, not of a token."""
        raise Invalid("Store credit comes of a return; name another payment.", field="payment.provider")

    def capture(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """The credit is used up."""

    def renew(self, reference: str, *, amount_minor: int, currency: str, key: str) -> str:  # noqa: ARG002  the port's
        """Credit does not run out."""
        return reference

    def refund(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """Give credit back to the payment it was turned from."""
        _, provider, source = reference.split(":", 2)
        if provider:
            self._others[provider].refund(source, amount_minor=amount_minor, currency=currency, key=key)

    def void(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """Credit that was not needed goes back like any other."""
        self.refund(reference, amount_minor=amount_minor, currency=currency, key=key)
