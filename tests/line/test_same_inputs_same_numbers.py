"""Refreshing twice changes nothing; the order of files changes no mart; rebuilds give equal tables."""

from __future__ import annotations

import os
import random
import shutil

import pytest

from tests.line.worlds import World, copy_home, drop_files, fresh_home, refresh, run, table_hashes

pytestmark = pytest.mark.slow


def test_a_second_refresh_changes_nothing(world: World) -> None:
    before = (os.readlink(world.home.current), table_hashes(world.home), sorted(world.home.builds.iterdir()))
    again = refresh(world.home)
    assert (os.readlink(world.home.current), table_hashes(world.home), sorted(world.home.builds.iterdir())) == before
    assert "· dbt" not in again.stderr
    assert "· unchanged" in again.stderr


def test_files_sent_again_change_nothing(hamlet: World, tmp_path) -> None:
    place = copy_home(hamlet, tmp_path)
    drop_files(hamlet, place)
    refresh(place)
    assert os.readlink(place.current) == os.readlink(hamlet.home.current)
    assert table_hashes(place) == table_hashes(hamlet.home)


@pytest.mark.district
def test_the_order_of_files_changes_no_mart(hamlet: World, tmp_path) -> None:
    place = fresh_home(hamlet, tmp_path)
    beside: dict[str, list[str]] = {path.name.split(".", 1)[0]: [] for path in hamlet.sent.iterdir()}
    for path in sorted(hamlet.sent.iterdir()):
        beside[path.name.split(".", 1)[0]].append(path.name)
    names = sorted(beside)
    random.Random(7).shuffle(names)
    third = len(names) // 3
    for portion in (names[:third], names[third : 2 * third], names[2 * third :]):
        # a file and the sidecar beside it come together
        drop_files(hamlet, place, [name for stem in portion for name in beside[stem]])
        run("-m", "ingest", place=place, expect=None)
    refresh(place)
    assert table_hashes(place) == table_hashes(hamlet.home)


@pytest.mark.district
def test_three_rebuilds_give_equal_tables(district: World) -> None:
    place = district.home
    first = table_hashes(place)
    build = place.current.resolve()
    for _ in range(2):
        place.current.unlink()
        shutil.rmtree(build)
        refresh(place)
        assert place.current.resolve().name == build.name
        assert table_hashes(place) == first
