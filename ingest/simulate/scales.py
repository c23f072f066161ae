"""How large a world is simulated, and how densely: every size that is not policy stands here."""

from __future__ import annotations

from dataclasses import dataclass

DISTRICT_PERSONS = 404_000


@dataclass(frozen=True)
class Scale:
    """Size of a world.

    Counts are persons or households (`_households`) on the as-of date, before what is planted.
    """

    name: str
    persons_count: int
    town_codes: tuple[str, ...]  # empty: all
    villages_per_town: int  # 0: all
    db_households: int
    tk_persons: int
    dbb_households: int
    gx_households: int
    qt_persons: int
    or_persons: int
    df_persons: int
    db1_persons: int
    fp_households: int
    certificates: int
    mortality_factor: float
    plant_copies: int
    processes: int
    weeks: int = 105  # of files: two years and a week, so that each week of a year stands beside its last
    joined_weeks: int = 60  # of files from the bureaus that joined later
    daily_weeks: int = 4  # of files that come every day


def _in_proportion(name: str, persons: int, towns: tuple[str, ...], copies: int, processes: int) -> Scale:
    share = persons / DISTRICT_PERSONS

    def part(district: int, least: int = 4) -> int:
        return max(least, round(district * share))

    return Scale(
        name=name,
        persons_count=persons,
        town_codes=towns,
        villages_per_town=0,
        db_households=part(7_300),
        tk_persons=part(2_400),
        dbb_households=part(720),
        gx_households=part(300),
        qt_persons=part(2_500),
        or_persons=part(70),
        df_persons=part(260, 8),
        db1_persons=part(110, 8),
        fp_households=part(1_050),
        certificates=part(13_000),
        mortality_factor=1.0,
        plant_copies=copies,
        processes=processes,
    )


HAMLET = Scale(
    name="hamlet",
    persons_count=1_500,
    town_codes=("500156002000", "500156003000", "500156101000", "500156202000"),
    villages_per_town=4,
    db_households=95,
    tk_persons=44,
    dbb_households=26,
    gx_households=12,
    qt_persons=16,
    or_persons=8,
    df_persons=18,
    db1_persons=12,
    fp_households=20,
    certificates=150,
    mortality_factor=2.0,
    plant_copies=1,
    processes=1,
    weeks=57,
    joined_weeks=26,
    daily_weeks=3,
)
SCALES = {
    "hamlet": HAMLET,
    "town": _in_proportion("town", 20_000, ("500156101000", "500156003000", "500156202000"), 1, 1),
    "district": _in_proportion("district", DISTRICT_PERSONS, (), 6, 2),
    "city": _in_proportion("city", 32_000_000, (), 60, 2),
}
