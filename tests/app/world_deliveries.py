"""The invented payments, alerts, batches and gate results of the test build."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import duckdb

FEEDS = [
    (
        "civil_affairs__register",
        "F01",
        "救助对象在册名册",
        "Register of assisted households",
        "区民政局",
        "社会救助科",
        "P0",
        "w",
    ),
    ("finance__payments", "F02", "发放明细", "Payment lines", "区财政局", "社保科", "P0", "m"),
    ("police__population", "F04", "人口信息", "Registered population", "区公安局", "治安支队", "P0", "q"),
    ("medical_insurance__settlements", "F07", "医保结算", "Medical settlements", "区医保局", "基金科", "P1", "m"),
    ("disabled_federation__certificates", "F13", "残疾人证", "Disability certificates", "区残联", "维权部", "P0", "m"),
    (
        "agriculture__monitored_persons",
        "F15",
        "防返贫监测",
        "Anti-poverty monitoring",
        "区农业农村委",
        "监测科",
        "P1",
        "m",
    ),
    ("health__deaths", "F16", "死亡证明", "Death certificates", "区卫生健康委", "规划科", "P0", "m"),
    ("funeral__cremations", "F17", "火化记录", "Cremations", "区殡仪馆", "业务部", "P1", "m"),
]
REASONS = [
    "id_check_digit",
    "date_unreadable",
    "code_unknown",
    "duplicate_row",
    "id_lost_precision",
    "amount_unreadable",
    "footer_row",
]
HARMLESS = ("duplicate_row", "footer_row", "test_row")
RULES = [("A01", "A"), ("A05", "A"), ("A23", "A"), ("B01", "B"), ("B02", "B"), ("B18", "B")]
CASEWORK = """
create table case_alerts(alert_id varchar, rule_id varchar, direction varchar, severity varchar, status varchar,
    person_key varchar, name_masked varchar, sex_code varchar, birth_year integer, town_code varchar,
    village_code varchar, household_id_civil_affairs varchar, evidence_month date, detail varchar, evidence_json varchar,
    amount_yuan decimal(14, 2), fired_date date, due_date date, fired_week_end_date date)
"""
MONEY = """
create table pub_payments_by_month_town(benefit_month date, town_code varchar, programme_code varchar,
    lines_count bigint, success_lines_count bigint, on_time_lines_count bigint, returned_lines_count bigint,
    reversed_lines_count bigint, due_yuan decimal(18, 2), paid_yuan decimal(18, 2));
create table pub_coverage_by_month_town(benefit_month date, town_code varchar, metric_id varchar, numerator bigint,
    denominator bigint);
create table pub_alerts_by_week_town(fired_week_end_date date, town_code varchar, rule_id varchar, direction varchar,
    severity varchar, status varchar, is_overdue boolean, alerts_count bigint, amount_yuan decimal(18, 2));
create table pub_benefit_standard(programme_code varchar, urban_rural_code varchar, valid_from_date date,
    amount_yuan decimal(14, 2), document_no varchar, verified boolean);
insert into pub_benefit_standard values
    ('0101', '1', '2024-09-01', 750, '渝民发〔2024〕9号', true), ('0102', '2', '2024-09-01', 610, '渝民发〔2024〕9号', true),
    ('0101', '1', '2025-07-01', 770, '渝民规〔2025〕6号', true), ('0102', '2', '2025-07-01', 630, '渝民规〔2025〕6号', true);
"""
DELIVERIES = """
create table pub_feeds(feed_id varchar, feed_code varchar, name_zh varchar, name_en varchar, bureau_zh varchar,
    steward_zh varchar, priority varchar, last_period varchar, last_period_end_date date, last_sent_at timestamp,
    due_date date, days_late_count integer, is_late boolean, batches_count bigint, refused_count bigint);
create table pub_batches(feed_id varchar, period varchar, period_end_date date, batch_no integer, batch_id varchar,
    kind varchar, file_name varchar, sent_at timestamp, rows_read_count bigint, rows_accepted_count bigint,
    rows_quarantined_count bigint, verdict varchar, is_in_force boolean, size_bytes bigint);
create table pub_quarantine_by_batch_rule(feed_id varchar, batch_id varchar, period_end_date date, rule varchar,
    severity varchar, rows_count bigint);
create table pub_refusals(feed_id varchar, file_name varchar, period varchar, reason_code varchar, message varchar,
    sent_at timestamp);
create table pub_scorecard_by_month_bureau(month date, bureau varchar, bureau_zh varchar, feed_id varchar,
    dimension_code varchar, numerator decimal(18, 2), denominator decimal(18, 2));
"""
HANDBACK = """
create table case_handback_items(item_id varchar, bureau varchar, feed_id varchar, batch_id varchar, file_name varchar,
    sheet varchar, row_number integer, rule varchar, column_name varchar, header varchar, masked_value varchar,
    times_sent_count bigint, status varchar, first_seen_date date, last_seen_date date, due_date date,
    households_count bigint, amount_yuan decimal(14, 2));
create table case_identity_proposals(subject_key varchar, person_key varchar, score double, feed_id varchar,
    match_reasons varchar, name_masked varchar, birth_year integer, town_code varchar, decision_code varchar,
    decided_at timestamp);
"""
DIMENSIONS = ("timeliness", "completeness", "validity", "uniqueness", "consistency")


def month_starts(count: int) -> list[date]:
    """The first days of the last `count` months up to November 2025, oldest first."""
    return [date(2025 - (count - 1 - n + 1) // 12, (11 - (count - 1 - n) - 1) % 12 + 1, 1) for n in range(count)]


def write_money_and_alerts(connection: duckdb.DuckDBPyConnection, towns: list[str], seed: int) -> None:
    """Payments and coverage of 14 months, alerts of a year."""
    dice = random.Random(seed + 1)
    connection.execute(MONEY)
    payments, coverage, alerts = [], [], []
    months = sorted(
        date(year, month, 1)
        for year in (2024, 2025)
        for month in range(1, 13)
        if (2024, 10) <= (year, month) <= (2025, 11)
    )
    for step, month in enumerate(months):
        for town in towns:
            for programme, lines, amount in (
                ("0101", 40, 480),
                ("0102", 160, 390),
                ("0201", 80, 1000),
                ("0402", 70, 85),
            ):
                count = round(lines * dice.uniform(0.8, 1.2))
                returned = 1 if dice.random() < 0.2 else 0
                late = dice.randint(0, 2)
                due = round(count * amount * (1 + step * 0.004), 2)
                payments.append(
                    (
                        month,
                        town,
                        programme,
                        count,
                        count - returned,
                        count - returned - late,
                        returned,
                        0,
                        due,
                        round(due * (count - returned) / count, 2),
                    )
                )
            for metric, base in (("nursing_coverage", 110), ("living_coverage", 80)):
                denominator = round(base * dice.uniform(0.7, 1.3))
                coverage.append((month, town, metric, round(denominator * dice.uniform(0.93, 0.995)), denominator))
    for back in range(52):
        fired = date(2025, 11, 23) - timedelta(weeks=back)
        for town in towns:
            if dice.random() > 0.12:
                continue
            rule, direction = dice.choice(RULES)
            severity = dice.choice("ROYY") if rule == "A01" else "R"
            status = "unknown" if dice.random() < 0.06 else "open"
            number = 1 if dice.random() < 0.7 else 2
            amount = 0 if direction == "A" else number * dice.randint(200, 900)
            alerts.append(
                (fired, town, rule, direction, severity, status, back > 6 and dice.random() < 0.06, number, amount)
            )
    connection.executemany(f"insert into pub_payments_by_month_town values ({', '.join('?' * 10)})", payments)
    connection.executemany("insert into pub_coverage_by_month_town values (?, ?, ?, ?, ?)", coverage)
    connection.executemany(f"insert into pub_alerts_by_week_town values ({', '.join('?' * 9)})", alerts)


def write_deliveries(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Batches of 13 weeks and 6 months, one late feed, two refusals, quarantine by rule."""
    dice = random.Random(seed + 2)
    connection.execute(DELIVERIES)
    batches, quarantined, feeds = [], [], []
    for feed_id, code, name, english, bureau, steward, priority, rhythm in FEEDS:
        ends = {
            "w": [date(2025, 11, 23) - timedelta(weeks=back) for back in range(13)],
            "m": [date(2025, month, 28) for month in range(5, 12)][::-1],
            "q": [date(2025, 9, 30), date(2025, 6, 30)],
        }[rhythm]
        late = feed_id == "medical_insurance__settlements"
        for number, end in enumerate(ends[1:] if late else ends):
            batch = f"{code.lower()}{number:02d}{seed:02d}".ljust(16, "0")
            read = dice.randint(300, 9000)
            refused = dice.choice([0, 0, 3, 7, 12])
            sent = datetime.combine(end + timedelta(days=1 if number != 3 else 5), datetime.min.time().replace(hour=9))
            verdict = "held" if number == 5 and feed_id == "funeral__cremations" else "admitted"
            batches.append(
                (
                    feed_id,
                    f"{end:%Y%m%d}" if rhythm == "w" else f"{end:%Y%m}",
                    end,
                    1,
                    batch,
                    "delta" if rhythm == "w" else "full",
                    f"{feed_id}__{end:%Y%m%d}__001.csv",
                    sent,
                    read,
                    read - refused,
                    refused,
                    verdict,
                    verdict == "admitted" and number < 4,
                    read * 180,
                )
            )
            for rule, rows in _split(dice, refused):
                quarantined.append((feed_id, batch, end, rule, "info" if rule in HARMLESS else "warning", rows))
        last = ends[1] if late else ends[0]
        feeds.append(
            (
                feed_id,
                code,
                name,
                english,
                bureau,
                steward,
                priority,
                f"{last:%Y%m}",
                last,
                datetime.combine(last + timedelta(days=1), datetime.min.time()),
                last + timedelta(days=3),
                9 if late else 0,
                late,
                len(ends),
                1 if late else 0,
            )
        )
    refusals = [
        (
            "medical_insurance__settlements",
            "medical_insurance__settlements__202511__001.csv",
            "202511",
            "header_missing",
            "a mandatory header is missing · where: the first 30 rows · expected: 结算日期 · do: restore the header",
            datetime(2025, 11, 22, 9),
        ),
    ]
    connection.executemany(f"insert into pub_batches values ({', '.join('?' * 14)})", batches)
    connection.executemany("insert into pub_quarantine_by_batch_rule values (?, ?, ?, ?, ?, ?)", quarantined)
    connection.executemany(f"insert into pub_feeds values ({', '.join('?' * 15)})", feeds)
    connection.executemany("insert into pub_refusals values (?, ?, ?, ?, ?, ?)", refusals)
    _write_scores(connection, dice)


def _write_scores(connection: duckdb.DuckDBPyConnection, dice: random.Random) -> None:
    """Thirteen months of every feed; one bureau sent nothing in the last."""
    scores = []
    for back in range(13):
        year, month = divmod(2025 * 12 + 9 - back, 12)
        for feed_id, _, _, _, bureau_zh, *_ in FEEDS:
            is_absent = back == 0 and feed_id == "funeral__cremations"
            for dimension in DIMENSIONS:
                numerator = 0 if is_absent else 100 - dice.randint(0, 6)
                bureau = feed_id.split("__")[0]
                scores.append((date(year, month + 1, 1), bureau, bureau_zh, feed_id, dimension, numerator, 100))
    connection.executemany("insert into pub_scorecard_by_month_bureau values (?, ?, ?, ?, ?, ?, ?)", scores)


def _split(dice: random.Random, rows: int) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for _ in range(rows):
        rule = dice.choices(REASONS, range(len(REASONS), 0, -1))[0]
        counts[rule] = counts.get(rule, 0) + 1
    return sorted(counts.items())


def write_cases(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """A few masked cases, enough for the earliest deadline of each rule."""
    connection.execute(CASEWORK)
    rows = []
    for number, (rule, direction) in enumerate(RULES):
        fired = date(2025, 11, 18)
        rows.append(
            (f"a{seed}{number}", rule, direction, "R", "open", f"{number:032x}", "张*", "1", 1960, "500156001000",
             "500156001001", "", None, "", "{}", 0, fired, date(2025, 11, 24 + number), date(2025, 11, 23))
        )  # fmt: skip
    connection.executemany(f"insert into case_alerts values ({', '.join('?' * 19)})", rows)
    connection.execute(HANDBACK)
    sent = date(2025, 11, 7)
    items = [
        (f"{number:032x}", feed_id.split("__")[0], feed_id, f"{number:016x}", f"{feed_id}__202510__001.csv", None, number + 2,
         REASONS[number % len(REASONS)], "person_id_no", "证件号码", "51###9", 1 + number % 3,
         ("open", "reopened", "closed")[number % 3], sent, sent, date(2025, 11, 21), 1, 630)
        for number, (feed_id, *_) in enumerate(FEEDS * 4)
    ]  # fmt: skip
    connection.executemany(f"insert into case_handback_items values ({', '.join('?' * 18)})", items)
    proposals = [
        (f"{number:032x}", f"{number + 99:032x}", 0.999 - number / 1000, "finance__payments", "name,birth_date,digits",
         "李*", 1950 + number, "500156001000", "link" if number > 12 else None, datetime(2025, 11, 20) if number > 12 else None)
        for number in range(15)
    ]  # fmt: skip
    connection.executemany(f"insert into case_identity_proposals values ({', '.join('?' * 10)})", proposals)


def gate(build_id: str) -> dict:
    """Gate results as the build gate writes them: one warning that touches two metrics, the rest passed."""
    results = [
        {
            "rule_id": f"build.{number:02d}",
            "title_zh": f"第{number}项检查",
            "title_en": f"Check {number}",
            "dimension": "一致性",
            "severity": "critical" if number % 2 else "warning",
            "owner_zh": "社会救助科",
            "owner_en": "Social Assistance",
            "feed_id": "",
            "table": "pub_persons_by_week_village",
            "metrics": [],
            "status": "passed",
            "failing_count": 0,
        }
        for number in range(1, 30)
    ]
    results[3] |= {
        "title_zh": "医保结算按期到达",
        "title_en": "Medical settlements arrived on time",
        "dimension": "时效性",
        "metrics": ["missed_alerts"],
        "status": "failed",
        "failing_count": 1,
        "owner_zh": "区医保局",
        "owner_en": "Medical Insurance",
    }
    return {"build_id": build_id, "verdict": "passed", "results": results}


def receipt(build_id: str, as_of: date) -> dict:
    """The receipt beside it; hashes are left out because the app never reads them."""
    return {"build_id": build_id, "as_of": as_of.isoformat(), "suite_version": "0", "verdict": "passed", "files": {}}
