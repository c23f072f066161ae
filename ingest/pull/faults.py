"""Why a source could not be pulled; the other sources go on."""

from __future__ import annotations

from warehouse.errors import WarehouseError


class PullFault(WarehouseError):
    """One source gave no whole extract; `code` names the reason. Its message never quotes the server's own text."""

    exit_code = 1

    def __init__(self, code: str, what: str, **places: str) -> None:
        self.code = code
        super().__init__(what, **places)
