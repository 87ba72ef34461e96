"""What hurts, found without being told where to look, and not found where there is nothing.

Two questions are asked of every measure and every segment. *Is there a span of days in which it is not as it
should be, going by who visited?* A scan over all spans, whose best score is compared with the best scores of
the same visits on shuffled days (Kulldorff's scan statistic with covariates; the tail by a Gumbel fit, Abrams
et al. 2010). *Is it always different for these visitors?* A comparison that counts people, not visits
(cluster-robust). All answers together pass Benjamini and Hochberg's sieve, so that of all that is reported no
more than a share `false_share` is chance. What is left is told as stories: findings of the same days, or of
the same trait, are one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from anyshelf.insight.model.stories import (
    EVERYBODY,
    SEGMENT_MIN,
    Codes,
    Finding,
    Flags,
    Ground,
    Measure,
    Numbers,
    Story,
    Visit,
)
from anyshelf.insight.rules.measures import expected, measures
from anyshelf.insight.rules.telling import differences, incidents

SPANS = (3, 4, 6, 8, 11, 16, 22, 31, 44, 62)
"""How many days a span may have; none is longer than a third of the whole."""
SHUFFLES = 99
EXPECTED_MIN = 10
"""What is expected to happen, or not to, less often in a segment is not compared."""
EFFECT_MIN = 0.1
"""A difference smaller than a tenth of what was expected is no story, however sure."""
EULER = 0.5772156649015329
P_MIN = 1e-300


def find(
    visits: Sequence[Visit],
    *,
    goal: str,
    funnel: Sequence[str] = (),
    worth_minor: int = 0,
    false_share: float = 0.01,
    draw: np.random.Generator,
) -> list[Story]:
    """The stories of these visits, the dearest first: shoppers affected times what was lost with each.

    `worth_minor` is what an order is worth where the visits do not say; `draw` shuffles the days.
    """
    if len(visits) < SEGMENT_MIN:
        return []
    ground = ground_of(visits, measures(visits, goal=goal, funnel=funnel))
    asked = [*_spans(ground, draw), *_standing(ground)]
    sure = [each for each in _sieved(asked, false_share) if _matters(each)]
    worth = _worth_minor(visits, goal) or worth_minor
    told = [
        *incidents(ground, [each for each in sure if each.start is not None], visits),
        *differences(ground, [each for each in sure if each.start is None], visits),
    ]
    stories = [replace(story, lost_minor=round(story.lost_orders * worth)) for story in told]
    return sorted(stories, key=lambda story: -story.lost_orders)


def ground_of(visits: Sequence[Visit], found: Sequence[Measure]) -> Ground:
    """Visits and their measures as numbers."""
    first = min(visit.day for visit in visits)
    traits = {
        trait: _coded([visit.traits.get(trait, "") for visit in visits])
        for trait in sorted({name for visit in visits for name in visit.traits})
    }
    codes = [codes for codes, _ in traits.values()]
    return Ground(
        first=first,
        days=np.array([(visit.day - first).days for visit in visits], dtype=np.int64),
        people=_coded([visit.person for visit in visits])[0],
        traits=traits,
        measures=found,
        expected=np.array([expected(measure, codes) for measure in found]),
    )


def _coded(words: Sequence[str]) -> tuple[Codes, Sequence[str]]:
    names, codes = np.unique(np.array(words), return_inverse=True)
    return codes.astype(np.int64), [str(name) for name in names]


def _worth_minor(visits: Sequence[Visit], goal: str) -> float:
    bought = [visit.worth_minor for visit in visits if goal in visit.steps and visit.worth_minor]
    return sum(bought) / len(bought) if bought else 0.0


# Is there a span of days?


def _spans(ground: Ground, draw: np.random.Generator) -> Iterable[Finding]:
    """The most telling span of days of each measure in each segment, and how sure it is."""
    times = ground.times
    last = int(ground.days.max()) + 1
    for segment, rows in ground.segments():
        seen, guess = times[:, rows], ground.expected[:, rows]
        guess = guess * _ratio(seen.sum(1), guess.sum(1))[:, None]
        days = ground.days[rows]
        scores, starts, ends = _best(seen, guess, days, last)
        chance = np.array([
            _best(seen, guess, draw.permutation(days), last)[0] for _ in range(SHUFFLES)
        ])  # fmt: skip
        sure = _tail(scores, chance)
        for number, measure in enumerate(ground.measures):
            if scores[number] > 0:
                inside = rows[(days >= starts[number]) & (days < ends[number])]
                yield _finding(
                    ground, measure, segment, inside, float(guess[number, np.isin(rows, inside)].sum()),
                    p_value=float(sure[number]), score=float(scores[number]),
                    span=(int(starts[number]), int(ends[number])),
                )  # fmt: skip


def _best(seen: Numbers, guess: Numbers, days: Codes, last: int) -> tuple[Numbers, Codes, Codes]:
    """The highest score over all spans, for every measure at once, with the span's first day and its end."""
    by_day, guess_by_day = _daily(seen, days, last), _daily(guess, days, last)
    whole = seen.sum(1)[:, None]
    size = len(seen)
    best, start, end = np.zeros(size), np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for span in SPANS:
        if span > max(last // 3, SPANS[0]) or span >= last:
            continue
        score = _likelihood(
            by_day[:, span:] - by_day[:, :-span], guess_by_day[:, span:] - guess_by_day[:, :-span], whole
        )
        place = score.argmax(1)
        here = score[np.arange(size), place]
        better = here > best
        best[better], start[better], end[better] = here[better], place[better], place[better] + span
    return best, start, end


def _daily(amounts: Numbers, days: Codes, last: int) -> Numbers:
    """Sums up to the beginning of each day: measures by days and one."""
    order = np.argsort(days, kind="stable")
    running = np.concatenate([np.zeros((len(amounts), 1)), np.cumsum(amounts[:, order], axis=1)], axis=1)
    return running[:, np.searchsorted(days[order], np.arange(last + 1))]


def _likelihood(inside: Numbers, guess: Numbers, whole: Numbers) -> Numbers:
    """How much likelier the counts are with a rate of their own in the span: Kulldorff's ratio, both ways."""
    tiny = 1e-9
    outside, guess_outside = whole - inside, np.maximum(whole - guess, tiny)
    ratio = inside * np.log(np.maximum(inside, tiny) / np.maximum(guess, tiny))
    rest = outside * np.log(np.maximum(outside, tiny) / guess_outside)
    return np.asarray(np.where(guess > tiny, ratio + rest, 0.0))


def _ratio(seen: Numbers, guess: Numbers) -> Numbers:
    return np.asarray(seen / np.maximum(guess, 1e-12))


def _tail(scores: Numbers, chance: Numbers) -> Numbers:
    """How often chance alone scores as high: by rank, and beyond all shuffles by a Gumbel's tail."""
    rank = (1 + (chance >= scores).sum(0)) / (len(chance) + 1)
    scale = np.maximum(chance.std(0), 1e-9) * math.sqrt(6) / math.pi
    centre = chance.mean(0) - EULER * scale
    tail = -np.expm1(-np.exp(np.clip(-(scores - centre) / scale, -700, 700)))
    return np.asarray(np.where(scores > chance.max(0), np.minimum(rank, np.maximum(tail, P_MIN)), rank))


# Is it always so?


def _standing(ground: Ground) -> Iterable[Finding]:
    """Each measure of each segment against all other visitors, people counted, not their visits."""
    for segment, rows in ground.segments():
        if segment == EVERYBODY:
            continue
        inside = np.zeros(len(ground.days), dtype=bool)
        inside[rows] = True
        for measure in ground.measures:
            share, p_value, score = _compared(measure, inside, ground.people)
            yield _finding(
                ground, measure, segment, rows, share * float(measure.chances[rows].sum()),
                p_value=p_value, score=score,
            )  # fmt: skip


def _compared(measure: Measure, inside: Flags, people: Codes) -> tuple[float, float, float]:
    """The share elsewhere, how likely chance alone differs as much, and how many standard errors that is.

    The spread is what it is if there were no difference (a score test): a segment in which something never
    happened is not thought certain for that.
    """
    could, did = measure.chances[inside].sum(), measure.times[inside].sum()
    could_else, did_else = measure.chances[~inside].sum(), measure.times[~inside].sum()
    whole = (did + did_else) / max(could + could_else, 1.0)
    if min(could, could_else) * min(whole, 1 - whole) < EXPECTED_MIN:
        return 0.0, 1.0, 0.0
    left = measure.times - whole * measure.chances
    spread = sum(
        float((np.bincount(people[part], weights=left[part]) ** 2).sum()) / total**2
        for part, total in ((inside, could), (~inside, could_else))
    )
    share = float(did_else / could_else)
    score = abs(did / could - share) / math.sqrt(max(spread, 1e-12))
    return share, max(math.erfc(score / math.sqrt(2)), P_MIN), float(score)


def _finding(
    ground: Ground,
    measure: Measure,
    segment: tuple[str, str],
    rows: Codes,
    guess: float,
    *,
    p_value: float,
    score: float,
    span: tuple[int, int] | None = None,
) -> Finding:
    seen = float(measure.times[rows].sum())
    touched = rows[measure.chances[rows] > 0]
    return Finding(
        measure=measure.name,
        trait=segment[0],
        value=segment[1],
        start=span[0] if span else None,
        end=span[1] if span else None,
        times=seen,
        expected=guess,
        chances=float(measure.chances[rows].sum()),
        shoppers=len(np.unique(ground.people[touched])),
        lost_orders=(guess - seen) * measure.gain,
        p_value=p_value,
        score=score,
    )


def _sieved(asked: Sequence[Finding], false_share: float) -> list[Finding]:
    """Benjamini and Hochberg: the surest answers, as many as may be believed together."""
    ordered = sorted(asked, key=lambda each: each.p_value)
    believed = 0
    for place, each in enumerate(ordered, start=1):
        if each.p_value <= false_share * place / len(ordered):
            believed = place
    return ordered[:believed]


def _matters(finding: Finding) -> bool:
    """Whether it costs orders, and is large enough to be looked at."""
    change = abs(finding.times - finding.expected)
    return finding.lost_orders > 0 and change >= EFFECT_MIN * max(finding.expected, 1.0)
