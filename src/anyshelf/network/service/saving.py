"""What may be written of the network; each change makes every process draw its atlas anew."""

from collections.abc import Sequence

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import new_id
from anyshelf.network import store
from anyshelf.network.model import (
    Channel,
    Lane,
    Node,
    Rate,
    Service,
    Vendor,
)
from anyshelf.network.rules import calendar, places


def checked_hours(hours: str) -> str:
    """Opening hours as they were given; raises Invalid with the part that cannot be read."""
    calendar.parse_hours(hours)
    return hours


def checked_days(days: str) -> str:
    """Working days such as "Mo-Sa" as they were given; raises Invalid."""
    calendar.parse_days(days)
    return days


def checked_timezone(name: str) -> str:
    """The name of a time zone as it was given; raises Invalid for one nobody knows."""
    calendar.zone_named(name)
    return name


def postal_key(postal_code: str) -> str:
    """A postal code or a prefix of one as the zone table keeps it: capitals, no spaces, no hyphens."""
    return places.postal_key(postal_code)


def currency(tx: Tx, market: str) -> str:
    """The currency a market keeps its books in; raises NotFound for a market nobody has opened."""
    found = store.currency(tx, market)
    if found is None:
        raise NotFound(f"There is no market '{market}'.", field="market", market=market)
    return found


def channels(tx: Tx, market: str) -> list[Channel]:
    """All channels, as they stand in this transaction."""
    return store.channels(tx, market)


def changed(tx: Tx, market: str) -> None:
    """Say that the network was changed; every function below says it itself."""
    store.bump(tx, market, new_id())


def node_codes(tx: Tx, market: str) -> list[str]:
    """The codes of all nodes, active or not."""
    return store.node_codes(tx, market)


def save_nodes(tx: Tx, market: str, new: Sequence[Node]) -> int:
    """Write nodes over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_nodes(tx, market, new) if new else 0


def save_services(tx: Tx, market: str, new: Sequence[Service]) -> int:
    """Write carrier services over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_services(tx, market, new) if new else 0


def save_lanes(tx: Tx, market: str, new: Sequence[Lane]) -> int:
    """Write lanes over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_lanes(tx, market, new) if new else 0


def save_rates(tx: Tx, market: str, new: Sequence[Rate], *, anew: Sequence[str] = ()) -> int:
    """Write rates; the services named `anew` lose the rates they had. Returns how many rates."""
    changed(tx, market)
    if anew:
        store.forget_rates(tx, market, anew)
    return store.save_rates(tx, market, new) if new else 0


def save_zones(tx: Tx, market: str, new: Sequence[tuple[str, str, int]]) -> int:
    """Write zones as (origin prefix, destination prefix, zone); returns how many."""
    changed(tx, market)
    keyed = [(places.postal_key(origin), places.postal_key(end), zone) for origin, end, zone in new]
    return store.save_zones(tx, market, keyed) if keyed else 0


def save_channels(tx: Tx, market: str, new: Sequence[Channel]) -> int:
    """Write channels over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_channels(tx, market, new) if new else 0


def save_vendors(tx: Tx, market: str, new: Sequence[Vendor]) -> int:
    """Write vendors over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_vendors(tx, market, new) if new else 0
