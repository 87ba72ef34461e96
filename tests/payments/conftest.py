"""A market, a clock that stands where it is put, and a provider that keeps a book of what it moved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from anyshelf.ground.db import Database, run
from anyshelf.ground.errors import PaymentDeclined, PaymentTimeout
from anyshelf.ground.ids import Id, new_id
from anyshelf.payments import jobs
from anyshelf.payments import service as payments
from anyshelf.payments.providers import PROVIDERS, Providers

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class StoppedClock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Ledger:
    """Moves money once for a key, and does to the next calls what it is told to."""

    def __init__(self) -> None:
        self.moved: dict[str, tuple[str, int]] = {}
        self.asked: list[str] = []
        self._before: list[BaseException] = []
        self._after: list[BaseException] = []

    def will_decline(self) -> None:
        self._before.append(PaymentDeclined("Not with this card."))

    def will_not_answer(self) -> None:
        self._after.append(PaymentTimeout("Nobody answered."))

    def will_break(self) -> None:
        self._before.append(RuntimeError("a bug in the provider"))

    def will_see_us_killed(self) -> None:
        self._after.append(SystemExit("killed"))

    @property
    def book(self) -> list[tuple[str, int]]:
        return list(self.moved.values())

    def authorise(self, token: str, *, amount_minor: int, currency: str, key: str) -> str:
        del token, amount_minor, currency
        return f"ledger_{key}"

    def capture(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        del reference, currency
        self._move("capture", amount_minor, key)

    def renew(self, reference: str, *, amount_minor: int, currency: str, key: str) -> str:
        del reference, amount_minor, currency, key
        raise PaymentDeclined("Nothing is set aside anew here.")

    def refund(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        del reference, currency
        self._move("refund", amount_minor, key)

    def void(self, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        del reference, currency
        self._move("void", amount_minor, key)

    def _move(self, kind: str, amount_minor: int, key: str) -> None:
        self.asked.append(key)
        if self._before:
            raise self._before.pop(0)
        self.moved.setdefault(key, (kind, amount_minor))
        if self._after:
            raise self._after.pop(0)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def providers(ledger: Ledger) -> Providers:
    return {**PROVIDERS, "ledger": ledger}


@pytest.fixture
def market(database: Database) -> str:
    with database.transaction() as tx:
        run(tx, "INSERT INTO markets (market, currency, name) VALUES ('north', 'USD', 'North')")
    return "north"


@pytest.fixture
def paid_order(database: Database, market: str, providers: Providers) -> Callable[..., Id]:
    """Makes an order's payments, one for each amount, and gives the order's id."""

    def make(*amounts: int, provider: str = "ledger", token: str = "tok_ok") -> Id:  # noqa: S107  a trial token
        order_id = new_id()
        for number, amount in enumerate(amounts):
            key = f"{order_id} {number}"
            authorised = payments.authorise(
                provider, token, amount_minor=amount, currency="USD", key=key, providers=providers
            )
            with database.transaction() as tx:
                payments.record(tx, market, order_id, authorised, "USD", NOON + timedelta(seconds=number))
        return order_id

    return make


@pytest.fixture
def carry_out(
    database: Database, market: str, clock: StoppedClock, providers: Providers
) -> Callable[[], int]:
    """Asks the providers for what waits."""
    return lambda: jobs.carry_out(database, market, clock, providers=providers)
