"""The policies that are compared: the same orders in the same order on the same stock, decided one by one.

Every decision is the product's own `choose_in_field`; a policy is what it weighs, and what units are worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from anyshelf.network import service as network
from anyshelf.sourcing.model import (
    CHEAPEST,
    FEWEST_PARCELS,
    NEAREST,
    Ask,
    Field,
    FloatArray,
    IntArray,
    Plan,
    Policy,
)
from anyshelf.sourcing.rules import MayServe, barred_for, choose_in_field, field_towards, may_serve
from real.world import CHANNEL, SERVICE, Contest, Order

KM_A_MILE = 1.609344


def weighed(policy: Policy) -> Policy:
    """A policy as it is measured: only what is paid counts, and what can be had is sent."""
    return replace(policy, split_penalty_minor=0, allow_partial=True)


GREEDY = weighed(CHEAPEST)
TODAY = {"nearest": weighed(NEAREST), "cheapest": GREEDY, "fewest_parcels": weighed(FEWEST_PARCELS)}


@dataclass(slots=True, kw_only=True)
class Tally:
    """What serving cost, in minor units (by the straight line that decides, and by the tariff), and how."""

    line_minor: float = 0.0
    tariff_minor: float = 0.0
    lost_minor: float = 0.0
    till_lost_minor: float = 0.0
    orders: int = 0
    split: int = 0
    parcels: int = 0
    late: int = 0
    miles: float = 0.0
    units: int = 0
    lost_units: int = 0
    till_units: int = 0
    till_lost: int = 0
    seconds: float = 0.0


class Prices(Protocol):
    """What units are worth as of a day: asked before every order."""

    def at(self, day: float, stock: IntArray) -> FloatArray | None:
        """The worth of a unit, [items, nodes], or None."""
        ...

    def saw(self, order: Order, plan: Plan) -> None:
        """An order has been served."""
        ...


class NoPrices:
    """Nothing is worth anything to anybody else."""

    def at(self, day: float, stock: IntArray) -> FloatArray | None:  # noqa: ARG002
        """None."""
        return None

    def saw(self, order: Order, plan: Plan) -> None:
        """Nothing is learned."""


class Ground:
    """The network as decisions see it: who may serve, and the field towards each order."""

    def __init__(self, contest: Contest) -> None:
        self.contest = contest
        atlas = contest.atlas
        reach = network.reach(atlas, CHANNEL)
        self.who: MayServe = may_serve(atlas, reach, kinds=frozenset({"dc", "store"}), capability="ship")
        self.barred = barred_for(self.who, excluded=(), only=None)
        self.base, self.per_kg = network.freight_lines(atlas, SERVICE)

    def zones(self, order: Order) -> IntArray:
        """The zone from every node to an order's home."""
        home = order.home
        return network.zones_to(self.contest.atlas, home.postal_code, home.lat, home.lon)

    def field(self, order: Order) -> Field:
        """The field of an order."""
        return self.field_to(order.home.lat, order.home.lon, self.zones(order))

    def field_to(self, lat: float, lon: float, zones: IntArray) -> Field:
        """The field towards a point."""
        return field_towards(
            self.who, self.barred, distance_km=network.distances_km(self.contest.atlas, lat, lon),
            base_minor=self.base[zones], per_kg_minor=self.per_kg[zones],
        )  # fmt: skip

    def asks(self, order: Order) -> list[Ask]:
        """The lines of an order; a line is known by the column of its item."""
        told = zip(order.items.tolist(), order.quantities.tolist(), strict=True)
        weight_g, items = self.contest.weight_g, self.contest.items
        return [
            Ask(line=column, item=items[column], quantity=units, weight_g=int(weight_g[column]))
            for column, units in told
        ]


@dataclass(slots=True, kw_only=True)
class Books:
    """The stock as orders and shoppers take from it, and what became of them."""

    ground: Ground
    stock: IntArray
    tally: Tally = field(default_factory=Tally)
    sold: int = 0

    def sell_until(self, day: float) -> None:
        """What the stores' own shoppers buy until then, from what is still on the shelves."""
        till, upto = self.ground.contest.till, int(np.searchsorted(self.ground.contest.till.at, day))
        items, nodes = till.items[self.sold : upto], till.nodes[self.sold : upto]
        self.sold = upto
        if not len(items):
            return
        places, asked = np.unique(items * self.stock.shape[1] + nodes, return_counts=True)
        flat = self.stock.reshape(-1)
        had = np.minimum(flat[places], asked)
        flat[places] -= had
        missed = asked - had
        margin = self.ground.contest.margin_minor[places // self.stock.shape[1]]
        self.tally.till_units += int(asked.sum())
        self.tally.till_lost += int(missed.sum())
        self.tally.till_lost_minor += float(missed @ margin)

    def take(self, plan: Plan) -> None:
        """Take what a plan sends."""
        index = self.ground.contest.atlas.index
        for shipment in plan.shipments:
            for line in shipment.lines:
                self.stock[line.line, index[shipment.node]] -= line.quantity

    def give_back(self, plan: Plan) -> None:
        """Put back what a plan took: it has not left yet."""
        index = self.ground.contest.atlas.index
        for shipment in plan.shipments:
            for line in shipment.lines:
                self.stock[line.line, index[shipment.node]] += line.quantity

    def note(self, order: Order, plan: Plan) -> None:
        """Note what a plan costs once it has left, and how it serves."""
        tally, atlas = self.tally, self.ground.contest.atlas
        zones = self.ground.zones(order)
        away = network.distances_km(atlas, order.home.lat, order.home.lon)
        centres = atlas.kinds == "dc"
        days = atlas.transit[SERVICE]
        told = int(days[zones[centres][away[centres].argmin()]]) + 1
        slowest = 0
        for shipment in plan.shipments:
            node = atlas.index[shipment.node]
            weight_g = sum(
                line.quantity * int(self.ground.contest.weight_g[line.line]) for line in shipment.lines
            )
            tally.line_minor += shipment.cost.total_minor
            tally.tariff_minor += shipment.cost.handling_minor + network.tariff_minor(
                atlas, SERVICE, int(zones[node]), weight_g
            )
            tally.miles += float(away[node]) / KM_A_MILE
            slowest = max(slowest, int(days[zones[node]]))
        tally.orders += 1
        tally.parcels += len(plan.shipments)
        tally.split += len(plan.shipments) > 1
        tally.late += slowest > told
        tally.units += int(order.quantities.sum())
        self._note_lost(order, plan)

    def _note_lost(self, order: Order, plan: Plan) -> None:
        wanted = dict(zip(order.items.tolist(), order.quantities.tolist(), strict=True))
        for short in plan.short:
            missing = short.wanted - short.available
            line, unit = self.ground.contest.lost_minor[short.line]
            self.tally.lost_units += missing
            self.tally.lost_minor += line * missing / wanted[short.line] + unit * missing


def one_by_one(ground: Ground, policy: Policy, prices: Prices) -> Tally:
    """Every order decided and sent when it comes."""
    books = Books(ground=ground, stock=ground.contest.stock.copy())
    for order in ground.contest.orders:
        books.sell_until(order.at)
        plan = decided(ground, books.stock, order, policy, prices.at(order.at, books.stock))
        books.take(plan)
        books.note(order, plan)
        prices.saw(order, plan)
    books.sell_until(ground.contest.days)
    return books.tally


def decided(ground: Ground, stock: IntArray, order: Order, policy: Policy, worth: FloatArray | None) -> Plan:
    """The product's decision for one order."""
    here = None if worth is None else worth[order.items].T
    return choose_in_field(ground.asks(order), ground.field(order), stock[order.items].T, policy, here)


def per_order(tally: Tally, *, minor: float) -> float:
    """An amount a order, in dollars."""
    return minor / tally.orders / 100.0


def columns(orders: Sequence[Order]) -> set[int]:
    """The items of some orders."""
    return {column for order in orders for column in order.items.tolist()}
