"""What may enter the journey: each message is checked on its own, made ours, and stripped of who it names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from anyshelf.ground.errors import Invalid
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.money import Money, exponent
from anyshelf.insight.model import Consent, Entry, Fault, Sent, Sighting
from anyshelf.insight.rules import handles

NAMED_BY_TYPE = {
    "page": "Page Viewed", "screen": "Screen Viewed", "identify": "Identified", "alias": "Aliased",
}  # fmt: skip

NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("Product Viewed", "Product Added", "Product Removed", "Product Clicked",
                     "Product Added to Wishlist", "Product Reviewed"), ("product_id",)),
    "Products Searched": ("query",),
    **dict.fromkeys(("Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"), ("order_id",)),
}  # fmt: skip
"""What a step of the e-commerce specification is worth nothing without; `product_id` may be `sku`."""

NUMBERS = ("price", "revenue", "total", "value", "quantity", "position")
PRIVATE = re.compile(
    r"(e-?mail|phone|mobile|first_?name|last_?name|full_?name|customer_?name|birth|passport|ssn|iban|card_?number"
    r"|password|street|address|^ip$)",
    re.IGNORECASE,
)
LOOKS_PRIVATE = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}|\+\d[\d\s().-]{8,}\d")
REMOVED = "[removed]"
LATE_MAX = timedelta(days=400)
NAME_MAX = 100
WORD_MAX = 64
TEXT_MAX = 500
PROPERTIES_MAX = 60
DEPTH_MAX = 4


@dataclass(slots=True, kw_only=True)
class Collected:
    """What a batch holds: steps to keep, who was seen with what, what people said may be done, faults."""

    entries: list[Entry] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    refused: int = 0


class _Wrong(Exception):
    """A field of a message holds what it may not."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.reason = reason


def collect(
    sent: Sequence[tuple[int, Sent]], *, secret: bytes, market: str, channel: str, received_at: datetime
) -> Collected:
    """Sort a batch: every message is kept, refused for want of consent, or set aside with its reason.

    `sent` comes with each message's place in its batch; `channel` is where it was sold when nothing says.
    """
    found = Collected()
    for place, message in sent:
        try:
            _take(found, message, secret=secret, market=market, channel=channel, received_at=received_at)
        except _Wrong as wrong:
            found.faults.append(
                Fault(place=place, message_id=message.message_id, field=wrong.name, reason=wrong.reason)
            )
    return found


def _take(
    found: Collected, message: Sent, *, secret: bytes, market: str, channel: str, received_at: datetime
) -> None:
    name = _name(message)
    if not message.user_id and not message.anonymous_id:
        raise _Wrong("anonymousId", "Neither anonymousId nor userId: say whose step it is.")
    _check(name, message.properties)
    happened_at = _happened_at(message, received_at)
    device = handles.handle(secret, "device", message.anonymous_id) if message.anonymous_id else None
    account = handles.handle(secret, "account", message.user_id) if message.user_id else None
    said = _consents(message, device, account, happened_at)
    found.consents += said
    if any(each.purpose == "analytics" and not each.given for each in said):
        found.refused += 1
        return
    if account:  # a device alone is nobody yet
        found.sightings.append(_sighting(message, secret, happened_at))
    properties = message.properties
    value, currency = _value(properties)
    found.entries.append(
        Entry(
            message_id=derived_id("journey", market, message.message_id),
            name=name,
            happened_at=happened_at,
            device=device,
            account=account,
            session=_word(properties.get("session_id") or message.context.get("sessionId"), "session_id"),
            channel=_word(properties.get("channel"), "channel") or channel,
            node=_word(properties.get("store"), "store"),
            item=_word(properties.get("product_id") or properties.get("sku"), "product_id"),
            order_id=_order_id(properties.get("order_id")),
            value_minor=value,
            currency=currency,
            properties=clean(properties) if properties else properties,
        )
    )


def _name(message: Sent) -> str:
    if message.type == "track":
        name = (message.event or "").strip()
        if not name or len(name) > NAME_MAX:
            raise _Wrong("event", f"A track message names its event in 1 to {NAME_MAX} characters.")
        return name
    named = NAMED_BY_TYPE.get(message.type)
    if named is None:
        known = ", ".join(["track", *NAMED_BY_TYPE])
        raise _Wrong("type", f"'{message.type}' is not a type we take; there are {known}.")
    if message.type in ("identify", "alias") and not message.user_id:
        raise _Wrong("userId", f"{message.type} needs a userId.")
    if message.type == "alias" and not message.previous_id:
        raise _Wrong("previousId", "alias needs the previousId the user was known under.")
    return named


def _check(name: str, properties: Mapping[str, Any]) -> None:
    for needed in NEEDS.get(name, ()):
        if not properties.get(needed) and not (needed == "product_id" and properties.get("sku")):
            raise _Wrong(f"properties.{needed}", f"{name} says nothing without its {needed}.")
    if len(properties) > PROPERTIES_MAX:
        raise _Wrong("properties", f"A message has at most {PROPERTIES_MAX} properties.")
    for number in NUMBERS:
        value = properties.get(number)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise _Wrong(f"properties.{number}", f"{number} is a number, such as 19.99.")


def _happened_at(message: Sent, received_at: datetime) -> datetime:
    """When it happened by our clock: the sender's clock is corrected by when it says it sent the message."""
    told = message.original_timestamp or message.timestamp or message.sent_at or received_at
    skew = received_at - message.sent_at if message.sent_at else timedelta(0)
    try:
        happened = min(told + skew, received_at)
    except OverflowError:
        raise _Wrong("timestamp", "This moment is beyond any calendar.") from None
    if happened < received_at - LATE_MAX:
        raise _Wrong("timestamp", f"It happened more than {LATE_MAX.days} days ago; import it as history.")
    return happened


def _consents(message: Sent, device: Id | None, account: Id | None, said_at: datetime) -> list[Consent]:
    """What the message says may be done, for every handle it comes under."""
    given = message.context.get("consent")
    told = given.get("categoryPreferences") if isinstance(given, dict) else None
    if not isinstance(told, dict):
        return []
    words = {str(purpose).lower(): word for purpose, word in told.items()}
    return [
        Consent(handle=who, purpose=purpose, given=words[purpose], said_at=said_at)
        for purpose in ("analytics", "marketing")
        if isinstance(words.get(purpose), bool)
        for who in (account, device)
        if who
    ]


def _sighting(message: Sent, secret: bytes, seen_at: datetime) -> Sighting:
    traits = message.traits
    given, family = handles.names_of(str(traits.get("name") or ""))
    address = traits.get("address")
    where = address if isinstance(address, dict) else {}
    return handles.sighting(
        secret,
        {
            "account": message.user_id,
            "device": message.previous_id if message.type == "alias" else message.anonymous_id,
            "email": traits.get("email"),
            "phone": traits.get("phone"),
            "loyalty": traits.get("loyalty_number"),
            "card": traits.get("card_token"),
            "given": traits.get("firstName") or traits.get("first_name") or given,
            "family": traits.get("lastName") or traits.get("last_name") or family,
            "postal_code": where.get("postalCode") or where.get("postal_code"),
            "street": where.get("street"),
        },
        seen_at,
    )


def _value(properties: Mapping[str, Any]) -> tuple[int, str]:
    """What a step is worth in minor units of its currency; an empty currency: nothing is said."""
    amount = next((properties[name] for name in ("total", "revenue", "value", "price")
                   if properties.get(name) is not None), None)  # fmt: skip
    currency = properties.get("currency")
    if amount is None or currency is None:
        return 0, ""
    try:
        exact = f"{amount:.{exponent(str(currency))}f}"
        return Money.parse(exact, str(currency), field="properties.currency").minor, str(currency)
    except Invalid as wrong:
        raise _Wrong("properties.currency", wrong.detail) from None


def _word(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int) or len(str(value)) > WORD_MAX:
        raise _Wrong(f"properties.{name}", f"{name} is a text of at most {WORD_MAX} characters.")
    return str(value)


def _order_id(value: object) -> Id | None:
    try:
        return Id(str(value)) if value else None
    except ValueError:
        return None  # the sender's own number stays among the properties


def clean(properties: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Properties without what names a person: such fields are left out, such texts blacked out."""
    return {
        name[:WORD_MAX]: _cleaned(value, depth) for name, value in properties.items() if not _is_private(name)
    }


@lru_cache(maxsize=4096)
def _is_private(name: str) -> bool:
    """Whether a field of this name tells who somebody is; the same few names come again and again."""
    return PRIVATE.search(name) is not None


def _cleaned(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        short = value[:TEXT_MAX]
        return LOOKS_PRIVATE.sub(REMOVED, short) if "@" in short or "+" in short else short
    if isinstance(value, dict):
        return clean(value, depth + 1) if depth < DEPTH_MAX else REMOVED
    if isinstance(value, list):
        return (
            [_cleaned(each, depth + 1) for each in value[:PROPERTIES_MAX]] if depth < DEPTH_MAX else REMOVED
        )
    return value
