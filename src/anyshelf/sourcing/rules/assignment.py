"""From arrays to an assignment: each item whole from one node where any can, in pieces where none can."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from anyshelf.sourcing.model import FloatArray, IntArray
from anyshelf.sourcing.rules.exact import EXACT_ITEMS_MAX, cheapest_cover
from anyshelf.sourcing.rules.wide import wide_cover


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """So many units of an item (a column of the arrays) from a node (a row of them)."""

    node: int
    column: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Which node gives how much of which item, and what that weighs under the policy."""

    pieces: tuple[Piece, ...]
    score: float
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Puzzle:
    """The arrays of one decision, items by nodes, with infinite `costs` where a node lacks the whole item."""

    wanted: IntArray
    fixed: FloatArray
    line_cost: FloatArray
    stock: IntArray
    costs: FloatArray


def choose_from_arrays(
    *, wanted: IntArray, fixed_minor: FloatArray, line_cost_minor: FloatArray, stock: IntArray
) -> Assignment | None:
    """Choose the nodes for distinct items at the least total; None where an item cannot be had in full.

    Shapes: `wanted` [items] units, `fixed_minor` [nodes] once for each node used (infinite: may not serve;
    never negative), `line_cost_minor` [nodes, items] for the whole wanted quantity, `stock` [nodes, items]
    units. Fastest when the two-dimensional arrays are held column by column. Equal totals go to the node
    that stands first.
    """
    if not len(fixed_minor):
        return None if len(wanted) else Assignment(pieces=(), score=0.0, exact=True)
    by_item, line_cost = stock.T, line_cost_minor.T
    costs = np.where(by_item >= wanted[:, None], line_cost, np.inf)
    puzzle = Puzzle(wanted=wanted, fixed=fixed_minor, line_cost=line_cost, stock=by_item, costs=costs)
    whole = cover(fixed_minor, costs)
    if whole is None:
        return in_pieces(puzzle)
    pieces = whole_pieces(puzzle, range(len(wanted)), whole)
    return assigned(puzzle, pieces, exact=len(wanted) <= EXACT_ITEMS_MAX)


def cover(fixed: FloatArray, costs: FloatArray) -> IntArray | None:
    """A node for each item, or None where some item has no node that holds it whole."""
    if not len(costs):
        return np.zeros(0, dtype=np.intp)
    return cheapest_cover(fixed, costs) if len(costs) <= EXACT_ITEMS_MAX else wide_cover(fixed, costs)


def whole_pieces(puzzle: Puzzle, columns: Iterable[int], nodes: IntArray) -> list[Piece]:
    """One piece for each item served whole."""
    return [
        Piece(node=node, column=column, quantity=int(puzzle.wanted[column]))
        for column, node in zip(columns, nodes.tolist(), strict=True)
    ]


def assigned(puzzle: Puzzle, pieces: list[Piece], *, exact: bool) -> Assignment:
    """The pieces with their total: each node's fixed cost once, each piece's share of its item's cost."""
    score = sum(float(puzzle.fixed[node]) for node in sorted({piece.node for piece in pieces}))
    for piece in pieces:
        share = piece.quantity / int(puzzle.wanted[piece.column])
        score += float(puzzle.line_cost[piece.column, piece.node]) * share
    return Assignment(pieces=tuple(pieces), score=score, exact=exact)


def in_pieces(puzzle: Puzzle) -> Assignment | None:
    """Some item is held whole by no node: gather it from several, and serve the rest whole.

    Tried both ways round, so that either the pieces or the whole items find nodes already open; the cheaper
    stands.
    """
    may_serve = np.isfinite(puzzle.fixed)
    if (puzzle.stock[:, may_serve].sum(axis=1) < puzzle.wanted).any():
        return None
    held_whole = np.isfinite(puzzle.costs[:, may_serve]).any(axis=1)
    loose, whole = np.flatnonzero(~held_whole).tolist(), np.flatnonzero(held_whole).tolist()
    tries = (gather_then_cover(puzzle, loose, whole), cover_then_gather(puzzle, loose, whole))
    return min((assigned(puzzle, pieces, exact=False) for pieces in tries), key=lambda plan: plan.score)


def gather_then_cover(puzzle: Puzzle, loose: list[int], whole: list[int]) -> list[Piece]:
    """First the items in pieces, then the whole ones where a node is open already or worth opening."""
    pieces, fixed = gather(puzzle, loose, puzzle.fixed)
    nodes = cover(fixed, puzzle.costs[whole])
    return pieces if nodes is None else pieces + whole_pieces(puzzle, whole, nodes)


def cover_then_gather(puzzle: Puzzle, loose: list[int], whole: list[int]) -> list[Piece]:
    """First the whole items, then the ones in pieces where a node is open already or worth opening."""
    nodes = cover(puzzle.fixed, puzzle.costs[whole])
    pieces = [] if nodes is None else whole_pieces(puzzle, whole, nodes)
    gathered, _ = gather(puzzle, loose, with_open(puzzle.fixed, pieces))
    return pieces + gathered


def gather(puzzle: Puzzle, columns: list[int], fixed: FloatArray) -> tuple[list[Piece], FloatArray]:
    """Pieces for each of the items in turn, and the fixed costs that remain once their nodes are open."""
    pieces: list[Piece] = []
    for column in columns:
        found = gather_one(puzzle, column, fixed)
        fixed = with_open(fixed, found)
        pieces += found
    return pieces, fixed


def with_open(fixed: FloatArray, pieces: list[Piece]) -> FloatArray:
    """The fixed costs once the nodes of these pieces are open and paid for."""
    remaining = fixed.copy()
    remaining[[piece.node for piece in pieces]] = 0.0
    return remaining


def gather_one(puzzle: Puzzle, column: int, fixed: FloatArray) -> list[Piece]:
    """Gather one item from several nodes: by least cost a unit or by most stock, whichever is cheaper."""
    wanted = int(puzzle.wanted[column])
    each = puzzle.line_cost[column] / wanted
    room = np.where(np.isfinite(fixed), np.minimum(puzzle.stock[column], wanted), 0)
    nodes = np.flatnonzero(room > 0)
    rate = fixed[nodes] / room[nodes] + each[nodes]
    orders = (nodes[np.argsort(rate, kind="stable")], nodes[np.lexsort((rate, -room[nodes]))])
    hauls = (haul(wanted, order, room, fixed + each * room) for order in orders)
    return [
        Piece(node=node, column=column, quantity=quantity)
        for node, quantity in min(hauls, key=lambda taken: haul_cost(taken, fixed, each))
    ]


def haul(wanted: int, order: IntArray, room: IntArray, cost: FloatArray) -> list[tuple[int, int]]:
    """Take nodes in order until there is enough, then leave out the dearest that proved not to be needed."""
    enough = int(np.searchsorted(np.cumsum(room[order]), wanted)) + 1
    chosen = order[:enough].tolist()
    spare = int(room[chosen].sum()) - wanted
    for node in sorted(chosen, key=lambda node: -float(cost[node])):
        if room[node] <= spare:
            chosen.remove(node)
            spare -= int(room[node])
    return [(node, int(room[node]) - (spare if node == chosen[-1] else 0)) for node in chosen]


def haul_cost(taken: list[tuple[int, int]], fixed: FloatArray, each: FloatArray) -> float:
    """What a haul weighs: each node once, each unit at its node's rate."""
    return sum(float(fixed[node]) + float(each[node]) * quantity for node, quantity in taken)
