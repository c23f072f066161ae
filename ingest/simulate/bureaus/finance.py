"""The finance bureau's payment lines: the list of the pay day, and the whole month again with the bank's returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.texts import dates, feed, labels, money, numbered, text_of
from ingest.simulate.timeline import at, first_day, last_day, month, month_text, pay_day, to_date
from ingest.simulate.world.build import World

FEED = "finance__payments"
RESENT_MONTHS_FROM_END = (5, 14)  # months sent whole a third time
RETURN_FILE_AFTER_DAYS = 20
_REASONS = ("账户已销户", "户名账号不符", "账户状态异常")


def deliveries(weeks: list[int]) -> list[Delivery]:
    """A month's lines on the pay day, again with the bank's returns, and some months whole once more."""
    first_month, last_month = month(to_date(weeks[0])), month(to_date(weeks[-1]))
    found = [delivery for number in range(first_month, last_month + 1) for delivery in _of_month(number)]
    for back in RESENT_MONTHS_FROM_END:
        if first_day(last_month - back) > weeks[0]:
            second = _of_month(last_month - back)[1]
            found.append(replace(second, batch_no=3, sent_at=second.sent_at + timedelta(days=12)))
    return found


def _of_month(number: int) -> list[Delivery]:
    paid = pay_day(number)
    first = Delivery(FEED, month_text(number), 1, "full", last_day(number), at(paid, 16, 40), "csv", "gb18030")
    return [first, replace(first, batch_no=2, sent_at=at(paid + RETURN_FILE_AFTER_DAYS, 17, 10))]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons = world.persons
    number = month(to_date(delivery.period_end))
    lines = world.lines.filter(pl.col("file_month") == number)
    status = lines["first_status" if delivery.batch_no == 1 else "final_status"].to_numpy().astype("<U2")
    person, payee = lines["person"].to_numpy(), lines["payee"].to_numpy()
    returned = status == "01"
    pending = status == "02"
    programme = lines["programme"].to_numpy().astype("<U4")
    months = pl.Series([month_text(m) for m in range(number - 40, number + 1)])
    month_texts = months.gather(lines["month"] - (number - 40))
    names = {code: name for code, name in feed(FEED).column("programme_code").labels.items()}
    period = month_text(number)
    return pl.DataFrame(
        {
            "payment_batch_id_finance": period + text_of(programme) + numbered("", lines["sub_batch"].to_numpy(), 2),
            "programme_code": text_of(programme),
            "programme_name": text_of([names[p] for p in programme]),
            "benefit_month": month_texts,
            "person_name": text_of(persons.name[person]),
            "person_id_no": text_of(persons.id_no[person]),
            "payee_name": text_of(persons.name[payee]),
            "payee_id_no": text_of(persons.id_no[payee]),
            "account_no": text_of(persons.account_no[payee]),
            "due_yuan": money(lines["due"].to_numpy()),
            "paid_yuan": money(np.where(returned | pending, 0, lines["paid"].to_numpy())),
            "back_months_count": lines["back_months"].cast(pl.String),
            "pay_date": dates(np.full(len(lines), pay_day(number))),
            "pay_status_code": labels(FEED, "pay_status_code", status),
            "return_reason": text_of(np.where(returned, np.array(_REASONS)[person % len(_REASONS)], "")),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
