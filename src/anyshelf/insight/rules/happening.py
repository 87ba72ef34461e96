"""What an event of the house means to the journey of its shopper, and what it adds to the facts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id
from anyshelf.insight.model.facts import CameBack, Progress

KEPT = ("kind", "score", "reason", "why", "refund_minor", "amount_minor", "journey", "carrier", "state")
BACK_ON_SALE = frozenset({"restock", "transfer"})
"""On hand again, here or where it sells better."""
FETCHED = frozenset({"pickup", "reserve"})

NAMES: Mapping[str, str] = {
    "OrderPlaced": "Order Placed",
    "OrderReleased": "",
    "OrderChanged": "Order Changed",
    "LinesBackordered": "Order Backordered",
    "LinesShortPicked": "Store Short Picked",
    "WorkRejected": "Store Rejected",
    "PromiseChanged": "Promise Changed",
    "PickupReady": "Pickup Ready",
    "ShopperArrived": "Shopper Arrived",
    "LinesDispatched": "Order Dispatched",
    "LinesDelivered": "Order Delivered",
    "LinesHandedOver": "Pickup Collected",
    "LinesCancelled": "Order Cancelled",
    "LinesLost": "Parcel Lost",
    "PaymentDeclined": "Payment Declined",
    "ShipmentProgressed": "",
    "ShopperAppeased": "Shopper Appeased",
    "ReturnAuthorised": "Return Requested",
    "ReturnReceived": "Return Received",
    "ReturnSettled": "Return Refunded",
    "SurveyAsked": "Survey Asked",
    "SurveyAnswered": "Survey Answered",
}
"""The events insight listens to, and the steps they are; none: it adds to the facts alone."""

CARRIER_SAYS = {"failed": "Delivery Failed", "returning": "Parcel Returning", "refused": "Parcel Refused"}

COUNTED = {
    "LinesShortPicked": "short", "LinesDelivered": "done", "LinesHandedOver": "done",
    "LinesCancelled": "cancelled", "LinesLost": "lost",
}  # fmt: skip


def name_of(kind: str, data: Mapping[str, Any], method: str) -> str:
    """What the step is called; empty where the event is none of the shopper's."""
    if kind == "ShipmentProgressed":
        return CARRIER_SAYS.get(str(data.get("state")), "")
    if kind == "LinesHandedOver" and method not in FETCHED:
        return "Goods Handed Over"
    return NAMES[kind]


def properties_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of an event is worth keeping with the step: how many units, and why."""
    kept: dict[str, Any] = {"units": sum(_units(data).values())} if data.get("lines") else {}
    for name in (
        "kind",
        "score",
        "reason",
        "why",
        "refund_minor",
        "amount_minor",
        "journey",
        "carrier",
        "state",
    ):
        if data.get(name):
            kept[name] = data[name]
    return kept


def node_of(data: Mapping[str, Any]) -> str:
    """The node an event happened at, where it names one."""
    return str(data.get("node") or next(iter(_units(data)), ""))


def progress(kind: str, data: Mapping[str, Any], happened_at: datetime) -> Sequence[Progress]:
    """What an event adds to the facts of its order, node by node."""
    order_id = Id(data["order_id"])
    if kind == "OrderReleased":
        return [_released(order_id, piece, happened_at) for piece in data["release"]]
    if kind in COUNTED:
        return [
            Progress(
                order_id=order_id,
                happened_at=happened_at,
                node=node,
                left=kind == "LinesHandedOver",
                **{COUNTED[kind]: units},  # type: ignore[arg-type]
            )
            for node, units in _units(data).items()
        ]
    if kind == "LinesDispatched":
        return [
            Progress(order_id=order_id, happened_at=happened_at, node=node, shipments=1, left=True)
            for node in _units(data)
        ]
    once = _once(kind, data)
    return [Progress(order_id=order_id, happened_at=happened_at, **once)] if once else []


def _once(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event adds that is about no more than one node."""
    if kind == "PickupReady":
        return {"node": data["node"], "ready": True}
    if kind == "ShopperArrived":
        return {"node": data["node"], "arrived": True}
    if kind == "PromiseChanged":
        return {"repromised": 1}
    if kind == "ShopperAppeased":
        return {"refunded_minor": int(data["amount_minor"])}
    return _returned(kind, data)


def _released(order_id: Id, piece: Mapping[str, Any], happened_at: datetime) -> Progress:
    return Progress(
        order_id=order_id,
        happened_at=happened_at,
        node=piece["node"],
        journey=piece["journey"],
        due_at=datetime.fromisoformat(piece["due_at"]),
        released=sum(line["quantity"] for line in piece["lines"]),
    )


def _returned(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    if kind not in ("ReturnReceived", "ReturnSettled"):
        return {}
    lines = [line for line in data.get("lines", ()) if line.get("grade") != "missing"]
    return {
        "returned": sum(line["quantity"] for line in lines),
        "damaged": sum(line["quantity"] for line in lines if line["grade"] == "damaged"),
        "refunded_minor": int(data.get("refund_minor", 0)),
    }


def came_back(kind: str, data: Mapping[str, Any], happened_at: datetime) -> CameBack | None:
    """What an event adds to the facts of a return; None where it is about none."""
    if kind not in ("ReturnAuthorised", "ReturnReceived", "ReturnSettled"):
        return None
    received = kind == "ReturnReceived"
    lines = [line for line in data.get("lines", ()) if received and line["grade"] != "missing"]
    return CameBack(
        return_id=Id(data["return_id"]),
        order_id=Id(data["order_id"]),
        journey=str(data.get("journey", "")),
        happened_at=happened_at,
        node=str(data.get("node") or "") if received else "",
        received=received,
        units=sum(line["quantity"] for line in lines),
        resold=sum(line["quantity"] for line in lines if line["disposition"] in BACK_ON_SALE),
        refunded_minor=int(data.get("refund_minor", 0)) if kind != "ReturnAuthorised" else 0,
    )


def _units(data: Mapping[str, Any]) -> dict[str, int]:
    """How many units an event moved at each node."""
    found: dict[str, int] = defaultdict(int)
    for line in data.get("lines") or ():
        if isinstance(line, dict):
            found[str(line.get("to_node") or line.get("node") or "")] += int(line.get("quantity", 0))
    return dict(found)
