"""What may come back, by which way, what becomes of it, and what it is worth to the cent. Pure."""

from anyshelf.returns.rules.desk import (
    SELLS,
    Taken,
    checked,
    counted,
    disposition,
    parts_back,
    standing,
    steps_of,
    takes_back,
)
from anyshelf.returns.rules.eligible import authorised, on_the_way, undelivered
from anyshelf.returns.rules.signals import good_customer, signals_of
from anyshelf.returns.rules.way import carried, cheapest, label_page, news, stays, tracking_of
from anyshelf.returns.rules.worth import (
    Books,
    Portion,
    Settlement,
    amounts_due,
    owed,
    paid_back,
    portions_of,
    settlement,
    shipping_due,
)

__all__ = [
    "SELLS",
    "Books",
    "Portion",
    "Settlement",
    "Taken",
    "amounts_due",
    "authorised",
    "carried",
    "cheapest",
    "checked",
    "counted",
    "disposition",
    "good_customer",
    "label_page",
    "news",
    "on_the_way",
    "owed",
    "paid_back",
    "parts_back",
    "portions_of",
    "settlement",
    "shipping_due",
    "signals_of",
    "standing",
    "stays",
    "steps_of",
    "takes_back",
    "tracking_of",
    "undelivered",
]
