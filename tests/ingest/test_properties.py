"""Whatever is thrown at a contract: no crash, no row lost, nobody's number in what ingest leaves behind or says.

A few fixed examples a feed; with PROPERTY_EXAMPLES=200 that many, and other ones each time.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest import cells
from ingest.__main__ import ingest_all
from ingest.headers import header_key
from tests.ingest.deliveries_made import FEEDS, new_home
from tests.ingest.valid_rows import file_name, table_bytes, valid_rows
from warehouse.contracts import Feed
from warehouse.keys import load_keys
from warehouse.manifests import read_manifests
from warehouse.paths import Home

ASKED = os.environ.get("PROPERTY_EXAMPLES")
EXAMPLES = settings(
    max_examples=int(ASKED or 3),
    derandomize=ASKED is None,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
CANARIES = ("500156201809240014", "6217009990001234567", "13912345678")
WRITTEN = (
    "{}", "证{}", "证件{}号", " {} ", "'{}", "{}.0", "姓名\u200b{}", "={}", "{}元", "{}、13912345678",
)  # fmt: skip
ENCODINGS = ("gb18030", "utf-8", "utf-8-sig", "utf-16", "big5", "latin-1", "shift-jis")
NASTY = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\x00\u200b\u202e\u3000\ufeff\ufffd\ue000,\"'\n\r\t=+-@年月日元万"),
    ),
    max_size=12,
)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
NARROW = str.maketrans("０１２３４５６７８９", "0123456789")
CANARY = st.builds(
    lambda form, value, wide: form.format(value.translate(WIDE) if wide else value),
    st.sampled_from(WRITTEN),
    st.sampled_from(CANARIES),
    st.booleans(),
)
CERTIFICATE = CANARIES[0] + "43"
CELL = st.one_of(
    NASTY,
    CANARY,
    st.sampled_from(
        [
            CERTIFICATE,
            "",
            None,
            "合计",
            "测试",
            "#REF!",
            "1e5",
            "NaN",
            "-0",
            "9999-12-31",
            "1900-01-00",
            "长期",
            "无",
            "５００１５６",
        ]
    ),
)
HEADER = st.one_of(NASTY, CANARY, st.sampled_from(["备注", "姓名", "证件号码", "合计"]))


@dataclass(frozen=True)
class Thrown:
    """A file, and how many rows another reader counts in it (None where there is no telling)."""

    name: str
    content: bytes
    rows: int | None


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.code)
def test_no_crash_no_loss_no_leak(feed: Feed) -> None:
    @EXAMPLES
    @given(st.data())
    def throw(data: st.DataObject) -> None:
        with ingested(thrown(data, feed)) as (code, said, place, file):
            assert code in (0, 3), said
            check_counts(place, feed, code, file)
            assert leaks(place, said) == set()

    throw()


def test_the_search_for_leaks_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard, shown to fail: free text left as it is carries a canary into the lake."""
    feed = FEEDS["finance__payments"]
    [row] = valid_rows(feed, 1)
    lines = [[*row.values()]]
    lines[0][[c.name for c in feed.columns].index("return_reason")] = f"账号{CANARIES[1]}"
    file = Thrown(file_name(feed), table_bytes(feed, list(row), lines), 1)
    with ingested(file) as (_, said, place, _):
        assert leaks(place, said) == set()
    monkeypatch.setattr(cells.normalise, "without_long_numbers", lambda text: text)
    with ingested(file) as (_, said, place, _):
        assert leaks(place, said) == {CANARIES[1]}


def thrown(data: st.DataObject, feed: Feed) -> Thrown:
    """A delivery of the feed, damaged in any of many ways."""
    rows = valid_rows(feed, data.draw(st.integers(1, 6)))
    headers = data.draw(st.permutations([column.header for column in feed.columns]))
    lines: list[list[object]] = [[row[header] for header in headers] for row in rows]
    for _ in range(data.draw(st.integers(0, 12))):
        line = lines[data.draw(st.integers(0, len(lines) - 1))]
        line[data.draw(st.integers(0, len(headers) - 1))] = data.draw(CELL)
    headers = _headers(data, feed, list(headers), lines)
    form = data.draw(st.sampled_from(feed.forms))
    if form in ("xlsx", "csv"):
        _clumsy_rows(data, lines, form)
    encoding = data.draw(st.sampled_from(ENCODINGS))
    content = table_bytes(feed, headers, lines, form, encoding if form == "csv" else "")
    return Thrown(file_name(feed, form=form), content, _counted(feed, content, form, encoding))


def _headers(data: st.DataObject, feed: Feed, headers: list[str], lines: list[list[object]]) -> list[str]:
    """Synonyms, decorated and unknown headers, a column too many, one too few."""
    synonyms = {column.header: column.synonyms for column in feed.columns}
    for position in data.draw(st.lists(st.integers(0, len(headers) - 1), max_size=3, unique=True)):
        known = synonyms[headers[position]]
        headers[position] = data.draw(st.sampled_from([*known, f" {headers[position]}：", headers[position] + "*"]))
    for extra in data.draw(st.lists(HEADER, max_size=2)):
        place = data.draw(st.integers(0, len(headers)))
        headers.insert(place, extra)
        for line in lines:
            line.insert(place, data.draw(CELL))
    if data.draw(st.integers(0, 5)) == 0:
        place = data.draw(st.integers(0, len(headers) - 1))
        headers.pop(place)
        for line in lines:
            line.pop(place)
    return headers


def _clumsy_rows(data: st.DataObject, lines: list[list[object]], form: str) -> None:
    if data.draw(st.booleans()):
        lines.append(list(lines[0]))
    if data.draw(st.booleans()):
        lines.append(["合计", *data.draw(st.lists(CELL, max_size=4))])
    if form == "csv" and data.draw(st.booleans()):
        lines.append([*lines[0], data.draw(CELL)])
    if form == "xlsx" and data.draw(st.booleans()):
        lines[0][data.draw(st.integers(0, len(lines[0]) - 1))] = data.draw(
            st.one_of(st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
        )


def _counted(feed: Feed, content: bytes, form: str, encoding: str) -> int | None:
    """Rows below the header that hold anything, by the csv module, json, or openpyxl."""
    if form == "csv":
        read = list(csv.reader(io.StringIO(content.decode(encoding), newline="")))
        if any(len(line) == 1 and not line[0].strip() for line in read):
            return None
        return sum(any(_is_filled(cell) for cell in line) for line in read[1:])
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False).worksheets[0]
        return sum(any(_is_filled(cell) for cell in row) for row in sheet.iter_rows(min_row=2, values_only=True))
    records = (
        [json.loads(line) for line in content.decode().split("\n") if line] if form == "jsonl" else json.loads(content)
    )
    return sum(max(len(record.get(feed.rows_from, [])), 1) if feed.rows_from else 1 for record in records)


def _is_filled(cell: object) -> bool:
    return cell is not None and cell != ""


@contextlib.contextmanager
def ingested(file: Thrown) -> Iterator[tuple[int, str, Home, Thrown]]:
    """A new installation that has taken the file in: the exit code, what was said, the place."""
    with tempfile.TemporaryDirectory() as folder:
        place = new_home(Path(folder))
        (place.inbox / file.name).write_bytes(file.content)
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            code = ingest_all(place, load_keys(place), FEEDS, None, workers=0)
        yield code, said.getvalue(), place, file


def check_counts(place: Home, feed: Feed, code: int, file: Thrown) -> None:
    """A file is refused whole, or every row of it is in the lake or in quarantine."""
    manifests = list(read_manifests(place))
    assert len(manifests) == (1 if code == 0 else 0)
    for manifest in manifests:
        kept, refused = (
            sum(pl.read_parquet(part).height for part in (root / feed.feed_id).rglob("*.parquet"))
            for root in (place.lake, place.quarantine)
        )
        assert (manifest.rows_accepted, manifest.rows_quarantined) == (kept, refused)
        assert manifest.rows_read == kept + refused
        assert file.rows is None or manifest.rows_read == file.rows


def leaks(place: Home, said: str) -> set[str]:
    """Canaries anywhere outside the inbox and what is sealed, however their digits are spaced."""
    texts = [said]
    for path in place.root.rglob("*"):
        if path.is_file() and place.inbox not in path.parents:
            texts.append(path.read_bytes().decode("utf-8", "ignore"))
            if path.suffix == ".parquet":
                texts.append(repr(pl.read_parquet(path).rows()))
    closed = [re.sub(r"[ \-\u200b]", "", text.translate(NARROW)) for text in texts]
    return {canary for canary in CANARIES for text in closed if canary in text}


@EXAMPLES
@given(st.lists(NASTY, max_size=12))
def test_no_text_is_a_header_by_accident(texts: list[str]) -> None:
    assert all(isinstance(header_key(text), str) for text in texts)
