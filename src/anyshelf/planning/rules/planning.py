"""Everything planning says of a picture of the network."""

import numpy as np

from anyshelf.planning.model import Forecast, Outlook, Period, Picture, Plan
from anyshelf.planning.rules.picturing import both_expected, echelons, money_of, only
from anyshelf.planning.rules.rebalancing import rebalanced
from anyshelf.planning.rules.replenishing import purchased, replenished
from anyshelf.planning.rules.watching import threats
from anyshelf.planning.rules.windows import quantiles

SPREAD = (0.1, 0.5, 0.9)


def planned(picture: Picture) -> Plan:
    """Forecasts, proposals and threats for all series of the picture; the same picture, the same plan."""
    if not len(picture):
        return Plan(forecasts=(), proposals=(), threats=())
    money = money_of(picture)
    outlook, needed = both_expected(picture, money)
    fed = np.flatnonzero(picture.source[picture.node] >= 0)
    tops = np.flatnonzero(picture.source[picture.node] < 0)
    whole = echelons(picture, tops)
    ahead, needed_ahead = both_expected(whole, money.of(tops))
    proposals = [
        *replenished(picture, needed, money, fed), *purchased(whole, needed_ahead, money.of(tops)),
    ]  # fmt: skip
    place = {
        (picture.items[item], picture.nodes[node]): number
        for number, (item, node) in enumerate(zip(picture.item.tolist(), picture.node.tolist(), strict=True))
    }
    taken = np.zeros(len(picture), dtype=np.int64)
    for proposal in proposals:
        taken[place[proposal.item, proposal.node]] += proposal.quantity
    return Plan(
        forecasts=forecasts(picture, outlook),
        proposals=[*proposals, *rebalanced(picture, outlook, money, taken)],
        threats=[
            *threats(only(picture, fed), outlook.of(fed), money.of(fed)),
            *threats(whole, ahead, money.of(tops)),
        ],
    )


def forecasts(picture: Picture, outlook: Outlook) -> list[Forecast]:
    """What is expected of each series, period by period, with bounds."""
    series, periods = outlook.mean.shape
    spread = (outlook.spread + outlook.drift)[:, None]
    variance = (outlook.mean + spread * outlook.mean**2).ravel()
    bounds = quantiles(outlook.mean.ravel(), variance, SPREAD).reshape(series, periods, len(SPREAD))
    means, found = outlook.mean.tolist(), bounds.tolist()
    return [
        Forecast(
            item=picture.items[item], node=picture.nodes[node],
            periods=tuple(
                Period(mean=round(mean, 4), low=low, middle=middle, high=high)
                for mean, (low, middle, high) in zip(means[row], found[row], strict=True)
            ),
        )
        for row, (item, node) in enumerate(zip(picture.item.tolist(), picture.node.tolist(), strict=True))
    ]  # fmt: skip
