"""Vehicles of the persons asked about: old cheap cars, motorcycles, tractors, and cars sold without a transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.simulate.ledgers import request_list
from ingest.simulate.ledgers.draws import Places, some
from ingest.simulate.ledgers.layers import age_of, household_layer_of, layer_of
from ingest.simulate.timeline import NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "traffic_police__vehicles"
GENERATOR = 104
# share of adults who own one, inside and outside a layer's household
SHARES = {
    "K33": (0.012, 0.115),
    "K31": (0.003, 0.030),
    "M": (0.060, 0.060),
    "T": (0.014, 0.010),
    "H3": (0.002, 0.014),
    "H1": (0.0, 0.002),
    "K2": (0.0, 0.001),
    "D": (0.004, 0.001),
}
NEW_PRICES = {
    "K33": 92_000,
    "K31": 118_000,
    "M": 6_200,
    "T": 14_000,
    "H3": 68_000,
    "H1": 240_000,
    "K2": 150_000,
    "D": 8_500,
}
PRICE_UNKNOWN = {"K33": 0.4, "K31": 0.4, "H3": 0.5, "H1": 0.3, "K2": 0.3, "M": 0.8, "T": 0.85, "D": 0.9}
CARS = ("K33", "K31")
DEAR_CARS_LEAST, SOLD_LEAST = 5, 3  # in households in DB or TK: cars of value, cars sold and not transferred
DEAR_SHARE, SOLD_SHARE = 0.0016, 0.0012
LICENCE_FROM, LICENCE_TO = 18, 76
# No plate has had I or O after the province: they are mistaken for digits.
PLATE = "渝I"
_PLATE_LETTERS = np.array(list("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"))
_PLATE_STEP, _PLATE_PLACES = 7_368_787, 5


def build(world: World) -> pl.DataFrame:
    """Vehicles.

    Grain: one row a vehicle. Columns: plate_no, person, type_code, use_code, registered, status_code (while registered),
    ended (day of transfer out or cancelling, else NEVER), ended_code (B or E), price (fen, as assessed), price_known,
    is_sold (sold, the owner in the register is no longer its holder), is_dear (a car of value, owned within DB or TK).
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    asked: request_list.RequestList = world.ledgers[request_list.NAME]
    layers, ages = layer_of(world), age_of(world)
    beside = household_layer_of(world, layers)
    person = asked.person[world.persons.death[asked.person] > world.weeks[0] - 200]
    person = person[(ages[person] >= LICENCE_FROM) & (ages[person] <= LICENCE_TO)]
    inside = np.isin(beside[person], ("DB", "DB1", "TK"))
    owners, kinds = [], []
    for code, (in_layer, outside) in SHARES.items():
        mine = person[rng.random(len(person)) < np.where(inside, in_layer, outside)]
        owners.append(mine)
        kinds.append(np.full(len(mine), code))
    assisted = person[inside & np.isin(layers[person], ("DB", "DB1", "TK"))]
    dear = some(rng, assisted, DEAR_SHARE, DEAR_CARS_LEAST)
    sold = some(rng, np.setdiff1d(assisted, dear), SOLD_SHARE, SOLD_LEAST)
    owner = np.concatenate([*owners, dear, sold]).astype(np.int32)
    kind = np.concatenate([*kinds, np.full(len(dear) + len(sold), "K33")])
    is_sold = np.arange(len(owner)) >= len(owner) - len(sold)
    is_dear = (np.arange(len(owner)) >= len(owner) - len(sold) - len(dear)) & ~is_sold
    return _with_details(world, owner, kind, np.isin(beside[owner], ("DB", "DB1", "TK")), is_sold, is_dear, rng)


def _with_details(
    world: World,
    owner: Places,
    kind: npt.NDArray[np.str_],
    assisted: np.ndarray,
    is_sold: np.ndarray,
    is_dear: np.ndarray,
    rng: np.random.Generator,
) -> pl.DataFrame:
    count = len(owner)
    years = np.where(assisted, rng.uniform(7, 16, count), rng.gamma(2.2, 3.0, count) + 0.1)
    years = np.where(is_dear, rng.uniform(0.1, 4, count), np.where(is_sold, rng.uniform(3, 8, count), years))
    registered = np.maximum(world.today - (years * 365).astype(np.int32), world.persons.birth[owner] + 18 * 366)
    new_price = np.array([NEW_PRICES[k] for k in kind]) * rng.lognormal(0, 0.25, count)
    price = np.round(new_price * 0.86**years / 100).astype(np.int64) * 10_000
    price = np.where(is_dear, np.maximum(price, rng.integers(36, 120, count) * 100_000), price)
    unknown = rng.random(count) < np.array([PRICE_UNKNOWN[k] for k in kind])
    ends = rng.random(count) < 0.06
    ended = np.where(ends & ~is_sold & ~is_dear, world.today - rng.integers(0, 500, count), NEVER)
    overdue = (years > 6) & (rng.random(count) < 0.15)
    status = np.where(is_sold | overdue, "Q", np.where(rng.random(count) < 0.02, "G", "A"))
    use = np.where(np.isin(kind, ("H3", "H1")), "D", np.where(kind == "K2", "B", "A"))
    return pl.DataFrame(
        {
            "plate_no": _plates(count),
            "person": owner,
            "type_code": kind,
            "use_code": np.where(np.isin(kind, ("M", "T")) & (rng.random(count) < 0.4), "", use),
            "registered": np.minimum(registered, world.today - 20).astype(np.int32),
            "status_code": status,
            "ended": np.maximum(ended, registered + 30).astype(np.int32),
            "ended_code": np.where(rng.random(count) < 0.5, "B", "E"),
            "price": price,
            "price_known": ~unknown | (is_dear & (np.arange(count) % 3 > 0)),
            "is_sold": is_sold,
            "is_dear": is_dear,
        }
    ).sort("plate_no")


def _plates(count: int) -> list[str]:
    """Distinct plates of five places after the letters that no plate has."""
    base = len(_PLATE_LETTERS)
    number = (np.arange(1, count + 1, dtype=np.int64) * _PLATE_STEP) % base**_PLATE_PLACES
    places = [_PLATE_LETTERS[number // base**power % base] for power in range(_PLATE_PLACES - 1, -1, -1)]
    return [PLATE + "".join(letters) for letters in zip(*places, strict=True)]
