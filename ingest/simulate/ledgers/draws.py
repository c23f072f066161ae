"""Draws of a few from many, never none: a small world must hold every kind of content too."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.integer[Any]]


def some(rng: np.random.Generator, pool: Places, share: float, least: int = 2) -> Places:
    """About `share` of a pool, in its order, at least `least` as far as the pool goes."""
    count = min(len(pool), max(least, round(share * len(pool))))
    return np.sort(rng.choice(pool, count, replace=False))


def members(counts: Places) -> tuple[Places, Places]:
    """For groups of these sizes: the group of each member, and the member's place within it."""
    group = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return group, np.arange(len(group)) - np.repeat(first, counts)
