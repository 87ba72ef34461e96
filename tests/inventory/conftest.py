import pytest
from shelves import NOW, Stock

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Database
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import open_market
from anyshelf.inventory import service as inventory


@pytest.fixture
def stock(database: Database) -> Stock:
    """Opens a market and puts units on shelves: stock(("Austin", "LAMP", 3), ...)."""
    with database.transaction() as tx:
        open_market(tx, "main", currency="USD")
        catalogue.save_items(tx, "main", [Item(item="LAMP", name="Lamp", currency="USD", price_minor=2500)])

    def put(*shelves: tuple[str, str, int]) -> None:
        with database.transaction() as tx:
            inventory.receive_opening(tx, "main", shelves, cause=new_id(), now=NOW)

    return put
