"""Where each row of each file ended, and whether the lake's value is the one that a damaged cell ought to give.

Everything is read from the lake's and quarantine's files and compared with the truth; the expected values are made
here from the undamaged text and the contract, apart from the line.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from tests.line.worlds import World
from warehouse.areas import towns
from warehouse.contracts import Column, Feed, load_feeds
from warehouse.keys import load_keys
from warehouse.manifests import Manifest, read_manifests, read_sidecars

Place = tuple[str, int]  # file, row number
TEN_THOUSAND = Decimal(10_000)
CENT = Decimal("0.01")
ALWAYS = ("_row_number", "_flags")
SECOND_SCHEME = "hotline__work_orders"  # its towns are numbered by the second scheme, as its contract says
OF_PERSON = ("person_key", "person_id_form", "hint_head_key")


@dataclass
class Placed:
    """The rows of an installation: quarantined places with rule, and the lake's rows of the places asked for."""

    world: World
    feeds: dict[str, Feed] = field(default_factory=load_feeds)

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        """Every batch by the name of its file."""
        return {manifest.file: manifest for manifest in read_manifests(self.world.home)}

    @cached_property
    def sidecars(self) -> dict[str, dict[str, Any]]:
        """Every landed file's sidecar by the file's name."""
        return {sidecar["file"]: sidecar for _, sidecar in read_sidecars(self.world.home)}

    @cached_property
    def defects(self) -> pl.DataFrame:
        """The truth's list of damage."""
        return self.world.read_truth("defects")

    @cached_property
    def quarantined(self) -> dict[Place, str]:
        """Every quarantined row with the rule that it broke first."""
        found: dict[Place, str] = {}
        for feed_id in self.feeds:
            parts = sorted((self.world.home.quarantine / feed_id).glob("batch=*/part-*.parquet"))
            if parts:
                rows = pl.read_parquet(parts, columns=["_file", "_row_number", "rule"])
                found |= {(file, row): rule for file, row, rule in rows.iter_rows()}
        return found

    @cached_property
    def flagged(self) -> dict[Place, frozenset[str]]:
        """Every flagged row of the lake with its flags."""
        found: dict[Place, frozenset[str]] = {}
        for file in self.manifests:
            rows = self._scan(file)
            marked = rows.filter(pl.col("_flags") != "").select("_row_number", "_flags").collect()
            found |= {(file, row): frozenset(flags.split(",")) for row, flags in marked.iter_rows()}
        return found

    @cached_property
    def accepted(self) -> dict[Place, dict[str, Any]]:
        """The lake's rows of every place in the list of damage: the columns that were damaged, and the person."""
        found: dict[Place, dict[str, Any]] = {}
        listed = self.defects.filter(pl.col("row_number").is_not_null())
        for (feed_id, file), group in listed.group_by("feed_id", "file"):
            if file not in self.manifests:
                continue
            feed = self.feeds[str(feed_id)]
            known = dict(feed.lake_columns())
            names = {feed.column(c).lake_name for c in group["column_name"].unique() if c and feed.column(c).keep}
            names |= {name for name in OF_PERSON if name in known}
            wanted = group["row_number"].unique().to_list()
            rows = self._scan(str(file)).filter(pl.col("_row_number").is_in(wanted)).select(*ALWAYS, *sorted(names))
            for row in rows.collect().iter_rows(named=True):
                found[str(file), row["_row_number"]] = row
        return found

    def rows(self, file: str, columns: list[str]) -> dict[int, dict[str, Any]]:
        """The lake's rows of a batch by row number, with some of their columns."""
        frame = self._scan(file).select("_row_number", *columns).collect()
        return {row["_row_number"]: row for row in frame.iter_rows(named=True)}

    def rows_kept(self, file: str) -> tuple[int, int]:
        """Rows in the lake's and in quarantine's files of a batch, counted in the files themselves."""
        return self._scan(file).select(pl.len()).collect().item(), self._count_quarantined(file)

    def _count_quarantined(self, file: str) -> int:
        parts = self._parts(self.world.home.quarantine, file)
        return int(pl.scan_parquet(parts).select(pl.len()).collect().item()) if parts else 0

    def _scan(self, file: str) -> pl.LazyFrame:
        return pl.scan_parquet(self._parts(self.world.home.lake, file))

    def _parts(self, root: Path, file: str) -> list[Path]:
        manifest = self.manifests[file]
        return sorted((root / manifest.feed_id / f"batch={manifest.batch_id}").glob("part-*.parquet"))


class Expected:
    """The lake's values that undamaged cells give, computed apart from the line."""

    def __init__(self, world: World) -> None:
        self._secret = load_keys(world.home).person

    def agrees(self, feed: Feed, name: str, correct: str, row: dict[str, Any], id_no: str | None) -> bool:
        """Whether a lake row holds what the undamaged text of a column means."""
        column = feed.column(name)
        if not column.keep:
            return True
        found = row[column.lake_name]
        if column.role == "certificate_no":
            return bool(row["person_key"] == self._hashed("id", correct[:18]))
        if column.role in ("person_id", "other_id"):
            return bool(found == self._hashed("id", correct))
        if column.role == "person_name":
            return self._name_agrees(feed, column, correct, row, id_no)
        return bool(value_of(column, correct, feed.feed_id == SECOND_SCHEME) == found)

    def _name_agrees(self, feed: Feed, column: Column, correct: str, row: dict[str, Any], id_no: str | None) -> bool:
        if row[column.lake_name] != correct[:1] + "*" * min(2, len(correct) - 1):
            return False
        known = column is feed.name_column and id_no is not None and row.get("person_key") == self._hashed("id", id_no)
        return not known or row["hint_head_key"] == self._hashed("hint", f"{correct}|{id_no[:9] if id_no else ''}")

    def _hashed(self, kind: str, text: str) -> str:
        return hmac.new(self._secret, f"{kind}|{text}".encode(), hashlib.sha256).hexdigest()[:32]


def value_of(column: Column, text: str, is_other_scheme: bool = False) -> object:
    """What the undamaged text of a column means, typed as in the lake."""
    if column.codes:
        code = column.codes.get(text)
        return code == "true" if column.logical_type == "boolean" else code
    if column.role == "area_code":
        return place_of_today(text.ljust(12, "0")) if is_other_scheme else text.ljust(12, "0")
    if column.role == "month":
        digits = text.replace("-", "")
        return date(int(digits[:4]), int(digits[4:6]), 1)
    if column.logical_type == "date":
        return date.fromisoformat(text)
    if column.logical_type == "timestamp":
        return pl.Series([text.replace("T", " ")[:19].ljust(19, "0")]).str.to_datetime("%Y-%m-%d %H:%M:%S").item()
    if column.logical_type == "number":
        in_header = (
            TEN_THOUSAND if column.role == "yuan" and "万元" in column.header and "元" not in text else Decimal(1)
        )
        return (Decimal(text.removesuffix("元")) * in_header).quantize(CENT)
    return text


def place_of_today(code: str) -> str:
    """The code of today of a town that the second scheme numbers so."""
    return next(town.area_code for town in towns() if f"{town.alternative_code}000" == code)


def by_group(entries: Iterable[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Entries by the values of some columns, in the order of those values."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for entry in entries:
        found.setdefault(tuple(entry[name] for name in names), []).append(entry)
    return dict(sorted(found.items()))
