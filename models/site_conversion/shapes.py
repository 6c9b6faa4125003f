"""The shape of every array of an Instance, by index letters, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def check_shapes(record: Any, shapes: Mapping[str, str], sizes: Mapping[str, int]) -> None:
    """Check the arrays of a frozen record and make them read-only.

    Args:
        record: a dataclass that holds arrays.
        shapes: field name -> its index letters, one for each axis.
        sizes: index letter -> its length.

    Raises:
        ValueError: a shape that does not agree, or a number that is not one.
    """
    for name, letters in shapes.items():
        value = getattr(record, name)
        expected = tuple(sizes[letter] for letter in letters)
        if value.shape != expected:
            raise ValueError(f"{name} has shape {value.shape}, expected {expected} for [{letters}]")
        if value.dtype == np.float64 and np.isnan(value).any():
            raise ValueError(f"{name} holds a value that is not a number")
        value.setflags(write=False)
