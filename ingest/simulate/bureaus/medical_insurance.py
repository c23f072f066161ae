"""The medical insurance bureau's settlements, week by week of their delivery."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, day_period
from ingest.simulate.bureaus.texts import dates, labels, money, numbered, text_of, yes_no
from ingest.simulate.timeline import at
from ingest.simulate.world.build import World
from ingest.simulate.world.medical import Window

FEED = "medical_insurance__settlements"
LATE_WEEK_FROM_END = 10  # the settlements of this week come days late
LATE_BY_DAYS = 9
_COMMON = ("J06.9", "I10.x", "K29.5", "M54.5", "E11.9", "J44.1", "H25.9", "N20.0", "K80.2", "S72.0", "J18.9", "I63.9")
_SERIOUS = ("C34.9", "N18.5", "C22.0", "C16.9", "I21.9", "D61.9", "C50.9", "B20.x", "G30.9", "I60.9", "C18.9", "C73.x")
_NEAR = ("武隆区人民医院", "武隆区中医院", "仙女山街道社区卫生服务中心", "白马镇中心卫生院", "江口镇中心卫生院")
_FAR = ("重庆市某三甲医院", "遵义市某三甲医院", "成都市某三甲医院")


def settlement_numbers(number: np.ndarray) -> pl.Series:
    """Settlement numbers as the insurance assigns them."""
    return numbered("JS500156", number + 1, 10)


def deliveries(weeks: list[int]) -> list[Delivery]:
    """A week's settlements every Monday; one week's come late."""
    found = []
    for number, end in enumerate(weeks):
        late = LATE_BY_DAYS if len(weeks) - number == LATE_WEEK_FROM_END else 0
        found.append(Delivery(FEED, day_period(end), 1, "append", end, at(end + 1 + late, 6, 30), "csv", "utf-8-sig"))
    return found


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons = world.persons
    week: Window = world.window
    end = int(week.week_end(np.array([delivery.period_end]))[0])
    bills = world.settlements.filter((pl.col("week") == end) | (pl.col("again_week") == end)).sort(
        "settled", "settlement"
    )
    person = bills["person"].to_numpy()
    number = bills["settlement"].to_numpy()
    icd = bills["icd"].to_numpy()
    offsite = bills["offsite"].to_numpy()
    diagnoses = np.array(_COMMON + _SERIOUS)
    place = np.where(icd >= 100, icd - 100 + len(_COMMON), icd)
    institution = np.where(offsite, np.array(_FAR)[number % len(_FAR)], np.array(_NEAR)[number % len(_NEAR)])
    age = (bills["settled"].to_numpy() - persons.birth[person]) / 365.25
    scheme = np.where((person % 9 == 0) & (age > 20) & (age < 62), "310", "390")
    assisted = _subsidised(world, person)
    return pl.DataFrame(
        {
            "settlement_id_medical": settlement_numbers(number),
            "person_id_no": text_of(persons.id_no[person]),
            "visit_type_code": labels(FEED, "visit_type_code", bills["visit_type"].to_numpy().astype("<U2")),
            "institution_name": text_of(institution),
            "admission_date": dates(bills["admission"].to_numpy()),
            "settlement_date": dates(bills["settled"].to_numpy()),
            "diagnosis_code": text_of(diagnoses[place]),
            "total_yuan": money(bills["total"].to_numpy()),
            "pooled_yuan": money(bills["pooled"].to_numpy()),
            "major_yuan": money(bills["major"].to_numpy()),
            "aid_yuan": money(bills["aid"].to_numpy()),
            "self_pay_yuan": money(bills["self_pay"].to_numpy()),
            "self_funded_yuan": money(bills["self_funded"].to_numpy()),
            "is_offsite": yes_no(offsite),
            "is_reversal": yes_no(bills["reversal"].to_numpy()),
            "insured_type_code": labels(FEED, "insured_type_code", scheme),
            "subsidised_type_code": labels(FEED, "subsidised_type_code", assisted),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )


_kept: dict[int, np.ndarray] = {}


def _subsidised(world: World, person: np.ndarray) -> np.ndarray:
    """Whose premium is subsidised: 1 for 特困, 2 for 低保, 3 for 低保边缘, else 0; by the newest register."""
    if id(world) not in _kept:
        kinds = np.full(len(world.persons), "0")
        active = world.register.on(world.today)
        for category, code in (("DBB", "3"), ("DB", "2"), ("DB1", "2"), ("TK", "1")):
            kinds[world.register.person[active & (world.register.category == category)]] = code
        _kept[id(world)] = kinds
    return _kept[id(world)][person]
