"""The words the demo's goods are named with, category by category.

A name is a style, a make and a kind of thing; price and weight are drawn between the bounds of its kind.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of thing: what it costs (in cents) and weighs (in grams), from the plainest to the finest."""

    name: str
    cents: tuple[int, int]
    weight_g: tuple[int, int]
    size_mm: tuple[int, int, int]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A shelf of the shop: its share of all items, and the words for them."""

    code: str
    name: str
    share: int
    styles: tuple[str, ...]
    makes: tuple[str, ...]
    kinds: tuple[Kind, ...]


def _kind(
    name: str, cents: tuple[int, int], weight_g: tuple[int, int], size_mm: tuple[int, int, int], *flags: str
) -> Kind:
    return Kind(name=name, cents=cents, weight_g=weight_g, size_mm=size_mm, flags=flags)


CATEGORIES = (
    Category(
        code="SHOE", name="shoes", share=17,
        styles=("Trailhead", "Harbor", "Metro", "Ridgeway", "Calder", "Juniper", "Sparrow", "Northgate"),
        makes=("Leather", "Suede", "Canvas", "Knit", "Waterproof", "Wide-Fit"),
        kinds=(
            _kind("Hiking Boots", (8900, 18900), (1100, 1600), (340, 230, 130)),
            _kind("Running Shoes", (6900, 15900), (520, 760), (320, 210, 120)),
            _kind("Loafers", (5900, 13900), (600, 900), (310, 200, 110)),
            _kind("Sneakers", (4900, 11900), (650, 950), (320, 210, 120)),
            _kind("Sandals", (2900, 7900), (350, 600), (300, 190, 100)),
            _kind("Slippers", (1900, 4900), (250, 450), (300, 190, 100)),
        ),
    ),
    Category(
        code="LAMP", name="lamps", share=12,
        styles=("Lumen", "Aurora", "Halden", "Beacon", "Solace", "Arden", "Ember"),
        makes=("Brass", "Black Steel", "Oak", "Ceramic", "Linen", "Smoked Glass"),
        kinds=(
            _kind("Table Lamp", (3900, 12900), (1200, 3200), (300, 300, 480), "fragile"),
            _kind("Floor Lamp", (7900, 24900), (4200, 8200), (400, 400, 700), "fragile"),
            _kind("Desk Lamp", (2900, 8900), (900, 1900), (200, 250, 450)),
            _kind("Pendant Light", (4900, 18900), (1100, 3400), (380, 380, 320), "fragile"),
            _kind("Wall Sconce", (3400, 9900), (700, 1600), (200, 200, 260)),
        ),
    ),
    Category(
        code="KITC", name="kitchen", share=18,
        styles=("Hearth", "Provence", "Saltbox", "Copperfield", "Millstone", "Larder", "Bramble"),
        makes=("Stainless", "Cast Iron", "Stoneware", "Bamboo", "Enamel", "Glass"),
        kinds=(
            _kind("Frying Pan", (2400, 8900), (900, 2600), (450, 280, 80)),
            _kind("Stock Pot", (3900, 12900), (1800, 4200), (320, 320, 260)),
            _kind("Mixing Bowl Set", (2200, 5900), (1100, 2400), (300, 300, 180)),
            _kind("Storage Jar", (900, 2900), (300, 900), (120, 120, 200), "fragile"),
            _kind("Serving Board", (1900, 5400), (700, 1600), (420, 240, 30)),
            _kind("Baking Dish", (1800, 5900), (1000, 2300), (380, 260, 80), "fragile"),
            _kind("Tea Kettle", (2900, 7900), (800, 1500), (230, 220, 240)),
        ),
    ),
    Category(
        code="OUTD", name="outdoor", share=14,
        styles=("Summit", "Cedar Creek", "Ranger", "Wildwood", "Basin", "Timberline"),
        makes=("Ultralight", "Four-Season", "Insulated", "Packable", "Rugged", "Compact"),
        kinds=(
            _kind("Two-Person Tent", (11900, 34900), (1700, 3400), (480, 160, 160)),
            _kind("Sleeping Bag", (5900, 22900), (900, 2100), (400, 220, 220)),
            _kind("Daypack", (4900, 13900), (500, 1100), (500, 300, 120)),
            _kind("Water Bottle", (1400, 3900), (180, 420), (80, 80, 260)),
            _kind("Camp Stove", (3900, 11900), (350, 1900), (240, 180, 110)),
            _kind("Camp Chair", (3400, 9900), (1800, 3900), (900, 160, 160)),
            _kind("Headlamp", (1900, 6900), (80, 160), (100, 80, 80)),
            _kind("Stove Fuel, 8 oz", (600, 1100), (380, 420), (110, 110, 100), "hazmat"),
        ),
    ),
    Category(
        code="TOYS", name="toys", share=13,
        styles=("Marbles", "Pinwheel", "Tumbledown", "Bluebird", "Rocket Park", "Little Acre"),
        makes=("Wooden", "Magnetic", "Plush", "Giant", "Classic", "Glow-in-the-Dark"),
        kinds=(
            _kind("Building Blocks", (1900, 5900), (800, 2400), (300, 220, 120)),
            _kind("Train Set", (2900, 8900), (900, 2300), (380, 280, 90)),
            _kind("Puzzle", (900, 2400), (300, 800), (280, 200, 60)),
            _kind("Bear", (1400, 3900), (200, 700), (300, 220, 180)),
            _kind("Board Game", (1900, 4900), (700, 1600), (300, 300, 70)),
            _kind("Kite", (1200, 3400), (150, 400), (700, 100, 40)),
        ),
    ),
    Category(
        code="FURN", name="furniture", share=9,
        styles=("Halden", "Marlow", "Foundry", "Westport", "Alder"),
        makes=("Walnut", "Oak", "White", "Steel", "Rattan"),
        kinds=(
            _kind("Side Table", (6900, 18900), (4500, 9500), (520, 520, 180)),
            _kind("Bookcase", (12900, 32900), (16000, 29000), (1200, 420, 160), "oversize"),
            _kind("Bar Stool", (7900, 17900), (5200, 8800), (500, 450, 420)),
            _kind("Floor Cushion", (2900, 6900), (1300, 2600), (600, 600, 160)),
            _kind("Wall Mirror", (4900, 15900), (3100, 8900), (800, 600, 60), "fragile"),
            _kind("Coat Rack", (3900, 9900), (3200, 6400), (900, 200, 150)),
        ),
    ),
    Category(
        code="SPRT", name="sports", share=9,
        styles=("Apex", "Rally", "Fieldhouse", "Pacer", "Tempo"),
        makes=("Pro", "Training", "Junior", "Match", "Studio"),
        kinds=(
            _kind("Yoga Mat", (1900, 7900), (900, 2400), (660, 130, 130)),
            _kind("Soccer Ball", (1900, 5900), (400, 480), (220, 220, 220)),
            _kind("Tennis Racket", (4900, 17900), (260, 330), (690, 280, 40)),
            _kind("Dumbbell Pair", (2900, 8900), (4000, 9500), (240, 180, 180)),
            _kind("Jump Rope", (900, 2900), (120, 380), (200, 150, 50)),
        ),
    ),
    Category(
        code="STAT", name="stationery", share=8,
        styles=("Inkwell", "Folio", "Quillon", "Margin", "Postmark"),
        makes=("Dotted", "Ruled", "Recycled", "Linen-Bound", "Pocket"),
        kinds=(
            _kind("Notebook", (700, 2400), (180, 520), (220, 150, 20)),
            _kind("Desk Planner", (1400, 3400), (300, 700), (250, 200, 25)),
            _kind("Card Set", (600, 1900), (90, 240), (160, 120, 30)),
            _kind("Sketch Pad", (900, 2400), (300, 800), (300, 220, 15)),
        ),
    ),
)  # fmt: skip

GIFT_SETS = (
    ("Weekend Camper Gift Set", "outdoor", (("Daypack", 1), ("Headlamp", 2), ("Water Bottle", 2))),
    ("Baker's Gift Set", "kitchen", (("Baking Dish", 2), ("Mixing Bowl Set", 1), ("Storage Jar", 3))),
    ("Rainy Day Gift Set", "toys", (("Puzzle", 2), ("Board Game", 1))),
    ("Letter Writer's Gift Set", "stationery", (("Card Set", 3), ("Notebook", 1))),
    ("Morning Workout Gift Set", "sports", (("Yoga Mat", 1), ("Jump Rope", 1))),
    ("Evening Reader's Gift Set", "lamps", (("Desk Lamp", 1), ("Notebook", 1), ("Slippers", 1))),
)
"""Kits: a name, the shelf it stands on, and how many of each kind of thing it holds."""
