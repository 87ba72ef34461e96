"""Figures of many nodes at once."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.integer[Any]]
FlagArray: TypeAlias = NDArray[np.bool_]
