"""Corrections, overrides and links reach staging's rows through a build, and leave a trace in `_corrections`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.lake import AS_OF, run_dbt, write_lake
from warehouse.contract_seeds import CORRECTION_TYPES
from warehouse.database import open_build, open_candidate

VEHICLES, MARRIAGES, CREMATIONS = "traffic_police__vehicles", "civil_affairs__marriages", "funeral__cremations"
MODELS = ("stg_traffic_police__vehicles", "stg_civil_affairs__marriages", "stg_funeral__cremations")
DECIDED = datetime(2025, 11, 1, 9)


def vehicle(plate: str, price: str | None = "1000.00", **values: Any) -> dict[str, Any]:
    """A vehicle whose row key is its plate."""
    return {
        "plate_key": plate, "_row_key": plate, "person_key": f"owner of {plate}", "price_yuan": price,
        "vehicle_type_code": "M", "first_registered_date": date(2020, 1, 1), **values,
    }  # fmt: skip


def override(number: str, plate: str, new: str | None, **values: Any) -> dict[str, Any]:
    """An override of a vehicle's price from 1,000 yuan, decided on 1 November, that ends on the as-of date."""
    return {
        "override_id": number, "feed_id": VEHICLES, "row_key": plate, "column_name": "price_yuan",
        "old_value": "1000.00", "new_value": new, "decided_at": DECIDED, "expires_date": AS_OF,
        "override_status_code": "active", **values,
    }  # fmt: skip


def link(number: str, subject: str, person: str, decision: str = "link") -> dict[str, Any]:
    """A steward's decision on two records."""
    return {
        "decision_id": number, "subject_key": subject, "person_key": person, "link_decision_code": decision,
        "decided_at": DECIDED,
    }  # fmt: skip


ROWS = {
    VEHICLES: [
        vehicle("applies"),
        vehicle("sent otherwise", "1500.00"),
        vehicle("expired"),
        vehicle("withdrawn"),
        vehicle("decided later"),
        vehicle("emptied"),
        vehicle("filled", None),
        vehicle("no such value"),
        vehicle("two columns", vehicle_type_code="K1"),
        vehicle("the bureau's code", vehicle_type_code="K1"),
        vehicle("untouched"),
        vehicle("linked", person_key="alias"),
    ],
    "data_steward__overrides": [
        override("o01", "applies", "2000.00"),
        override("o02", "sent otherwise", "2000.00"),
        override("o03", "expired", "2000.00", expires_date=date(2025, 11, 22)),
        override("o04", "withdrawn", "2000.00", override_status_code="withdrawn"),
        override("o05", "decided later", "2000.00", decided_at=datetime(2025, 11, 24)),
        override("o06", "emptied", None),
        override("o07", "filled", "300.00", old_value=None),
        override("o08", "no such value", "two thousand"),
        override("o09", "two columns", "2000.00"),
        override("o10", "two columns", "2021-02-03", column_name="first_registered_date", old_value="2020-01-01"),
        override("o11", "two columns", "T", column_name="vehicle_type_code", old_value="K1"),
        override("o12", "untouched", "x", column_name="no_such_column"),
        override("o13", "untouched", "2000.00", feed_id=MARRIAGES),
    ],
    MARRIAGES: [
        {"registration_key": "m1", "person_key": "alias", "spouse_key": "other alias", "registered_date": AS_OF},
        {"registration_key": "m2", "person_key": "somebody", "spouse_key": "somebody else", "registered_date": AS_OF},
    ],
    CREMATIONS: [
        {"cremation_id_funeral": "c1", "person_key": None, "death_date": AS_OF},
        {"cremation_id_funeral": "c2", "person_key": None, "death_date": AS_OF},
    ],
    "data_steward__identity_links": [
        link("d1", "alias", "li"),
        link("d2", "other alias", "wang"),
        link("d3", "nameless body", "zhao"),
        link("d4", "somebody", "li", "distinct"),
    ],
}


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of three feeds with overrides, links and one correction of a contract (K1 means K33)."""
    folder = write_lake(tmp_path_factory.mktemp("dbt") / "corrected", ROWS)
    connection = open_candidate(folder / "warehouse.duckdb")
    batch = f"{CREMATIONS}-{AS_OF:%Y%m%d}-1-full"
    connection.execute(f"insert into lake.identity_rows values ('nameless body', '{CREMATIONS}', '{batch}', 2)")
    columns = ", ".join(f"{name} {kind}" for name, kind in CORRECTION_TYPES.items())
    connection.execute(f"create table contract_correction ({columns})")
    connection.execute(
        f"insert into contract_correction values ('k1', '{VEHICLES}', 'vehicle_type_code', 'K1', 'K33', '', 'active',"
        " date '2025-01-01', date '2025-12-31')"
    )
    connection.close()
    selected = " ".join(f"+{model}" for model in MODELS)
    run_dbt(folder, "run", "--select", *selected.split())
    return folder


def rows_of(folder: Path, query: str) -> set[tuple[Any, ...]]:
    connection = open_build(folder / "warehouse.duckdb")
    rows = set(connection.execute(query).fetchall())
    connection.close()
    return rows


def test_an_override_holds_until_it_ends_or_the_bureau_sends_another_value(corrected: Path) -> None:
    found = rows_of(corrected, "select plate_key, price_yuan::int, _corrections from stg_traffic_police__vehicles")
    assert {row for row in found if row[0] != "two columns"} == {
        ("applies", 2000, "o01"),
        ("sent otherwise", 1500, ""),
        ("expired", 1000, ""),
        ("withdrawn", 1000, ""),
        ("decided later", 1000, ""),
        ("emptied", None, "o06"),
        ("filled", 300, "o07"),
        ("no such value", 1000, ""),
        ("the bureau's code", 1000, "k1"),
        ("untouched", 1000, ""),
        ("linked", 1000, ""),
    }


def test_a_contract_correction_holds_for_every_row_and_an_override_goes_before_it(corrected: Path) -> None:
    found = rows_of(
        corrected,
        "select plate_key, vehicle_type_code, first_registered_date, price_yuan::int, _corrections"
        " from stg_traffic_police__vehicles where plate_key in ('two columns', 'the bureau''s code')",
    )
    assert found == {
        ("two columns", "T", date(2021, 2, 3), 2000, "o10,o09,o11"),  # in the order of columns' names
        ("the bureau's code", "K33", date(2020, 1, 1), 1000, "k1"),
    }


def test_linked_records_carry_the_person_they_are_linked_to(corrected: Path) -> None:
    vehicles = rows_of(corrected, "select person_key from stg_traffic_police__vehicles where plate_key = 'linked'")
    marriages = rows_of(corrected, "select registration_key, person_key, spouse_key from stg_civil_affairs__marriages")
    bodies = rows_of(corrected, "select cremation_id_funeral, person_key, has_person_key from stg_funeral__cremations")
    assert vehicles == {("li",)}
    assert marriages == {("m1", "li", "wang"), ("m2", "somebody", "somebody else")}
    assert bodies == {("c1", "zhao", True), ("c2", None, False)}


def test_a_feed_that_nothing_touches_is_read_as_it_is(compiled: dict[str, str]) -> None:
    for model, sql in compiled.items():
        if model.startswith("stg_") and not model.startswith("stg_lake__"):
            assert "join" not in sql.replace("cross join runs", ""), model
            assert "as _corrections" in sql, model
