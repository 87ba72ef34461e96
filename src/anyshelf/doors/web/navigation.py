"""Which pages there are for whom, and where somebody's work begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from anyshelf.ground.auth import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page in the head of every page: what it is called, and which roles find it there.

    `also` are other paths that belong to it.
    """

    title: str
    path: str
    icon: str
    roles: frozenset[str]
    also: tuple[str, ...] = ()

    def is_for(self, visitor: Principal | None) -> bool:
        """Whether this visitor finds it; a page without roles is for everybody."""
        if not self.roles:
            return True
        return visitor is not None and bool(self.roles & set(visitor.roles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A place in the head of a page, and whether that page is it."""

    title: str
    path: str
    icon: str
    here: bool


WATCHING = frozenset({"operations", "administrator", "customer_service"})
KNOWING = WATCHING | {"analyst"}
PLANNING = frozenset({"planner", "operations", "administrator"})
WITH_VENDORS = frozenset({"vendor", "operations", "administrator"})
AT_TILLS = frozenset({"cashier", "operations", "administrator"})
ON_FLOORS = frozenset({"warehouse", "operations", "administrator"})
LOOKING_AFTER = frozenset({"administrator"})
IN_STORES = frozenset({"associate", "cashier", "warehouse", "operations", "administrator"})

PLACES: Sequence[Place] = (
    Place(
        title="Shop",
        path="/",
        icon="basket",
        roles=frozenset(),
        also=("/item", "/basket", "/checkout", "/order", "/place"),
    ),
    Place(title="Tower", path="/tower", icon="map", roles=WATCHING),
    Place(title="Planning", path="/planning", icon="plan", roles=PLANNING),
    Place(title="Till", path="/till", icon="till", roles=AT_TILLS),
    Place(title="Warehouse", path="/warehouse", icon="box", roles=ON_FLOORS),
    Place(title="Store", path="/store", icon="store", roles=IN_STORES),
    Place(title="Vendor", path="/vendor", icon="truck", roles=WITH_VENDORS),
    Place(title="Insight", path="/insight", icon="chart", roles=KNOWING),
    Place(title="Simulator", path="/simulator", icon="dice", roles=PLANNING),
    Place(title="Admin", path="/admin", icon="key", roles=LOOKING_AFTER),
)
"""Every place there is, in the order in which it is shown. A new page adds its row."""

NARROW = frozenset({"shopper"})
"""Roles that shop and nothing else."""


def places_for(visitor: Principal | None, path: str) -> list[Shown]:
    """The places this visitor finds in the head of the page at `path`."""
    found = [place for place in PLACES if place.is_for(visitor)]
    here = max((each.path for each in found if _under(path, each)), key=len, default="")
    return [Shown(title=each.title, path=each.path, icon=each.icon, here=each.path == here) for each in found]


def _under(path: str, place: Place) -> bool:
    roots = [root for root in (place.path, *place.also) if root != "/"]
    return path == place.path or any(path == root or path.startswith(f"{root}/") for root in roots)


def home_of(visitor: Principal) -> str:
    """Where somebody's work begins: their store where they have one, else their first page."""
    own = [place for place in PLACES if place.roles and place.is_for(visitor)]
    if not own:
        return "/" if set(visitor.roles) <= NARROW else "/about"
    first = own[0].path
    by_node = first in {"/store", "/till", "/warehouse"} and len(visitor.nodes) == 1
    return f"{first}/{visitor.nodes[0]}" if by_node else first
