"""The front door of the network: where stock lies, how far, at what cost, when it leaves and comes.

`atlas` gives the whole network of a market from memory; everything else here asks an atlas. Functions that
write bump the network's version, which makes every process draw its atlas anew.
"""

from anyshelf.network.service.drawn import (
    atlas,
    pinned,
)
from anyshelf.network.service.places import (
    channel,
    codes,
    distances_km,
    node,
    node_index,
    nodes_near,
    reach,
    timezone_near,
    timezone_of,
    vendor,
    vendor_at,
)
from anyshelf.network.service.remembered import remembered
from anyshelf.network.service.saving import (
    changed,
    channels,
    checked_days,
    checked_hours,
    checked_timezone,
    currency,
    node_codes,
    postal_key,
    save_channels,
    save_lanes,
    save_nodes,
    save_rates,
    save_services,
    save_vendors,
    save_zones,
)
from anyshelf.network.service.times import (
    arrival,
    dispatch_at,
    next_open,
    working_after,
)
from anyshelf.network.service.ways import (
    freight_lines,
    lanes_between,
    parcels,
    service,
    tariff_minor,
    transit_days,
    transit_line,
    zone_between,
    zones_to,
)

__all__ = [
    "arrival",
    "atlas",
    "changed",
    "channel",
    "channels",
    "checked_days",
    "checked_hours",
    "checked_timezone",
    "codes",
    "currency",
    "dispatch_at",
    "distances_km",
    "freight_lines",
    "lanes_between",
    "next_open",
    "node",
    "node_codes",
    "node_index",
    "nodes_near",
    "parcels",
    "pinned",
    "postal_key",
    "reach",
    "remembered",
    "save_channels",
    "save_lanes",
    "save_nodes",
    "save_rates",
    "save_services",
    "save_vendors",
    "save_zones",
    "service",
    "tariff_minor",
    "timezone_near",
    "timezone_of",
    "transit_days",
    "transit_line",
    "vendor",
    "vendor_at",
    "working_after",
    "zone_between",
    "zones_to",
]
