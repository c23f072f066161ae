"""Credit codes (GB 32100): official ones are valid, and no neighbour of one is."""

from __future__ import annotations

import pytest

from ingest import codes
from tests.ingest.test_values import one

CREDIT_CODES = ["115002320086902886", "11500232008690472X", "115001030092838602", "115002280086522817"]


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_official_credit_codes_are_valid_and_no_neighbour_is(code: str) -> None:
    def check(text: str) -> bool:
        return one(text, lambda t: codes.is_credit_code(codes.read_credit_code(t)))

    assert check(code)
    assert check(f" {code[:9]} {code[9:].lower()}")
    assert not any(check(code[:-1] + other) for other in codes.CREDIT_CHARACTERS if other != code[-1])
    assert not check(code[:-1])
