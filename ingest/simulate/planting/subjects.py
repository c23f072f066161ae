"""Who the planted cases happen to, and the log of what was planted.

A subject's whole police household is set aside: nothing else is planted there, and its payments have no
random returns or reversals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ingest.simulate.timeline import DAYS_A_YEAR, NEVER, first_day, months_of
from ingest.simulate.world.disability import Certificates, with_more
from ingest.simulate.world.population import Flags, Persons
from ingest.simulate.world.register import Households, Register
from ingest.simulate.world.singles import SCHEMA

LOG_COLUMNS = {
    "rule_id": pl.String,
    "person": pl.Int32,
    "month": pl.Int32,
    "detail": pl.String,
    "is_near_miss": pl.Boolean,
    "reason": pl.String,
}
NO_MONTH = -1
END_COLUMNS = {"person": pl.Int32, "category": pl.String, "new_stop": pl.Int32, "new_reason": pl.String}
SETTLED_BEFORE_MONTHS = 9
SURELY_DUE_BELOW = 45_000  # fen a month: such a household has an amount due, whatever its size


@dataclass
class Planter:
    """Picks subjects and collects what is to be changed.

    ends: earlier stops of single members' rows (person, category, stop, reason). edits and bills are applied to the
    payment lines and the settlements once those exist.
    """

    persons: Persons
    register: Register
    households: Households
    certificates: Certificates
    today: int
    newest: int  # newest judged month
    told_after: int  # stops up to this day stand in no file
    copies: int
    rng: np.random.Generator
    used: Flags
    log: list[tuple[str, int, int, str, bool, str]] = field(default_factory=list)
    rows: list[tuple[int, int, str, int, int, str]] = field(default_factory=list)
    ends: list[tuple[int, str, int, str]] = field(default_factory=list)
    line_edits: list[tuple[str, int, str, int, int]] = field(default_factory=list)
    bills: list[tuple[int, int, int, bool, bool]] = field(default_factory=list)
    incomes: list[tuple[int, int]] = field(default_factory=list)
    masks: dict[tuple[object, ...], Flags] = field(default_factory=dict)

    def kept(self, key: tuple[object, ...], make: Callable[[], Flags]) -> Flags:
        """A mask made once: planting only changes households that are set aside, so masks stay true for the others."""
        if key not in self.masks:
            self.masks[key] = make()
        return self.masks[key]

    def first(self, back: int = 0) -> int:
        """The first day of the newest judged month, or of one `back` months earlier."""
        return first_day(self.newest - back)

    def case(self, rule_id: str, person: int, month: int, reason: str, detail: str = "") -> None:
        """Note a true case."""
        self.log.append((rule_id, int(person), int(month), detail, False, reason))

    def near(self, rule_id: str, person: int, month: int, reason: str, detail: str = "") -> None:
        """Note a near miss."""
        self.log.append((rule_id, int(person), int(month), detail, True, reason))

    def take(self, people: Flags) -> int:
        """The next free person of a mask; sets its household aside. Raises: LookupError when none is left."""
        free = np.flatnonzero(people & ~self.used[self.persons.household])
        if len(free) == 0:
            raise LookupError("the world is too small for its planted cases: no subject is left")
        person = int(free[self.rng.integers(0, len(free))])
        self.used[self.persons.household[person]] = True
        return person

    def in_category(self, category: str, *, multi: bool | None = None, head: bool | None = None) -> Flags:
        """Persons long in a category and still in it, alone or with others, with an amount due, in a calm household."""
        return self.kept(("category", category, multi, head), lambda: self._in_category(category, multi, head))

    def _in_category(self, category: str, multi: bool | None, head: bool | None) -> Flags:
        register = self.register
        long_in = register.on(self.today) & (register.stop >= NEVER) & register.covered
        long_in &= register.start < first_day(self.newest - SETTLED_BEFORE_MONTHS)
        incomes = np.maximum(self.households.income, self.households.income_later)[register.household]
        long_in &= (register.category != "DB") | (incomes < SURELY_DUE_BELOW)
        mine = long_in & (register.category == category)
        counts = np.bincount(register.household[mine], minlength=len(self.used))
        found = np.zeros(len(self.persons), dtype=bool)
        chosen = mine
        if multi is not None:
            chosen = chosen & ((counts[register.household] >= 2) if multi else (counts[register.household] == 1))
        if head is not None:
            lowest = np.full(len(self.used), NEVER)
            np.minimum.at(lowest, register.household[mine], register.rank[mine])
            chosen = chosen & ((register.rank == lowest[register.household]) == head)
        found[register.person[chosen]] = True
        return found & self.calm()

    def calm(self) -> Flags:
        """Persons in whose household nobody died, moved or entered in the last two years, and nobody is a special row."""
        return self.kept(("calm",), self._calm)

    def _calm(self) -> Flags:
        persons = self.persons
        recent = self.today - 730
        restless = (np.minimum(persons.death, persons.moved_out) > recent) & (
            np.minimum(persons.death, persons.moved_out) < NEVER
        )
        restless |= persons.entered > recent
        restless |= persons.missing_since < NEVER
        shaken = np.zeros(len(self.used), dtype=bool)
        shaken[persons.household[restless]] = True
        special = np.isin(self.register.category, ("DF", "OR", "DB1"))
        shaken[self.register.household[special]] = True
        return ~shaken[persons.household] & persons.present(self.today)

    def outside(self) -> Flags:
        """Persons whose household never was in the register."""
        return self.kept(("outside",), self._outside)

    def _outside(self) -> Flags:
        listed = np.zeros(len(self.used), dtype=bool)
        listed[self.register.household] = True
        return self.calm() & ~listed[self.persons.household]

    def with_nursing(self) -> Flags:
        """Persons outside the register with a certificate of grade 1-2 that is long valid and enrolled."""
        return self.kept(("with_nursing",), self._with_nursing)

    def _with_nursing(self) -> Flags:
        found = np.zeros(len(self.persons), dtype=bool)
        found[self.certificates.person[self.good_certificates()]] = True
        return found & self.outside()

    def in_single(self, category: str) -> Flags:
        """Persons with a single row (OR, DF) that is long open, alone with it in their household's rows."""
        register = self.register
        mine = register.on(self.today) & (register.category == category) & (register.stop > self.today + 60)
        mine &= register.start < first_day(self.newest - 3)
        rows = np.bincount(register.household, minlength=len(self.used))
        found = np.zeros(len(self.persons), dtype=bool)
        found[register.person[mine & (rows[register.household] == 1)]] = True
        return found & self.persons.present(self.today)

    def take_child_in_db(self, even: Flags) -> int:
        """A de-facto orphan who is long covered by the household's DB too; made one where the world has none left."""
        register = self.register
        child = register.on(self.today) & (register.category == "DF") & (register.start < first_day(self.newest - 2))
        listed = np.zeros(len(self.persons), dtype=bool)
        listed[register.person[child & (register.stop > self.today + 60)]] = True
        in_db = register.on(self.today) & (register.category == "DB") & register.covered
        in_db &= (register.start < first_day(self.newest - 2)) & (register.stop >= NEVER)
        covered = np.zeros(len(self.persons), dtype=bool)
        covered[register.person[in_db]] = True
        covered &= self.persons.present(self.today) & even
        if (covered & listed & ~self.used[self.persons.household]).any():
            return self.take(covered & listed)
        age = (self.today - self.persons.birth) / DAYS_A_YEAR
        person = self.take(
            covered & (age > 2) & (age < 16) & ~np.isin(np.arange(len(age)), register.person[register.category == "DF"])
        )
        self.rows.append((person, int(self.persons.household[person]), "DF", self.today - 500, NEVER, ""))
        return person

    def take_single_allowance(self) -> tuple[int, int]:
        """A person with the single-person allowance and another member of the household in DBB; sets it aside."""
        register = self.register
        open_now = register.on(self.today) & (register.stop >= NEVER) & (register.start < first_day(self.newest - 2))
        beside = np.zeros(len(self.used), dtype=bool)
        beside[register.household[open_now & (register.category == "DBB")]] = True
        mask = np.zeros(len(self.persons), dtype=bool)
        mask[register.person[open_now & (register.category == "DB1") & beside[register.household]]] = True
        person = self.take(mask & self.persons.present(self.today))
        mine = open_now & (register.category == "DBB") & (register.household == self.persons.household[person])
        return person, int(register.person[mine][0])

    def outside_alone(self) -> Flags:
        """Persons outside the register who live alone."""
        return self.kept(("outside_alone",), self._outside_alone)

    def _outside_alone(self) -> Flags:
        size = np.bincount(self.persons.household, minlength=len(self.used))
        return self.outside() & (size[self.persons.household] == 1)

    def outside_with_other(self) -> Flags:
        """Heads of households outside the register with another member."""
        return self.kept(("outside_with_other",), self._outside_with_other)

    def _outside_with_other(self) -> Flags:
        size = np.bincount(self.persons.household[self.persons.present(self.today)], minlength=len(self.used))
        return self.outside() & (size[self.persons.household] >= 2) & (self.persons.slot == 0)

    def other_member(self, person: int) -> int:
        """Another present member of a person's household."""
        mine = self.persons.present(self.today) & (self.persons.household == self.persons.household[person])
        return int(np.flatnonzero(mine & (np.arange(len(mine)) != person))[0])

    def in_layer_not_paid(self) -> Flags:
        """Persons long in DBB, GX or QT whose household has nobody in DB or TK."""
        return self.kept(("in_layer_not_paid",), self._in_layer_not_paid)

    def _in_layer_not_paid(self) -> Flags:
        register = self.register
        paid = np.zeros(len(self.used), dtype=bool)
        paid[register.household[np.isin(register.category, ("DB", "TK"))]] = True
        mine = register.on(self.today) & np.isin(register.category, ("DBB", "GX", "QT")) & (register.stop >= NEVER)
        found = np.zeros(len(self.persons), dtype=bool)
        found[register.person[mine & ~paid[register.household]]] = True
        return found & self.calm()

    def good_certificates(self) -> Flags:
        """Certificates of grade 1-2, issued long ago, normal and enrolled."""
        cards = self.certificates
        good = np.isin(cards.grade_code, ("1", "2")) & ~cards.frozen & (cards.cancelled >= NEVER)
        good &= (cards.issued < first_day(self.newest - SETTLED_BEFORE_MONTHS)) & (cards.valid_to > self.today + 60)
        return good & cards.nursing_enrolled

    def ensure_nursing(self, a_copy: int) -> None:
        """Give certificates to so many persons outside the register that every planted case finds a subject."""
        wanted = a_copy * self.copies
        households = np.unique(self.persons.household[self.with_nursing()])
        if len(households) >= wanted:
            return
        age = (self.today - self.persons.birth) / DAYS_A_YEAR
        holders = np.zeros(len(self.persons), dtype=bool)
        holders[self.certificates.person] = True
        held = np.zeros(len(self.used), dtype=bool)
        held[households] = True
        free = np.flatnonzero(self.outside() & ~holders & ~held[self.persons.household] & (age > 30))
        free = free[np.unique(self.persons.household[free], return_index=True)[1]]
        chosen = self.rng.choice(free, wanted - len(households), replace=False)
        self.certificates = with_more(self.certificates, np.sort(chosen), first_day(self.newest - 30) + 4)
        self.masks.pop(("with_nursing",))

    def card_of(self, person: int) -> int:
        """The place of a person's certificate."""
        return int(np.flatnonzero(self.certificates.person == person)[0])

    def set_death(
        self,
        person: int,
        death: int,
        *,
        health: int = NEVER,
        cremated: int = NEVER,
        police: int = NEVER,
        register: int = NEVER,
        subsidy: int = NEVER,
    ) -> None:
        """A death and the days on which the offices learn of it."""
        persons = self.persons
        persons.death[person], persons.death_reported[person] = death, health
        persons.cremated[person], persons.police_noted[person] = cremated, police
        persons.register_noted[person], persons.subsidy_noted[person] = register, subsidy
        for place in np.flatnonzero(self.certificates.person == person):
            self.certificates.cancelled[place] = min(subsidy + 40, NEVER)

    def extra_rows(self) -> pl.DataFrame:
        """Planted register rows."""
        return pl.DataFrame(self.rows, schema=SCHEMA, orient="row")

    def earlier_ends(self) -> pl.DataFrame:
        """Planted earlier stops."""
        return pl.DataFrame(self.ends, schema=END_COLUMNS, orient="row")

    def log_frame(self) -> pl.DataFrame:
        """What was planted. Grain: one row a case or near miss; columns LOG_COLUMNS, month NO_MONTH where none."""
        return pl.DataFrame(self.log, schema=LOG_COLUMNS, orient="row")


def judged_months(pay_day_of: dict[int, int], today: int) -> list[int]:
    """Months whose pay day lies before today, oldest first."""
    return sorted(number for number, paid in pay_day_of.items() if paid < today)


def month_number_of(day_number: int) -> int:
    """The month number of a day."""
    return int(months_of(np.array([day_number]))[0])
