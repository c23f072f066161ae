"""Identity numbers of the right form that no real person can hold, and the damaged forms that bureaus write.

A citizen number carries the county code in force on the day it was given out (from April 1984 on) and
never changes. So it can't exist with a code withdrawn before 1984 (512721-512732, gone in 1983; 512729
was Wulong's until 1981), nor with a code withdrawn before its holder was born.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from ingest.simulate.timeline import day

Texts = npt.NDArray[np.str_]
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_LETTERS = np.array(list("10X98765432"))
SEQUENCES = 498  # of each sex a day and prefix: 2..998 even, 3..999 odd
SPARE_NUMBERS = 400

WITHDRAWN_BEFORE_NUMBERS = ("512729", "512721", "512722", "512723", "512724", "512731")
_HOME_SHARE = 0.85
_PREFIXES_BY_BIRTH = (
    # born on or after, prefixes withdrawn before that day, their shares
    (day(date(2018, 1, 1)), ("500232", "512326", "517023"), (0.7, 0.2, 0.1)),
    (day(date(1998, 1, 1)), ("512326", "517023", "512729"), (0.6, 0.3, 0.1)),
    (
        -100_000,
        WITHDRAWN_BEFORE_NUMBERS,
        (_HOME_SHARE, *((1 - _HOME_SHARE) / 5,) * 5),
    ),
)


def draw_numbers(rng: np.random.Generator, birth: npt.NDArray[np.int32], sex: npt.NDArray[np.int8]) -> Texts:
    """Distinct 18-place numbers for persons by birth day and sex (1 male, 2 female)."""
    prefix = np.empty(len(birth), dtype="<U6")
    open_until = 200_000
    for since, codes, shares in _PREFIXES_BY_BIRTH:
        mine = (birth >= since) & (birth < open_until)
        prefix[mine] = np.array(codes)[rng.choice(len(codes), mine.sum(), p=shares)]
        open_until = since
    stem = np.char.add(prefix, birth_texts(birth))
    order = np.lexsort((sex, stem))
    new = np.ones(len(birth), dtype=bool)
    new[1:] = (stem[order][1:] != stem[order][:-1]) | (sex[order][1:] != sex[order][:-1])
    start = np.maximum.accumulate(np.where(new, np.arange(len(birth)), 0))
    rank = np.empty(len(birth), dtype=np.int64)
    rank[order] = np.arange(len(birth)) - start
    offset = (birth.astype(np.int64) * 37 + prefix.astype(np.int64) * 101) % SEQUENCES
    sequence = 2 + 2 * ((offset + rank) % SEQUENCES) + (sex == 1)
    first_17 = np.char.add(stem, np.char.zfill(sequence.astype("<U3"), 3))
    return np.char.add(first_17, check_letters(first_17))


def birth_texts(birth: npt.NDArray[np.int32]) -> Texts:
    """Birth days as YYYYMMDD."""
    return np.char.replace(np.datetime_as_string(birth.astype("datetime64[D]"), unit="D"), "-", "")


def check_letters(first_17: Texts) -> Texts:
    """The last place of each number, by GB 11643."""
    if len(first_17) == 0:
        return np.empty(0, dtype="<U1")
    digits = np.ascontiguousarray(first_17.astype("<U17")).view("<U1").reshape(len(first_17), 17).astype(np.int64)
    return CHECK_LETTERS[(digits @ WEIGHTS) % 11]


def with_zero_endings(numbers: Texts, sex: npt.NDArray[np.int8], least: int) -> Texts:
    """The same numbers, of which at least a few end in 000 and are valid, as about one in a thousand does."""
    numbers, taken = numbers.copy(), set(numbers.tolist())
    done = int(np.char.endswith(numbers, "000").sum())
    if done >= least:
        return numbers
    for place in np.flatnonzero(sex == 2):
        stems = np.array([f"{numbers[place][:14]}{hundred}00" for hundred in range(1, 10)])
        fitting = [
            s + "0" for s, c in zip(stems, check_letters(stems), strict=True) if c == "0" and s + "0" not in taken
        ]
        if fitting:
            numbers[place] = fitting[0]
            taken.add(fitting[0])
            done += 1
            if done == least:
                break
    return numbers


def old_form(numbers: Texts) -> Texts:
    """The 15-place form of persons born 19xx: no century, no check digit."""
    return np.array([n[:6] + n[8:17] for n in numbers], dtype="<U18")


def with_wrong_check(numbers: Texts, rng: np.random.Generator) -> Texts:
    """The same numbers with another last place, so that the check fails."""
    wrong = []
    for number, step in zip(numbers, rng.integers(1, 10, len(numbers)), strict=True):
        place = "10X98765432".index(number[17])
        letter = "10X98765432"[(place + int(step)) % 11]
        wrong.append(number[:17] + letter)
    return np.array(wrong, dtype="<U18")


def with_lost_precision(numbers: Texts) -> Texts:
    """What a spreadsheet leaves of a number that it took for a quantity: 15 places and 000."""
    return np.array([n[:15] + "000" for n in numbers], dtype="<U18")


def with_disguise(numbers: Texts, rng: np.random.Generator) -> Texts:
    """The right numbers in a form that must be cleaned: full width, spaces, NBSP, apostrophe, lower-case x."""
    forms = []
    for number, kind in zip(numbers, rng.integers(0, 6, len(numbers)), strict=True):
        if number.endswith("X") and kind in (0, 1):
            forms.append(number[:17] + "x")
        elif kind == 0:
            forms.append("".join(chr(ord(c) + 0xFEE0) for c in number))
        elif kind == 1:
            forms.append(number[:6] + " " + number[6:14] + " " + number[14:])
        elif kind == 2:
            forms.append(number + "\u00a0")
        elif kind == 3:
            forms.append("'" + number)
        elif kind == 4:
            forms.append("\u3000" + number)
        else:
            forms.append(number[:17] + chr(ord(number[17]) + 0xFEE0))
    return np.array(forms)
