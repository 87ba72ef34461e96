"""Handles: what names a person, made alike and hashed under the market's key, so that none can be read."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id
from anyshelf.insight.model import Sighting

DOTS_DO_NOT_COUNT = frozenset({"gmail.com", "googlemail.com"})
PHONE_DIGITS_MIN = 7
NATIONAL_DIGITS = 10
LENGTH_MAX = 320

VOWELS = frozenset("aeiouy")


def handle(secret: bytes, kind: str, value: str) -> Id:
    """The handle of something that names a person: HMAC-SHA-256 under the market's key, cut to 128 bits."""
    return Id(bytes=hmac.digest(secret, f"{kind}\x1f{value}".encode(), "sha256")[:16])


def email(text: str) -> str:
    """An e-mail address as it is compared: lower case, without what its provider ignores; empty if none."""
    local, at, domain = text.strip().lower().rpartition("@")
    if not at or not local or "." not in domain or len(text) > LENGTH_MAX:
        return ""
    local = local.partition("+")[0] or local
    if domain in DOTS_DO_NOT_COUNT:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def phone(text: str) -> str:
    """A phone number as it is compared: its digits, without the country code of ten-digit plans."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < PHONE_DIGITS_MIN:
        return ""
    return digits[-NATIONAL_DIGITS:]


def frame(name: str) -> str:
    """What stays of a name when it is mistyped: its first letter and its consonants, in no order."""
    letters = re.sub(r"[^a-z]", "", name.lower())
    return letters[:1] + "".join(sorted(set(letters[1:]) - VOWELS))


def place(postal_code: str, street: str) -> str:
    """An address as it is compared: its code, its house number and the start of its street's name."""
    number = re.search(r"\d+", street)
    word = re.search(r"[a-z]{3,}", street.lower())
    if not number or not word:
        return ""
    return f"{postal_code[:5].lower()}/{number.group()}/{word.group()[:4]}"


def sighting(secret: bytes, said: Mapping[str, Any], seen_at: datetime) -> Sighting:
    """What was said about a person on one occasion, as handles.

    `said` may hold account, device, loyalty, card, email, phone, given, family, postal_code, street.
    """
    read = {"email": email, "phone": phone}
    handles: dict[Id, str] = {}
    for kind in ("account", "loyalty", "email", "card", "phone", "device"):
        text = str(said.get(kind) or "").strip()
        value = read.get(kind, str)(text)
        if value:
            handles[handle(secret, kind, value)] = kind
    given, family = frame(str(said.get("given") or "")), frame(str(said.get("family") or ""))
    where = place(str(said.get("postal_code") or ""), str(said.get("street") or ""))
    return Sighting(
        handles=handles,
        given=handle(secret, "given", given) if given else None,
        family=handle(secret, "family", family) if family else None,
        place=handle(secret, "place", where) if where else None,
        seen_at=seen_at,
    )


def names_of(whole: str) -> tuple[str, str]:
    """Given and family name of a name written in one, either order with a comma."""
    if "," in whole:
        family, _, given = whole.partition(",")
        return given.strip().partition(" ")[0], family.strip()
    parts = whole.split()
    return (parts[0], parts[-1]) if len(parts) > 1 else ("".join(parts), "")
