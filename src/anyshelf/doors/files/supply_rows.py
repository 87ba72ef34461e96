"""The file `supply`: how goods may be ordered, at nodes and of items."""

from anyshelf.doors.files import cells
from anyshelf.doors.files.rows import QUANTITY_MAX, Cells, Column, Shape
from anyshelf.planning import service as planning
from anyshelf.planning.model import SupplyRule

ANY = "*"


def _code_or_any(text: str) -> str:
    return "" if text == ANY else cells.code(text)


def _rule(read: Cells, _: str) -> SupplyRule:
    return planning.check_supply_rule(SupplyRule(**read))


SUPPLY = Shape(
    name="supply",
    columns=(
        Column(name="node", read=_code_or_any, required=True, absent=""),
        Column(name="item", read=_code_or_any, empty=""),
        Column(name="order_days", read=cells.words(200)),
        Column(name="lead_days", read=cells.integer(0, 365)),
        Column(name="truck_kg", read=cells.integer(1, QUANTITY_MAX)),
        Column(name="pack", read=cells.integer(1, 1_000_000)),
        Column(name="minimum", read=cells.integer(0, 1_000_000)),
        Column(name="shelf", read=cells.integer(0, QUANTITY_MAX)),
    ),
    make=_rule,
    key=lambda row: (row.node, row.item),
)
