"""A payment provider elsewhere takes its time: it is asked for the orders of a batch side by side."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from anyshelf.payments import service as payments
from anyshelf.payments.model import PaymentProvider
from anyshelf.payments.providers import PROVIDERS
from anyshelf.payments.providers.rehearsal import Rehearsal
from city import City, Place

HANDS = 2
"""So many batches are worked on at once; more than that in the bank at the same time come from one batch."""


class Bank(Rehearsal):
    """Answers somebody when more are in it than there are batches, or after a while."""

    def __init__(self) -> None:
        self.inside, self.lock, self.crowded = 0, threading.Lock(), threading.Event()

    def authorise(self, token: str, *, amount_minor: int, currency: str, key: str) -> str:
        with self.lock:
            self.inside += 1
            if self.inside > HANDS:
                self.crowded.set()
        self.crowded.wait(1)
        with self.lock:
            self.inside -= 1
        return super().authorise(token, amount_minor=amount_minor, currency=currency, key=key)


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    opened = Bank()
    providers: Mapping[str, PaymentProvider] = {**PROVIDERS, "bank": opened}
    for ask in (payments.authorise, payments.void_unused, payments.takes_its_time):
        monkeypatch.setitem(ask.__kwdefaults__, "providers", providers)
    return opened


def sent(city: City, shop: Place, payments_: list[dict[str, str]]) -> list[Any]:
    orders = [
        {
            "channel": "web", "lines": [{"item": "LAMP", "quantity": 1}], "payment": payment,
            "fulfilment": {"method": "pickup", "node": shop.name},
        }
        for payment in payments_
    ]  # fmt: skip
    answer = city.post("/v1/orders:batch", "\n".join(map(json.dumps, orders)).encode())
    return [json.loads(line) for line in answer.body.splitlines()]


def test_a_bank_is_asked_for_the_orders_of_a_batch_side_by_side(city: City, bank: Bank) -> None:
    shop = city.store("Austin")
    shop.has("LAMP", 50)
    good, bad = {"provider": "bank"}, {"provider": "bank", "token": "tok_decline"}

    told = sent(city, shop, [*[good] * 10, bad, {"provider": "test"}, *[good] * 10])

    assert bank.crowded.is_set()
    assert [each["status"] for each in told] == [201] * 10 + [402] + [201] * 11
    assert shop.stock("LAMP")["reserved"] == 21
    assert city.audit() == []


def test_asked_one_after_the_other_it_is_never_crowded(
    city: City, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a bank taken for one of our own."""
    monkeypatch.setattr(payments, "takes_its_time", lambda _: False)
    shop = city.store("Austin")
    shop.has("LAMP", 50)

    told = sent(city, shop, [{"provider": "bank"}] * 6)

    assert not bank.crowded.is_set()
    assert [each["status"] for each in told] == [201] * 6
