"""Names of persons drawn from lists: surnames by their frequency in the south-west, given names, rare characters.

A few names carry a character that GB18030 writes in four bytes, a few the middle dot of minority names.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_SURNAMES = (
    "李王张刘陈杨黄罗冉周吴谢赵冯田任郑何胡朱肖代彭汪唐徐余谭郭傅庹秦蒋马高邓曾程袁梁"
    "宋韩曹许沈卢苏熊孙申万段雷钱汤尹黎常武乔贺赖龚文向石姚邹白夏侯孟舒卓鲁瞿简敖骆游"
)
_GIVEN = {
    1: "伟强军平勇刚林华建国明海波涛文德兵成龙云山光荣福生贵万才兴发财旺学斌杰鹏飞浩宇泽轩子俊豪天祥永正安康远志",
    2: "秀英芳兰玉珍素华淑群桂琼碧芬莲菊梅容芝琴艳丽娟燕红霞敏静婷雪莉蓉萍慧欣怡梓涵诗雨佳琪思语馨月春香莹清晓",
}
_RARE = "𬭳𫍽𬱖𣲗𠅤𪻐𬀩𫖯㛃䶮"
_MINORITY_FAMILY = ("吉克", "阿苦", "沙马", "阿依", "尔古", "石一")
_MINORITY_GIVEN = ("阿牛", "木呷", "古丽", "伍各", "日洛", "阿果")

RARE_SHARE = 0.0015
MINORITY_SHARE = 0.0015
ONE_CHARACTER_SHARE = 0.28


def draw_surnames(rng: np.random.Generator, count: int) -> npt.NDArray[np.str_]:
    """`count` surnames; the frequency falls with the rank in the list."""
    letters = np.array(list(_SURNAMES))
    weights = 1.0 / (np.arange(len(letters)) + 6.0)
    return letters[rng.choice(len(letters), count, p=weights / weights.sum())]


def draw_given_names(rng: np.random.Generator, sex_code: npt.NDArray[np.int8]) -> npt.NDArray[np.str_]:
    """One given name a person, of one or two characters, by sex (1 male, 2 female)."""
    count = len(sex_code)
    single = rng.random(count) < ONE_CHARACTER_SHARE
    given = np.empty(count, dtype="<U2")
    for sex, letters in _GIVEN.items():
        pool = np.array(list(letters))
        mine = sex_code == sex
        first = pool[rng.integers(0, len(pool), mine.sum())]
        second = pool[rng.integers(0, len(pool), mine.sum())]
        given[mine] = np.where(single[mine], first, np.char.add(first, second))
    return given


def add_rare_names(rng: np.random.Generator, names: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """The same names, a few replaced by ones with a four-byte character or with a middle dot."""
    names = names.astype("<U6")
    count = len(names)
    rare = rng.choice(count, max(4, int(count * RARE_SHARE)), replace=False)
    letters = np.array(list(_RARE))[rng.integers(0, len(_RARE), len(rare))]
    names[rare] = np.char.add(np.char.ljust(names[rare].astype("<U2"), 2, "文"), letters)
    dotted = np.setdiff1d(rng.choice(count, max(4, int(count * MINORITY_SHARE)), replace=False), rare)
    family = np.array(_MINORITY_FAMILY)[rng.integers(0, len(_MINORITY_FAMILY), len(dotted))]
    given = np.array(_MINORITY_GIVEN)[rng.integers(0, len(_MINORITY_GIVEN), len(dotted))]
    names[dotted] = np.char.add(np.char.add(family, "·"), given)
    return names


def has_four_byte_character(names: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
    """Whether a name holds one of the rare characters of this list."""
    found = np.zeros(len(names), dtype=bool)
    for letter in _RARE:
        found |= np.char.find(names, letter) >= 0
    return found
