"""What a world can be told: every setting with its group, its title and what it means."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A setting as people read it."""

    name: str
    group: str
    title: str
    said: str


def _group(group: str, *words: tuple[str, str, str]) -> tuple[Word, ...]:
    return tuple(Word(name=name, group=group, title=title, said=said) for name, title, said in words)


SETTINGS: Final = (
    *_group(
        "Size",
        ("stores", "Stores", "How many are drawn."),
        ("vendors", "Drop-ship vendors", "How many send in our name; they count with online_from vendor."),
        ("items", "Items", "How many are drawn."),
        ("days", "Days", "How long a world is played."),
        ("orders_per_day", "Orders a day", "Online and at tills, on an average day."),
        ("seed", "Seed", "Another seed draws another network and other shoppers."),
    ),
    *_group(
        "Shoppers",
        ("walk_in_share", "At tills", "Share of orders that shoppers take off the shelf."),
        ("pickup_share", "To be fetched", "Share of online orders to be fetched, paid online."),
        ("reserve_share", "To be kept", "Share of online orders kept in a store, paid there."),
        ("lines_more", "More lines", "How many lines an order has beyond the first, on average."),
        ("switch_share", "Switch", "Who cannot have it this way takes another way, so often; else leaves."),
        ("substitute_share", "Substitute", "Who finds a shelf empty takes the thing beside it, so often."),
        ("patience_days", "Patience", "About how many days a shopper waits; who would wait longer leaves."),
        ("no_show_share", "Not fetched", "Share of what is kept that nobody comes for."),
    ),
    *_group(
        "Ways to buy",
        ("online_from", "Who sends", "The kinds of node that send what is ordered online."),
        ("pickup", "Pickup in store", "Whether orders can be fetched."),
        ("reserve", "Keep in store", "Whether a store keeps things for shoppers."),
        ("ship_to_store", "Send to a store", "Whether what a store has not is sent there to be fetched."),
        ("endless_aisle", "Endless aisle", "Whether a store has sent home what its shelf has not."),
        ("policy", "Policy", "By what nodes are chosen; leave_room weighs what stock is worth later, too."),
    ),
    *_group(
        "Dates",
        ("promise", "Promise", "days: the carrier's days and slack; dates: by the product's own dating."),
        ("slack_days", "Slack", "Days that are promised beyond the carrier's."),
        ("late_share", "Carriers late", "Share of parcels that come some days later."),
        ("store_cutoff", "Stores' cutoff", "The hour after which a store sends the next day."),
        ("dc_cutoff", "Centres' cutoff", "The hour after which a centre sends the next day."),
        ("store_closed", "Stores closed", "Days of the week on which stores send nothing: Mo to Su."),
        ("dc_closed", "Centres closed", "Days of the week on which centres send nothing: Mo to Su."),
    ),
    *_group(
        "Stores and people",
        ("find_store", "Found in stores", "How likely a picker finds what the books show."),
        ("find_dc", "Found in centres", "How likely a picker finds what the books show."),
        ("find_vendor", "Vendors have it", "How likely a vendor really has what its feed shows."),
        ("phantom_share", "Phantom stock", "Share of units in stores' books that do not exist."),
        ("weigh_finds", "Weigh the finds", "Whether the choice weighs how likely things are found."),
        ("holdback_units", "Kept back", "Units of every item a store does not send."),
        ("store_capacity", "A store picks", "Lines a day; 0 is no limit. The rest leaves later."),
        ("dc_capacity", "A centre picks", "Lines a day; 0 is no limit. The rest leaves later."),
        ("counters", "At the counter", "Associates who hand over."),
        ("counter_minutes", "A hand-over", "Minutes it takes, on average."),
        ("staffing", "More people", "Days on which so many times as many pick and hand over."),
    ),
    *_group(
        "Stock",
        ("store_cover_days", "Stores hold", "So many days of what they expect, and safety."),
        ("dc_cover_days", "Centres hold", "So many days of what they expect, and safety."),
        ("central_share", "Held in centres only", "Share of items, the slowest, that no store holds."),
        ("safety", "Safety", "Deviations of demand held beyond the mean."),
        ("replenished", "Replenished", "Whether goods are ordered; else what is left is marked down."),
        ("restock", "Ordered by", "levels: up to the level; planning: as the product's planning decides."),
        ("review_days", "Ordered every", "Days."),
        ("lead_days", "Vendors take", "Days from the order to the shelf."),
        ("vendor_late_share", "Vendors late", "Share of order lines that come a week late."),
        ("vendor_short_share", "Vendors short", "Share of order lines of which half comes."),
        ("markdown_share", "Marked down", "What the rest of a season loses of its price."),
    ),
    *_group(
        "Returns",
        ("return_share_online", "Returned, online", "Share of lines."),
        ("return_share_walk_in", "Returned, at tills", "Share of lines."),
        ("returns_to", "Returned to", "usual: a store, where stores send; anywhere; sender; dc."),
        ("resale_share", "Sold again", "Share of returned units fit to be sold again."),
    ),
    *_group(
        "Mishaps and network",
        ("peaks", "Peaks", "Days on which shoppers come so many times as often."),
        ("outages", "Outages", "Days on which a node sends nothing."),
        ("closed", "Nodes closed", "Nodes that are not there, by their codes."),
        ("opened", "Nodes opened", "Nodes that are there besides."),
    ),
)  # fmt: skip
