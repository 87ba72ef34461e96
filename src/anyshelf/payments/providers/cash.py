"""The cash drawer: whoever stands at it has the money in hand."""

from anyshelf.ground.ids import derived_id


class Cash:
    """Approves everything; the cashier counts."""

    def authorise(self, token: str, *, amount_minor: int, currency: str, key: str) -> str:  # noqa: ARG002  the port's
        """The money lies on the counter."""
        return f"cash_{derived_id('cash payment', key).hex}"

    def capture(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """The money goes into the drawer."""

    def renew(self, reference: str, *, amount_minor: int, currency: str, key: str) -> str:  # noqa: ARG002  the port's
        """Cash does not run out of date."""
        return reference

    def refund(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """The money comes out of the drawer."""

    def void(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """The money goes back over the counter."""
