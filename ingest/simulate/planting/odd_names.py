"""Real names that look like a fault: one with 测 in it, very long ones, ones that begin like a test's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ODD_NAMES = (
    "罗测",
    "石试文",
    "肖演",
    "阿不都热合西提·买买提吐尔逊江·阿不力孜",
    "吉克伍各木呷·阿牛日洛",
    "万元",
    "合小计",
    "司马相·如",
)
LONGEST = "<U24"


def with_odd_names(names: npt.NDArray[np.str_], seed: int) -> npt.NDArray[np.str_]:
    """The same names, a few replaced; a generator of its own, so that nothing else of the world changes."""
    rng = np.random.default_rng([seed, 151])
    names = names.astype(LONGEST)
    chosen = rng.choice(len(names), 2 * len(ODD_NAMES), replace=False)
    names[chosen] = np.array(ODD_NAMES * 2)
    return names
