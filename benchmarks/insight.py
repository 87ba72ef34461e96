"""make bench-insight: planted stories found and none invented, who buys, what next, who is worth what."""

import argparse
import json
import time
from datetime import date, timedelta

import numpy as np

from anyshelf.insight.model.stories import Visit
from anyshelf.insight.rules import stories
from anyshelf.insight.rules.worth import Bought, values
from insighting import clickstream, groceries, visitors
from insighting.yardsticks import gini, rank_correlation

WORTH_MINOR = 10_000
CLV_UNTIL_DAY = 270
CLV_DAYS = 90
MOBILE, NEW, BROKEN, BUYS = 0.4, 0.3, 0.8, 0.6
BROKEN_DAYS = range(40, 60)


def main() -> None:
    """Measure, part by part, and say which part had its data; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-insight", description=__doc__)
    asked.add_argument("--shuffles", type=int, default=10)
    asked.add_argument("--parts", nargs="*", default=["stories", "conversion", "baskets", "reviews"])
    given = asked.parse_args()
    detail: dict[str, object] = {"data": {}}
    for name in given.parts:
        began = time.process_time()
        try:
            detail |= PARTS[name](given.shuffles)
            detail["data"][name] = "real" if name != "stories" else "synthetic, by its makers"
        except SystemExit as missing:
            print(missing)
            detail |= _stand_in(given.shuffles) if name == "stories" else {}
            detail["data"][name] = f"missing: {missing}"
        detail[f"cpu_s_{name}"] = round(time.process_time() - began, 1)
        print(name, "done")
    print(json.dumps({
        "name": "insight", "value": detail.get("stories_found"), "unit": "stories of five",
        "anchors": {"stories": 5, "auc": detail.get("auc_page_value_alone"),
                    "recall_at_20": {"popular": detail.get("recall_popular"),
                                     "own_repeats": detail.get("recall_own_repeats")},
                    "clv_gini": detail.get("clv_gini_past_spend")},
        "detail": detail,
    }))  # fmt: skip


def _stories(shuffles: int) -> dict[str, object]:
    visits = clickstream.visits()
    told = stories.find(
        visits,
        goal=clickstream.GOAL,
        funnel=clickstream.FUNNEL,
        worth_minor=WORTH_MINOR,
        draw=np.random.default_rng(0),
    )
    for story in told:
        print(
            f"  {story.said}; {story.shoppers} shoppers, {story.lost_orders:.1f} orders lost, "
            f"p {story.p_value:.1g}"
        )
    marked = clickstream.found(told)
    return {
        "stories_found": sum(marked.values()),
        "stories": marked,
        "stories_told": [story.said for story in told],
        "false_stories_on_shuffled": sum(_invented(visits, seed) for seed in range(shuffles)),
        "shuffles": shuffles,
        "viral_article_even_if_told_the_days": clickstream.told_the_days(visits),
    }


def _invented(visits: list[Visit], seed: int) -> int:
    shuffled = clickstream.shuffled(visits, seed)
    return len(
        stories.find(
            shuffled,
            goal=clickstream.GOAL,
            funnel=clickstream.FUNNEL,
            worth_minor=WORTH_MINOR,
            draw=np.random.default_rng(seed),
        )
    )


def _stand_in(shuffles: int) -> dict[str, object]:
    """Without the file: two stories of our own, in visits made up with a seed."""
    draw = np.random.default_rng(5)
    first, visits = date(2026, 1, 1), []
    for number in range(4000):
        day, mobile, new = int(draw.integers(120)), draw.random() < MOBILE, draw.random() < NEW
        steps = ["product_view"] * int(draw.integers(1, 4))
        if draw.random() < (0.2 if new else 0.4):
            steps += ["add_to_cart", "shipping_details"]
            broken = mobile and day in BROKEN_DAYS and draw.random() < BROKEN
            steps += ["error_page"] if broken else ["purchase"] if draw.random() < BUYS else []
        traits = {"platform": "mobile" if mobile else "desktop", "lifecycle": "new" if new else "loyal"}
        visits.append(
            Visit(person=f"p{number // 4}", day=first + timedelta(days=day), traits=traits, steps=steps)
        )
    told = stories.find(visits, goal="purchase", worth_minor=WORTH_MINOR, draw=draw)
    found = [
        any(each.since and each.value == "mobile" for each in told),
        any(each.value == "new" for each in told),
    ]
    return {
        "stories_found": sum(found), "stories_planted": 2, "stories_told": [story.said for story in told],
        "false_stories_on_shuffled": sum(_invented(visits, seed) for seed in range(shuffles)),
    }  # fmt: skip


def _conversion(_: int) -> dict[str, object]:
    return dict(visitors.conversion())


def _baskets(_: int) -> dict[str, object]:
    baskets, spent, size = groceries.read()
    recall = groceries.next_baskets(baskets, size, groceries.UNTIL_DAY)
    past = {
        str(who): [
            Bought(day=day, amount_minor=round(amount * 100))
            for day, amount in theirs
            if day <= CLV_UNTIL_DAY
        ]
        for who, theirs in spent.items()
    }
    told = values(past, today=CLV_UNTIL_DAY, days=CLV_DAYS)
    who = sorted(told)
    true = [
        sum(amount for day, amount in spent[int(each)] if CLV_UNTIL_DAY < day <= CLV_UNTIL_DAY + CLV_DAYS)
        for each in who
    ]
    ours, plain = (
        [float(told[each].expected_minor) for each in who],
        [float(told[each].spent_minor) for each in who],
    )
    return {
        "recall_at_20": recall["ours"], "recall_popular": recall["popular"],
        "recall_own_repeats": recall["own_repeats"],
        "recall_own_repeats_then_popular": recall["own_repeats_then_popular"],
        "next_baskets": recall["people"],
        "clv_gini": round(gini(ours, true), 4), "clv_spearman": round(rank_correlation(ours, true), 4),
        "clv_gini_past_spend": round(gini(plain, true), 4),
        "clv_spearman_past_spend": round(rank_correlation(plain, true), 4), "clv_people": len(who),
    }  # fmt: skip


def _reviews(_: int) -> dict[str, object]:
    return dict(visitors.reviews())


PARTS = {"stories": _stories, "conversion": _conversion, "baskets": _baskets, "reviews": _reviews}

if __name__ == "__main__":
    main()
