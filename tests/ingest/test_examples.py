"""The example file that a bureau is given is a file that the line accepts, whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ingest.__main__ import main
from warehouse import examples
from warehouse.__main__ import main as warehouse_main
from warehouse.contracts import load_feeds
from warehouse.paths import PROJECT

FEEDS = load_feeds()


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """The manifests of all examples after one run, by feed."""
    place = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_DATA", str(place / "data"))
        patch.setenv("WAREHOUSE_KEYS", str(place / "keys"))
        assert warehouse_main(["keys"]) == 0
        shutil.copytree(PROJECT / "docs" / "feeds" / "examples", place / "data" / "inbox")
        assert main(["--workers", "0"]) == 0
    return {
        manifest["feed_id"]: manifest
        for path in (place / "data" / "lake").rglob("manifest.json")
        for manifest in [json.loads(path.read_text(encoding="utf-8"))]
    }


@pytest.mark.parametrize("feed_id", FEEDS)
def test_the_example_of_a_feed_is_accepted_whole(feed_id: str, manifests: dict[str, dict]) -> None:
    manifest = manifests[feed_id]
    assert (manifest["rows_read"], manifest["rows_accepted"], manifest["rows_quarantined"]) == (2, 2, 0)
    assert manifest["flags"] == {}
    assert manifest["headers_extra"] == []


def test_every_example_is_the_contract_s(tmp_path: Path) -> None:
    names = {examples.file_name(feed) for feed in FEEDS.values()}
    assert {path.name for path in (PROJECT / "docs" / "feeds" / "examples").iterdir()} == names
