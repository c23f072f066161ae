"""What the finance bureau pays: one line a person, programme and benefit month, by the register of the month's first day.

In: persons, register, certificates. Out: payment lines with what the first file and the return file say of each;
returned lines paid again later, back-pay after a late standard, reversals of money paid to the dead.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.policy import months_with_back_pay, standard
from ingest.simulate.timeline import DAYS_A_YEAR, NEVER, first_day, months_of, pay_day
from ingest.simulate.world.disability import Certificates, Traits, supplement_kinds
from ingest.simulate.world.population import Flags, Ints, Persons
from ingest.simulate.world.register import Households, Register

RETURNED_SHARE, PENDING_SHARE = 0.007, 0.003
REPAID_NEXT_SHARE, REPAID_AFTER_TWO_SHARE = 0.72, 0.18
CORRECTED_SHARE = 0.001
RECOVERED_SHARE = 0.6
EMERGENCY_SHARE_A_MONTH = 0.004
LINE_COLUMNS = {
    "person": pl.Int32,
    "programme": pl.String,
    "month": pl.Int32,
    "file_month": pl.Int32,
    "due": pl.Int64,
    "paid": pl.Int64,
    "back_months": pl.Int32,
    "first_status": pl.String,
    "final_status": pl.String,
    "payee": pl.Int32,
    "sub_batch": pl.Int32,
}


def build_lines(
    persons: Persons,
    register: Register,
    households: Households,
    certificates: Certificates,
    traits: Traits,
    months: range,
    calm: Flags,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Payment lines of the files of `months`; the newest file has no return file yet.

    Lines of `calm` households (by number) are neither returned nor corrected nor recovered.
    Grain: one row a line. Columns: LINE_COLUMNS; money in fen, months as numbers; status as the first file says and
    as the return file says.
    """
    frames = []
    for number in months:
        frames.append(_month(persons, register, households, certificates, traits, number, rng))
    lines = pl.concat(frames)
    at_rest = calm[persons.household[lines["person"].to_numpy()]]
    lines = _with_statuses(lines, at_rest, rng)
    lines = pl.concat([lines, _repaid(lines, rng), *_recovered(lines, persons, register, at_rest, rng)])
    return lines.filter(pl.col("file_month") <= months[-1])


def line_frame(
    person: Ints, programme: str | np.ndarray, number: int, due: np.ndarray, **other: object
) -> pl.DataFrame:
    """Lines for benefit month `number`, in that month's file unless `other` says otherwise."""
    count = len(person)
    columns: dict[str, object] = {
        "person": np.asarray(person, dtype=np.int32),
        "programme": programme.tolist() if isinstance(programme, np.ndarray) else [programme] * count,
        "month": np.full(count, number, dtype=np.int32),
        "file_month": np.full(count, number, dtype=np.int32),
        "due": np.asarray(due, dtype=np.int64),
        "paid": np.asarray(due, dtype=np.int64),
        "back_months": np.zeros(count, dtype=np.int32),
        "first_status": ["00"] * count,
        "final_status": ["00"] * count,
        "payee": np.asarray(person, dtype=np.int32),
        "sub_batch": np.ones(count, dtype=np.int32),
    }
    columns.update(other)
    return pl.DataFrame(columns, schema=LINE_COLUMNS)


def _month(
    persons: Persons,
    register: Register,
    households: Households,
    certificates: Certificates,
    traits: Traits,
    number: int,
    rng: np.random.Generator,
) -> pl.DataFrame:
    first = first_day(number)
    row = np.flatnonzero(register.on(first) & (months_of(register.start) < number))
    category = register.category[row]
    frames = [_household_lines(register, households, row[category == "DB"], number)]
    single = row[category == "DB1"]
    urban = households.listed_urban[register.household[single]]
    gap = np.where(urban, standard("0101", number, "1"), standard("0102", number, "2")) - register.own_income[single]
    frames.append(line_frame(register.person[single], np.where(urban, "0101", "0102"), number, np.maximum(0, gap)))
    frames.append(
        _supplements(
            persons,
            certificates,
            traits,
            register.person[row[np.isin(category, ("DB", "DB1")) & register.covered[row]]],
            number,
        )
    )
    tk = np.unique(register.person[row[category == "TK"]])
    frames.append(line_frame(tk, "0201", number, np.full(len(tk), standard("0201", number))))
    levels = traits.care_level[tk]
    care = np.select([levels == c for c in "123"], [standard("0202", number, class_code=c) for c in "123"])
    frames.append(line_frame(tk, "0202", number, care))
    frames += _children(register, households, row, number)
    frames += _disability_lines(register, certificates, persons, row, number)
    heads = np.unique(register.person[row[register.rank[row] == 0]])
    helped = heads[rng.random(len(heads)) < EMERGENCY_SHARE_A_MONTH]
    grant = standard("0102", number, "2") * rng.integers(2, 5, len(helped))
    frames.append(line_frame(helped, "0301", number, grant))
    return _with_payees(pl.concat(frames).filter(pl.col("due") > 0), persons, number)


def household_amounts(
    register: Register, households: Households, row: np.ndarray, number: int, standard_month: int
) -> tuple[Ints, np.ndarray, np.ndarray]:
    """Head, programme and amount (fen) of each household with these active DB rows, by a month's standard."""
    row = row[register.covered[row]]
    order = np.lexsort((register.person[row], register.rank[row], register.group[row]))
    row = row[order]
    _, place, counts = np.unique(register.group[row], return_index=True, return_counts=True)
    head_row = row[place]
    household = register.household[head_row]
    urban = households.listed_urban[household]
    per_head = np.where(urban, standard("0101", standard_month, "1"), standard("0102", standard_month, "2"))
    gap = per_head * counts - households.income_on(household, first_day(number))
    return register.person[head_row], np.where(urban, "0101", "0102"), np.maximum(0, -(-gap // 100) * 100)


def _household_lines(register: Register, households: Households, row: np.ndarray, number: int) -> pl.DataFrame:
    if number not in months_with_back_pay():
        head, programme, amount = household_amounts(register, households, row, number, number)
        return line_frame(head, programme, number, amount)
    head, programme, amount = household_amounts(register, households, row, number, number - 1)
    _, _, full = household_amounts(register, households, row, number, number)
    later = line_frame(
        head,
        programme,
        number,
        full - amount,
        file_month=np.full(len(head), number + 1),
        back_months=np.ones(len(head)),
    )
    return pl.concat([line_frame(head, programme, number, amount), later])


def _supplements(
    persons: Persons, certificates: Certificates, traits: Traits, people: Ints, number: int
) -> pl.DataFrame:
    people = np.unique(people)
    kind, added = supplement_kinds(persons, certificates, traits, people, first_day(number))
    due = np.zeros(len(people), dtype=np.int64)
    for code in "12345":
        due[kind == code] = standard("0103", number, class_code=code)
    due += np.where(added, standard("0103", number, class_code="1"), 0)
    return line_frame(people, "0103", number, due)


def _children(register: Register, households: Households, row: np.ndarray, number: int) -> list[pl.DataFrame]:
    category = register.category[row]
    orphans = np.unique(register.person[row[category == "OR"]])
    frames = [line_frame(orphans, "0501", number, np.full(len(orphans), standard("0501", number, class_code="2")))]
    children = np.unique(register.person[row[category == "DF"]])
    share = np.zeros(len(children), dtype=np.int64)
    db = row[(category == "DB") & register.covered[row]]
    head, _, amount = household_amounts(register, households, db, number, number)
    amount_of = dict(zip(head.tolist(), amount.tolist(), strict=True))
    counts = {g: c for g, c in zip(*np.unique(register.group[db], return_counts=True), strict=True)}
    head_of = {g: h for g, h in zip(np.unique(register.group[db]), head, strict=True)}
    group_of = dict(zip(register.person[db].tolist(), register.group[db].tolist(), strict=True))
    for place, child in enumerate(children.tolist()):
        group = group_of.get(child)
        if group is not None:
            share[place] = round(amount_of[int(head_of[group])] / counts[group])
    frames.append(line_frame(children, "0502", number, standard("0502", number) - share))
    return frames


def _disability_lines(
    register: Register, certificates: Certificates, persons: Persons, row: np.ndarray, number: int
) -> list[pl.DataFrame]:
    first = first_day(number)
    person = certificates.person
    valid = (
        (months_of(certificates.issued) < number)
        & (certificates.cancelled > first)
        & (certificates.valid_to >= first)
        & ~certificates.frozen
        & (persons.subsidy_noted[person] > first)
        & (persons.entered[person] < first)
    )
    category = register.category[row]
    tk = np.unique(register.person[row[category == "TK"]])
    orphans = register.person[row[category == "OR"]]
    db = np.unique(register.person[row[np.isin(category, ("DB", "DB1")) & register.covered[row]]])
    free = ~np.isin(person, tk)
    severe = np.isin(certificates.grade_code, ("1", "2"))
    nursing = valid & severe & free & certificates.nursing_enrolled
    living = valid & np.isin(person, db) & free & ~np.isin(person, orphans) & certificates.living_enrolled
    grade_one = certificates.grade_code[nursing] == "1"
    by_grade = np.where(grade_one, standard("0402", number, class_code="1"), standard("0402", number, class_code="2"))
    return [
        line_frame(person[nursing], "0402", number, by_grade),
        line_frame(person[living], "0401", number, np.full(living.sum(), standard("0401", number))),
    ]


def _with_payees(lines: pl.DataFrame, persons: Persons, number: int) -> pl.DataFrame:
    """Children are paid through the head of their police household."""
    person = lines["person"].to_numpy()
    child = (first_day(number) - persons.birth[person]) / DAYS_A_YEAR < 18
    head = np.full(int(persons.household.max()) + 1, -1)
    heads = np.flatnonzero(persons.slot == 0)
    head[persons.household[heads]] = heads
    payee = np.where(child & (head[persons.household[person]] >= 0), head[persons.household[person]], person)
    return lines.with_columns(payee=pl.Series(payee.astype(np.int32)))


def _with_statuses(lines: pl.DataFrame, at_rest: Flags, rng: np.random.Generator) -> pl.DataFrame:
    drawn, again = np.where(at_rest, 1.0, rng.random(len(lines))), rng.random(len(lines))
    pending = drawn < PENDING_SHARE
    returned = ((drawn >= PENDING_SHARE) & (drawn < PENDING_SHARE + RETURNED_SHARE)) | (pending & (again < 0.15))
    return lines.with_columns(
        first_status=pl.Series(np.where(pending, "02", "00")),
        final_status=pl.Series(np.where(returned, "01", "00")),
    )


def _repaid(lines: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    returned = lines.filter(pl.col("final_status") == "01")
    drawn = rng.random(len(returned))
    delay = np.where(drawn < REPAID_NEXT_SHARE, 1, np.where(drawn < REPAID_NEXT_SHARE + REPAID_AFTER_TWO_SHARE, 2, 999))
    return again_lines(returned.with_columns(delay=pl.Series(delay)).filter(pl.col("delay") < 999))


def again_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """The same lines paid in a later file (`delay` months on) as back-pay of one month."""
    return lines.with_columns(
        file_month=(pl.col("file_month") + pl.col("delay")).cast(pl.Int32),
        back_months=pl.lit(1, dtype=pl.Int32),
        first_status=pl.lit("00"),
        final_status=pl.lit("00"),
    ).select(list(LINE_COLUMNS))


def reversal_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Negative twins of some lines, `delay` months later."""
    return again_lines(lines).with_columns(
        due=-pl.col("due"), paid=-pl.col("paid"), back_months=pl.lit(0, dtype=pl.Int32)
    )


def _recovered(
    lines: pl.DataFrame, persons: Persons, register: Register, at_rest: Flags, rng: np.random.Generator
) -> list[pl.DataFrame]:
    """Reversals of what was paid to the dead, some months later; and lines reversed and paid again to cure a mistake.

    A line that also pays living members isn't reversed.
    """
    person, number = lines["person"].to_numpy(), lines["month"].to_numpy()
    firsts = np.array([first_day(m) for m in range(int(number.min()), int(number.max()) + 1)])[number - number.min()]
    dead = (
        (persons.death[person] < firsts) & (lines["final_status"].to_numpy() == "00") & (lines["paid"].to_numpy() > 0)
    )
    in_db = register.category == "DB"
    units = np.bincount(register.household[in_db], minlength=int(persons.household.max()) + 1)
    shared = np.isin(lines["programme"].to_numpy(), ("0101", "0102")) & (units[persons.household[person]] > 1)
    recovered = dead & ~shared & ~at_rest & (rng.random(len(lines)) < RECOVERED_SHARE)
    noted = np.minimum(persons.register_noted, persons.subsidy_noted)[person]
    delay = np.maximum(1, months_of(np.where(noted >= NEVER, 0, noted)) - number + 1)
    back = lines.with_columns(delay=pl.Series(delay)).filter(pl.Series(recovered & (noted < NEVER)))
    mistaken = (
        ~dead & ~at_rest & (rng.random(len(lines)) < CORRECTED_SHARE) & (lines["final_status"].to_numpy() == "00")
    )
    cured = lines.with_columns(delay=pl.lit(1)).filter(pl.Series(mistaken))
    return [reversal_lines(back), reversal_lines(cured), again_lines(cured)]


def pay_days(months: range) -> dict[int, int]:
    """Pay day (day number) of each month."""
    return {number: pay_day(number) for number in months}
