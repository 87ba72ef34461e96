"""Customers from files: who is who, kept as keyed hashes and never by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from anyshelf.doors.files import cells
from anyshelf.doors.files.rows import Cells, Column, Shape
from anyshelf.ground.db import Tx
from anyshelf.insight import service as insight
from anyshelf.insight.model import Sent

WORDS_MAX = 200


def _known(read: Cells, _: str) -> Sent:
    """A row as the message that an app would send when somebody signs in."""
    address = {"postalCode": read["postal_code"], "street": read["street"]}
    traits: dict[str, Any] = {
        "name": read["name"], "email": read["email"], "phone": read["phone"],
        "loyalty_number": read["loyalty_number"], "address": address,
    }  # fmt: skip
    consent = {"categoryPreferences": {"analytics": read["consent"]}}
    return Sent(
        type="identify",
        message_id=f"customers/{read['customer']}",
        user_id=read["customer"],
        traits=traits,
        context={} if read["consent"] is None else {"consent": consent},
    )


CUSTOMERS = Shape(
    name="customers",
    columns=(
        Column(name="customer", read=cells.code, also=("customer_id", "account"), required=True),
        Column(name="name", read=cells.words(WORDS_MAX), empty=""),
        Column(name="email", read=cells.words(320), empty=""),
        Column(name="phone", read=cells.words(40), empty=""),
        Column(name="loyalty_number", read=cells.code, also=("loyalty",)),
        Column(name="street", read=cells.words(300), empty=""),
        Column(name="postal_code", read=cells.words(16), empty=""),
        Column(name="consent", read=cells.yes_or_no),
    ),
    make=_known,
    key=lambda row: row.user_id,
)


def get_to_know(tx: Tx, market: str, batch: Sequence[Sent], now: datetime) -> None:
    """Note who these customers are; who refused to be known leaves no trace but that."""
    insight.collect(tx, market, list(enumerate(batch)), [], sender="load", channel="", now=now)
