"""A decision as a person reads it: who serves and why, what came second, who was left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from anyshelf.ground.money import Money

PAID: Final = ("freight", "handling", "split")
WORDS: Final[Mapping[str, str]] = {
    "freight": "freight",
    "handling": "labour",
    "split": "for parting it",
    "failure": "for what may not be found or taken on",
    "late": "for coming late",
    "load": "for a full day",
    "store": "to spare the store",
    "relief": "for goods to be marked down",
    "co2": "for carbon",
    "worth": "for what the stock is worth to later orders",
    "distance": "for the way",
}
REASONS_MAX: Final = 5


def told(decision: Mapping[str, Any], currency: str) -> str:
    """What a kept decision says in plain sentences; an old one without its terms says less."""
    chosen = decision.get("chosen", ())
    if not chosen:
        return "No node could serve it."
    parts = [_chosen(decision, currency), _second(decision, currency), _out(decision)]
    return " ".join(part for part in parts if part)


def _chosen(decision: Mapping[str, Any], currency: str) -> str:
    chosen, terms = decision["chosen"], decision.get("terms", {})
    who = f"{_and(chosen)} {'serves' if len(chosen) == 1 else 'serve'} it"
    paid = _amounts(terms, PAID, currency)
    weighed = _amounts(terms, [name for name in WORDS if name not in PAID], currency)
    cost = f" for {Money(decision['chosen_minor'], currency)} {currency}" + (f" ({paid})" if paid else "")
    return f"{who}{cost}{f', weighed besides: {weighed}' if weighed else ''}."


def _second(decision: Mapping[str, Any], currency: str) -> str:
    second = decision.get("next_best") or ()
    if not second:
        return ""
    terms, others = decision.get("terms", {}), decision.get("next_best_terms", {})
    apart = {name: others.get(name, 0) - terms.get(name, 0) for name in WORDS}
    parts = [
        f"{Money(abs(minor), currency)} {'more' if minor > 0 else 'less'} {WORDS[name]}"
        for name, minor in apart.items()
        if minor
    ]
    told_apart = f": {', '.join(parts)}" if parts else ""
    was = "was" if len(second) == 1 else "were"
    return (
        f"Next best {was} {_and(second)}, by {Money(sum(apart.values()), currency)} {currency}{told_apart}."
    )


def _out(decision: Mapping[str, Any]) -> str:
    """How many nodes were out of the question, by reason, the most frequent first."""
    out = Counter(node["eliminated"] for node in decision.get("nodes", ()) if node.get("eliminated"))
    out.update(decision.get("others", {}))
    if not out:
        return f"Of {decision.get('considered', 0)} nodes all might have served."
    most = [f"{count} ({reason})" for reason, count in out.most_common(REASONS_MAX)]
    return f"Of {decision.get('considered', 0)} nodes were left out: {', '.join(most)}."


def _amounts(terms: Mapping[str, int], names: Sequence[str], currency: str) -> str:
    return ", ".join(f"{Money(terms[name], currency)} {WORDS[name]}" for name in names if terms.get(name))


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
