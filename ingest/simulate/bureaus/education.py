"""The education committee's students and their aid, in March and in October."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.civil_affairs_cases import town_name
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.texts import labels, money, text_of
from ingest.simulate.ledgers.students import FEED, HIGH, HIGHER, MIDDLE, PRESCHOOL, PRIMARY, VOCATIONAL, enrolled_on
from ingest.simulate.timeline import at, first_day, last_day, month, month_text, to_date
from ingest.simulate.world.build import World

TERM_MONTHS = (3, 10)
SENT_ON_DAY = 18
_GRADES = {
    PRESCHOOL: ("小班", "中班", "大班"),
    PRIMARY: ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级"),
    MIDDLE: ("七年级", "八年级", "九年级"),
    HIGH: ("高一", "高二", "高三"),
    VOCATIONAL: ("一年级", "二年级", "三年级"),
    HIGHER: ("大一", "大二", "大三", "大四"),
}
_AID = {
    PRESCHOOL: "学前教育资助",
    PRIMARY: "义务教育生活补助",
    MIDDLE: "义务教育生活补助",
    HIGH: "普通高中国家助学金",
    VOCATIONAL: "中职国家助学金",
    HIGHER: "生源地信用助学贷款",
}
_UPPER_SCHOOLS = {
    HIGH: ("武隆第一高级中学", "武隆第二高级中学", "武隆实验高级中学"),
    VOCATIONAL: ("武隆职业教育中心",),
    HIGHER: ("重庆某本科院校", "重庆某高等专科学校", "重庆某职业学院", "外省某高校"),
}
_TOWN_SCHOOLS = {PRESCHOOL: "中心幼儿园", PRIMARY: "中心小学校", MIDDLE: "初级中学校"}


def deliveries(weeks: list[int]) -> list[Delivery]:
    """One list a term, in the workbook's two header rows."""
    months = [m for m in range(month(to_date(weeks[0])), month(to_date(weeks[-1])) + 1) if m % 12 + 1 in TERM_MONTHS]
    return [
        Delivery(FEED, month_text(m), 1, "full", last_day(m), at(first_day(m) + SENT_ON_DAY - 1, 16, 20), "xlsx")
        for m in months
        if first_day(m) + SENT_ON_DAY - 1 > weeks[0]
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The list's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons = world.persons
    listed = enrolled_on(world, world.ledgers[FEED], first_day(month(to_date(delivery.period_end))) + SENT_ON_DAY - 1)
    person, stage = listed.person, listed.stage
    towns = [town_name(v.area_code) for v in persons.villages]
    schools, grades, aid = [], [], []
    for place, (s, grade) in enumerate(zip(stage.tolist(), listed.grade.tolist(), strict=True)):
        upper = _UPPER_SCHOOLS.get(s)
        number = int(person[place])
        schools.append(upper[number % len(upper)] if upper else towns[persons.village[number]] + _TOWN_SCHOOLS[s])
        grades.append(_GRADES[s][grade - 1])
        aid.append(_AID[s] if listed.hardship[place] else "")
    marks = pl.Series([NUMBER_MARK] * len(person), dtype=pl.String)
    table = pl.DataFrame(
        {
            "student_no": pl.Series(["G"] * len(person), dtype=pl.String) + text_of(persons.id_no[person]),
            "person_name": text_of(persons.name[person]),
            "person_id_no": text_of(persons.id_no[person]),
            "school_name": text_of(schools),
            "stage_code": labels(FEED, "stage_code", stage),
            "grade": text_of(grades),
            "boarding_code": labels(FEED, "boarding_code", np.where(listed.is_boarder, "2", "1")),
            "aid_programme": text_of(aid),
            "hardship_code": labels(FEED, "hardship_code", listed.hardship),
            "self_paid_fee_yuan": marks + money(listed.fee),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
    return table.sort("school_name", "stage_code", "grade", "student_no")
