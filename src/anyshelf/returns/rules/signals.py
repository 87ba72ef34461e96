"""What makes us look twice before money goes back, and who is trusted further."""

from anyshelf.returns.model import Policy, Record


def signals_of(record: Record, policy: Policy, *, never_delivered: bool) -> tuple[str, ...]:
    """Why a person is to look before this shopper is paid; none for most.

    More than half of what was delivered lately came back; the goods never arrived, by their carrier's word;
    a box came empty before; several returns are open already.
    """
    serial = record.delivered >= policy.serial_units_min and record.returned * 2 > record.delivered
    found = (
        ("serial_returner", serial),
        ("never_delivered", never_delivered),
        ("empty_box", record.empty_boxes > 0),
        ("many_returns", record.open_returns > policy.open_returns_max),
    )
    return tuple(name for name, seen in found if seen)


def good_customer(record: Record, signals: tuple[str, ...], policy: Policy) -> bool:
    """Whether a shopper is paid as soon as the carrier has the parcel."""
    return not signals and record.completed_orders >= policy.good_customer_orders
