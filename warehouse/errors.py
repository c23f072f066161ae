"""The errors a user of the commands can meet, each with its exit code.

A message says what, where, expected, found and what to do; it never carries a person's values.
"""

from __future__ import annotations


class WarehouseError(Exception):
    """Base of every error that is shown to a user without a traceback."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", expected: str = "", found: str = "", remedy: str = "") -> None:
        self.what, self.where, self.expected, self.found, self.remedy = what, where, expected, found, remedy
        super().__init__(self.message())

    def message(self) -> str:
        """One line: what, where, expected, found, what to do."""
        parts = [self.what]
        for label, text in (
            ("where", self.where),
            ("expected", self.expected),
            ("found", self.found),
            ("do", self.remedy),
        ):
            if text:
                parts.append(f"{label}: {text}")
        return " · ".join(parts)


class ContractError(WarehouseError):
    """A contract, a policy file or a reference file is not what it must be."""

    exit_code = 2


class RefusedFile(WarehouseError):
    """A delivered file breaks its contract and is refused whole; `code` names the reason."""

    exit_code = 3

    def __init__(self, code: str, what: str, **places: str) -> None:
        self.code = code
        super().__init__(what, **places)


class GateError(WarehouseError):
    """A check that blocks has failed, or a build carries no valid receipt."""

    exit_code = 4


class KeyFault(WarehouseError):
    """The keys are missing, unreadable or not the ones that sealed this installation."""

    exit_code = 5


class MissingBuild(WarehouseError):
    """There is no such build, or nothing has been published yet."""

    exit_code = 6


class Busy(WarehouseError):
    """Another run holds the installation's lock."""

    exit_code = 7
