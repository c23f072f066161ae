"""What looks like a defect and is in order: listed, so that the proof shows that it is left alone."""

from __future__ import annotations

import numpy as np

from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.numbers import number_column
from ingest.simulate.planting.odd_names import ODD_NAMES
from ingest.simulate.timeline import to_date

A_FILE = 3  # of each kind that is common, so many are listed a file
TEN_THOUSAND = "10000.00"


def natural_features(ledger: Ledger) -> None:
    """Reversals, bills of months ago, unnamed bodies, re-issued certificates; then what any feed may hold."""
    _of_feed(ledger)
    column = number_column(ledger)
    if column:
        ends = r"^\d{15}000" if column == "certificate_no" else r"^\d{15}000$"
        _note(ledger, column, ledger.matches(column, ends) & (ledger.person >= 0), "NEAR_ZEROS")
    name = ledger.feed.name_column
    if name and name.name in ledger.table.columns:
        _note(ledger, name.name, ledger.is_one_of(name.name, ODD_NAMES), "NEAR_NAME")
    if not ledger.is_showcase:
        return
    for contract in ledger.feed.columns:
        if contract.name not in ledger.table.columns or not contract.keep:
            continue
        if contract.logical_type == "date" and contract.role is None:
            _note(ledger, contract.name, ledger.matches(contract.name, r"-12-31$"), "NEAR_YEAR_END", A_FILE)
        elif contract.role == "yuan":
            _note(ledger, contract.name, ledger.matches(contract.name, r"^\x01?0(\.00)?$"), "NEAR_ZERO_AMOUNT", A_FILE)
            _note(
                ledger, contract.name, ledger.matches(contract.name, r"^\x01?[1-9](\.\d\d)?$"), "NEAR_ONE_DIGIT", A_FILE
            )


def _of_feed(ledger: Ledger) -> None:
    feed_id, table = ledger.delivery.feed_id, ledger.table
    if feed_id == "finance__payments":
        _note(ledger, "paid_yuan", ledger.matches("paid_yuan", r"^-"), "F02_REVERSAL")
        again = ledger.matches("payment_batch_id_finance", r"02$") & ~ledger.matches("paid_yuan", r"^-")
        _note(ledger, "payment_batch_id_finance", again, "F02_TWICE")
        _note(ledger, "back_months_count", ~ledger.matches("back_months_count", r"^0$"), "F02_BACK_PAY", A_FILE)
    elif feed_id == "medical_insurance__settlements":
        _note(ledger, "is_reversal", (table["is_reversal"] == "是").to_numpy(), "F07_REVERSAL")
        limit = str(to_date(ledger.delivery.period_end - 40))
        _note(ledger, "settlement_date", (table["settlement_date"] < limit).to_numpy(), "F07_LATE")
        limit = str(to_date(ledger.delivery.period_end - 6))
        again = (table["settlement_date"] < limit) & (table["is_reversal"] == "否") & (table["is_offsite"] == "否")
        _note(ledger, "settlement_id_medical", again.to_numpy(), "F07_TWICE")
        _note(ledger, "self_pay_yuan", (table["self_pay_yuan"] == TEN_THOUSAND).to_numpy(), "F07_TEN_THOUSAND")
    elif feed_id == "funeral__cremations":
        _note(ledger, "person_id_no", ledger.person < 0, "F17_UNNAMED")
    elif feed_id == "disabled_federation__certificates":
        _note(ledger, "certificate_no", (table["certificate_no"].str.len_chars() > 20).to_numpy(), "F13_REISSUED")
    elif feed_id == "civil_affairs__register":
        _homonym_villages(ledger)


def _homonym_villages(ledger: Ledger) -> None:
    """Villages whose name another town has as well: the code's town decides."""
    towns: dict[str, set[str]] = {}
    for village in ledger.world.persons.villages:
        towns.setdefault(village.name_short, set()).add(village.parent_code)
    doubled = [name for name, found in towns.items() if len(found) > 1]
    if doubled:
        pattern = f"^({'|'.join(doubled)})(村|社区)$"
        _note(ledger, "village_name", ledger.matches("village_name", pattern), "NEAR_VILLAGE", A_FILE)


def _note(ledger: Ledger, column: str, where: np.ndarray, defect: str, most: int = 0) -> None:
    rows = np.flatnonzero(where & ~ledger.lost)
    if most:
        rows = rows[:most]
    texts = [text.replace(NUMBER_MARK, "") for text in ledger.texts(column, rows)]
    ledger.note(rows, column, defect, "in_order", "", texts, texts)
