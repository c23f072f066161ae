"""The human resources bureau's insured persons: contributions and benefits, once a month, ten to twenty days after it."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.texts import dates, labels, money, text_of, where_known, yes_no
from ingest.simulate.ledgers import employers, request_list
from ingest.simulate.timeline import NEVER, at, last_day, month, month_text, months_of, to_date
from ingest.simulate.world.build import World

FEED = "human_resources__social_insurance"
SENT_AFTER_DAYS, SENT_WITHIN_DAYS = 11, 9
YEARLY_PAYING_MONTHS = 6  # the residents' yearly contribution is paid between January and June
LISTED_AFTER_DEATH_DAYS, NOTED_AFTER_DEATH_DAYS = 400, 40


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole answer, each month on another day."""
    return [
        Delivery(
            FEED,
            month_text(m),
            1,
            "full",
            last_day(m),
            at(last_day(m) + SENT_AFTER_DAYS + m * 7 % SENT_WITHIN_DAYS, 17, 35),
            "csv",
            "gb18030" if m % 2 else "utf-8",
        )
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    on, persons = delivery.period_end, world.persons
    known: employers.Employers = world.ledgers[employers.NAME]
    ledger: pl.DataFrame = world.ledgers[FEED]
    listed = np.zeros(len(persons), dtype=bool)
    listed[world.ledgers[request_list.NAME].on(on)] = True
    listed &= persons.death > on - LISTED_AFTER_DEATH_DAYS
    begun = (ledger["paid_from"].to_numpy() <= on) | (ledger["benefit_from"].to_numpy() <= on)
    rows = ledger.filter(pl.Series(listed[ledger["person"].to_numpy()] & begun))
    column = {name: rows[name].to_numpy() for name in rows.columns}
    person, pays = column["person"], column["paid_from"] <= on
    stopped = column["paid_until"] <= on
    ended = column["is_terminated"] | (persons.death[person] <= on - NOTED_AFTER_DEATH_DAYS)
    drawing = column["benefit_from"] <= on
    drawn_out = drawing & (column["benefit_until"] <= on)
    claims = column["claim_from"] <= on
    jobless = stopped & (column["employment"] == "1")
    employed = np.where(jobless, "2", column["employment"]).astype("<U1")
    employer = np.where(pays, column["employer"], -1)
    has_employer = employer >= 0
    at_place = np.maximum(employer, 0)
    return pl.DataFrame(
        {
            "person_id_no": text_of(persons.id_no[person]),
            "insurance_type_code": labels(FEED, "insurance_type_code", column["insurance"].astype("<U3")),
            "payment_status_code": labels(
                FEED, "payment_status_code", np.select([~pays | ended, stopped], ["3", "2"], "1")
            ),
            "base_yuan": where_known(money(column["base"]), pays & (column["base"] > 0)),
            "last_paid_month": _last_paid(column, on, pays),
            "benefit_status_code": labels(
                FEED, "benefit_status_code", np.select([drawn_out, drawing], ["3", "1"], "0")
            ),
            "benefit_yuan": where_known(money(column["benefit"]), drawing & ~drawn_out & (column["benefit"] > 0)),
            "basic_pension_yuan": where_known(
                money(column["basic_part"]), drawing & ~drawn_out & (column["basic_part"] > 0)
            ),
            "unemployment_from_date": dates(np.where(claims, column["claim_from"], NEVER)),
            "unemployment_to_date": dates(np.where(claims, column["claim_to"], NEVER)),
            "has_injury_care": yes_no(column["injury_care"] & drawing),
            "employment_status_code": labels(FEED, "employment_status_code", employed),
            "employer_name": where_known(text_of(known.name[at_place]), has_employer),
            "employer_credit_code": where_known(text_of(known.credit_code[at_place]), has_employer),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )


def _last_paid(column: dict[str, np.ndarray], on: int, pays: np.ndarray) -> pl.Series:
    """The last month paid for, as YYYYMM: the file's, the last of the job, or the yearly payer's month of paying."""
    this = month(to_date(on))
    until = np.minimum(months_of(np.minimum(column["paid_until"], on)), this)
    paying_month = column["person"] % YEARLY_PAYING_MONTHS
    yearly = until - (until - paying_month) % 12
    number = np.where(column["yearly"], yearly, until)
    texts = {int(m): month_text(int(m)) for m in np.unique(number)}
    return where_known(text_of([texts[int(m)] for m in number]), pays)
