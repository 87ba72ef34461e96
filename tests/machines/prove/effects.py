"""What was acknowledged is there once, what was refused is not, and what nobody knows is whole or absent."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from books import Books, Moved
from history import KEPT, REFUSED, Anomaly, Attempt, Effect, History, outcome_of

WAYS = {"receive": ("vendor", "on_hand"), "damage": ("on_hand", "damaged"),
        "transfer": ("on_hand", "in_transit"), "arrive": ("in_transit", "on_hand")}  # fmt: skip
OPENING = "load"


class Kept:
    """Which transactions wrote what was asked for, and by when somebody was told so."""

    def __init__(self) -> None:
        self.writers: dict[str, int] = {}
        self.told_us: dict[int, int] = {}

    def note(self, op: str, effect: Effect, moves: Sequence[Moved]) -> None:
        for writer in {move.writer for move in moves}:
            self.writers[op] = writer
            if effect.told is not None:
                earlier = self.told_us.get(writer, effect.told.told_us)
                self.told_us[writer] = min(earlier, effect.told.told_us)

    def note_opening(self, books: Books) -> None:
        """What lay there before anybody came is seen by everybody."""
        for move in books.moves:
            if move.reason == OPENING:
                self.told_us[move.writer] = move.kept_us or 0


def check_effects(history: History, books: Books, kept: Kept) -> Iterator[Anomaly]:
    """Everything that was asked for, and everything that is there."""
    kept.note_opening(books)
    yield from _orders(history, books, kept)
    yield from _postings(history, books, kept)
    yield from _cancellations(history, books, kept)
    yield from _returns(history, books, kept)
    yield from _nobodys(history, books)
    yield from _keys(history, books)
    for attempt in history.attempts:
        if attempt.status >= 500 and attempt.problem == "unexpected":
            yield Anomaly("a fault of ours", attempt.op, str(attempt.answer))


def _there(what: str, op: str, effect: Effect, times: int) -> Iterator[Anomaly]:
    """How often it is there against what its sender was told."""
    if times > 1:
        yield Anomaly("done twice", f"{what} {op}", f"{times} times")
    if effect.outcome == KEPT and not times:
        yield Anomaly("acknowledged and lost", f"{what} {op}", str(effect.told and effect.told.answer)[:200])
    if effect.outcome == REFUSED and times:
        yield Anomaly("refused and done", f"{what} {op}", f"{times} times")


def _in_time(what: str, op: str, effect: Effect, moves: Sequence[Moved]) -> Iterator[Anomaly]:
    """It was kept after it was asked for and before its sender was told."""
    for kept_us in {move.kept_us for move in moves if move.kept_us is not None}:
        if effect.told is not None and kept_us > effect.told.told_us:
            late = kept_us - effect.told.told_us
            yield Anomaly("acknowledged before it was kept", f"{what} {op}", f"{late} µs too early")
        if kept_us < effect.first_sent_us:
            early = effect.first_sent_us - kept_us
            yield Anomaly("kept before it was asked for", f"{what} {op}", f"{early} µs before")
    if len({move.writer for move in moves}) > 1:
        yield Anomaly("half there", f"{what} {op}", "more than one transaction wrote it")


# Orders


def _orders(history: History, books: Books, kept: Kept) -> Iterator[Anomaly]:
    by_sender: dict[str, list[Any]] = defaultdict(list)
    for order in books.orders:
        by_sender[order.external_id].append(order)
    moves, events = books.moves_by_cause(), books.events_by_subject()
    for op, attempts in history.by_op("order").items():
        effect = outcome_of(attempts)
        found = by_sender.pop(op, [])
        yield from _there("order", op, effect, len(found))
        named = {each.answer["order_id"] for each in attempts if each.outcome == KEPT}
        if len(named) > 1:
            yield Anomaly("told differently", f"order {op}", str(named))
        for order in found:
            taken = [move for move in moves.get(order.order_id, []) if move.step == 1]
            claims = [move for move in taken if move.from_bucket == "free"]
            kept.note(op, effect, taken)
            yield from _in_time("order", op, effect, taken)
            told = [event for event in events.get(order.order_id, []) if event.kind == "OrderPlaced"]
            yield from _whole(op, attempts[0].body, order, books, claims, told)
    for op, orders in by_sender.items():
        yield Anomaly("nobody asked for it", f"order {op}", f"{len(orders)} times")


def _whole(
    op: str, body: Mapping[str, Any], order: Any, books: Books, claims: Sequence[Moved], told: Sequence[Any]
) -> Iterator[Anomaly]:
    """An order with all that belongs to it: its lines, its claims, its money, and word of it."""
    asked = Counter({(place, line["item"]): line["quantity"] for place, line in enumerate(body["lines"], 1)})
    lines = Counter({(line.line, line.item): line.quantity for line in books.lines.get(order.order_id, [])})
    claimed: Counter[tuple[int, str]] = Counter()
    for move in claims:
        claimed[move.line or 0, move.item] += move.quantity
    paid = int(bool(body.get("payment")))
    parts = {
        "its lines": (lines, asked),
        "its claims": (claimed, asked),
        "its money": (books.payments.get(order.order_id, 0), paid),
        "the word of it": (len(told), 1),
    }
    for part, (found, wanted) in parts.items():
        if found != wanted:
            yield Anomaly("half there", f"order {op}", f"{part}: {found}, not {wanted}")


# Goods received, counted, adjusted, damaged, transferred


def _postings(history: History, books: Books, kept: Kept) -> Iterator[Anomaly]:
    moves: dict[str, list[Moved]] = defaultdict(list)
    for move in books.moves:
        moves[move.reason].append(move)
    told: dict[str, list[Any]] = defaultdict(list)
    for event in books.events:
        if event.kind == "StockMoved":
            told[event.data["reason"]].append(event)
    for op, attempts in history.by_op("moves").items():
        effect, asked = outcome_of(attempts), attempts[0].body["moves"]
        found = moves.get(op, [])
        times = len({move.cause for move in found if move.entry == 1}) / len(asked) if found else 0
        said = len(told.get(op, [])) / len(asked)
        yield from _there("posting", op, effect, int(max(times, said)))
        if said not in (0, 1):
            yield Anomaly("half there", f"posting {op}", f"word of {said:.0%} of it")
        if said == 1 and asked[0]["kind"] != "count" and (seen := _seen(found)) != _expected(asked):
            yield Anomaly("half there", f"posting {op}", f"{seen} of {_expected(asked)}")
        if not said and found:
            yield Anomaly("half there", f"posting {op}", "moved, and no word of it")
        kept.note(op, effect, found)
        yield from _in_time("posting", op, effect, found)


def _seen(moves: Iterable[Moved]) -> Counter[tuple[Any, ...]]:
    return Counter((m.item, m.node, m.from_bucket, m.to_node, m.to_bucket, m.quantity) for m in moves)


def _expected(asked: Iterable[Mapping[str, Any]]) -> Counter[tuple[Any, ...]]:
    """The moves that postings stand for, said once more in other words than the program's own."""
    found: Counter[tuple[Any, ...]] = Counter()
    for each in asked:
        quantity = each["quantity"]
        source, target = WAYS.get(each["kind"], ("loss", "on_hand"))
        if quantity < 0:
            source, target, quantity = target, source, -quantity
        to_node = each.get("to_node") or each["node"]
        found[each["item"], each["node"], source, to_node, target, quantity] += 1
    return found


# Cancellations


def _cancellations(history: History, books: Books, kept: Kept) -> Iterator[Anomaly]:
    moves = books.moves_by_cause()
    told: dict[str, list[Any]] = defaultdict(list)
    for event in books.events:
        if event.kind == "LinesCancelled":
            told[event.data["reason"]].append(event)
    for op, attempts in history.by_op("cancel").items():
        effect, asked = outcome_of(attempts), attempts[0].body
        found = told.get(op, [])
        if asked["lines"] is not None or len(found) > 1 or effect.outcome == REFUSED:
            yield from _there("cancellation", op, effect, len(found))
        for event in found:
            given = [
                move
                for move in moves.get(event.subject, [])
                if move.step == event.data["version"] and move.to_bucket == "free"
            ]
            kept.note(op, effect, given)
            yield from _in_time("cancellation", op, effect, given)
            yield from _given_back(op, asked, event, given)


def _given_back(op: str, asked: Mapping[str, Any], event: Any, given: Sequence[Moved]) -> Iterator[Anomaly]:
    """The units that a cancellation says are cancelled are those asked for, and are free again."""
    said: Counter[int] = Counter()
    for line in event.data["lines"]:
        said[line["line"]] += line["quantity"]
    back: Counter[int] = Counter()
    for move in given:
        back[move.line or 0] += move.quantity
    if back != said:
        yield Anomaly("half there", f"cancellation {op}", f"{dict(said)} cancelled, {dict(back)} given back")
    wanted = asked["lines"] and {line["line"]: line["quantity"] for line in asked["lines"]}
    if wanted is not None and dict(said) != wanted:
        yield Anomaly("half there", f"cancellation {op}", f"{dict(said)} cancelled, not {wanted}")


# Goods that come back


def _returns(history: History, books: Books, kept: Kept) -> Iterator[Anomaly]:
    """Leave to bring an order back is given once, and what is brought is taken in once."""
    allowed = Counter(each.order_id for each in books.returns)
    for order_id, attempts in history.by_op("return").items():
        yield from _there("return of", order_id, outcome_of(attempts), allowed[order_id])
    moves = books.moves_by_cause()
    for return_id, attempts in history.by_op("bring").items():
        effect, found = outcome_of(attempts), moves.get(return_id, [])
        yield from _there("receipt of", return_id, effect, len({move.step for move in found}))
        brought = Counter({line["line"]: line["quantity"] for line in attempts[0].body["lines"]})
        came = Counter({move.line or 0: move.quantity for move in found})
        if found and came != brought:
            yield Anomaly("half there", f"receipt of {return_id}", f"{came}, not {brought}")
        kept.note(return_id, effect, found)
        yield from _in_time("receipt of", return_id, effect, found)


# What nobody asked for, and what was told under a key


def _nobodys(history: History, books: Books) -> Iterator[Anomaly]:
    known = {order.order_id for order in books.orders} | {each.return_id for each in books.returns}
    ops = set(history.by_op("moves"))
    strangers = {
        move.cause for move in books.moves
        if move.cause not in known and move.reason not in ops and move.reason != OPENING
    }  # fmt: skip
    for cause in sorted(strangers):
        yield Anomaly("nobody asked for it", f"moves of {cause}", "no order, no posting")


def _keys(history: History, books: Books) -> Iterator[Anomaly]:
    """Under each key one answer, the one that was told; and none of something that is not there."""
    asked: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in history.attempts:
        if attempt.key:
            asked[attempt.key].append(attempt)
    for key, rows in books.keys.items():
        if len(rows) > 1 or rows[0].status is None:
            yield Anomaly("half there", f"key {key}", f"{len(rows)} rows, status {rows[0].status}")
        if asked.get(key) and outcome_of(asked[key]).outcome == REFUSED:
            yield Anomaly("refused and done", f"key {key}", "an answer is kept under it")
    for key, attempts in asked.items():
        told = [each.answer for each in attempts if each.outcome == KEPT]
        rows = books.keys.get(key, [])
        if told and not any(row.answer == told[0] for row in rows):
            yield Anomaly("acknowledged and lost", f"key {key}", "its answer is not the one that was told")
        if any(answer != told[0] for answer in told):
            yield Anomaly("told differently", f"key {key}", f"{len(told)} answers")
