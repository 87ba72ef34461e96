"""What is expected, period by period, and how it may miss: chosen on the history alone.

Each series' level is an average that forgets at one of several speeds, on demand freed of a season that all
series share. How fast to forget, and whether there is a season, is what foretold the last periods of the
history best, for each class of series (by level) on its own. How far forecasts miss is learned from the same
retold moments: by chance alone, by more than chance in one period, and in common over a whole horizon.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from anyshelf.planning.model import Floats, Habits, Ints, Outlook
from anyshelf.planning.rules.calibrating import JUDGED_MAX, widths
from anyshelf.planning.rules.seasons import NO_SEASON, Season, season_of, seasons_to_try

CLASSES = 6
TURNS = np.array([0.4, 0.8, 1.4])
"""Lately against always: what parts series that fade, stay and grow."""
JUDGED_SERIES_MAX = 4_000
PRIOR = 1_000.0
"""How many retold moments the usual counts for beside those of a class: they overlap, so it is many."""
FIRST_GUESS = 1.0
"""The same for what is believed of spread before anything was seen."""
OWN_PRIOR = 8.0
HALF_LIFE = 8.0
SOONEST = 4
"""Periods that must have been seen before a forecast is judged."""
SPREAD_MAX = 6.0
BULK_MAX = 30.0
UNKNOWN = 0.3
LEAST_MEAN = 0.05
FADES_MOST, GROWS_MOST = 0.97, 1.1
"""What the weights of speeds add up to at least and at most."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Style:
    """How series of each class are forecast: the season, each speed's weight, and how forecasts missed.

    `bulk`: variance beyond chance that goes with the mean, as where shoppers take several at once.
    """

    season: Season
    bulk: float
    edges: Floats
    weights: Floats
    spread: Floats
    drift: Floats


def outlook(seen: Floats, horizon: int, habits: Habits, ratio: Floats | None = None) -> Outlook:
    """The means of the coming periods, [series, horizon], and their spread; `seen` is from `cleaned`.

    With `ratio` it is as wide as orders need it, as `outlooks` has it.
    """
    style = chosen(seen, horizon, habits)
    found, retold = _told(seen, horizon, habits, style)
    return found if ratio is None else _as_wide_as_needed(found, retold, ratio)


def outlooks(seen: Floats, horizon: int, habits: Habits, ratio: Floats) -> tuple[Outlook, Outlook]:
    """What is expected, and the same as wide as orders need it, for who shows one and decides by the other.

    `ratio`: of each series, what a unit missing costs by that of one missing and one too many.
    """
    found, retold = _told(seen, horizon, habits, chosen(seen, horizon, habits))
    return found, _as_wide_as_needed(found, retold, ratio)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Retold:
    """Past moments forecast again: the level each series was given then, the season, what is known."""

    seen: Floats
    level: Floats
    index: Floats
    moments: Sequence[int]


def _told(seen: Floats, horizon: int, habits: Habits, style: Style) -> tuple[Outlook, _Retold]:
    """The outlook in a style that was chosen before, and what it would have been before."""
    periods = seen.shape[1]
    index = style.season.of_periods(np.arange(periods + horizon))
    moments = _moments(periods, horizon, habits.judged)
    levels = _levels(seen / index[:periods], habits.speeds, [*moments, periods])
    kind = _kinds(levels, style.edges)
    level = np.maximum(np.einsum("sma,sma->sm", levels, style.weights[kind]), 0.0)
    mean = level[:, -1:] * index[None, periods:]
    class_spread, class_drift = style.spread[kind[:, -1]], style.drift[kind[:, -1]]
    retold = _Retold(seen=seen, level=level[:, :-1], index=index, moments=moments)
    own = _own_misses(retold, horizon, class_spread + class_drift, style.bulk)
    share = own / np.maximum(class_spread + class_drift, 1e-9)
    in_bulk = style.bulk / np.maximum(mean.mean(axis=1), LEAST_MEAN)
    found = Outlook(mean=mean, spread=class_spread * share + in_bulk, drift=class_drift * share)
    return found, retold


def _as_wide_as_needed(found: Outlook, retold: _Retold, ratio: Floats) -> Outlook:
    """The outlook with its spread stretched or shrunk to what would have cost least at these moments."""
    if not retold.moments or not len(ratio):
        return found
    step = max(1, len(ratio) * len(retold.moments) // (4 * JUDGED_MAX))
    ahead = np.array(retold.moments)[:, None] + np.arange(found.mean.shape[1])
    means = retold.level[::step, :, None] * retold.index[ahead]
    total, squares = means.sum(axis=2), (means**2).sum(axis=2)
    beyond = found.spread[::step, None] * squares + found.drift[::step, None] * total**2
    actual = retold.seen[::step][:, ahead].sum(axis=2)
    known = np.isfinite(actual) & (total > 0)
    each = np.broadcast_to(ratio[::step, None], total.shape)
    width = widths(total[known], beyond[known], actual[known], each[known], found.mean.sum(axis=1))
    return replace(found, spread=found.spread * width, drift=found.drift * width)


def _own_misses(retold: _Retold, horizon: int, usual: Floats, bulk: float) -> Floats:
    """How far each series' own forecasts missed in their last period, drawn towards its class."""
    if not retold.moments:
        return usual
    last = np.array(retold.moments) + horizon - 1
    actual, foretold = retold.seen[:, last], retold.level * retold.index[last]
    known = np.isfinite(actual) & (foretold > 0)
    chance = foretold * (1.0 + bulk)
    beyond = np.where(known, (np.nan_to_num(actual) - foretold) ** 2 - chance, 0.0).sum(axis=1)
    squares = np.where(known, foretold**2, 0.0).sum(axis=1)
    each = squares / np.maximum(known.sum(axis=1), 1)
    drawn = (beyond + OWN_PRIOR * usual * each) / np.maximum(squares + OWN_PRIOR * each, 1e-12)
    return np.where(squares > 0, np.clip(drawn, 0.0, SPREAD_MAX), usual)


def chosen(seen: Floats, horizon: int, habits: Habits) -> Style:
    """The style that would have foretold the last periods of this history best."""
    if len(seen) > JUDGED_SERIES_MAX:
        seen = seen[:: -(-len(seen) // JUDGED_SERIES_MAX)]
    moments = _moments(seen.shape[1], horizon, habits.judged)
    if not moments or not np.isfinite(seen).any():
        return _without_a_past(len(habits.speeds))
    trials = [
        _tried(seen, horizon, habits, moments, season_of(seen[:, : moments[0]], length))
        for length in (NO_SEASON, *seasons_to_try(moments[0], habits.season))
    ]
    best = min(trials, key=lambda trial: trial[0])[1]
    return replace(best, season=season_of(seen, best.season.length))


def _without_a_past(speeds: int) -> Style:
    """What to believe of histories too short to judge by: all speeds alike, and a wide spread."""
    kinds = len(TURNS) + 1
    return Style(
        season=season_of(np.zeros((1, 1)), NO_SEASON), bulk=0.0, edges=np.zeros(0),
        weights=np.full((kinds, speeds), 1.0 / speeds), spread=np.full(kinds, UNKNOWN),
        drift=np.full(kinds, UNKNOWN),
    )  # fmt: skip


def _moments(periods: int, horizon: int, judged: int) -> list[int]:
    """The past moments to forecast from again: so many, the last ones whose horizon is known."""
    last = periods - horizon
    return list(range(max(periods // 3, SOONEST, last - judged + 1), last + 1))


def _edges(volume: Floats) -> Floats:
    """The volumes that part the classes: as many series on either side."""
    volume = volume[volume > 0]
    return np.unique(np.quantile(volume, np.arange(1, CLASSES) / CLASSES)) if len(volume) else np.zeros(0)


def _kinds(levels: Floats, edges: Floats) -> Ints:
    """The class of each row of levels, slowest speed first: by how much sells, and by how that turns."""
    turn = np.searchsorted(TURNS, levels[..., -1] / np.maximum(levels[..., 0], 1e-9))
    kind: Ints = np.searchsorted(edges, levels.mean(axis=-1)) * (len(TURNS) + 1) + turn
    return kind


def _levels(values: Floats, speeds: Sequence[float], moments: Sequence[int]) -> Floats:
    """Each series' level at each speed as known at these moments, [series, moments, speeds].

    An average of all seen so far until it is as slow as its speed; then it forgets. What is missing is
    passed over.
    """
    series, periods = values.shape
    speed = np.asarray(speeds)[None, :]
    level = np.zeros((series, len(speeds)))
    count = np.zeros(series)
    wanted = {moment: place for place, moment in enumerate(moments)}
    kept = np.zeros((series, len(moments), len(speeds)))
    for period in range(periods + 1):
        if period in wanted:
            kept[:, wanted[period]] = level
        if period == periods:
            break
        value = values[:, period]
        there = np.isfinite(value)
        count += there
        step = np.maximum(speed, 1.0 / np.maximum(count, 1.0)[:, None]) * there[:, None]
        level += step * (np.where(there, value, 0.0)[:, None] - level)
    return kept


def _tried(
    seen: Floats, horizon: int, habits: Habits, moments: list[int], season: Season
) -> tuple[float, Style]:
    """How well a season would have foretold, with the best weights of speeds for each class."""
    index = season.of_periods(np.arange(seen.shape[1]))
    ahead = np.array(moments)[:, None] + np.arange(horizon)
    speeds = len(habits.speeds)
    levels = _levels(seen / index, habits.speeds, moments).reshape(-1, speeds)
    actual = seen[:, ahead].reshape(-1, horizon)
    factor = np.tile(index[ahead], (len(seen), 1))
    volume = levels.mean(axis=1)
    edges = _edges(volume)
    kind = _kinds(levels, edges)
    known = np.isfinite(actual).all(axis=1) & (volume > 0)
    recent = np.tile(0.5 ** ((moments[-1] - np.array(moments)) / HALF_LIFE), len(seen))
    kinds, loss = (len(edges) + 1) * (len(TURNS) + 1), 0.0
    weights, spread, drift = np.zeros((kinds, speeds)), np.zeros(kinds), np.zeros(kinds)
    usual, bulk, missed = _of_all(
        levels[known], actual[known], factor[known], recent[known] / (volume[known] + LEAST_MEAN)
    )
    for each in range(kinds):
        there = known & (kind == each)
        scale = recent[there] / (volume[there] + LEAST_MEAN)
        weights[each] = _weights(levels[there], actual[there], factor[there], scale, usual)
        foretold = np.maximum(levels[there] @ weights[each], 0.0)[:, None] * factor[there]
        loss += float(((actual[there] - foretold) ** 2 * scale[:, None]).sum())
        spread[each], drift[each] = _misses(actual[there], foretold, scale, missed, PRIOR, bulk)
    return loss, Style(season=season, bulk=bulk, edges=edges, weights=weights, spread=spread, drift=drift)


def _of_all(
    levels: Floats, actual: Floats, factor: Floats, scale: Floats
) -> tuple[Floats, float, tuple[float, float]]:
    """The weights, bulk, spread and drift of all series together: what those of a class are drawn towards."""
    alike = np.full(levels.shape[1], 1.0 / levels.shape[1])
    weights = _weights(levels, actual, factor, scale, alike)
    foretold = np.maximum(levels @ weights, 0.0)[:, None] * factor
    bulk = _bulk(actual[:, -1], foretold[:, -1], scale)
    return weights, bulk, _misses(actual, foretold, scale, (UNKNOWN, UNKNOWN), FIRST_GUESS, bulk)


def _bulk(last: Floats, far: Floats, scale: Floats) -> float:
    """The part of variance beyond chance that goes with the mean and not with its square, nothing negative.

    Both parts by least squares on what one period missed, each moment weighed by its mean.
    """
    if not len(far):
        return 0.0
    beyond, weight = (last - far) ** 2 - far, scale**2
    one, two, three = (float((weight * far**power).sum()) for power in (2, 3, 4))
    linear, square = float((weight * far * beyond).sum()), float((weight * far**2 * beyond).sum())
    apart = one * three - two * two
    if apart <= 1e-9 * one * three:
        return 0.0
    found, rest = (linear * three - square * two) / apart, (square * one - linear * two) / apart
    if rest < 0:
        found = linear / max(one, 1e-12)
    return float(np.clip(found, 0.0, BULK_MAX))


def _weights(levels: Floats, actual: Floats, factor: Floats, scale: Floats, alike: Floats) -> Floats:
    """The weights of speeds that missed least, drawn towards the usual ones as if by `PRIOR` more moments.

    They need not add up to one: where series of a class tend to fade or to grow, that is in them, within
    bounds. Sales that shelves cut short look like fading: followed freely, they would order ever less.
    """
    speeds = levels.shape[1]
    if not len(levels):
        return alike
    strength = (factor**2).sum(axis=1) * scale
    squares = (levels * strength[:, None]).T @ levels
    pull = PRIOR * max(float(np.trace(squares)) / speeds / len(levels), 1e-9)
    wrong = ((actual * factor).sum(axis=1) - (factor**2).sum(axis=1) * (levels @ alike)) * scale
    found = alike + np.linalg.solve(squares + pull * np.eye(speeds), levels.T @ wrong)
    total = float(found.sum())
    return found * (min(max(total, FADES_MOST), GROWS_MOST) / total) if total > 0 else alike


def _misses(
    actual: Floats,
    foretold: Floats,
    scale: Floats,
    usual: tuple[float, float],
    prior: float,
    bulk: float,
) -> tuple[float, float]:
    """How far forecasts of a class missed beyond chance: (spread of a period, drift of a whole horizon).

    With m for the last period's mean, M for the whole horizon's and b for 1 + bulk, the last period's error
    has the variance b m + (spread + drift) m2, the sum's b M + spread (sum of m2) + drift M2.
    """
    weight = scale**2
    last, far = actual[:, -1], foretold[:, -1]
    squares, chance = float((weight * far**2).sum()), 1.0 + bulk
    if squares <= 0:
        return usual
    known = len(actual) / (len(actual) + prior)
    both = float(np.clip((weight * ((last - far) ** 2 - chance * far)).sum() / squares, 0.0, SPREAD_MAX))
    both = known * both + (1.0 - known) * sum(usual)
    if actual.shape[1] == 1:
        return both, 0.0
    total = foretold.sum(axis=1)
    parts = float((weight * (foretold**2).sum(axis=1)).sum())
    missed = float((weight * ((actual.sum(axis=1) - total) ** 2 - chance * total)).sum())
    drift = (missed - both * parts) / max(float((weight * total**2).sum()) - parts, 1e-9)
    drift = float(np.clip(drift, 0.0, both))
    return both - drift, drift
