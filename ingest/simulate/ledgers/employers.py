"""Employers of the district: companies and public institutions, named after the sexagenary cycle so that none is real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ingest.simulate.ledgers.credit_codes import credit_codes
from ingest.simulate.world.population import Flags

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

NAME = "employers"
PERSONS_AN_EMPLOYER = 900
LEAST = 12
PUBLIC_EVERY = 5
FIRST_NUMBER = 70_000_000
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_TRADES = ("建材", "旅游开发", "劳务", "农业", "餐饮管理", "物业服务", "商贸", "运输")
_PUBLIC = ("中心小学", "卫生院", "文化服务中心", "农业服务中心")


@dataclass
class Employers:
    """One entry an employer."""

    name: npt.NDArray[np.str_]
    credit_code: npt.NDArray[np.str_]
    public: Flags

    def __len__(self) -> int:
        return len(self.name)


def build(world: World) -> Employers:
    """Employers in proportion to the population."""
    count = max(LEAST, len(world.persons) // PERSONS_AN_EMPLOYER)
    public = np.arange(count) % PUBLIC_EVERY == 0
    return Employers(
        name=np.array(
            [
                f"武隆{cycle_name(n)}{(_PUBLIC[n % len(_PUBLIC)] if p else _TRADES[n % len(_TRADES)] + '有限公司')}"
                for n, p in enumerate(public)
            ]
        ),
        credit_code=np.array(
            [credit_codes("12" if p else "91", [FIRST_NUMBER + 7 * n])[0] for n, p in enumerate(public)]
        ),
        public=public,
    )


def cycle_name(number: int) -> str:
    """A name of two places of the sexagenary cycle, with a number from the second round on."""
    word = _STEMS[number % len(_STEMS)] + _BRANCHES[number % len(_BRANCHES)]
    turn = number // (len(_STEMS) * len(_BRANCHES) // 2)
    return word if turn == 0 else f"{word}{turn}"
