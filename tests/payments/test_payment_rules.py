"""Sharing money out: over the units of a line, over the payments of an order."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.payments.model import CAPTURE, REFUND, VOID, Payment
from anyshelf.payments.rules import refund_due, shared_out


def payment(number: int, authorised: int, captured: int = 0, refunded: int = 0, voided: int = 0) -> Payment:
    return Payment(
        payment_id=uuid.UUID(int=number),
        authorised_minor=authorised,
        captured_minor=captured,
        refunded_minor=refunded,
        voided_minor=voided,
    )


def shares(payments: list[Payment], kind: str, amount: int) -> list[tuple[int, int]] | None:
    found = shared_out(payments, kind, amount)
    return None if found is None else [(each.payment_id.int, each.amount_minor) for each in found]


@st.composite
def returns_of_a_line(draw: st.DrawFn) -> tuple[int, list[int]]:
    portions = draw(st.lists(st.integers(1, 50), min_size=1, max_size=20))
    return draw(st.integers(0, 10**9)), portions


@given(returns_of_a_line())
def test_whatever_the_portions_the_refunds_of_a_line_add_up_to_the_cent(line: tuple[int, list[int]]) -> None:
    total, portions = line
    already, refunds = 0, []
    for portion in portions:
        refunds.append(refund_due(total, quantity=sum(portions), already=already, now_returned=portion))
        already += portion

    assert sum(refunds) == total
    assert min(refunds) >= 0


def test_three_units_for_ten_dollars_come_back_at_three_thirty_three_and_once_at_three_thirty_four() -> None:
    refunds = [refund_due(1000, quantity=3, already=already, now_returned=1) for already in range(3)]

    assert refunds == [333, 333, 334]


@pytest.mark.parametrize(("already", "now"), [(2, 2), (0, 4), (-1, 1), (1, -1)])
def test_more_units_than_there_were_cannot_come_back(already: int, now: int) -> None:
    with pytest.raises(ValueError, match="of 3 units"):
        refund_due(1000, quantity=3, already=already, now_returned=now)


def test_a_capture_fills_the_oldest_payment_first_and_a_refund_empties_the_newest_first() -> None:
    card, voucher = payment(1, 700, captured=700, refunded=100), payment(2, 500, captured=200)

    assert shares([card, voucher], CAPTURE, 250) == [(2, 250)]
    assert shares([card, voucher], REFUND, 500) == [(2, 200), (1, 300)]


def test_an_amount_beyond_all_payments_together_is_not_shared_out() -> None:
    both = [payment(1, 700, captured=600), payment(2, 500, voided=450)]

    assert shares(both, VOID, 150) == [(2, 50), (1, 100)]
    assert shares(both, VOID, 151) is None
    assert shares(both, REFUND, 601) is None
    assert shares([], REFUND, 1) is None


def test_an_amount_of_nothing_falls_on_nobody() -> None:
    assert shares([payment(1, 700)], CAPTURE, 0) == []
