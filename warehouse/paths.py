"""Where the state of one running installation lies: one folder, and the keys outside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
AGREEMENTS = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Home:
    """The folders of an installation below `root`."""

    root: Path
    keys: Path

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def builds(self) -> Path:
        return self.root / "builds"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def current(self) -> Path:
        return self.published / "current"

    @property
    def issues(self) -> Path:
        return self.root / "issues"

    @property
    def vault(self) -> Path:
        return self.root / "vault.sqlite"

    @property
    def journal(self) -> Path:
        return self.root / "journal.sqlite"


def home(root: str | Path | None = None, keys: str | Path | None = None) -> Home:
    """The installation named by the arguments, else by WAREHOUSE_DATA and WAREHOUSE_KEYS, else ./data and ./.keys.

    When only the data folder is named, the keys still come from WAREHOUSE_KEYS or ./.keys: they are
    never looked for inside the data folder.
    """
    root_path = Path(root or os.environ.get("WAREHOUSE_DATA") or PROJECT / "data")
    keys_path = Path(keys or os.environ.get("WAREHOUSE_KEYS") or PROJECT / ".keys")
    return Home(root_path.absolute(), keys_path.absolute())
