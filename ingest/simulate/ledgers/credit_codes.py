"""Unified social credit codes (GB 32100) of organisations that don't exist: valid, under a region nobody has.

509900 is no county: Chongqing's codes begin with 5001 and 5002 only.
"""

from __future__ import annotations

from collections.abc import Iterable

REGION = "509900"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, place, 31) for place in range(17)]
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_codes(kind: str, numbers: Iterable[int]) -> list[str]:
    """Codes by kind (91 company, 92 shop, 93 cooperative, 12 public institution) and running number, below 10^8."""
    return [_with_check(f"{kind}{REGION}{_organisation(int(number))}") for number in numbers]


def _organisation(number: int) -> str:
    """An organisation code with its own check place (GB 11714)."""
    digits = f"{number:08d}"
    rest = 11 - sum(int(d) * w for d, w in zip(digits, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return digits + {10: "X", 11: "0"}.get(rest, str(rest))


def _with_check(first_17: str) -> str:
    total = sum(ALPHABET.index(letter) * weight for letter, weight in zip(first_17, _WEIGHTS, strict=True))
    return first_17 + ALPHABET[(31 - total % 31) % 31]
