"""The installation's `sources.yml`: which feeds are pulled, from where, for which period.

In: one YAML file of the installation, never of the repository. Out: `Source`s. Passwords and tokens are named by an
environment variable or a file; one written into the file is refused, and no message repeats what the file says.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from warehouse.contracts import Feed
from warehouse.errors import ContractError
from warehouse.paths import Home

SOURCES_FILE = "sources.yml"
SOURCES_VARIABLE = "WAREHOUSE_SOURCES"
SCHEMA = Path(__file__).with_name("sources.schema.yml")
PULLED_FORMS = {"postgresql": ("csv",), "http": ("json", "jsonl")}


@dataclass(frozen=True)
class Source:
    """One extract to pull. `way`: postgresql or http; `settings`: what the file says of that way."""

    name: str
    feed: Feed
    form: str
    way: str
    settings: Mapping[str, Any]
    period: str | None
    kind: str | None

    @property
    def label(self) -> str:
        """How messages and sidecars name it."""
        return f"{self.way}:{self.name}"


def sources_file(home: Home) -> Path:
    """Where the installation's sources are written down."""
    return Path(os.environ.get(SOURCES_VARIABLE) or home.root / SOURCES_FILE)


def read_sources(path: Path, feeds: Mapping[str, Feed]) -> list[Source]:
    """Every source of the file, in its order.

    Raises: ContractError when the file is missing, unreadable, or says something that is not agreed.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise ContractError(
            "the sources file can't be read",
            where=str(path),
            remedy=f"write it as docs/operations.md shows, or name another in {SOURCES_VARIABLE}",
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}: line {mark.line + 1}" if mark else str(path)
        raise ContractError("the sources file is no YAML", where=place) from None
    for fault in _validator().iter_errors(content):
        raise ContractError(
            "the sources file says something that is not agreed",
            where=f"{path}: {'/'.join(str(part) for part in fault.absolute_path) or 'top'}",
            expected=_rule(fault),
            remedy="passwords and tokens are named by password_from or token_from, never written into the file",
        )
    sources = [_source(name, entry, feeds, path) for name, entry in content["sources"].items()]
    taken: dict[tuple[str, str | None, str | None], str] = {}
    for source in sources:
        other = taken.setdefault((source.feed.feed_id, source.kind, source.period), source.name)
        if other != source.name:
            raise ContractError(
                "two sources give the same delivery, and would replace each other for ever",
                where=f"{path}: sources/{other} and sources/{source.name}",
                expected="one source for each feed, kind and period",
                remedy="join the two in one view at the bureau, or in one query",
            )
    return sources


def read_secret(where: Mapping[str, str] | None, label: str) -> str | None:
    """The password or token that a setting names, None where none is. Raises: ContractError, without the value."""
    if where is None:
        return None
    if "env" in where:
        secret, place = os.environ.get(where["env"], ""), f"environment variable {where['env']}"
    else:
        place = where["file"]
        try:
            secret = Path(place).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            secret = ""
    if not secret:
        raise ContractError("a password or token is missing", where=f"{label}: {place}", remedy="set it there")
    if "\n" in secret or "\r" in secret:
        raise ContractError("a password or token has several lines", where=f"{label}: {place}")
    return secret


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))


def _rule(fault: jsonschema.ValidationError) -> str:
    """What the schema asks for, without what the file says."""
    if fault.validator == "additionalProperties":
        return "only " + ", ".join(sorted(fault.schema.get("properties", {})))
    if fault.validator == "oneOf":
        return "exactly one of " + " | ".join(" + ".join(choice["required"]) for choice in fault.validator_value)
    return f"{fault.validator}: {fault.validator_value}"


def _source(name: str, entry: dict[str, Any], feeds: Mapping[str, Feed], path: Path) -> Source:
    place = f"{path}: sources/{name}"
    feed = feeds.get(entry["feed"])
    if feed is None:
        raise ContractError(
            "a source names a feed without a contract", where=place, expected="one of " + ", ".join(feeds)
        )
    way = "postgresql" if "postgresql" in entry else "http"
    form = next((form for form in PULLED_FORMS[way] if form in feed.forms), None)
    if form is None:
        raise ContractError(
            "the contract doesn't allow the form in which this source is written",
            where=f"{place}: {feed.feed_id}",
            expected=" or ".join(PULLED_FORMS[way]),
            found=" or ".join(feed.forms),
            remedy="agree the form with the bureau and add it to the contract's forms",
        )
    kind = entry.get("kind")
    if kind is not None and kind not in feed.delivery:
        raise ContractError(
            "the kind of delivery is not agreed", where=place, expected=" or ".join(feed.delivery), found=kind
        )
    return Source(name, feed, form, way, entry[way], entry.get("period"), kind)
