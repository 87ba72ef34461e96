"""What takes a library to learn: the one module that needs the extra `anyshelf[insight]`.

Its libraries are imported when they are used: who does not ask never loads them.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from anyshelf.ground.errors import SetupProblem
from anyshelf.insight.model.stories import Numbers

HOW_TO = "This needs libraries that are not installed: pip install 'anyshelf[insight]'."
WORDS_MAX = 4000
TOPIC_WORDS = 6
WORD = r"(?u)\b[a-z]{3,}\b"


def chances(learn_from: Numbers, happened: Numbers, asked: Numbers, *, seed: int = 0) -> Numbers:
    """How likely it is for each row of `asked`, learned from rows and whether it happened: boosted trees."""
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise SetupProblem(HOW_TO) from None
    trees = HistGradientBoostingClassifier(
        max_depth=4, learning_rate=0.05, max_iter=200, l2_regularization=5.0, min_samples_leaf=40,
        random_state=seed,
    )  # fmt: skip
    return np.asarray(trees.fit(learn_from, happened).predict_proba(asked)[:, 1])


def sentiment(words: str) -> float:
    """How somebody feels who writes this, from -1 to 1 (VADER, Hutto and Gilbert 2014)."""
    return float(_analyser().polarity_scores(words)["compound"])


@cache
def _analyser() -> Any:
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise SetupProblem(HOW_TO) from None
    return SentimentIntensityAnalyzer()


def topics(texts: Sequence[str], *, count: int, seed: int = 0) -> tuple[list[list[str]], Numbers]:
    """What texts are about: the words of each topic, and how much of each text is which (NMF over TF-IDF)."""
    try:
        from sklearn.decomposition import NMF  # type: ignore[import-untyped]  # noqa: PLC0415
        from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise SetupProblem(HOW_TO) from None
    table = TfidfVectorizer(
        stop_words="english", max_features=WORDS_MAX, min_df=min(20, max(1, len(texts) // 50)), max_df=0.5,
        sublinear_tf=True, token_pattern=WORD,
    )  # fmt: skip
    weights = table.fit_transform(texts)
    parts = NMF(n_components=count, init="nndsvd", random_state=seed, max_iter=300)
    shares = parts.fit_transform(weights)
    names = table.get_feature_names_out()
    words = [
        [str(names[place]) for place in part.argsort()[::-1][:TOPIC_WORDS]] for part in parts.components_
    ]
    return words, np.asarray(shares)
