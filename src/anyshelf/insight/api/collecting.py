"""The journey's way in: batches in the shape of Segment's tracking specification."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from anyshelf.ground import idempotency
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Malformed, TooLarge
from anyshelf.ground.http import Here, body_of, requires, writing
from anyshelf.insight import service
from anyshelf.insight.model import Fault, Sent
from anyshelf.insight.model.entries import Moment

router = APIRouter(prefix="/v1/journey", tags=["insight"])

MESSAGES_MAX = 2000
Sends = Annotated[Principal, Depends(requires("journey:write"))]


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    sent_at: Moment | None = None


_batches = msgspec.json.Decoder(_Batch)
_messages = msgspec.json.Decoder(Sent)

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {
            "type": "object",
            "required": ["batch"],
            "properties": {
                "batch": {"type": "array", "maxItems": MESSAGES_MAX, "items": {
                    "type": "object",
                    "required": ["type", "messageId"],
                    "properties": {
                        "type": {"enum": ["track", "identify", "alias", "page", "screen"]},
                        "messageId": {"type": "string", "maxLength": 200},
                        "userId": {"type": "string", "maxLength": 200},
                        "anonymousId": {"type": "string", "maxLength": 200},
                        "event": {"type": "string", "maxLength": 100},
                        "properties": {"type": "object"},
                        "traits": {"type": "object"},
                        "context": {"type": "object"},
                        "timestamp": {"type": "string", "format": "date-time"},
                    },
                }},
                "sentAt": {"type": "string", "format": "date-time"},
            },
        }}},
    }
}  # fmt: skip


@router.post("/batch", openapi_extra=BODY)
def take_batch(request: Request, here: Here, principal: Sends) -> Response:
    """Take steps of journeys in; each message stands or falls alone, and the same `messageId` twice is once.

    The body is read as it came: a batch is thousands of messages, and each is looked at once.
    """
    batch = _read(body_of(request))
    sent, unreadable = _messages_of(batch)
    channel = principal.channels[0] if len(principal.channels) == 1 else ""

    def work(tx: Tx, now: datetime) -> idempotency.Answer:
        taken = service.collect(
            tx, principal.market, sent, unreadable, sender=principal.name, channel=channel, now=now
        )
        return idempotency.Answer(status=200, body=taken.as_json())

    return writing(request, here, principal, work)


def _read(body: bytes) -> _Batch:
    try:
        batch = _batches.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as unreadable:
        raise Malformed(f"This is no batch of messages: {unreadable}.", field="batch") from None
    if len(batch.batch) > MESSAGES_MAX:
        raise TooLarge(f"A batch has at most {MESSAGES_MAX} messages; send this in several.", field="batch")
    return batch


def _messages_of(batch: _Batch) -> tuple[list[tuple[int, Sent]], list[Fault]]:
    """Each message on its own: those that can be read, and why the others cannot."""
    sent, faults = [], []
    for place, raw in enumerate(batch.batch):
        try:
            message = _messages.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as unreadable:
            faults.append(_fault(place, raw, str(unreadable)))
            continue
        if message.sent_at is None and batch.sent_at is not None:
            message = msgspec.structs.replace(message, sent_at=batch.sent_at)
        sent.append((place, message))
    return sent, faults


def _fault(place: int, raw: msgspec.Raw, reason: str) -> Fault:
    said, at, path = reason.partition(" - at `$.")
    told = said.partition("` ")[0].partition("missing required field `")[2]
    return Fault(
        place=place,
        message_id=_id_of(raw),
        field=path.rstrip("`") if at else told or "message",
        reason=said,
    )


def _id_of(raw: msgspec.Raw) -> str:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(found.get("messageId", ""))[:200] if isinstance(found, dict) else ""
