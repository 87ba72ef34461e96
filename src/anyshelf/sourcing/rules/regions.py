"""A few places that stand for the many from which orders come."""

from typing import Final

import numpy as np

from anyshelf.sourcing.model import FloatArray, IntArray

ROUNDS: Final = 12


def on_the_globe(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Points in degrees as points on the unit sphere, [points, 3]."""
    north, east = np.radians(lat), np.radians(lon)
    return np.column_stack((np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)))


def centres_of(vectors: FloatArray, weights: FloatArray, count: int) -> FloatArray:
    """At most so many centres among points on the unit sphere, [centres, 3]: each point is near one of them.

    Begins with the heaviest point and goes on with the one whose weight lies furthest away; then every centre
    moves to the middle of what is nearest to it (Lloyd 1982). The same points give the same centres.
    """
    chosen = [int(weights.argmax())]
    apart = 1.0 - vectors @ vectors[chosen[0]]
    while len(chosen) < count and (weights * apart).max() > 0:
        chosen.append(int((weights * apart).argmax()))
        apart = np.minimum(apart, 1.0 - vectors @ vectors[chosen[-1]])
    centres: FloatArray = vectors[chosen]
    for _ in range(ROUNDS):
        nearest = nearest_of(vectors, centres)
        sums = np.stack([np.bincount(nearest, weights * axis, len(centres)) for axis in vectors.T], axis=1)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(length > 0, sums / np.maximum(length, np.finfo(float).tiny), centres)
    return centres


def nearest_of(vectors: FloatArray, centres: FloatArray) -> IntArray:
    """The centre nearest to each point, [points]."""
    nearest: IntArray = (vectors @ centres.T).argmax(axis=1)
    return nearest
