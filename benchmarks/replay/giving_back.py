"""Taking back: what has not left is cancelled, what has is brought to the store next to home.

What is asked for is written to the journal before it is sent, because it depends on how the order stands: a
replay that was cut off asks for the very same again, under the same keys.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from replay.client import Client, Reply
from replay.floor import WORKING
from replay.journal import GivenBack, Intended, Journal, Placed
from replay.stream import Part, TakeBack

TRIES = 12
WAIT_SECONDS = 0.25
CANCELLABLE = ("open", "backordered", *WORKING)
GIVEN_OUT = ("delivered", "handed_over")
GRADES, GRADE_SHARES = ("new", "opened", "damaged"), (90, 7, 3)


def give_back(client: Client, journal: Journal, back: TakeBack, *, store: str) -> GivenBack:
    """Take back all parts of a cancellation, order by order; says what became of its units."""
    by_order: dict[str, list[Part]] = {}
    for part in back.parts:
        by_order.setdefault(part.order, []).append(part)
    totals: Counter[str] = Counter()
    for order, parts in by_order.items():
        wanted = {part.line: part.quantity for part in parts}
        placed = journal.placed.get(order)
        if placed is None:
            totals["never_had"] += sum(wanted.values())
        else:
            totals += _Taking(client, journal, back.external_id, placed, store).take(wanted)
    return GivenBack(
        external_id=back.external_id,
        cancelled=totals["cancelled"],
        returned=totals["returned"],
        never_had=totals["never_had"],
        refused=totals["refused"],
        refunded_minor=totals["refunded_minor"],
    )


class _Taking:
    """One order of one take-back."""

    def __init__(self, client: Client, journal: Journal, back: str, placed: Placed, store: str) -> None:
        self._client = client
        self._journal = journal
        self._back = back
        self._placed = placed
        self._store = store

    def take(self, wanted: Mapping[int, int]) -> Counter[str]:
        """Take back so many units of these lines; where something changed under our hands, look again."""
        left, done = Counter(wanted), Counter[str]()
        known = self._journal.intended.get((self._back, self._placed.order_id), {})
        for attempt in range(1, TRIES + 1):
            before = known.get(attempt)
            asked, waits = (before, False) if before else self._plan(left, attempt)
            if asked is None and not waits:
                done["never_had"] += left.total()
                return done
            if asked is not None:
                settled = asked if asked.settled else self._carry_out(asked)
                left -= Counter(dict(settled.cancels)) + Counter(dict(settled.returns))
                done["cancelled"] += sum(units for _, units in settled.cancels)
                done["returned"] += sum(units for _, units in settled.returns)
                done["refunded_minor"] += settled.refunded_minor
            if not left:
                return done
            time.sleep(WAIT_SECONDS if waits else 0)
        done["refused"] += left.total()
        return done

    def _plan(self, left: Mapping[int, int], attempt: int) -> tuple[Intended | None, bool]:
        """What can be asked for as the order stands, and whether some of it is still on the way."""
        order = self._client.order(self._placed.order_id).body
        states = {line["line"]: Counter(line["states"]) for line in order["lines"]}
        cancels, returns, waits = [], [], False
        for line, units in left.items():
            stands = states.get(line, Counter[str]())
            cancelled = min(units, sum(stands[state] for state in CANCELLABLE))
            returned = min(units - cancelled, sum(stands[state] for state in GIVEN_OUT))
            cancels += [(line, cancelled)] if cancelled else []
            returns += [(line, returned)] if returned else []
            waits = waits or (units > cancelled + returned and stands["dispatched"] > 0)
        if not cancels and not returns:
            return None, waits
        intended = Intended(
            external_id=self._back,
            order_id=self._placed.order_id,
            attempt=attempt,
            cancels=tuple(cancels),
            returns=tuple(returns),
        )
        self._journal.write(intended)
        return intended, waits

    def _carry_out(self, asked: Intended) -> Intended:
        """Ask for it; what was refused comes back as nothing, and is looked at anew."""
        key = f"{asked.external_id}:{asked.order_id}:{asked.attempt}"
        cancels, returns, refunded_minor = asked.cancels, asked.returns, 0
        if cancels and not self._client.cancel(asked.order_id, cancels, key=f"cancel:{key}").ok:
            cancels = ()
        if returns:
            received = self._bring(asked, key)
            returns = returns if received.ok else ()
            refunded_minor = _minor(received.body["refund"]) if received.ok else 0
        settled = replace(
            asked, settled=True, cancels=cancels, returns=returns, refunded_minor=refunded_minor
        )
        self._journal.write(settled)
        return settled

    def _bring(self, asked: Intended, key: str) -> Reply:
        """Bring units to the counter, and have them graded there."""
        grade = Random(key).choices(GRADES, GRADE_SHARES)[0]
        allowed = self._client.ask_return(
            asked.order_id, asked.returns, node=self._store, key=f"return:{key}"
        )
        if not allowed.ok:
            return allowed
        return self._client.receive(
            allowed.body["return_id"], asked.returns, node=self._store, grade=grade, key=f"receive:{key}"
        )


def _minor(money: Mapping[str, Any]) -> int:
    return int(Decimal(money["amount"]).scaleb(2))
