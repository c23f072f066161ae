"""sources.yml: what it may say, which period it means, and that no message repeats a secret."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.pull.__main__ import main
from ingest.pull.periods import Period, period_of
from ingest.pull.sources import Source, read_sources
from tests.ingest.deliveries_made import FEEDS, new_home
from warehouse.errors import ContractError
from warehouse.paths import PROJECT


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty installation; reading the contracts takes a second, and they are the same in every test."""
    monkeypatch.setattr("ingest.pull.__main__.load_feeds", lambda: FEEDS)
    return new_home(tmp_path)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("sources: {a: {feed: health__deaths, postgresql: {host: h, database: d, user: u, view: v, password: 's3cret'}}}", "password_from"),
        ("sources: {a: {feed: health__deaths, postgresql: {host: 'postgres://u:s3cret@h', database: d, user: u, view: v}}}", "host"),
        ("sources: {a: {feed: health__deaths, postgresql: {host: h, database: d, user: u}}}", "exactly one of view | query"),
        ("sources: {a: {feed: nobody__nothing, postgresql: {host: h, database: d, user: u, view: v}}}", "one of"),
        ("sources: {a: {feed: civil_affairs__register, postgresql: {host: h, database: d, user: u, view: v}}}", "csv"),
        ("sources: {a: {feed: health__deaths, kind: append, postgresql: {host: h, database: d, user: u, view: v}}}", "full"),
        ("sources: {a: [s3cret", "no YAML"),
        ("sources: {a: {feed: health__deaths, http: {url: 'https://a/b'}}, b: {feed: health__deaths, http: {url: 'https://a/c'}}}", "sources/a and sources/b"),
        ("[]", "top"),
        (None, "docs/operations.md"),
    ],
)  # fmt: skip
def test_a_wrong_sources_file_is_refused_without_repeating_it(place, content: str | None, named: str, capsys) -> None:
    if content is not None:
        (place.root / "sources.yml").write_text(content)
    assert main(["--home", str(place.root)]) == 2
    told = capsys.readouterr().err
    assert named in told
    assert "s3cret" not in told


def test_the_example_in_the_documents_is_a_good_one(tmp_path) -> None:
    text = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    block = text.split("    # sources.yml\n")[1].split("\n\n")[0]
    path = tmp_path / "sources.yml"
    path.write_text("\n".join(line.removeprefix("    ") for line in block.splitlines()))
    assert {source.way for source in read_sources(path, FEEDS)} == {"postgresql", "http"}


def source(feed_id: str, period: str | None = None, kind: str | None = None) -> Source:
    feed = FEEDS[feed_id]
    return Source("s", feed, feed.forms[0], "postgresql", {}, period, kind)


@pytest.mark.parametrize(
    ("word", "text", "start", "end"),
    [
        ("last_month", "202412", date(2024, 12, 1), date(2024, 12, 31)),
        ("this_month", "202501", date(2025, 1, 1), date(2025, 1, 31)),
        ("last_quarter", "2024Q4", date(2024, 10, 1), date(2024, 12, 31)),
        ("this_quarter", "2025Q1", date(2025, 1, 1), date(2025, 3, 31)),
        # The first of January 2025 is a Wednesday: the week before it ended on Sunday, 29 December.
        ("last_week", "20241229", date(2024, 12, 23), date(2024, 12, 29)),
        ("last_day", "20241231", date(2024, 12, 31), date(2024, 12, 31)),
    ],
)
def test_the_period_that_a_word_means(word: str, text: str, start: date, end: date) -> None:
    assert period_of(source("health__deaths", word), date(2025, 1, 1)) == Period(text, start, end)


@pytest.mark.parametrize(
    ("feed_id", "kind", "text"),
    [
        ("health__deaths", None, "202510"),
        ("finance__payments", None, "202511"),
        ("police__population", None, "2025Q3"),
        ("police__population", "delta", "20251109"),
        ("hotline__work_orders", None, "20251109"),
    ],
)
def test_without_a_word_the_contract_tells_the_period(feed_id: str, kind: str | None, text: str) -> None:
    # Payments are due within their own month, the others after their period has ended; 10 November 2025 is a Monday.
    assert period_of(source(feed_id, None, kind), date(2025, 11, 10)).text == text


def test_a_contract_without_a_rhythm_needs_a_word() -> None:
    with pytest.raises(ContractError, match="says no period"):
        period_of(source("emergency__disasters"), date(2025, 11, 10))


def test_a_named_period() -> None:
    weekly, daily = source("police__population", "last_week"), source("police__population", "last_day")
    assert period_of(weekly, date(2025, 1, 1), "20251109").start == date(2025, 11, 3)
    assert period_of(daily, date(2025, 1, 1), "20251109").start == date(2025, 11, 9)
    with pytest.raises(ContractError, match="no such period"):
        period_of(weekly, date(2025, 1, 1), "202513")
