"""Where a process is asked for promises: those who wait are served by one look and written down together."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.service import Goods
from anyshelf.ground import idempotency
from anyshelf.ground.batching import Batcher, Reply, Waiting
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import InFlight, Refusal
from anyshelf.ground.http import House
from anyshelf.ground.idempotency import Answer, Asked
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.promising import service
from anyshelf.promising.model import Known, Liking, Promise, Wanted
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.service import Grounds

AT_ONCE = 32
"""How many baskets share a look and a commit: few, so that the first does not wait long for the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What somebody would like to have, in which market, under which key of theirs (or none).

    `liking` is what they are likely to choose, where that is known.
    """

    market: str
    wanted: Wanted
    asked: Asked | None = None
    liking: Liking | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody is told, and whether they were told before."""

    answer: Answer
    again: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class _Case:
    """A basket on its way through a batch: what it rests on, what is offered, what is told."""

    basket: Basket
    answer: Reply[Told]
    grounds: Grounds | None = None
    promise: Promise | None = None
    told: Told | Refusal | None = None


class QuoteDesk:
    """Where baskets are handed in; one for each process."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._batcher: Batcher[Basket, Told] = Batcher("desk", self._quote, batch_max=AT_ONCE)

    def hand_in(self, basket: Basket) -> "asyncio.Future[Told]":
        """Hand a basket in from an event loop; raises Busy when too many wait."""
        return self._batcher.hand_in(basket)

    def submit(self, basket: Basket) -> "Future[Told]":
        """Hand a basket in from a thread that waits for it; raises Busy as `hand_in`."""
        return self._batcher.submit(basket)

    def close(self) -> None:
        """Finish what was handed in."""
        self._batcher.close()

    def _quote(self, waiting: Sequence[Waiting[Basket, Told]]) -> None:
        by_market: dict[str, list[_Case]] = defaultdict(list)
        for each in waiting:
            by_market[each.item.market].append(_Case(basket=each.item, answer=each.answer))
        for market, cases in by_market.items():
            self._together(market, cases)

    def _together(self, market: str, cases: Sequence[_Case]) -> None:
        """Serve these at once; where that stumbles, one by one, so that only the one to blame is refused."""
        try:
            self._quote_in(market, cases)
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs to one of them
            if len(cases) == 1:
                cases[0].answer.set_exception(error)
                return
            for case in cases:
                self._together(market, [case])

    def _quote_in(self, market: str, cases: Sequence[_Case]) -> None:
        now, valid_for = self.house.clock.now(), timedelta(minutes=self.house.settings.promise_minutes)
        goods, known = self._look(market, cases, now)
        for case in cases:
            _offer(case, goods, known, now, valid_for)
        retrying(self.house.database, lambda tx: _keep(tx, market, cases, now))
        for case in cases:
            if isinstance(case.told, Told):
                case.answer.set_result(case.told)
            elif case.told is not None:
                case.answer.set_exception(case.told)

    def _look(self, market: str, cases: Sequence[_Case], now: datetime) -> tuple[Goods, Known]:
        """See what each case rests on, all as of one moment; a case that cannot be is refused."""
        codes = list({line.item for case in cases for line in case.basket.wanted.lines})
        looking = inventory.looking(self.house.database, market)
        with looking as look, network.pinned(look.tx, market) as atlas:
            known = service.known_of(look.tx, atlas, now)
            goods = catalogue.goods(look.tx, market, codes)
            for case in cases:
                wanted = case.basket.wanted
                try:
                    asks = service.asks_for(wanted, goods)
                    on = sourcing.shelves_seen(
                        look, channel=wanted.channel, items=[ask.item for ask in asks], now=now
                    )
                    case.grounds = sourcing.grounds_on(on, asks)
                except Refusal as refused:
                    case.told = refused
        return goods, known


def _offer(case: _Case, goods: Goods, known: Known, now: datetime, valid_for: timedelta) -> None:
    if case.grounds is None:
        return
    try:
        case.promise = service.offer(
            case.grounds, case.basket.wanted, goods, now, known=known, valid_for=valid_for,
            liking=case.basket.liking,
        )  # fmt: skip
    except Refusal as refused:
        case.told = refused


def _keep(tx: Tx, market: str, cases: Sequence[_Case], now: datetime) -> None:
    """Write what is offered; who asked the same under the same key before is told the same again."""
    offered = [case for case in cases if case.promise is not None]
    asked = [case.basket.asked for case in offered if case.basket.asked]
    noted = idempotency.note_all(tx, market, asked, now)
    earlier = idempotency.earlier_answers(tx, market, [each for each in asked if each not in noted])
    new: list[tuple[Wanted, Promise]] = []
    for case in offered:
        own = case.basket.asked
        if case.promise is not None and (own is None or own in noted):
            case.told = Told(answer=Answer(201, case.promise.as_json()))
            new.append((case.basket.wanted, case.promise))
        elif own is not None:
            case.told = _told_earlier(earlier.get(own))
    service.keep(tx, market, new)
    told = {
        case.basket.asked: case.told.answer
        for case in offered
        if case.basket.asked in noted and case.basket.asked and isinstance(case.told, Told)
    }
    idempotency.remember_all(tx, market, told)


def _told_earlier(earlier: Answer | Refusal | None) -> Told | Refusal:
    if isinstance(earlier, Answer):
        return Told(answer=earlier, again=True)
    return earlier or InFlight(
        "A request with this Idempotency-Key is being worked on; ask again in a moment."
    )
