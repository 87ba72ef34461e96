"""What the demo's shoppers do afterwards: bring back, answer what they are asked, write what they think."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from anyshelf.delivery.model import Scan
from anyshelf.ground import outbox
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import Id, derived_id, id_made_at
from anyshelf.insight import service as insight
from anyshelf.insight.model.feedback import Review
from anyshelf.main.week.ordering import CODE, Placed
from anyshelf.main.week.player import Past
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.returns import service as returns
from anyshelf.returns.model import Asked, Brought, Return, Wanted, Wish

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANSWERS: Final = 0.55
REVIEWS: Final = 0.35
UNHAPPY: Final = frozenset({"short", "left_late", "carried_late", "not_at_home", "lost"})
REASONS: Final = ("changed_mind", "too_small", "not_as_described", "damaged", "better_price")
GRADES: Final = {"damaged": "damaged", "not_as_described": "opened"}
PRAISE: Final = (
    "Quick, and as described. I would buy it again.",
    "Good quality for the price, well packed.",
    "Lovely, and ready at the store when they said.",
    "Does what it should. The colour is a little darker than on the picture.",
)
BLAME: Final = (
    "Came two days late and nobody told me.",
    "One of two was missing, and I had to come again.",
    "The quality is not what the price promises.",
)
WHY: Final = {True: ("Everything went well.", "Friendly people at the counter.", ""),
              False: ("It came later than promised.", "I had to wait and to ask.", "")}  # fmt: skip
SCORES: Final = {  # for each kind of survey: what the happy say, what the unhappy say
    "nps": ((8, 9, 9, 10, 10), (2, 4, 5, 6)),
    "csat": ((4, 4, 5, 5), (1, 2, 3)),
    "effort": ((1, 1, 2, 3), (5, 6, 7)),
}


class Telling:
    """What follows when a shopper has their goods."""

    def __init__(self, past: Past, placed: Placed) -> None:
        self.past, self.placed = past, placed
        self._told: set[Id] = set()

    def done(self, order_id: Id, at: datetime) -> None:
        """They have them: some bring them back, some say how it was."""
        luck = random.Random(f"{order_id}/after")  # noqa: S311  a demo, not a secret
        fate = self.placed.fate(order_id)
        if order_id not in self.placed.wishes or order_id in self._told:
            return
        self._told.add(order_id)
        if fate in ("brought_back", "exchanged"):
            store = self.placed.wishes[order_id].store.node
            back = network.next_open(self.past.atlas, store, at + luck.uniform(6, 60) * HOUR)
            self.past.later(back, partial(self._bring_back, order_id, store, fate == "exchanged"))
        elif fate == "mailed_back":
            self.past.later(at + luck.uniform(5, 30) * HOUR, partial(self._mail_back, order_id))
        if luck.random() < ANSWERS:
            self.past.later(at + luck.uniform(3, 20) * HOUR, partial(self._answer, order_id))
        if luck.random() < REVIEWS:
            self.past.later(at + luck.uniform(10, 40) * HOUR, partial(self._review, order_id))

    def _asked(self, order: Order, luck: random.Random) -> Sequence[Asked]:
        """One unit of a line they have."""
        held = [line for line in order.lines if line.in_state("delivered", "handed_over")]
        if not held:
            raise NotFound("They have nothing to bring back.")
        line = luck.choice(held)
        return [Asked(line=line.line, quantity=1, reason=luck.choice(REASONS))]

    def _bring_back(self, order_id: Id, store: str, instead: bool, tx: Tx, now: datetime) -> None:  # noqa: FBT001  handed in by partial
        luck = random.Random(f"{order_id}/back")  # noqa: S311  as above
        order = orders.find(tx, self.past.market, order_id)
        asked = self._asked(order, luck)
        new = returns.authorise(tx, order.market, order_id, asked, at=store, now=now)
        brought = self._brought(new)
        taken = returns.receive(
            tx, order.market, new.return_id, brought, node=store, refund=not instead, now=now
        )
        if instead:
            self._exchange(taken, order, tx, now)

    def _brought(self, back: Return) -> list[Brought]:
        return [
            Brought(line=line.line, quantity=line.quantity, grade=GRADES.get(line.reason, "new"))
            for line in back.lines
        ]

    def _exchange(self, back: Return, order: Order, tx: Tx, now: datetime) -> None:
        """The same again, at the same price: nothing is left to pay."""
        lines = {line.line: line for line in order.lines}
        wish = Wish(
            lines=tuple(
                Wanted(
                    item=lines[line.line].item, quantity=line.quantity,
                    unit_price_minor=lines[line.line].unit_price_minor,
                )
                for line in back.lines
            )
        )  # fmt: skip
        returns.exchange(
            tx, order.market, back.return_id, wish, None, now,
            order_id=id_made_at(now, "exchange", str(back.return_id)), pickup_code=CODE, may_decide=True,
        )  # fmt: skip

    def _mail_back(self, order_id: Id, tx: Tx, now: datetime) -> None:
        luck = random.Random(f"{order_id}/mail")  # noqa: S311  as above
        order = orders.find(tx, self.past.market, order_id)
        new = returns.authorise(tx, order.market, order_id, self._asked(order, luck), at="mail", now=now)
        if new.state == "authorised":
            self.past.later(now + luck.uniform(8, 24) * HOUR, partial(self._hand_in, new))
            self.past.later(now + luck.uniform(40, 80) * HOUR, partial(self._unpack, new))

    def _hand_in(self, back: Return, tx: Tx, now: datetime) -> None:
        said = Scan(event_id=f"{back.return_id}-in", kind="in_transit", happened_at=now)
        returns.hear(tx, back.market, back.return_id, [said], now)

    def _unpack(self, back: Return, tx: Tx, now: datetime) -> None:
        returns.receive(tx, back.market, back.return_id, self._brought(back), node=back.came_to, now=now)

    def _answer(self, order_id: Id, tx: Tx, now: datetime) -> None:
        luck = random.Random(f"{order_id}/answer")  # noqa: S311  as above
        asked = [
            told.data for told in outbox.story_of(tx, self.past.market, str(order_id))
            if told.kind == "SurveyAsked"
        ]  # fmt: skip
        happy = self.placed.fate(order_id) not in UNHAPPY and luck.random() > 0.08  # noqa: PLR2004
        for survey in asked:
            score = luck.choice(SCORES[survey["kind"]][0 if happy else 1])
            token = survey["link"].rpartition("/")[2]
            words = luck.choice(WHY[happy])
            insight.answer(tx, self.past.market, token, score=score, words=words, now=now)

    def _review(self, order_id: Id, tx: Tx, now: datetime) -> None:
        luck = random.Random(f"{order_id}/review")  # noqa: S311  as above
        wish = self.placed.wishes[order_id]
        happy = wish.fate not in UNHAPPY and luck.random() > 0.15  # noqa: PLR2004
        review = Review(
            review_id=derived_id("review", self.past.market, str(order_id)), item=wish.items[0][0].item,
            order_id=order_id, node=wish.store.node, rating=luck.randint(*((4, 5) if happy else (1, 3))),
            words=luck.choice(PRAISE if happy else BLAME), state="waiting", reason="", sentiment=None,
            written_at=now,
        )  # fmt: skip
        insight.write_review(tx, self.past.market, review)
        if luck.random() < 0.8:  # noqa: PLR2004  the others wait for a look
            insight.decide_review(tx, self.past.market, review.review_id, publish=True, reason="", by="demo")
