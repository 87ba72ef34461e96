"""In which order ways are told: the likeliest to be chosen first, as somebody's habits say."""

from collections.abc import Sequence

from anyshelf.promising.model import Liking, Option


def likely_first(options: Sequence[Option], liking: Liking | None) -> list[Option]:
    """The options by how likely they are chosen; alike, or where nothing is known, they stay as they were.

    A method's share is its own; among the stores of a method those go first where somebody fetches more.
    """
    if liking is None:
        return list(options)
    stores = liking.stores
    return sorted(
        options,
        key=lambda each: (-liking.methods.get(each.method, 0.0), -stores.get(each.node or "", 0.0)),
    )
