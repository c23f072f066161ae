"""What each finding of the intake means, in Chinese and English: for a person who asks, and for the bureau that gets it back.

In: `reference/rule_texts.yml`. Out: one text a code: a rule of a row, a flag, the refusal of a file, a remark on a file.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import ContractError
from warehouse.paths import AGREEMENTS
from warehouse.yaml_files import read_yaml

RULE_TEXTS = AGREEMENTS / "reference" / "rule_texts.yml"
KINDS = ("rule", "flag", "refusal", "remark")
LANGUAGES = ("zh", "en")
PARTS = ("title", "explanation", "remedy")
# Marks that are named after their column (account_unusable, payee_id_unusable) share one text.
UNUSABLE = "_unusable"


@dataclass(frozen=True)
class RuleText:
    """A finding in words: its name, what it means, what to send instead."""

    code: str
    kind: str
    title_zh: str
    title_en: str
    explanation_zh: str
    explanation_en: str
    remedy_zh: str
    remedy_en: str

    def title(self, language: str) -> str:
        """Its name in zh or en."""
        return self.title_zh if language == "zh" else self.title_en

    def explanation(self, language: str) -> str:
        """What it means in zh or en."""
        return self.explanation_zh if language == "zh" else self.explanation_en

    def remedy(self, language: str) -> str:
        """What to send instead, or what to do, in zh or en."""
        return self.remedy_zh if language == "zh" else self.remedy_en


@functools.cache
def load_rule_texts(path: Path = RULE_TEXTS) -> dict[str, RuleText]:
    """Every text by its code. Raises: ContractError for one that is incomplete or named twice."""
    texts: dict[str, RuleText] = {}
    for kind, entries in read_yaml(path).items():
        for code, entry in entries.items():
            words = {
                f"{part}_{language}": entry.get(part, {}).get(language) for part in PARTS for language in LANGUAGES
            }
            if kind not in KINDS or code in texts or not all(words.values()):
                raise ContractError("a text of a finding is incomplete or doubled", where=f"{path.name}: {kind}/{code}")
            texts[code] = RuleText(code, kind, **words)
    return texts


def text_of(texts: dict[str, RuleText], code: str) -> RuleText | None:
    """The text of a finding, None for one that has none: any number that is unusable has the same."""
    return texts.get(code) or (texts.get("number_unusable") if code.endswith(UNUSABLE) else None)
