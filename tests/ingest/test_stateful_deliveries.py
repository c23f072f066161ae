"""Deliveries late, again, in parts, wrong and corrected, in any order: what is in force in the end is the final truth."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import random
import shutil
import tempfile
from datetime import date
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ingest.__main__ import ingest_all
from tests.ingest.deliveries_made import FEEDS, new_home
from tests.ingest.valid_rows import Row, file_bytes, file_name, valid_rows
from warehouse import deliveries
from warehouse.contracts import LINEAGE_COLUMNS
from warehouse.inputs import WAREHOUSE_FILE, write_inputs
from warehouse.journal import Verdict
from warehouse.keys import load_keys
from warehouse.manifests import read_manifests
from warehouse.paths import Home

AS_OF = date(2025, 11, 23)
CUSTODY, VEHICLES, POPULATION, EVENTS = (
    "justice__custody",
    "traffic_police__vehicles",
    "police__population",
    "civil_affairs__case_events",
)
# What each bureau would send if nothing ever went wrong. Whole lists, kept by month and only the newest; then changes
# after a whole list, and events, which may come in parts.
WHOLE = {
    (CUSTODY, "202509"): 4,
    (CUSTODY, "202510"): 5,
    (VEHICLES, "202509"): 4,
    (VEHICLES, "202510"): 3,
    (POPULATION, "2025Q3"): 6,
}
PARTS = {(POPULATION, "20251012"): 3, (POPULATION, "20251019"): 2, (EVENTS, "20251116"): 5, (EVENTS, "20251117"): 4}
USED = {feed_id: FEEDS[feed_id] for feed_id in (CUSTODY, VEHICLES, POPULATION, EVENTS)}
ASKED = os.environ.get("PROPERTY_EXAMPLES")
SETTINGS = settings(
    max_examples=int(ASKED or 4),
    stateful_step_count=14,
    derandomize=ASKED is None,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Bureaus(RuleBasedStateMachine):
    """Bureaus that write files, lose them in a drawer, send them twice; an office that ingests when it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.place = Home(Path(self.folder.name) / "data", truth_place().keys)
        self.place.inbox.mkdir(parents=True)
        self.numbers: dict[tuple[str, str], int] = {}
        self.drawer: list[tuple[str, bytes]] = []
        self.sent: list[tuple[str, bytes]] = []

    @initialize(seed=st.integers(0, 2**32))
    def write_parts(self, seed: int) -> None:
        """Changes and events come in files of their own, some rows in two of them."""
        chance = random.Random(seed)
        for (feed_id, period), count in PARTS.items():
            rows = valid_rows(FEEDS[feed_id], count, first=100)
            cut = chance.randint(0, count)
            twice = rows[cut - 1 : cut] if feed_id == EVENTS and cut else []
            for part in (rows[:cut], twice + rows[cut:]):
                if part:
                    self.write(feed_id, period, part)

    def write(self, feed_id: str, period: str, rows: list[Row]) -> None:
        """A new file, under the next number of its period."""
        feed = FEEDS[feed_id]
        number = self.numbers[feed_id, period] = self.numbers.get((feed_id, period), 0) + 1
        self.drawer.append((file_name(feed, number, period=period), file_bytes(feed, rows)))

    @rule(place=st.sampled_from(list(WHOLE)), kept=st.integers(1, 3), damage=st.integers(0, 2))
    def write_draft(self, place: tuple[str, str], kept: int, damage: int) -> None:
        """A whole list that isn't right yet: rows missing, others in their place, a wrong date."""
        feed_id, period = place
        feed = FEEDS[feed_id]
        rows = valid_rows(feed, kept, first=damage)
        dates = [column.header for column in feed.columns if column.logical_type == "date" and column.required]
        if damage and dates:
            rows[0][dates[0]] = "2025-02-30" if damage == 1 else "2025-01-02"
        self.write(feed_id, period, rows)

    @precondition(lambda self: self.drawer)
    @rule(place=st.integers(0, 99))
    def send(self, place: int) -> None:
        """One file from the drawer, not always the oldest."""
        self.sent.append(self.drawer.pop(place % len(self.drawer)))
        self.put(*self.sent[-1])

    @precondition(lambda self: self.sent)
    @rule(place=st.integers(0, 99))
    def send_again(self, place: int) -> None:
        """The same file once more."""
        self.put(*self.sent[place % len(self.sent)])

    @rule()
    def ingest(self) -> None:
        """The office takes in what lies there."""
        assert take_in(self.place) == 0

    def put(self, name: str, content: bytes) -> None:
        """Into the inbox."""
        (self.place.inbox / name).write_bytes(content)

    def teardown(self) -> None:
        """The last word on every whole list, all that is left in the drawer, and the comparison."""
        try:
            for (feed_id, period), count in WHOLE.items():
                self.write(feed_id, period, valid_rows(FEEDS[feed_id], count))
            random.Random(len(self.sent)).shuffle(self.drawer)
            for name, content in self.drawer:
                self.put(name, content)
            self.ingest()
            assert in_force(self.place) == in_force(truth_place())
        finally:
            self.folder.cleanup()


def test_the_order_of_deliveries_doesn_t_matter() -> None:
    run_state_machine_as_test(Bureaus, settings=SETTINGS)


def test_the_comparison_can_fail(monkeypatch) -> None:
    """The guard, shown to fail: were the newest batch the one with the lowest number, a draft would stay in force."""
    with tempfile.TemporaryDirectory() as folder:
        place = Home(Path(folder) / "data", truth_place().keys)
        shutil.copytree(truth_place().root, place.root)
        draft = file_bytes(USED[CUSTODY], valid_rows(USED[CUSTODY], 2))
        (place.inbox / file_name(USED[CUSTODY], 2, period="202510")).write_bytes(draft)
        assert take_in(place) == 0
        assert in_force(place) != in_force(truth_place())
        ends_first = deliveries._order
        monkeypatch.setattr(deliveries, "_order", lambda batch: (ends_first(batch)[0], -batch.batch_no, batch.batch_id))
        assert in_force(place) == in_force(truth_place())


@functools.cache
def truth_place() -> Home:
    """An installation to which everything was delivered once, as it should be."""
    folder = Path(tempfile.mkdtemp(prefix="truth-"))
    place = new_home(folder)
    for first, lists in ((0, WHOLE), (100, PARTS)):
        for (feed_id, period), count in lists.items():
            feed = FEEDS[feed_id]
            (place.inbox / file_name(feed, period=period)).write_bytes(file_bytes(feed, valid_rows(feed, count, first)))
    assert take_in(place) == 0
    return place


def take_in(place: Home) -> int:
    """Run ingest; its exit code."""
    with contextlib.redirect_stderr(io.StringIO()):
        return ingest_all(place, load_keys(place), FEEDS, None, workers=0)


def in_force(place: Home) -> dict[str, set[tuple]]:
    """Every feed's rows as a build reads them, without where they came from: an event sent twice is one event."""
    verdicts = {m.batch_id: Verdict(m.batch_id, m.feed_id, "v", "", "admitted", (), 0) for m in read_manifests(place)}
    candidate = write_inputs(place, USED, AS_OF, verdicts)
    lineage = ", ".join(name for name, _ in LINEAGE_COLUMNS if name != "_row_key")
    with duckdb.connect(str(candidate.path / WAREHOUSE_FILE), read_only=True) as connection:
        return {
            feed_id: set(connection.execute(f"select * exclude ({lineage}) from lake.{feed_id}").fetchall())
            for feed_id in USED
        }
