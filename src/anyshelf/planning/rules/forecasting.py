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
UNKNOWN = 0.3
LEAST_MEAN = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Style:
    """How series of each class are forecast: the season, each speed's weight, and how forecasts missed."""

    season: Season
    edges: Floats
    weights: Floats
    spread: Floats
    drift: Floats


def outlook(seen: Floats, horizon: int, habits: Habits) -> Outlook:
    """The means of the coming periods, [series, horizon], and their spread; `seen` is from `cleaned`."""
    style = chosen(seen, horizon, habits)
    return told(seen, horizon, habits, style)


def told(seen: Floats, horizon: int, habits: Habits, style: Style) -> Outlook:
    """The outlook in a style that was chosen before."""
    periods = seen.shape[1]
    index = style.season.of_periods(np.arange(periods + horizon))
    moments = _moments(periods, horizon, habits.judged)
    levels = _levels(seen / index[:periods], habits.speeds, [*moments, periods])
    kind = _kinds(levels, style.edges)
    level = np.maximum(np.einsum("sma,sma->sm", levels, style.weights[kind]), 0.0)
    mean = level[:, -1:] * index[None, periods:]
    class_spread, class_drift = style.spread[kind[:, -1]], style.drift[kind[:, -1]]
    own = _own_misses(seen, level[:, :-1], index, moments, horizon, class_spread + class_drift)
    share = own / np.maximum(class_spread + class_drift, 1e-9)
    return Outlook(mean=mean, spread=class_spread * share, drift=class_drift * share)


def _own_misses(
    seen: Floats, level: Floats, index: Floats, moments: Sequence[int], horizon: int, usual: Floats
) -> Floats:
    """How far each series' own forecasts missed in their last period, drawn towards its class."""
    if not moments:
        return usual
    last = np.array(moments) + horizon - 1
    actual, foretold = seen[:, last], level * index[last]
    known = np.isfinite(actual) & (foretold > 0)
    beyond = np.where(known, (np.nan_to_num(actual) - foretold) ** 2 - foretold, 0.0).sum(axis=1)
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
        season=season_of(np.zeros((1, 1)), NO_SEASON), edges=np.zeros(0),
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
    usual, missed = _of_all(
        levels[known], actual[known], factor[known], recent[known] / (volume[known] + LEAST_MEAN)
    )
    for each in range(kinds):
        there = known & (kind == each)
        scale = recent[there] / (volume[there] + LEAST_MEAN)
        weights[each] = _weights(levels[there], actual[there], factor[there], scale, usual)
        foretold = np.maximum(levels[there] @ weights[each], 0.0)[:, None] * factor[there]
        loss += float(((actual[there] - foretold) ** 2 * scale[:, None]).sum())
        spread[each], drift[each] = _misses(actual[there], foretold, scale, missed, PRIOR)
    return loss, Style(season=season, edges=edges, weights=weights, spread=spread, drift=drift)


def _of_all(
    levels: Floats, actual: Floats, factor: Floats, scale: Floats
) -> tuple[Floats, tuple[float, float]]:
    """The weights, spread and drift of all series together: what those of a class are drawn towards."""
    alike = np.full(levels.shape[1], 1.0 / levels.shape[1])
    weights = _weights(levels, actual, factor, scale, alike)
    foretold = np.maximum(levels @ weights, 0.0)[:, None] * factor
    return weights, _misses(actual, foretold, scale, (UNKNOWN, UNKNOWN), FIRST_GUESS)


def _weights(levels: Floats, actual: Floats, factor: Floats, scale: Floats, alike: Floats) -> Floats:
    """The weights of speeds that missed least, drawn towards the usual ones as if by `PRIOR` more moments.

    They need not add up to one: where series of a class tend to fade or to grow, that is in them.
    """
    speeds = levels.shape[1]
    if not len(levels):
        return alike
    strength = (factor**2).sum(axis=1) * scale
    squares = (levels * strength[:, None]).T @ levels
    pull = PRIOR * max(float(np.trace(squares)) / speeds / len(levels), 1e-9)
    wrong = ((actual * factor).sum(axis=1) - (factor**2).sum(axis=1) * (levels @ alike)) * scale
    return alike + np.linalg.solve(squares + pull * np.eye(speeds), levels.T @ wrong)


def _misses(
    actual: Floats, foretold: Floats, scale: Floats, usual: tuple[float, float], prior: float
) -> tuple[float, float]:
    """How far forecasts of a class missed beyond chance: (spread of a period, drift of a whole horizon).

    With m for the last period's mean and M for the whole horizon's, the last period's error has the variance
    m + (spread + drift) m2, the sum's M + spread (sum of m2) + drift M2.
    """
    weight = scale**2
    last, far = actual[:, -1], foretold[:, -1]
    squares = float((weight * far**2).sum())
    if squares <= 0:
        return usual
    known = len(actual) / (len(actual) + prior)
    both = float(np.clip((weight * ((last - far) ** 2 - far)).sum() / squares, 0.0, SPREAD_MAX))
    both = known * both + (1.0 - known) * sum(usual)
    if actual.shape[1] == 1:
        return both, 0.0
    total = foretold.sum(axis=1)
    parts = float((weight * (foretold**2).sum(axis=1)).sum())
    missed = float((weight * ((actual.sum(axis=1) - total) ** 2 - total)).sum())
    drift = (missed - both * parts) / max(float((weight * total**2).sum()) - parts, 1e-9)
    drift = float(np.clip(drift, 0.0, both))
    return both - drift, drift
