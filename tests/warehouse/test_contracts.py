"""The contracts: valid against the standard, typed, and strict about what nobody reads."""

from pathlib import Path

import pytest
import yaml

from warehouse.contracts import FEEDS, load_feed, load_feeds
from warehouse.errors import ContractError


def test_every_feed_is_under_contract() -> None:
    assert [feed.code for feed in load_feeds().values()] == sorted(
        [f"F{number:02}" for number in range(1, 27)] + ["F16B", "S01", "S02"]
    )


@pytest.mark.parametrize("feed", load_feeds().values(), ids=lambda feed: feed.feed_id)
def test_no_identity_column_reaches_the_lake_in_clear(feed) -> None:
    lake = {name for name, _ in feed.lake_columns()}
    for column in feed.columns:
        if column.classification == "identity":
            assert column.name not in lake, f"{column.name} is an identity column"
            assert column.encrypted_name in lake or not column.keep


@pytest.mark.parametrize("feed", load_feeds().values(), ids=lambda feed: feed.feed_id)
def test_headers_and_synonyms_of_a_feed_are_unambiguous(feed) -> None:
    names = [name for column in feed.columns for name in (column.header, *column.synonyms)]
    assert len(names) == len(set(names))


def test_codes_are_found_by_value_label_and_accepted_form() -> None:
    codes = load_feeds()["police__population"].column("sex_code").codes
    assert (codes["1"], codes["男"], codes["M"]) == ("1", "1", "1")


def _changed(tmp_path: Path, change) -> Path:
    source = FEEDS / "health__deaths.yaml"
    document = yaml.safe_load(source.read_text(encoding="utf-8"))
    change(document)
    target = tmp_path / source.name
    target.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return target


def test_an_unchanged_contract_loads_from_elsewhere(tmp_path) -> None:
    assert load_feed(_changed(tmp_path, lambda document: None)).code == "F16"


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["schema"][0]["properties"][0].update(requird=True),
        lambda d: d["schema"][0]["properties"][0]["customProperties"].append({"property": "rolle", "value": "x"}),
        lambda d: d["schema"][0]["properties"][0]["customProperties"].append({"property": "role", "value": "person"}),
        lambda d: d.update(id="health__births"),
        lambda d: d["customProperties"].append({"property": "histroy", "value": "keep"}),
    ],
    ids=["misspelt key", "misspelt property", "unknown role", "other id", "unknown feed property"],
)
def test_a_misspelt_contract_is_refused(tmp_path, change) -> None:
    with pytest.raises(ContractError):
        load_feed(_changed(tmp_path, change))


def test_a_code_form_that_means_two_codes_is_refused(tmp_path) -> None:
    def change(document):
        enum = next(p for p in document["schema"][0]["properties"] if p["name"] == "death_cause_code")["enum"]
        enum[1]["label"] = enum[0]["label"]

    with pytest.raises(ContractError, match="ambiguous"):
        load_feed(_changed(tmp_path, change))
