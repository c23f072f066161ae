"""Registered property of the persons asked about: homes, homesteads (many never registered), shops, inherited shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers import request_list
from ingest.simulate.ledgers.draws import Places, some
from ingest.simulate.ledgers.layers import age_of, household_layer_of, layer_of
from ingest.simulate.timeline import NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "natural_resources__property"
GENERATOR = 105
# share of households with a registered unit of a kind, urban and rural
HOME_SHARE, HOMESTEAD_SHARE, SHOP_SHARE = (0.75, 0.20), (0.08, 0.72), (0.03, 0.005)
SECOND_HOME_SHARE, SECOND_HOME_LEAST = 0.006, 4  # of households in DB or TK: two large homes
SMALL_SECOND_SHARE = 0.01  # two homes, too small together to break the rule
UNSAFE_SHARE, UNSAFE_LEAST = 0.03, 4
INHERITED_SHARE, INHERITED_LEAST = 0.05, 3
SHARE_UNKNOWN = 0.3
# The county of a unit number was withdrawn before there were unit numbers, so no unit bears one.
PARCEL_COUNTY = "512729"
HOMESTEAD, HOME, SHOP = "72", "10", "20"
SHARES = ("1/2", "1/3", "1/4", "1/6", "25%", "50%")


def build(world: World) -> pl.DataFrame:
    """Units with their holders.

    Grain: unit × holder. Columns: unit_no (28 places), person, share_form_code, share (as written), use_code, area
    (hundredths of m²), registered, cancelled (day, NEVER), is_second (another home of a household in DB or TK, large),
    is_inherited, unsafe_grade (C or D, of a house that doesn't count; the grade is told by the housing bureau).
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons = world.persons
    asked: request_list.RequestList = world.ledgers[request_list.NAME]
    ages, layers = age_of(world), layer_of(world)
    there = asked.person[persons.present(world.weeks[-world.scale.joined_weeks :][0])[asked.person]]
    adult = there[ages[there] >= 24]
    _, first = np.unique(persons.household[adult], return_index=True)
    head = adult[first]
    urban = persons.urban()[head]
    assisted = np.isin(household_layer_of(world, layers)[head], ("DB", "DB1", "TK"))
    picks: list[tuple[Places, str, str]] = []
    for use, shares in ((HOME, HOME_SHARE), (HOMESTEAD, HOMESTEAD_SHARE), (SHOP, SHOP_SHARE)):
        share = np.where(urban, *shares) * np.where(assisted, 0.05 if use == SHOP else 0.9, 1.0)
        picks.append((head[rng.random(len(head)) < share], use, ""))
    of_assisted = head[assisted]
    large = some(rng, of_assisted, SECOND_HOME_SHARE, SECOND_HOME_LEAST)
    small = some(rng, np.setdiff1d(of_assisted, large), SMALL_SECOND_SHARE, 2)
    unsafe = some(rng, np.setdiff1d(of_assisted, np.concatenate([large, small])), UNSAFE_SHARE, UNSAFE_LEAST)
    picks += [(large, HOME, "large"), (large, HOME, "large"), (small, HOME, "small"), (small, HOME, "small")]
    picks += [(unsafe, HOMESTEAD, "unsafe"), (unsafe, HOME, "beside")]
    picks.append((head[~assisted & (rng.random(len(head)) < 0.06)], HOME, "other"))
    holder = np.concatenate([p for p, _, _ in picks])
    use_code = np.concatenate([np.full(len(p), use) for p, use, _ in picks])
    mark = np.concatenate([np.full(len(p), name, dtype="<U6") for p, _, name in picks])
    inherited = np.zeros(len(holder), dtype=bool)
    plain = np.flatnonzero((mark == "") & (use_code != SHOP))
    inherited[some(rng, plain, INHERITED_SHARE, INHERITED_LEAST)] = True
    return _holders(world, adult, _units(world, holder, use_code, mark, inherited, rng), rng)


def _units(
    world: World, holder: Places, use: np.ndarray, mark: np.ndarray, inherited: np.ndarray, rng: np.random.Generator
) -> pl.DataFrame:
    count = len(holder)
    area = np.select(
        [mark == "large", mark == "small", use == SHOP, use == HOMESTEAD],
        [
            rng.normal(150, 15, count),
            rng.normal(20, 1.5, count),
            rng.gamma(3, 14, count) + 8,
            rng.normal(135, 30, count),
        ],
        rng.normal(92, 18, count),
    )
    registered = world.today - rng.integers(200, 7_500, count)
    registered = np.where(
        (mark == "large") & (np.arange(count) % 2 == 0), world.today - rng.integers(30, 200, count), registered
    )
    gone = (mark == "") & (rng.random(count) < 0.05)
    kind = np.where(use == HOMESTEAD, "JC", "GB")
    number = np.arange(count)
    numbers = [
        f"{PARCEL_COUNTY}{n % 97 + 1:03d}{n % 31 + 1:03d}{k}{n // 31 % 99_999 + 1:05d}F{n + 1:08d}"
        for n, k in zip(number.tolist(), kind.tolist(), strict=True)
    ]
    return pl.DataFrame(
        {
            "unit_no": numbers,
            "holder": holder.astype(np.int32),
            "use_code": use,
            "area": (np.clip(area, 12, 400) * 100).astype(np.int64),
            "registered": registered.astype(np.int32),
            "cancelled": np.where(gone, world.today - rng.integers(0, 190, count), NEVER).astype(np.int32),
            "is_second": mark == "large",
            "is_inherited": inherited,
            "unsafe_grade": np.where(mark == "unsafe", np.where(number % 2 == 0, "C", "D"), ""),
        }
    )


def _holders(world: World, adult: Places, units: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Spouses hold a home together; an inherited one is shared with relatives of other households."""
    persons = world.persons
    spouse_of = np.full(len(world.households.income), -1, dtype=np.int32)
    spouses = adult[(persons.slot[adult] == 1) & (persons.marital[adult] == "20")]
    spouse_of[persons.household[spouses]] = spouses
    holder = units["holder"].to_numpy()
    inherited = units["is_inherited"].to_numpy()
    other = spouse_of[persons.household[holder]]
    joint = ~inherited & (other >= 0) & (other != holder) & (rng.random(len(units)) < 0.45)
    alone = units.with_columns(
        person=pl.col("holder"), share_form_code=pl.Series(np.where(inherited, "2", np.where(joint, "1", "0")))
    )
    second = units.with_columns(person=pl.Series(other), share_form_code=pl.lit("1")).filter(pl.Series(joint))
    heirs = units.filter(pl.Series(inherited))
    kin = rng.choice(adult, len(heirs) * 2).astype(np.int32)
    frames = [alone, second]
    for turn in range(2):
        heir = kin[turn * len(heirs) : (turn + 1) * len(heirs)]
        frames.append(
            heirs.with_columns(person=pl.Series(heir, dtype=pl.Int32), share_form_code=pl.lit("2")).filter(
                pl.col("person") != pl.col("holder")
            )
        )
    table = pl.concat(frames).unique(["unit_no", "person"], keep="first", maintain_order=True).sort("unit_no", "person")
    written = np.array(SHARES)[rng.integers(0, len(SHARES), len(table))]
    shared = (table["share_form_code"] == "2").to_numpy() & (rng.random(len(table)) >= SHARE_UNKNOWN)
    return table.with_columns(share=pl.Series(np.where(shared, written, ""))).drop("holder")
