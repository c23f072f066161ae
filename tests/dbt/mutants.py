"""Changes one comparison of a statement at a time, so that a test can ask whether anything notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

STRONGER = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "=": ("<>",),
    "<>": ("=",),
    "!=": ("=",),
    "in": ("not in",),
    "not in": ("in",),
    "between": ("not between",),
    "is null": ("is not null",),
    "is not null": ("is null",),
    "is distinct from": ("is not distinct from",),
    "like": ("not like",),
}
TOKEN = re.compile(
    r"'(?:[^']|'')*'|--[^\n]*|<=|>=|<>|!=|=|<|>"
    r"|\bis\s+distinct\s+from\b|\bis\s+not\s+null\b|\bis\s+null\b|\bnot\s+in\b|\bin\b|\bbetween\b|\blike\b"
)


@dataclass(frozen=True)
class Mutant:
    """One changed comparison: where it stands, what it was and became, and the whole statement with the change."""

    line: int
    text: str
    was: str
    became: str
    sql: str

    @property
    def name(self) -> str:
        """A name that survives changes elsewhere in the file: the line's text and the change."""
        return f"{self.text} [{self.was} -> {self.became}]"


def mutants_of(sql: str) -> Iterator[Mutant]:
    """Every statement that differs from `sql` in one comparison operator; strings and comments are left alone."""
    for found in TOKEN.finditer(sql):
        operator = " ".join(found.group().lower().split())
        line = sql.count("\n", 0, found.start())
        for other in STRONGER.get(operator, ()):
            text = " ".join(sql.split("\n")[line].split())
            yield Mutant(line + 1, text, operator, other, f"{sql[: found.start()]}{other}{sql[found.end() :]}")
