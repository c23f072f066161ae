"""A world in rows of the rules' inputs, with the few words that the cases of the rules are told in.

The as-of date is Sunday 2025-11-23; months up to 2025-11 are judged, with pay day on the 10th. Thresholds are this
world's own, so that a change of policy changes no expectation here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.dbt.rule_tables import FAR, RuleTables

AS_OF = date(2025, 11, 23)
POLICY = {
    "a01_self_pay_yellow_yuan": 10_000,
    "a01_self_pay_orange_yuan": 20_000,
    "a01_self_pay_red_yuan": 50_000,
    "a01_window_months": 12,
    "disposable_income_line_urban_yuan": 49_778,
    "disposable_income_line_rural_yuan": 22_221,
    "exit_watch_months": 24,
    "a05_months": 2,
    "severe_grade_max": 2,
    "a23_lookback_months": 3,
    "b02_lookback_months": 2,
    "b18_lookback_months": 12,
    "x6_tolerance_yuan": 1,
    "severity_deadline_red_workdays": 3,
    "severity_deadline_orange_workdays": 7,
    "severity_deadline_yellow_workdays": 15,
    "handback_workdays": 10,
    "history_weeks": 105,
}
LONG_AGO = date(2020, 3, 5)
LAYERS = {"DB1": "DB", "OR": "QT", "DF": "QT"}
OCTOBER, NOVEMBER = date(2025, 10, 1), date(2025, 11, 1)


def month_before(month: date, count: int = 1) -> date:
    """The first day of the month `count` months before."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def pay_day(month: date) -> date:
    """The world's pay day of a month."""
    return month.replace(day=10)


class RuleWorld(RuleTables):
    """Inputs of the rules; every helper adds rows and nothing else."""

    def __init__(self, catalog: dict[str, list[tuple[str, str]]]) -> None:
        super().__init__(catalog)
        self.add("int_policy__in_force", as_of_date=AS_OF, **POLICY)
        for rank in range(1, 30):
            month = month_before(NOVEMBER, rank - 1)
            end = month_before(month, -1) - timedelta(days=1)
            self.add(
                "int_months__judged",
                benefit_month=month,
                month_end_date=end,
                pay_due_date=pay_day(month),
                is_paid_in_force=True,
                is_judged=True,
                judged_rank=rank,
            )

    def person(
        self,
        key: str,
        death: date | None = None,
        moved: date | None = None,
        status: str | None = "1",
        household: str | None = None,
        urban_rural: str = "2",
    ) -> None:
        """One person; `status` None is somebody whom the police register doesn't list."""
        self.add(
            "int_persons__unified",
            person_key=key,
            death_date=death,
            moved_out_date=moved,
            left_date=min(death or FAR, moved or FAR),
            person_status_code=status,
            household_id_police=household,
            urban_rural_code=urban_rural,
        )

    def spell(
        self,
        key: str,
        category: str,
        start: date = LONG_AGO,
        stop: date | None = None,
        household: str | None = None,
        covered: bool = True,
        reason: str | None = None,
        urban_rural: str = "2",
    ) -> None:
        """One recorded spell [start, stop) in a household of the register, the person's own by default."""
        layer = LAYERS.get(category, category)
        self.add(
            "int_category_spells__recorded",
            person_key=key,
            household_id_civil_affairs=None if category == "FP" else household or f"H-{key}",
            household_id_agriculture=f"A-{key}" if category == "FP" else None,
            start_date=start,
            stop_date=stop,
            end_date=stop or FAR,
            category_code=category,
            layer_code=layer,
            is_covered=covered,
            stop_reason_code=reason,
            urban_rural_code=None if category == "FP" else urban_rural,
        )

    def entitlement(
        self,
        household: str,
        category: str,
        amount: str,
        covered: int = 1,
        person: str = "",
        valid_from: date = date(1, 1, 1),
        valid_to: date = FAR,
    ) -> None:
        """What the register says of a household's benefit over [valid_from, valid_to)."""
        self.add(
            "int_entitlements__recorded",
            household_id_civil_affairs=household,
            category_code=category,
            entitled_person_key=person,
            household_amount_yuan=Decimal(amount),
            covered_count=covered,
            valid_from=valid_from,
            valid_to=valid_to,
        )

    def paid(
        self, key: str, programme: str, month: date, amount: str = "100.00", net: int = 1, first_run: int | None = None
    ) -> None:
        """One netted payment, on the pay day; net 0 or an amount of 0 is not net-paid."""
        self.add(
            "int_payments__netted",
            person_key=key,
            programme_code=programme,
            benefit_month=month,
            last_pay_date=pay_day(month),
            net_count=net,
            first_run_net_count=net if first_run is None else first_run,
            paid_yuan=Decimal(amount),
            is_net_paid=net >= 1 and Decimal(amount) > 0,
        )

    def covered(
        self,
        key: str,
        month: date,
        line: str,
        household: str,
        amount: str,
        programme: str = "0102",
        category: str = "DB",
    ) -> None:
        """A household line in `line`'s name that pays `key` among others."""
        self.add(
            "int_payments__covered",
            person_key=key,
            line_person_key=line,
            household_id_civil_affairs=household,
            category_code=category,
            entitled_person_key=key if category == "DB1" else "",
            programme_code=programme,
            benefit_month=month,
            last_pay_date=pay_day(month),
            paid_yuan=Decimal(amount),
        )

    def hint(
        self, key: str, feed: str, month: date | None = None, programme: str | None = None, end: date = AS_OF
    ) -> None:
        """A quarantined row that may be about a person."""
        self.add(
            "int_quarantine__hinted",
            feed_id=feed,
            batch_id="q",
            row_number=1,
            person_key=key,
            period_end_date=end,
            benefit_month=month,
            programme_code=programme,
        )


Alert = tuple[date | None, str, str, str, date, Decimal | None]


def alert(
    fired: date,
    amount: str | None,
    month: date | None = None,
    status: str = "open",
    severity: str = "R",
    detail: str = "",
) -> Alert:
    """What a case expects of one alert: month, detail, status, severity, day of firing, yuan."""
    return month, detail, status, severity, fired, Decimal(amount) if amount is not None else None


@dataclass(frozen=True)
class Case:
    """One sentence about a rule: how its world is made and which alerts its person must have."""

    name: str
    build: Callable[[Any, str], None]
    alerts: tuple[Alert, ...]


class CaseBook:
    """The cases of one rule, written as functions whose names are the sentences."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def fires(self, *alerts: Alert) -> Callable[[Callable[[Any, str], None]], Callable[[Any, str], None]]:
        """The decorated function's person must have exactly these alerts."""

        def keep(build: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
            self.cases.append(Case(build.__name__, build, tuple(sorted(alerts, key=repr))))
            return build

        return keep

    def silent(self, build: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
        """The decorated function's person must have no alert."""
        return self.fires()(build)


def alerts_of(rows: list[tuple[Any, ...]], columns: list[str], key: str) -> tuple[Alert, ...]:
    """The alerts of one person among a rule's rows, in the form that a case expects."""
    names = ("evidence_month", "detail", "alert_status_code", "severity_code", "fired_date", "amount_yuan")
    places = [columns.index(name) for name in names]
    mine = [row for row in rows if row[columns.index("person_key")] == key]
    return tuple(sorted((tuple(row[place] for place in places) for row in mine), key=repr))  # type: ignore[misc]
