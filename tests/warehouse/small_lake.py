"""A small lake made straight from the contracts: valid batches with real Parquet and manifests, ready to be damaged."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from warehouse.contracts import QUARANTINE_COLUMNS, Column, Feed
from warehouse.database import open_memory
from warehouse.deliveries import due_date, period_bounds
from warehouse.manifests import Manifest, write_json, write_manifest
from warehouse.paths import Home

KEY = "md5('{salt}' || i::varchar)"


def write_batch(
    home: Home,
    feed: Feed,
    period: str,
    *,
    batch_no: int = 1,
    kind: str | None = None,
    rows: int = 40,
    received_at: datetime | None = None,
    damage: str = "",
    quarantined: int = 0,
    **changes: object,
) -> Manifest:
    """Write one batch whose every row keeps the contract; `damage` is SQL run on the table `rows` before it is written.

    `quarantined` rows of rule id_check_digit go to quarantine. `changes` alter the manifest.
    """
    start, end = period_bounds(period)
    kind = kind or ("full" if "full" in feed.delivery and len(period) == 6 else feed.delivery[-1])
    due = next((due_date(d, start, end) for d in feed.due if d.kind == kind), end + timedelta(days=1))
    received = received_at or datetime.combine(due, datetime.min.time()) + timedelta(hours=9)
    file = f"{feed.feed_id}__{period}__{batch_no:03d}.{feed.forms[0]}"
    batch_id = hashlib.sha256(
        f"{file}{kind}{rows}{damage}{quarantined}{received_at}{sorted(changes.items())}".encode()
    ).hexdigest()[:16]
    folder = home.lake / feed.feed_id / f"batch={batch_id}"
    folder.mkdir(parents=True, exist_ok=True)
    lineage = {
        "_feed": f"'{feed.feed_id}'",
        "_batch_id": f"'{batch_id}'",
        "_file": f"'{file}'",
        "_file_sha256": f"'{hashlib.sha256(file.encode()).hexdigest()}'",
        "_received_at": f"timestamp '{received}'",
        "_row_number": "i + 2",
        "_period_end": f"date '{end}'",
        "_batch_no": str(batch_no),
        "_kind": f"'{kind}'",
        "_row_key": KEY.format(salt="row"),
    }
    known = {column.lake_name: column for column in feed.columns}
    values = [
        f'({lineage.get(name) or _value(name, kind_, known.get(name), start)})::{kind_} as "{name}"'
        for name, kind_ in feed.lake_columns()
    ]
    connection = open_memory()
    try:
        connection.execute(f"create table rows as select {', '.join(values)} from range({rows}) as r (i)")
        if damage:
            connection.execute(damage)
        accepted = connection.execute("select count(*) from rows").fetchone()[0]
        connection.execute(f"copy (select * from rows) to '{folder / 'part-0.parquet'}' (format parquet)")
        if quarantined:
            aside = home.quarantine / feed.feed_id / f"batch={batch_id}"
            aside.mkdir(parents=True, exist_ok=True)
            own = {**lineage, "rule": "'id_check_digit'", "severity": "'warning'", "column_name": "'person_id_no'"}
            listed = ", ".join(f'({own.get(name, "null")})::{kind_} as "{name}"' for name, kind_ in QUARANTINE_COLUMNS)
            connection.execute(
                f"copy (select {listed} from range({quarantined}) as r (i)) to '{aside / 'part-0.parquet'}' (format parquet)"
            )
    finally:
        connection.close()
    manifest = Manifest(
        batch_id=batch_id,
        feed_id=feed.feed_id,
        period=period,
        period_end=end,
        batch_no=batch_no,
        kind=kind,
        file=file,
        sha256=hashlib.sha256(file.encode()).hexdigest(),
        size_bytes=1000,
        form=feed.forms[0],
        encoding=None,
        received_at=received,
        sent_at=received,
        rows_read=accepted + quarantined,
        rows_accepted=accepted,
        rows_quarantined=quarantined,
        quarantined_by_rule={"id_check_digit": quarantined} if quarantined else {},
        flags={},
        headers_mapped={},
        headers_extra=[],
        declared_row_count=accepted + quarantined,
        contract_version=feed.version,
    )
    manifest = replace(manifest, **changes)
    write_manifest(manifest, folder)
    return manifest


def write_refusal(home: Home, feed: Feed, period: str, code: str = "header_missing") -> None:
    """Write the landing sidecar of a refused file."""
    bureau, name = feed.feed_id.split("__")
    file = f"{feed.feed_id}__{period}__001.{feed.forms[0]}"
    folder = home.landing / bureau / name / hashlib.sha256(file.encode()).hexdigest()
    folder.mkdir(parents=True)
    content = {"file": file, "status": "refused", "received_at": "2025-11-20T09:00:00", "sent_at": None}
    write_json(
        folder / "sidecar.json", {**content, "refusal": {"code": code, "message": "refused", "remedy": "send again"}}
    )


def _value(name: str, kind: str, column: Column | None, start: object) -> str:
    """An expression over i that gives a valid value of a column."""
    if name == "_flags":
        return "''"
    if column is not None and column.encrypted_name and column.role == "person_name":
        return "'张*'"
    if (column is not None and column.encrypted_name) or name.endswith("_key"):
        return KEY.format(salt=name)
    if column is not None and column.codes:
        return "true" if kind == "BOOLEAN" else f"'{sorted(set(column.codes.values()))[0]}'"
    if kind in ("DATE", "TIMESTAMP"):
        return f"date '{start}'"
    if kind.startswith("DECIMAL"):
        low = column.typical_median[0] if column is not None and column.typical_median else 100
        return f"{low} + i"
    if kind in ("INTEGER", "BIGINT"):
        return str(int(column.minimum or 1)) if column is not None and column.minimum else "1"
    if kind == "BOOLEAN":
        return "false"
    if column is not None and column.role == "area_code":
        return "'500156101000'"
    return f"'{name}-' || i::varchar"
