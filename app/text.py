"""Every text of the pages, from `app/i18n/<language>.yml`, by key."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from warehouse.yaml_files import read_yaml

I18N = Path(__file__).parent / "i18n"
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Text:
    """The texts of one language; call it with a key and the values of its placeholders."""

    lang: str

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key such as `week.title_up`.

        Raises: KeyError if the key is in no file, so that a missing text never reaches a page unseen.
        """
        template = texts(self.lang)[key]
        return template.format(**values) if values else template

    def has(self, key: str) -> bool:
        """Whether the key is written down."""
        return key in texts(self.lang)


@functools.cache
def texts(lang: str) -> dict[str, str]:
    """All texts of a language, nested keys joined by dots."""
    return dict(_flat(read_yaml(I18N / f"{lang}.yml")))


def _flat(tree: dict, prefix: str = "") -> list[tuple[str, str]]:
    pairs = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        pairs += _flat(value, f"{name}.") if isinstance(value, dict) else [(name, str(value))]
    return pairs
