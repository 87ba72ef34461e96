"""Money is set aside once, taken once, given back once, and never more than there is."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from anyshelf.ground.db import Database, run, values
from anyshelf.ground.errors import Conflict, Invalid, PaymentDeclined, PaymentTimeout
from anyshelf.ground.ids import Id, new_id
from anyshelf.payments import service as payments
from anyshelf.payments import store
from anyshelf.payments.model import Authorisation, Paid

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NORTH = "north"

Orders = Callable[..., Id]
CarryOut = Callable[[], int]


def ask(database: Database, kind: str, order_id: Id, amount: int | None, cause: str) -> list[Id]:
    """A request in a transaction of its own."""
    request: Any = getattr(payments, f"request_{kind}")
    with database.transaction() as tx:
        found: list[Id] = request(tx, NORTH, order_id, amount_minor=amount, cause=cause, now=NOON)
        return found


def paid(database: Database, order_id: Id) -> Paid:
    with database.transaction() as tx:
        return payments.summary(tx, NORTH, order_id)


def told(database: Database, order_id: Id) -> list[str]:
    with database.transaction() as tx:
        sql = "SELECT kind FROM outbox WHERE market = %(market)s AND subject = %(subject)s ORDER BY event_id"
        return [kind for (kind,) in values(tx, sql, market=NORTH, subject=str(order_id))]


def books_agree(database: Database) -> bool:
    with database.transaction() as tx:
        return payments.audit(tx, NORTH) == []


# Setting aside


def test_the_same_key_leads_to_the_same_authorisation() -> None:
    twice = [
        payments.authorise("test", "tok_ok", amount_minor=500, currency="USD", key="cart 7") for _ in range(2)
    ]
    other = payments.authorise("test", "tok_ok", amount_minor=500, currency="USD", key="cart 8")

    assert twice[0] == twice[1]
    assert other.reference != twice[0].reference


@pytest.mark.parametrize(
    ("provider", "token", "refusal"),
    [
        ("test", "tok_decline", PaymentDeclined),
        ("test", "tok_timeout", PaymentTimeout),
        ("test", "4242 4242 4242 4242", Invalid),
        ("pigeon", "tok_ok", Invalid),
    ],
)
def test_an_authorisation_is_refused_by_its_token_or_its_provider(
    provider: str, token: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        payments.authorise(provider, token, amount_minor=500, currency="USD", key="cart 7")


def test_nothing_cannot_be_authorised() -> None:
    with pytest.raises(Invalid, match="nothing to pay"):
        payments.authorise("cash", "", amount_minor=0, currency="USD", key="cart 7")


def test_a_payment_recorded_twice_is_there_once(database: Database, market: str) -> None:
    order_id = new_id()
    authorised = payments.authorise("cash", "", amount_minor=500, currency="USD", key="till 3")
    with database.transaction() as tx:
        ids = [payments.record(tx, market, order_id, authorised, "USD", NOON) for _ in range(2)]

    assert ids[0] == ids[1]
    assert paid(database, order_id) == Paid(authorised_minor=500)
    assert books_agree(database)


def test_one_authorisation_does_not_pay_for_two_orders(database: Database, market: str) -> None:
    authorised = payments.authorise("cash", "", amount_minor=500, currency="USD", key="till 3")
    with database.transaction() as tx:
        payments.record(tx, market, new_id(), authorised, "USD", NOON)

    with pytest.raises(Conflict, match="another order"), database.transaction() as tx:
        payments.record(tx, market, new_id(), authorised, "USD", NOON)


def test_euros_do_not_pay_for_dollars(database: Database, market: str) -> None:
    euros = Authorisation(provider="cash", reference="cash_1", amount_minor=500, currency="EUR")

    with pytest.raises(Invalid, match="cannot pay"), database.transaction() as tx:
        payments.record(tx, market, new_id(), euros, "USD", NOON)


def test_what_was_set_aside_for_a_refused_order_is_let_go_once(providers: Any, ledger: Any) -> None:
    unused = Authorisation(provider="ledger", reference="ledger_1", amount_minor=500, currency="USD")

    for _ in range(2):
        payments.void_unused(unused, "cart 7", providers=providers)

    assert ledger.book == [("void", 500)]


# Taking, giving back, letting go


def test_an_order_is_captured_by_shipment_and_refunded(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any
) -> None:
    order_id = paid_order(1000)
    ask(database, "capture", order_id, 600, "dispatch 1")
    ask(database, "capture", order_id, 400, "dispatch 2")
    carry_out()
    ask(database, "refund", order_id, 250, "return 1")
    carry_out()

    assert sorted(ledger.book) == [("capture", 400), ("capture", 600), ("refund", 250)]
    assert paid(database, order_id) == Paid(authorised_minor=1000, captured_minor=1000, refunded_minor=250)
    assert told(database, order_id) == ["PaymentCaptured", "PaymentCaptured", "PaymentRefunded"]
    assert books_agree(database)


def test_the_same_cause_asks_once(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any
) -> None:
    order_id = paid_order(1000)
    first = ask(database, "capture", order_id, 600, "dispatch 1")
    second = ask(database, "capture", order_id, 600, "dispatch 1")
    carry_out()
    third = ask(database, "capture", order_id, 600, "dispatch 1")

    assert (len(first), second, third) == (1, [], [])
    assert carry_out() == 0
    assert ledger.book == [("capture", 600)]


def test_one_cause_may_take_a_part_and_let_the_rest_go(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any
) -> None:
    order_id = paid_order(1000)
    ask(database, "capture", order_id, 600, "dispatch 1")
    ask(database, "void", order_id, None, "dispatch 1")
    carry_out()

    assert ledger.book == [("capture", 600), ("void", 400)]
    assert paid(database, order_id).uncaptured_minor == 0
    assert ask(database, "void", order_id, None, "nothing is left") == []


def test_an_amount_is_spread_over_the_payments_of_an_order(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any
) -> None:
    order_id = paid_order(700, 500)
    assert len(ask(database, "capture", order_id, 900, "dispatch 1")) == 2
    assert ask(database, "capture", order_id, 900, "dispatch 1") == []
    ask(database, "void", order_id, None, "the rest was cancelled")
    carry_out()

    assert sorted(ledger.book) == [("capture", 200), ("capture", 700), ("void", 300)]


@pytest.mark.usefixtures("market")
def test_an_order_without_payment_asks_for_nothing(database: Database) -> None:
    order_id = new_id()

    assert ask(database, "capture", order_id, 900, "dispatch 1") == []
    assert ask(database, "void", order_id, None, "cancelled") == []
    assert paid(database, order_id) == Paid()


@pytest.mark.parametrize(("kind", "amount"), [("capture", 1001), ("void", 1001), ("refund", 1)])
def test_more_than_there_is_is_refused_and_changes_nothing(
    database: Database, paid_order: Orders, carry_out: CarryOut, kind: str, amount: int
) -> None:
    order_id = paid_order(1000)

    with pytest.raises(Conflict, match="More would be"):
        ask(database, kind, order_id, amount, "too much")

    assert paid(database, order_id) == Paid(authorised_minor=1000)
    assert carry_out() == 0


def test_a_negative_amount_is_a_mistake(database: Database, paid_order: Orders) -> None:
    with pytest.raises(ValueError, match="capture of -1"):
        ask(database, "capture", paid_order(1000), -1, "dispatch 1")


def test_a_refund_waits_for_the_capture_it_gives_back(
    database: Database, paid_order: Orders, carry_out: CarryOut, clock: Any, ledger: Any
) -> None:
    order_id = paid_order(1000)
    ask(database, "refund", _captured(database, order_id), 1000, "return 1")
    ledger.will_not_answer()

    assert carry_out() == 0
    clock.forward(1)
    assert carry_out() == 2
    assert ledger.book == [("capture", 1000), ("refund", 1000)]


def _captured(database: Database, order_id: Id) -> Id:
    ask(database, "capture", order_id, 1000, "dispatch 1")
    return order_id


# When the provider refuses


def test_a_declined_capture_is_told_and_taken_out_of_the_sums(
    database: Database, paid_order: Orders, carry_out: CarryOut
) -> None:
    order_id = paid_order(1000, provider="test", token="tok_decline_capture")  # noqa: S106  a trial token
    ask(database, "capture", order_id, 600, "dispatch 1")
    assert paid(database, order_id).captured_minor == 600

    assert carry_out() == 2, "refused, and then let go"

    assert paid(database, order_id) == Paid(authorised_minor=1000, voided_minor=600)
    assert told(database, order_id) == ["PaymentDeclined", "PaymentVoided"]
    assert carry_out() == 0
    assert books_agree(database)


def test_what_has_run_out_of_date_is_set_aside_anew_and_taken(
    database: Database, paid_order: Orders, carry_out: CarryOut
) -> None:
    order_id = paid_order(1000, provider="test", token="tok_expire")  # noqa: S106  a trial token
    ask(database, "capture", order_id, 600, "dispatch 1")

    carry_out()

    assert paid(database, order_id) == Paid(authorised_minor=1000, captured_minor=600)
    assert told(database, order_id) == ["PaymentRenewed", "PaymentCaptured"]
    ask(database, "capture", order_id, 400, "dispatch 2")
    carry_out()
    assert told(database, order_id)[2:] == ["PaymentCaptured"], "it is set aside anew only once"


@pytest.mark.parametrize("kind", ["refund", "void"])
def test_a_declined_refund_or_void_is_taken_out_of_the_sums(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any, kind: str
) -> None:
    order_id = paid_order(1500)
    _captured(database, order_id)
    carry_out()
    ask(database, kind, order_id, 500, "asked for")
    ledger.will_decline()

    carry_out()

    assert paid(database, order_id) == Paid(authorised_minor=1500, captured_minor=1000)
    assert told(database, order_id)[-1] == "PaymentDeclined"
    assert books_agree(database)


def test_refunds_fall_with_the_capture_they_would_give_back(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any
) -> None:
    order_id = paid_order(1000)
    ask(database, "capture", order_id, 600, "dispatch 1")
    carry_out()
    ask(database, "capture", order_id, 400, "dispatch 2")
    ask(database, "refund", order_id, 900, "return 1")
    ledger.will_decline()

    carry_out()

    assert sorted(ledger.book) == [("capture", 600), ("refund", 600), ("void", 400)]
    assert paid(database, order_id) == Paid(
        authorised_minor=1000, captured_minor=600, refunded_minor=600, voided_minor=400
    )
    assert told(database, order_id).count("PaymentDeclined") == 2
    assert books_agree(database)


# When something breaks in between


def test_an_operation_without_answer_is_asked_again_after_twice_the_wait(
    database: Database, paid_order: Orders, carry_out: CarryOut, clock: Any, ledger: Any
) -> None:
    _captured(database, paid_order(1000))
    ledger.will_not_answer()
    ledger.will_not_answer()

    asked = []
    for seconds in (0, 0.9, 0.1, 1.9, 0.1):
        clock.forward(seconds)
        carry_out()
        asked.append(len(ledger.asked))

    assert asked == [1, 1, 2, 2, 3]
    assert ledger.book == [("capture", 1000)]
    assert len(set(ledger.asked)) == 1


def test_money_requested_by_somebody_whose_clock_is_ahead_does_not_wait_for_that_day(
    carry_out: CarryOut, clock: Any, ledger: Any, database: Database, paid_order: Orders
) -> None:
    order_id = paid_order(1000)
    clock.forward(-9 * 86_400)
    ask(database, "capture", order_id, 600, "shipped")
    assert carry_out() == 1
    assert ledger.book == [("capture", 600)]


def test_a_broken_provider_does_not_keep_the_others_waiting(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any
) -> None:
    for _ in range(3):
        _captured(database, paid_order(1000))
    ledger.will_break()

    assert carry_out() == 2
    assert ledger.book == [("capture", 1000)] * 2


def test_killed_between_request_and_answer_it_is_carried_out_once(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any
) -> None:
    order_id = _captured(database, paid_order(1000))
    ledger.will_see_us_killed()
    with pytest.raises(SystemExit):
        carry_out()

    assert carry_out() == 1
    assert len(ledger.asked) == 2
    assert ledger.book == [("capture", 1000)]
    assert told(database, order_id) == ["PaymentCaptured"]


def test_two_workers_ask_for_each_operation_once(
    database: Database, paid_order: Orders, carry_out: CarryOut, ledger: Any
) -> None:
    for _ in range(10):
        _captured(database, paid_order(1000))

    together(carry_out, carry_out)

    assert len(ledger.asked) == 10
    assert carry_out() == 0


def together(*work: Callable[[], object]) -> list[Exception]:
    """Everything at once; returns what was refused."""
    refused: list[Exception] = []

    def one(each: Callable[[], object]) -> None:
        try:
            each()
        except (Conflict, psycopg.Error) as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=one, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refused


# The guards of the database


def test_two_refunds_at_once_do_not_give_back_more_than_was_paid(
    database: Database, paid_order: Orders
) -> None:
    order_id = _captured(database, paid_order(1000))

    refused = together(
        *(lambda cause=cause: ask(database, "refund", order_id, 700, cause) for cause in ("a", "b"))
    )

    assert [type(refusal) for refusal in refused] == [Conflict]
    assert paid(database, order_id).refunded_minor == 700


def refund_past_the_lock(
    database: Database, order_id: Id, meeting: threading.Barrier, cause: str
) -> Callable[[], object]:
    """A refund by code that has forgotten to lock: both read before either writes."""

    def refund() -> None:
        with database.transaction() as tx:
            sql = store.LOCK_SQL.removesuffix("FOR UPDATE\n")
            (payment,) = store.rows(tx, store.Payment, sql, market=NORTH, order_id=order_id)
            meeting.wait(10)
            shares = payments.shared_out([payment], "refund", 700)
            assert shares is not None
            store.request(tx, NORTH, order_id, [(new_id(), shares[0])], kind="refund", reason=cause, now=NOON)

    return refund


def test_even_code_that_forgets_the_lock_cannot_refund_beyond_what_was_paid(
    database: Database, paid_order: Orders
) -> None:
    order_id = _captured(database, paid_order(1000))
    meeting = threading.Barrier(2)

    refused = together(*(refund_past_the_lock(database, order_id, meeting, cause) for cause in "ab"))

    assert [type(refusal) for refusal in refused] == [psycopg.errors.CheckViolation]
    assert paid(database, order_id).refunded_minor == 700


def test_without_the_guard_of_the_database_the_same_code_refunds_too_much(
    database: Database, database_url: str, paid_order: Orders
) -> None:
    order_id = _captured(database, paid_order(1000))
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE payments DROP CONSTRAINT never_refunded_beyond_paid")
    meeting = threading.Barrier(2)

    refused = together(*(refund_past_the_lock(database, order_id, meeting, cause) for cause in "ab"))

    assert refused == []
    assert paid(database, order_id).refunded_minor == 1400


@pytest.mark.parametrize(
    "sums",
    [
        "captured_minor = authorised_minor + 1",
        "captured_minor = authorised_minor, voided_minor = 1",
        "refunded_minor = captured_minor + 1",
        "captured_minor = -1",
    ],
)
def test_the_database_refuses_sums_that_cannot_be(database: Database, paid_order: Orders, sums: str) -> None:
    paid_order(1000)

    with pytest.raises(psycopg.errors.CheckViolation), database.transaction() as tx:
        tx.execute(f"UPDATE payments SET {sums}")  # type: ignore[arg-type]  # noqa: S608  the example's own words


def test_the_application_may_not_change_the_amount_of_an_operation(
    database: Database, paid_order: Orders
) -> None:
    _captured(database, paid_order(1000))

    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        run(tx, "UPDATE payment_operations SET amount_minor = 1")


def test_an_audit_finds_sums_that_are_not_those_of_the_operations(
    database: Database, paid_order: Orders
) -> None:
    _captured(database, paid_order(1500))
    with database.transaction() as tx:
        run(tx, "UPDATE payments SET captured_minor = 900, voided_minor = 5")
    with database.transaction() as tx:
        findings = payments.audit(tx, NORTH)

    assert [(each.what.split()[0], each.expected, each.found) for each in findings] == [
        ("captured_minor", "1000", "900"),
        ("voided_minor", "0", "5"),
    ]
