"""Online shoppers and clothing reviews: whether a model says who buys, and wording what was felt."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from anyshelf.insight.rules import learned
from insighting.clickstream import DATA
from insighting.yardsticks import area, rank_correlation

MONTHS = ("Feb", "Mar", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LAST_LEARNED = "Oct"
FIGURES = (
    "Administrative", "Administrative_Duration", "Informational", "Informational_Duration", "ProductRelated",
    "ProductRelated_Duration", "BounceRates", "ExitRates", "PageValues", "SpecialDay",
)  # fmt: skip
TOPICS = 8
LIKED = 4
GLAD = 0.5


def conversion(data: Path = DATA) -> dict[str, float]:
    """AUC in November and December of what was learned until October, beside plain rules."""
    rows = _rows(data / "online_shoppers/online_shoppers_intention.csv.gz")
    until = MONTHS.index(LAST_LEARNED)
    past = [row for row in rows if MONTHS.index(row["Month"]) <= until]
    later = [row for row in rows if MONTHS.index(row["Month"]) > until]
    told = learned.chances(_figures(past), _bought(past), _figures(later))
    bought = [bool(yes) for yes in _bought(later)]
    return {
        "auc": round(area(list(told), bought), 4),
        "auc_page_value_alone": round(area([float(row["PageValues"]) for row in later], bought), 4),
        "auc_pages_seen_alone": round(area([float(row["ProductRelated"]) for row in later], bought), 4),
        "learned_from": len(past),
        "judged_on": len(later),
    }


def _figures(rows: Sequence[dict[str, str]]) -> np.ndarray:
    return np.array([
        [*(float(row[name]) for name in FIGURES), float(row["VisitorType"] == "New_Visitor"),
         float(row["ProductRelated_Duration"]) / (1 + float(row["ProductRelated"]))]
        for row in rows
    ])  # fmt: skip


def _bought(rows: Sequence[dict[str, str]]) -> np.ndarray:
    return np.array([float(row["Revenue"].upper() == "TRUE") for row in rows])


def reviews(data: Path = DATA) -> dict[str, object]:
    """Whether the wording agrees with the stars and with the recommendation, and what reviews are about."""
    rows = [
        row for row in _rows(data / "clothing_reviews/womens_clothing_reviews.csv.gz") if row["Review Text"]
    ]
    felt = [learned.sentiment(row["Review Text"]) for row in rows]
    stars = [int(row["Rating"]) for row in rows]
    recommended = [row["Recommended IND"] == "1" for row in rows]
    words, _ = learned.topics([row["Review Text"] for row in rows], count=TOPICS)
    return {
        "sentiment_to_stars_spearman": round(rank_correlation(felt, [float(each) for each in stars]), 4),
        "sentiment_recommends_auc": round(area(felt, recommended), 4),
        "stars_recommend_auc": round(area([float(each) for each in stars], recommended), 4),
        "glad_is_recommended_agreement": _share(felt, recommended, GLAD),
        "four_stars_is_recommended_agreement": _share([float(each) for each in stars], recommended, LIKED),
        "always_recommended_agreement": round(sum(recommended) / len(recommended), 4),
        "reviews": len(rows),
        "topics": [" ".join(topic) for topic in words],
    }


def _share(figures: Sequence[float], truth: Sequence[bool], bound: float) -> float:
    same = sum((each >= bound) == yes for each, yes in zip(figures, truth, strict=True))
    return round(same / len(truth), 4)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        raise SystemExit(
            f"{path.parent.name}/{path.name} is not here; put it beside the checkout in shared/data."
        )
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
