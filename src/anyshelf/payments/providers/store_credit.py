"""Store credit: what a returned piece was worth, set aside for the order that takes its place."""

from anyshelf.ground.errors import Invalid

STORE_CREDIT = "store_credit"


class StoreCredit:
    """Money that is ours already: taken and given back in our books alone.

    Nobody can name it as a payment; only a return makes it.
    """

    def authorise(self, token: str, *, amount_minor: int, currency: str, key: str) -> str:  # noqa: ARG002  the port's
        """Refused: credit comes of a return, not of a token."""
        raise Invalid("Store credit comes of a return; name another payment.", field="payment.provider")

    def capture(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """The credit is used up."""

    def renew(self, reference: str, *, amount_minor: int, currency: str, key: str) -> str:  # noqa: ARG002  the port's
        """Credit does not run out."""
        return reference

    def refund(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """The credit is owed to the shopper again."""

    def void(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """The credit was not needed and is owed to the shopper."""
