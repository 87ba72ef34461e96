"""What rows may refer to: the codes of the database and of the files read so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item, KitPart
from anyshelf.doors.files.rows import ChannelRow, Faults, Faulty
from anyshelf.ground.db import Tx
from anyshelf.network import service as network
from anyshelf.network.model import ANY_NODE, Channel, Lane, Node, Vendor
from anyshelf.planning.model import SupplyRule


@dataclass(slots=True)
class Known:
    """Codes, each with a number of its own; what a row adds is noted when it is admitted."""

    nodes: dict[str, int]
    items: dict[str, int]
    gtins: dict[str, str]
    gtin_of: dict[str, str]
    kits: dict[str, set[str]]
    channels: set[str]
    groups: set[str]
    named_channels: dict[str, None] = field(default_factory=dict)
    renewed: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)

    def admit_node(self, row: tuple[Node, tuple[str, ...]]) -> Faults:
        """A node refers to nothing; the channels it names are remembered."""
        node, channels = row
        self.nodes.setdefault(node.node, len(self.nodes))
        self.named_channels.update(dict.fromkeys(channels))
        return []

    def admit_item(self, item: Item) -> Faults:
        """No two items may carry one GTIN."""
        owner = self.gtins.get(item.gtin or "", item.item)
        if owner != item.item:
            return [("gtin", f"{item.gtin} is the GTIN of item '{owner}'")]
        self.gtins.pop(self.gtin_of.pop(item.item, ""), None)
        if item.gtin is not None:
            self.gtins[item.gtin], self.gtin_of[item.item] = item.item, item.gtin
        self.items.setdefault(item.item, len(self.items))
        return []

    def admit_part(self, part: KitPart) -> Faults:
        """A kit is made of other items, and never holds itself; a kit told of anew loses the parts it had."""
        faults = self._unknown_item("kit", part.kit) + self._unknown_item("item", part.item)
        if part.kit == part.item:
            faults.append(("item", "is the kit itself"))
        elif self._holds(part.item, part.kit):
            faults.append(("item", f"'{part.item}' holds '{part.kit}': a kit may not hold itself"))
        if not faults:
            if part.kit not in self.renewed:
                self.renewed.add(part.kit)
                self.kits.pop(part.kit, None)
            self.kits.setdefault(part.kit, set()).add(part.item)
        return faults

    def _holds(self, kit: str, item: str) -> bool:
        """Whether a kit holds an item, itself or in a kit inside it."""
        seen: set[str] = set()
        inside = {kit}
        while inside:
            if item in inside:
                return True
            seen |= inside
            inside = {part for code in inside for part in self.kits.get(code, ())} - seen
        return False

    def admit_lane(self, lane: Lane) -> Faults:
        """A lane runs between nodes, or from or to anywhere."""
        ends = (("from", lane.origin), ("to", lane.destination))
        return [
            fault for column, node in ends if node != ANY_NODE for fault in self._unknown_node(column, node)
        ]

    def admit_channel(self, row: ChannelRow) -> Faults:
        """A channel names nodes that there are; its groups are remembered."""
        either = [code for code in row.either if code not in self.nodes]
        self.channels.add(row.channel.channel)
        self.groups.update(row.channel.groups, either)
        return [fault for node in row.channel.nodes for fault in self._unknown_node("nodes", node)]

    def admit_supply(self, rule: SupplyRule) -> Faults:
        """A rule of ordering speaks of a node and an item that there are, or of any."""
        node = self._unknown_node("node", rule.node) if rule.node else []
        return node + (self._unknown_item("item", rule.item) if rule.item else [])

    def admit_vendor(self, vendor: Vendor) -> Faults:
        """A vendor ships from a node that there is."""
        return self._unknown_node("node", vendor.node)

    def _unknown_node(self, column: str, node: str) -> Faults:
        return [] if node in self.nodes else [(column, f"there is no node '{node}'")]

    def _unknown_item(self, column: str, item: str) -> Faults:
        return [] if item in self.items else [(column, f"there is no item '{item}'")]

    def check_position(self, node: str, item: str) -> None:
        """Stock lies at a node that there is and is of an item that there is; raises Faulty."""
        faults = self._unknown_node("node", node) + self._unknown_item("item", item)
        if faults:
            raise Faulty(faults)

    def settled(self, row: ChannelRow) -> Channel:
        """A channel whose codes are sorted into nodes and groups."""
        channel = row.channel
        nodes = [code for code in row.either if code in self.nodes]
        groups = [code for code in row.either if code not in self.nodes]
        return Channel(
            channel=channel.channel,
            kind=channel.kind,
            currency=channel.currency,
            nodes=tuple(dict.fromkeys([*channel.nodes, *nodes])),
            groups=tuple(dict.fromkeys([*channel.groups, *groups])),
            holdback_units=channel.holdback_units,
            holdback_percent=channel.holdback_percent,
        )

    def told_anew(self, what: str, codes: Iterable[str]) -> list[str]:
        """Those of some codes that this load speaks of for the first time: what was known of them goes."""
        new = [code for code in dict.fromkeys(codes) if (what, code) not in self.told]
        self.told.update((what, code) for code in new)
        return new

    def missing_channels(self) -> list[str]:
        """Channels that nodes name and nobody has told of, in the order they were named."""
        return [code for code in self.named_channels if code not in self.channels | self.groups]


def known(tx: Tx, market: str) -> Known:
    """What the database knows before a load."""
    kits: dict[str, set[str]] = {}
    for kit, item in catalogue.kit_parts_known(tx, market):
        kits.setdefault(kit, set()).add(item)
    channels = network.channels(tx, market)
    gtins = catalogue.gtin_owners(tx, market)
    return Known(
        nodes={code: place for place, code in enumerate(network.node_codes(tx, market))},
        items={code: place for place, code in enumerate(catalogue.item_codes(tx, market))},
        gtins=gtins,
        gtin_of={item: gtin for gtin, item in gtins.items()},
        kits=kits,
        channels={channel.channel for channel in channels},
        groups={group for channel in channels for group in channel.groups},
    )
