"""Weekly sales by store: complete_journey (457 stores, 2,469 households, 2017) or a generated stand-in."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ANYSHELF_SHARED_DATA", ROOT.parent / "shared" / "data"))
SHARED = DATA / "complete_journey"
WEEKS = 52
UNITS_MAX = 30
"""Lines of more units are fuel and weighed goods, not pieces."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sales:
    """Units sold, [series, weeks], with the store and the goods of each series."""

    units: Floats
    store: Ints
    goods: Ints
    said: str

    def of(self, rows: npt.NDArray[np.bool_] | Ints) -> "Sales":
        """These series alone."""
        return Sales(units=self.units[rows], store=self.store[rows], goods=self.goods[rows], said=self.said)


def sales(level: str) -> Sales:
    """All series of single products, or of product categories, at stores."""
    return _real(level) if (SHARED / "transactions.parquet").exists() else stand_in(level)


def _real(level: str) -> Sales:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415  not needed by the stand-in

    columns = ["store_id", "product_id", "quantity", "sales_value", "week"]
    read = pq.read_table(SHARED / "transactions.parquet", columns=columns)
    store, product, quantity, value, week = (read[name].to_numpy() for name in columns)
    fine = (quantity > 0) & (value > 0) & (quantity <= UNITS_MAX) & (week <= WEEKS)
    goods = product[fine]
    if level == "category":
        known = pq.read_table(SHARED / "products.parquet", columns=["product_id", "product_category"])
        names = [str(name) for name in known["product_category"].to_pylist()]
        number = {name: place for place, name in enumerate(sorted(set(names)))}
        of = {code: number[name] for code, name in zip(known["product_id"].to_pylist(), names, strict=True)}
        goods = np.array([of.get(code, -1) for code in goods.tolist()])
    said = "real: complete_journey 2017, weeks 1 to 52"
    return _summed(store[fine], goods, week[fine] - 1, quantity[fine].astype(np.float64), said)


def _summed(store: Ints, goods: Ints, week: Ints, units: Floats, said: str) -> Sales:
    _, stores = np.unique(store, return_inverse=True)
    _, kinds = np.unique(goods, return_inverse=True)
    keys, series = np.unique(kinds.astype(np.int64) * 10_000 + stores, return_inverse=True)
    table = np.zeros((len(keys), WEEKS))
    np.add.at(table, (series, week), units)
    return Sales(units=table, store=keys % 10_000, goods=keys // 10_000, said=said)


def stand_in(level: str, *, stores: int = 40, kinds: int = 60, weeks: int = WEEKS, seed: int = 11) -> Sales:
    """Bursty sales that drift and fade, drawn from a seed."""
    rng = np.random.default_rng(seed)
    mean = rng.gamma(0.8, 5.0 if level == "category" else 1.2, kinds)
    size = rng.gamma(2.0, 0.5, stores)
    walk = np.exp(np.cumsum(rng.normal(0.0, 0.12, (kinds, stores, weeks)), axis=2))
    burst = rng.gamma(1.5, 1 / 1.5, (kinds, stores, weeks))
    units = rng.poisson(mean[:, None, None] * size[None, :, None] * walk * burst).astype(np.float64)
    return Sales(
        units=units.reshape(-1, weeks), store=np.tile(np.arange(stores), kinds),
        goods=np.repeat(np.arange(kinds), stores), said="generated: complete_journey is not here",
    )  # fmt: skip
