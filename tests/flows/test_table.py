"""The table: every journey, forward and backward, in good weather and with every mishap there is.

The rows are read from the journeys' own tables, so that a new row without a story fails here. Every cell ends
at rest: in a legal state, with the audit silent, every unit somewhere, and every cent where it belongs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from anyshelf.ground.db import Database
from anyshelf.ground.money import prorate
from anyshelf.orders.journeys import journeys
from anyshelf.returns.journeys import journeys as ways_back
from city import Answer, City, Place, open_city
from people import People

FORWARD = tuple(row.name for row in journeys())
BACKWARD = (*(row.name for row in ways_back()), "exchange")
MISHAPS = (
    "happy", "short_pick", "reject", "cancel_midway", "no_show_or_expiry", "payment_declined_at_capture",
    "partial_return",
)  # fmt: skip
UNITS = 3
GOOD, REFUSED_LATER = "tok_ok", "tok_decline_capture"
UNIT, DISCOUNT, TAX, SHIPPING = 1999, 100, 15, 499
LITTLE = 133
"""What a thing costs that is not worth its way back."""
PARCELS = ("ship_from_dc", "ship_from_store", "store_delivery")
OF_VENDORS = ("drop_ship", "vendor_to_store")

MEANING = {
    ("drop_ship", "short_pick"): "the vendor accepts two of three and rejects the third",
    ("vendor_to_store", "short_pick"): "the vendor accepts two of three and rejects the third",
    ("drop_ship", "reject"): "the vendor rejects all of it",
    ("vendor_to_store", "reject"): "the vendor rejects all of it",
    ("carry_out", "short_pick"): "nobody picks: the books had one more than the shelf, which a count finds",
    ("carry_out", "reject"): "nobody has work to reject: the till itself refuses what is not there",
    ("carry_out", "cancel_midway"): "there is no midway: what has gone is not cancelled, and nothing changes",
    (
        "carry_out",
        "no_show_or_expiry",
    ): "the shopper pays and leaves the goods on the counter: all comes back",
    ("ship_from_dc", "no_show_or_expiry"): "nobody is at home, and the parcel turns back",
    ("ship_from_store", "no_show_or_expiry"): "nobody is at home, and the parcel turns back",
    ("drop_ship", "no_show_or_expiry"): "nobody is at home, and the parcel turns back to its vendor",
    ("store_delivery", "no_show_or_expiry"): "nobody is at home, and the parcel turns back",
    **{(row, "short_pick"): "the box holds one fewer than was announced" for row in BACKWARD},
    **{(row, "reject"): "more than was bought is not taken back" for row in BACKWARD},
    **{(row, "cancel_midway"): "the return is withdrawn before anything has come" for row in BACKWARD},
    **{(row, "no_show_or_expiry"): "what was to come back does not come in time" for row in BACKWARD},
    ("undeliverable", "cancel_midway"): "the parcel arrives after all",
    ("undeliverable", "no_show_or_expiry"): "the parcel comes back long after its time",
    ("keep_it", "short_pick"): "no box travels: what was paid stays paid",
    ("keep_it", "cancel_midway"): "there is no midway: what is paid at once is not withdrawn",
    ("exchange", "payment_declined_at_capture"): "the card for the difference is refused, another one is not",
}
"""What a mishap means where its name is not to be taken literally."""


@dataclass
class Cell:
    """One cell of the table: its own item in a city that all cells share."""

    city: City
    row: str
    mishap: str
    item: str
    unit: int = UNIT
    lost: int = 0
    shipping_back: bool = False
    put_in: int = 0
    orders: list[Answer] = field(default_factory=list)
    refused: bool = False

    @property
    def people(self) -> People:
        return People(self.city)

    @property
    def order(self) -> Answer:
        return self.orders[0]

    def place(self, name: str) -> Place:
        return Place(self.city, name)

    def lies(self, name: str, units: int) -> None:
        self.place(name).has(self.item, units, price=self.unit)
        self.put_in += units

    def say(self, path: str, body: Any = None) -> Answer:
        answer = self.city.post(path, body)
        assert answer.status < 300, (path, answer.body)
        self.city.settle()
        return answer

    def is_refused(self, path: str, body: Any = None) -> None:
        """What is refused is refused with a reason, and changes nothing."""
        before = self.city.ledger()
        answer = self.city.post(path, body)
        assert 400 <= answer.status < 500, answer.body
        assert self.city.ledger() == before

    def buy(self, token: str = GOOD) -> None:
        asked = {
            "lines": [{"item": self.item, "quantity": UNITS, "discount": usd(DISCOUNT), "tax": usd(TAX)}],
            "payment": {"provider": "test", "token": token},
        }
        if self.row != "ropis":
            asked["shipping"] = usd(SHIPPING)
        way = WAYS.get(self.row, self.city.order)
        order = way(self, asked) if self.row in WAYS else self.city.order(self.item, **asked)
        assert order.status == 201, order.body
        self.orders.append(order)

    def through(self, until: str = "") -> None:
        self.people.see_through(self.order, until=until)

    def shipment(self) -> str:
        self.city.settle()
        (found,) = self.city.get(f"/v1/orders/{self.order['order_id']}/shipments")["shipments"]
        return str(found["shipment_id"])

    def carrier_says(self, kind: str) -> None:
        seen = {"event_id": kind, "kind": kind, "happened_at": self.city.clock.now().isoformat()}
        self.say(f"/v1/shipments/{self.shipment()}:events", {"events": [seen]})

    def ask_back(self, units: int, at: str) -> Answer:
        lines = [{"line": 1, "quantity": units, "reason": "changed_mind"}]
        return self.say("/v1/returns", {"order_id": self.order["order_id"], "lines": lines, "at": at})

    def bring(self, back: Any, units: int, *, grade: str = "new", at: str = "", **more: Any) -> Answer:
        body = {"node": at or back["at"], "lines": [{"line": 1, "quantity": units, "grade": grade}], **more}
        return self.say(f"/v1/returns/{back['return_id']}:receive", body)

    def returned_by_carrier(self) -> Answer:
        """The parcel turns back; the return that nobody asked for."""
        self.carrier_says("returning")
        self.shipping_back = True
        (back,) = self.city.get(f"/v1/orders/{self.order['order_id']}/returns")["returns"]
        return Answer(200, back)


def usd(minor: int) -> dict[str, str]:
    return {"amount": f"{minor // 100}.{minor % 100:02}", "currency": "USD"}


WAYS: dict[str, Callable[[Cell, dict[str, Any]], Answer]] = {
    "bopis": lambda cell, asked: cell.city.pick_up(cell.item, cell.place("Austin"), UNITS, **asked),
    "ship_to_store": lambda cell, asked: cell.city.pick_up(cell.item, cell.place("Austin"), UNITS, **asked),
    "vendor_to_store": lambda cell, asked: cell.city.pick_up(cell.item, cell.place("Austin"), UNITS, **asked),
    "ropis": lambda cell, asked: cell.city.reserve(
        cell.item, cell.place("Austin"), UNITS, customer=cell.item, lines=asked["lines"]
    ),
    "store_delivery": lambda cell, asked: cell.city.deliver_home(
        cell.item, cell.place("Austin"), UNITS, **asked
    ),
    "carry_out": lambda cell, asked: cell.city.carry_out(cell.item, cell.place("Austin"), UNITS, **asked),
}
"""How a row is asked for; a row that is not here is shipped."""

LIES_AT = {
    "ship_from_dc": "Dallas-DC", "ship_from_store": "Austin", "drop_ship": "Vendor", "bopis": "Austin",
    "ship_to_store": "Dallas-DC", "vendor_to_store": "Vendor", "ropis": "Austin", "store_delivery": "Austin",
    "carry_out": "Austin", "boris": "Austin", "mail_return": "Dallas-DC", "undeliverable": "Dallas-DC",
    "vendor_return": "Vendor", "keep_it": "Dallas-DC", "exchange": "Austin",
}  # fmt: skip
"""Where the goods of each row lie. A row that is not here has no story yet."""


# Forward


def bought(cell: Cell, token: str = GOOD) -> None:
    cell.lies(LIES_AT[cell.row], UNITS)
    cell.buy(token)
    journey = cell.order["lines"][0]["journey"]
    assert cell.row in (
        journey,
        "mail_return",
        "undeliverable",
        "boris",
        "vendor_return",
        "keep_it",
        "exchange",
    )


def happy(cell: Cell) -> None:
    bought(cell)
    cell.through()


def short_pick(cell: Cell) -> None:
    if cell.row == "carry_out":
        cell.lies("Austin", 1)
    bought(cell)
    cell.lies("Waco", 1)
    cell.city.settle()
    if cell.row == "carry_out":
        count = {"kind": "count", "node": "Austin", "item": cell.item, "quantity": 0, "reason": "count",
                 "reference": cell.item}  # fmt: skip
        cell.say("/v1/inventory/moves", {"moves": [count]})
        cell.put_in, cell.lost = UNITS + 1, 0
        return
    if cell.row in OF_VENDORS:
        answer = {"line": 1, "accept": 2, "reject": {"quantity": 1, "reason": "none left"}}
        vendor_answers(cell, answer)
    else:
        (work,) = cell.people.work_of(cell.order, LIES_AT[cell.row])
        picked = [{"line": 1, "quantity": 2, "short_reason": "not on the shelf"}]
        cell.say(f"/v1/work/{work['work_id']}:pick", {"lines": picked})
        cell.lost = 1
    cell.through()


def vendor_answers(cell: Cell, answer: dict[str, Any]) -> None:
    cell.city.settle()
    (po,) = (
        each for each in cell.city.get("/v1/vendors/Vendor/orders?state=open")["orders"]
        if each["order_id"] == cell.order["order_id"]
    )  # fmt: skip
    cell.say(f"/v1/vendors/orders/{po['po_id']}:acknowledge", {"lines": [answer]})


def reject(cell: Cell) -> None:
    if cell.row == "carry_out":
        cell.lies("Austin", UNITS - 1)
        refused = cell.city.carry_out(cell.item, cell.place("Austin"), UNITS)
        assert refused.problem == "shortage"
        return
    bought(cell)
    cell.lies("Waco", UNITS)
    if cell.row in OF_VENDORS:
        vendor_answers(cell, {"line": 1, "accept": 0, "reject": {"quantity": UNITS, "reason": "none left"}})
    else:
        (work,) = cell.people.work_of(cell.order, LIES_AT[cell.row])
        cell.say(f"/v1/work/{work['work_id']}:reject", {"reason": "too busy"})
    cell.through()
    elsewhere = cell.row != "ropis"
    assert cell.city.show(cell.order)["status"] == ("completed" if elsewhere else "cancelled")


def cancel_midway(cell: Cell) -> None:
    bought(cell)
    cancel = f"/v1/orders/{cell.order['order_id']}:cancel"
    if cell.row == "carry_out":
        cell.is_refused(cancel)
        return
    if cell.row in OF_VENDORS:
        cell.city.settle()
    else:
        cell.through(until="picked")
    cell.say(cancel, {"lines": [{"line": 1, "quantity": 1}]})
    cell.through()
    assert cell.city.states(cell.order)["cancelled"] == 1


def no_show_or_expiry(cell: Cell) -> None:
    bought(cell)
    if cell.row == "carry_out":
        cell.bring(cell.ask_back(UNITS, "Austin"), UNITS)
    elif cell.row in PARCELS or cell.row == "drop_ship":
        cell.through(until="dispatched")
        cell.bring(cell.returned_by_carrier(), UNITS)
    else:
        cell.through(until="staged")
        cell.city.wait(days=8)
        assert cell.city.show(cell.order)["status"] == "cancelled"
        assert cell.place("Austin").stock(cell.item) == {"on_hand": UNITS}


def payment_declined_at_capture(cell: Cell) -> None:
    bought(cell, REFUSED_LATER)
    if cell.row == "ropis":
        cell.through(until="staged")
        cell.say(f"/v1/orders/{cell.order['order_id']}:settle", {
            "lines": [{"line": 1, "accept": UNITS, "decline": 0}],
            "tender": {"provider": "test", "token": REFUSED_LATER},
        })  # fmt: skip
    cell.through()
    assert cell.city.money(cell.order)["captured"] == "0.00"
    cell.say(f"/v1/orders/{cell.order['order_id']}:pay", {"payment": {"provider": "cash"}})


def partial_return(cell: Cell) -> None:
    happy(cell)
    cell.bring(cell.ask_back(1, "Austin"), 1)
    assert cell.city.states(cell.order)["returned"] == 1


# Backward


def sold(cell: Cell, token: str = GOOD) -> None:
    """What is to come back has been sold, and has arrived where it can come back from."""
    cell.unit = LITTLE if cell.row == "keep_it" else UNIT
    bought(cell, token)
    cell.through(until="dispatched" if cell.row == "undeliverable" else "")


def asked(cell: Cell, units: int) -> Answer:
    if cell.row == "undeliverable":
        return cell.returned_by_carrier()
    at = {"boris": "Austin", "exchange": "Austin", "vendor_return": "vendor"}.get(cell.row, "mail")
    back = cell.ask_back(units, at)
    assert back["journey"] == ("boris" if cell.row == "exchange" else cell.row)
    return back


def come_back(cell: Cell, units: int, token: str = GOOD) -> None:
    sold(cell, token)
    back = asked(cell, units)
    if cell.row == "exchange":
        exchanged(cell, cell.bring(back, units, refund=False))
    elif cell.row != "keep_it":
        cell.bring(back, units)


def exchanged(cell: Cell, back: Answer) -> None:
    """Something dearer of the same kind is taken from the shelf instead, the difference paid."""
    body = {
        "lines": [{"item": cell.item, "quantity": 1, "unit_price": usd(9999)}],
        "fulfilment": {"method": "carry_out", "node": "Austin"},
    }
    at = f"/v1/returns/{back['return_id']}:exchange"
    if cell.mishap == "payment_declined_at_capture":
        cell.is_refused(at, {**body, "payment": {"provider": "test", "token": "tok_decline"}})
    done = cell.say(at, {**body, "payment": {"provider": "test", "token": GOOD}})
    cell.orders.append(cell.city.get(f"/v1/orders/{done['exchange_order_id']}"))


def back_happy(cell: Cell) -> None:
    come_back(cell, UNITS)
    assert cell.city.show(cell.order)["status"] == "returned"


def back_partial(cell: Cell) -> None:
    if cell.row == "undeliverable":
        sold(cell)
        back = cell.returned_by_carrier()
        cell.bring(back, 1)
        cell.bring(back, UNITS - 1)
    else:
        come_back(cell, 1)


def back_short(cell: Cell) -> None:
    if cell.row == "keep_it":
        come_back(cell, UNITS - 1)
        return
    sold(cell)
    back = asked(cell, UNITS)
    cell.bring(back, 1, grade="missing", refund=False)
    back = cell.bring(back, UNITS - 1, refund=False)
    if cell.row == "exchange":
        exchanged(cell, back)
    else:
        cell.say(f"/v1/returns/{back['return_id']}:settle")
    if cell.row == "undeliverable":
        cell.shipping_back = False
        cell.carrier_says("delivered")


def back_reject(cell: Cell) -> None:
    sold(cell)
    if cell.row == "undeliverable":
        back = cell.returned_by_carrier()
        too_many = {"node": "Dallas-DC", "lines": [{"line": 1, "quantity": UNITS + 1, "grade": "new"}]}
        cell.is_refused(f"/v1/returns/{back['return_id']}:receive", too_many)
        cell.bring(back, UNITS)
        return
    at = {"boris": "Austin", "exchange": "Austin", "vendor_return": "vendor"}.get(cell.row, "mail")
    lines = [{"line": 1, "quantity": UNITS + 1, "reason": "changed_mind"}]
    cell.is_refused("/v1/returns", {"order_id": cell.order["order_id"], "lines": lines, "at": at})


def back_cancelled(cell: Cell) -> None:
    sold(cell)
    back = asked(cell, UNITS)
    at = f"/v1/returns/{back['return_id']}:cancel"
    if cell.row == "keep_it":
        cell.is_refused(at)
    elif cell.row == "undeliverable":
        cell.carrier_says("delivered")
        cell.shipping_back = False
        assert cell.city.get(f"/v1/returns/{back['return_id']}")["state"] == "cancelled"
    else:
        cell.say(at)


def back_expired(cell: Cell) -> None:
    sold(cell)
    back = asked(cell, UNITS)
    cell.city.wait(days=46)
    state = cell.city.get(f"/v1/returns/{back['return_id']}")["state"]
    assert state == {"keep_it": "settled", "undeliverable": "authorised"}.get(cell.row, "cancelled")
    if cell.row == "undeliverable":
        cell.bring(back, UNITS)


def back_declined(cell: Cell) -> None:
    """Nothing was taken for what comes back, so nothing is paid back, and nothing is asked for any more."""
    if cell.row == "exchange":
        come_back(cell, UNITS)
        return
    come_back(cell, UNITS, REFUSED_LATER)
    cell.shipping_back = True  # who kept nothing owes nothing for shipping either
    assert cell.city.money(cell.order)["captured"] == "0.00"


STORIES: dict[str, tuple[Callable[[Cell], None], Callable[[Cell], None]]] = {
    "happy": (happy, back_happy),
    "short_pick": (short_pick, back_short),
    "reject": (reject, back_reject),
    "cancel_midway": (cancel_midway, back_cancelled),
    "no_show_or_expiry": (no_show_or_expiry, back_expired),
    "payment_declined_at_capture": (payment_declined_at_capture, back_declined),
    "partial_return": (partial_return, back_partial),
}


# The table


@pytest.fixture(scope="module")
def town(fresh_databases: Any) -> Iterator[City]:
    """One city for all cells: each has an item of its own, and leaves nothing open."""
    name = fresh_databases.take()
    with Database(fresh_databases.url_of(name)) as database, open_city(database) as city:
        city.store("Austin"), city.store("Waco", lat=31.5, lon=-97.1), city.dc("Dallas-DC")
        city.store("Vendor", "vendor", lat=29.4, lon=-98.5)
        yield city
    fresh_databases.retire(name)


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("row", [*FORWARD, *BACKWARD])
def test_every_journey_ends_well_whatever_happens(town: City, row: str, mishap: str) -> None:
    cell = Cell(city=town, row=row, mishap=mishap, item=f"{row}.{mishap}".upper()[:40])
    forward, backward = STORIES[mishap]
    (forward if row in FORWARD else backward)(cell)
    assert town.audit() == []
    for order in cell.orders:
        comes_to_rest(cell, order)
    every_unit_is_somewhere(cell)


def test_every_row_of_the_tables_has_a_story_and_every_meaning_a_cell() -> None:
    assert set(LIES_AT) == {*FORWARD, *BACKWARD}
    assert set(STORIES) == set(MISHAPS)
    assert set(MEANING) <= {(row, mishap) for row in (*FORWARD, *BACKWARD) for mishap in MISHAPS}


def comes_to_rest(cell: Cell, order: Answer) -> None:
    shown = cell.city.show(order)
    assert shown["status"] in ("completed", "cancelled", "returned")
    states = cell.city.states(order)
    assert set(states) <= {"delivered", "handed_over", "cancelled", "returned", "lost"}
    paid = {name: Decimal(amount) for name, amount in cell.city.money(order).items()}
    assert paid["authorised"] == paid["captured"] + paid["voided"], "nothing is set aside any more"
    assert paid["captured"] - paid["refunded"] == price_of_what_they_kept(cell, shown)
    assert unfinished(cell, order) == []


def unfinished(cell: Cell, order: Answer) -> list[dict[str, Any]]:
    nodes = ("Austin", "Waco", "Dallas-DC")
    return [work for node in nodes for work in cell.city.work_at(cell.place(node))
            if work["order_id"] == order["order_id"]]  # fmt: skip


def price_of_what_they_kept(cell: Cell, shown: Answer) -> Decimal:
    """What each line's units that went away and were not paid back cost, exact to the cent, and shipping."""
    back = sum(
        line["paid"]
        for each in cell.city.get(f"/v1/orders/{shown['order_id']}/returns")["returns"]
        for line in each["lines"]
    )
    goods, went_at_all = 0, False
    for line in shown["lines"]:
        went = sum(line["states"].get(state, 0) for state in ("delivered", "handed_over", "returned", "lost"))
        whole = {"whole": line["quantity"]}
        price = line_price(cell, line)
        goods += prorate(price, part=went, **whole) - prorate(price, part=min(back, went), **whole)
        went_at_all |= went > 0
    first = shown["order_id"] == cell.order["order_id"]
    shipping = SHIPPING if first and went_at_all and not cell.shipping_back and cell.row != "ropis" else 0
    return Decimal(goods + shipping) / 100


def line_price(cell: Cell, line: dict[str, Any]) -> int:
    if line["quantity"] != UNITS:
        return 9999
    return cell.unit * UNITS - DISCOUNT + TAX


def every_unit_is_somewhere(cell: Cell) -> None:
    positions = cell.city.positions(cell.item).values()
    assert all(at["reserved"] == at["allocated"] == at["in_transit"] == 0 for at in positions)
    lies = sum(at["on_hand"] + at["damaged"] for at in positions)
    assert lies + with_shoppers(cell) + with_vendors(cell) + cell.lost == cell.put_in


def with_shoppers(cell: Cell) -> int:
    kept = 0
    for order in cell.orders:
        states = cell.city.states(order)
        kept += states.get("delivered", 0) + states.get("handed_over", 0)
        kept += states.get("returned", 0) if cell.row == "keep_it" else 0
    return kept


def with_vendors(cell: Cell) -> int:
    with cell.city.database.transaction() as tx:
        ((units,),) = tx.execute(
            """SELECT coalesce(sum(quantity), 0)::int FROM inventory_moves
               WHERE item = %s AND to_bucket = 'vendor'""",
            [cell.item],
        ).fetchall()
    return int(units)
