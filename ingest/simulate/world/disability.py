"""Disability certificates, self-care levels and the marks behind the classified supplements.

In: persons, register. Out: `Certificates` (one entry a certificate) and `Traits` (one entry a person).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.simulate.timeline import DAYS_A_YEAR, NEVER
from ingest.simulate.world.population import Flags, Ints, Persons
from ingest.simulate.world.register import Register

TYPE_SHARES = (0.11, 0.06, 0.04, 0.55, 0.09, 0.11, 0.04)
GRADE_SHARES = (0.13, 0.245, 0.285, 0.34)
GRADE_SHARES_ASSISTED = (0.18, 0.33, 0.26, 0.23)
SHARE_IN_DB, SHARE_IN_TK = 0.262, 0.35
REISSUED_SHARE, OPEN_ENDED_SHARE, FROZEN_SHARE = 0.02, 0.30, 0.006
NOT_ENROLLED_SHARE = 0.009
TERM_DAYS = 3_652


@dataclass
class Certificates:
    """One entry a certificate; days as numbers, NEVER where open or not happened. grade and type as the columns say."""

    person: Ints
    type_code: npt.NDArray[np.str_]
    grade_code: npt.NDArray[np.str_]
    reissue: npt.NDArray[np.str_]
    issued: Ints
    valid_to: Ints
    cancelled: Ints
    frozen: Flags
    nursing_enrolled: Flags
    living_enrolled: Flags

    def __len__(self) -> int:
        return len(self.person)

    def status_on(self, on: int) -> npt.NDArray[np.str_]:
        """Status codes (1 normal, 2 cancelled, 3 frozen) as an extract of a day shows them."""
        return np.where(self.cancelled <= on, "2", np.where(self.frozen, "3", "1"))


@dataclass
class Traits:
    """Marks of each person that supplements and care depend on."""

    certificate: Ints  # place in Certificates, -1 for none
    seriously_ill: Flags
    student_until: npt.NDArray[np.float64]  # age in years
    care_level: npt.NDArray[np.str_]
    support_mode: npt.NDArray[np.str_]


def build_certificates(
    persons: Persons, register: Register, wanted: int, start: int, end: int, rng: np.random.Generator
) -> Certificates:
    """About `wanted` certificates; the assisted hold them far more often than others."""
    total = len(persons)
    chance = np.zeros(total)
    ever = {c: np.unique(register.person[register.category == c]) for c in ("DB", "DB1", "TK", "DBB")}
    chance[ever["DBB"]] = 0.10
    chance[ever["DB"]] = SHARE_IN_DB
    chance[ever["TK"]] = SHARE_IN_TK
    chance[ever["DB1"]] = 0.8
    age = (end - persons.birth) / DAYS_A_YEAR
    assisted = chance > 0
    rest = max(0.002, (wanted - chance[assisted].sum()) / (~assisted).sum())
    chance[~assisted] = rest * np.where(age[~assisted] < 6, 0.2, 1.03)
    person = np.flatnonzero(rng.random(total) < chance).astype(np.int32)
    count = len(person)
    newly = rng.random(count) < 0.2
    issued = np.where(newly, rng.integers(start, end - 31, count), start - rng.integers(30, 3_200, count))
    issued = np.maximum(issued, persons.birth[person] + 500).astype(np.int32)
    issued = np.minimum(issued, end - 31)
    open_ended = rng.random(count) < OPEN_ENDED_SHARE
    valid_to = np.where(open_ended, NEVER, issued + TERM_DAYS)
    renewed = (valid_to <= end + 40) & (rng.random(count) < 0.97)
    valid_to = np.where(renewed, valid_to + TERM_DAYS, valid_to)
    noted = persons.subsidy_noted[person]
    cancelled = np.where(noted < NEVER, noted + rng.integers(0, 60, count), NEVER)
    grades = np.array(list("1234"))
    grade_code = np.where(
        assisted[person],
        grades[rng.choice(4, count, p=GRADE_SHARES_ASSISTED)],
        grades[rng.choice(4, count, p=GRADE_SHARES)],
    )
    return Certificates(
        person=person,
        type_code=np.array(list("1234567"))[rng.choice(7, count, p=TYPE_SHARES)],
        grade_code=grade_code,
        reissue=np.where(rng.random(count) < REISSUED_SHARE, np.where(rng.random(count) < 0.85, "B1", "B2"), ""),
        issued=issued.astype(np.int32),
        valid_to=valid_to.astype(np.int32),
        cancelled=cancelled.astype(np.int32),
        frozen=rng.random(count) < FROZEN_SHARE,
        nursing_enrolled=rng.random(count) >= NOT_ENROLLED_SHARE,
        living_enrolled=rng.random(count) >= 2 * NOT_ENROLLED_SHARE,
    )


def with_more(certificates: Certificates, people: Ints, issued: int) -> Certificates:
    """The same with open-ended certificates of grade 1-2 for `people`, issued on one day."""
    count = len(people)
    added = {
        "person": people.astype(np.int32),
        "type_code": np.full(count, "4"),
        "grade_code": np.where(people % 3 == 0, "1", "2"),
        "reissue": np.full(count, ""),
        "issued": np.full(count, issued, dtype=np.int32),
        "valid_to": np.full(count, NEVER, dtype=np.int32),
        "cancelled": np.full(count, NEVER, dtype=np.int32),
        "frozen": np.zeros(count, dtype=bool),
        "nursing_enrolled": np.ones(count, dtype=bool),
        "living_enrolled": np.ones(count, dtype=bool),
    }
    return Certificates(
        **{name: np.concatenate([getattr(certificates, name), values]) for name, values in added.items()}
    )


def build_traits(persons: Persons, certificates: Certificates, end: int, rng: np.random.Generator) -> Traits:
    """Marks of all persons."""
    total = len(persons)
    certificate = np.full(total, -1, dtype=np.int32)
    certificate[certificates.person] = np.arange(len(certificates))
    age = (end - persons.birth) / DAYS_A_YEAR
    return Traits(
        certificate=certificate,
        seriously_ill=rng.random(total) < np.where(age > 55, 0.09, 0.042),
        student_until=np.where(rng.random(total) < 0.55, 22.0, 18.0),
        care_level=np.array(list("123"))[rng.choice(3, total, p=(0.68, 0.2, 0.12))],
        support_mode=np.where(rng.random(total) < 0.17, "1", "2"),
    )


def supplement_kinds(
    persons: Persons, certificates: Certificates, traits: Traits, people: Ints, month_first: int
) -> tuple[npt.NDArray[np.str_], Flags]:
    """The kind of classified supplement of some persons in a month, and whether the disabled's is added to it.

    Kinds: 0 none, 1 disabled, 2 grade 1-2, 3 serious illness, 4 aged 70, 5 pre-school or student. One kind a
    person, the highest; a disabled person of kind 3, 4 or 5 gets the disabled's amount beside it (ruling R3).
    """
    place = traits.certificate[people]
    held = place >= 0
    held[held] = (certificates.issued[place[held]] < month_first) & (certificates.cancelled[place[held]] > month_first)
    grade = np.where(held, certificates.grade_code[place], "")
    before = np.asarray(month_first) - 1
    age = (before - persons.birth[people]) / DAYS_A_YEAR
    kind = np.where(held, np.where(np.isin(grade, ("1", "2")), "2", "1"), "0")
    kind = np.where(traits.seriously_ill[people], "3", kind)
    kind = np.where(age >= 70, "4", kind)
    kind = np.where(age < traits.student_until[people], "5", kind)
    return kind, held & np.isin(kind, ("3", "4", "5"))
