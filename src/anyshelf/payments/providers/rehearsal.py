"""A provider for trials and demonstrations: the token says what happens, no money moves."""

from typing import Final

from anyshelf.ground.errors import Invalid, PaymentDeclined, PaymentTimeout
from anyshelf.ground.ids import derived_id

OK: Final = "tok_ok"
DECLINE: Final = "tok_decline"
TIMEOUT: Final = "tok_timeout"
DECLINE_CAPTURE: Final = "tok_decline_capture"
EXPIRE: Final = "tok_expire"
_PREFIXES: Final = {OK: "test_", DECLINE_CAPTURE: "test_nocapture_", EXPIRE: "test_expired_"}


class Rehearsal:
    """Does what the token says, and remembers nothing: references follow from the key.

    `tok_ok` is approved, `tok_decline` refused, `tok_timeout` never answered; `tok_decline_capture` is set
    aside and then refused when it is to be taken; `tok_expire` has run out of date by then, but is renewed.
    """

    def authorise(self, token: str, *, amount_minor: int, currency: str, key: str) -> str:  # noqa: ARG002  the port's
        """Set an amount aside, or not, as the token says."""
        if token == DECLINE:
            raise PaymentDeclined("The card was declined.", reason="declined")
        if token == TIMEOUT:
            raise PaymentTimeout("The payment provider did not answer.")
        if token not in _PREFIXES:
            raise Invalid("The test provider does not know this token.", field="payment.token")
        return f"{_PREFIXES[token]}{derived_id('test payment', key).hex}"

    def capture(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:  # noqa: ARG002  the port's
        """Take an amount, unless the token forbade it."""
        if reference.startswith(_PREFIXES[DECLINE_CAPTURE]):
            raise PaymentDeclined("The capture was declined.", reason="declined")
        if reference.startswith(_PREFIXES[EXPIRE]):
            raise PaymentDeclined("What was set aside has run out of date.", reason="expired")

    def renew(self, reference: str, *, amount_minor: int, currency: str, key: str) -> str:  # noqa: ARG002  the port's
        """Set an amount aside anew, unless the token forbade it."""
        if reference.startswith(_PREFIXES[DECLINE_CAPTURE]):
            raise PaymentDeclined("The card was declined.", reason="declined")
        return f"{_PREFIXES[OK]}{derived_id('test payment', key).hex}"

    def refund(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """Give an amount back: always done."""

    def void(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        """Let an amount go: always done."""
