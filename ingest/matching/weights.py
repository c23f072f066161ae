"""The fixed probabilities and thresholds of matching, from `weights.yml`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from warehouse.errors import ContractError

WEIGHTS = Path(__file__).with_name("weights.yml")


@dataclass(frozen=True)
class Weights:
    """Thresholds (probabilities, shares), the least power of ten of persons and, by comparison and level, m and u. `version`: 16 hex digits over the file."""

    proposal_threshold: float
    candidate_threshold: float
    rare_name_share: float
    common_name_share: float
    least_persons_power: int
    levels: dict[str, dict[str, tuple[float, float]]]
    version: str


def load_weights(path: Path = WEIGHTS) -> Weights:
    """The weights in a file. Raises: ContractError for a number that is no probability."""
    content = path.read_bytes()
    document = yaml.safe_load(content)
    comparisons, power = document.pop("comparisons"), int(document.pop("least_persons_power"))
    levels = {
        comparison: {row["level"]: (float(row["m"]), float(row["u"])) for row in rows}
        for comparison, rows in comparisons.items()
    }
    numbers = [*document.values(), *(value for rows in levels.values() for pair in rows.values() for value in pair)]
    for value in numbers:
        if not 0 < float(value) <= 1:
            raise ContractError("a weight of matching is no probability", where=path.name, found=str(value))
    return Weights(
        **document, least_persons_power=power, levels=levels, version=hashlib.sha256(content).hexdigest()[:16]
    )
