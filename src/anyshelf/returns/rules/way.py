"""The way back of a parcel: where to, at what cost, under which label, and how far it is."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from anyshelf.delivery.model import Scan
from anyshelf.ground.errors import Invalid
from anyshelf.ground.ids import Id
from anyshelf.returns.model import Offer

RANKS: Mapping[str, int] = {
    "dispatched": 0, "in_transit": 1, "out_for_delivery": 2, "failed": 2, "returning": 3, "refused": 3,
    "lost": 3, "delivered": 4,
}  # fmt: skip
"""How far along each word of a carrier is; of two that are equally far the later one counts."""

TRACKING_DIGITS = 12


def cheapest(offers: Iterable[Offer]) -> Offer | None:
    """The way back that costs least; of equals the first by node and service. None where there is none."""
    return min(offers, key=lambda offer: (offer.cost_minor, offer.node, offer.service), default=None)


def stays(offer: Offer, *, value_minor: int, up_to_minor: int, signals: Sequence[str]) -> bool:
    """Whether the goods stay with the shopper: they are worth little, and less than their way back costs."""
    return not signals and value_minor <= up_to_minor and value_minor < offer.cost_minor


def tracking_of(return_id: Id) -> str:
    """The number under which a parcel travels back: always the same for a return, with a check digit."""
    digits = f"{return_id.int % 10**TRACKING_DIGITS:0{TRACKING_DIGITS}}"
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return f"RT{digits}{-weighed % 10}"


def carried(scans: Iterable[Scan]) -> str:
    """How far a parcel is by these scans, in whatever order they came; "" without any."""
    furthest = max(scans, key=lambda scan: (RANKS[scan.kind], scan.happened_at, scan.kind), default=None)
    return furthest.kind if furthest else ""


def news(scans: Sequence[Scan]) -> list[Scan]:
    """The scans, each once; raises Invalid when one id stands for two different scans in one message."""
    by_id: dict[str, Scan] = {}
    for place, scan in enumerate(scans):
        if by_id.setdefault(scan.event_id, scan) != scan:
            raise Invalid(
                f"Event '{scan.event_id}' is given twice with different words.",
                field=f"events.{place}.event_id",
            )
    return list(by_id.values())


def label_page(label: Mapping[str, Any], picture: str) -> str:
    """A label to print: a page with the address, the carrier's service, the tracking number and the code."""
    to = label["to"]
    lines = [to["name"], to["node"], " ".join(part for part in (to["postal_code"], to["country"]) if part)]
    address = "<br>".join(escape(str(line)) for line in lines if line)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Return label</title>'
        "<style>body{font:16px sans-serif;margin:2em}main{border:2px solid;padding:1em;width:20em}"
        "b{font-size:1.3em}</style>"
        f"<main><p>To</p><p><b>{address}</b></p><p>{escape(str(label['service']))}</p>{picture}"
        f"<p>{escape(str(label['tracking']))}</p></main></html>"
    )
