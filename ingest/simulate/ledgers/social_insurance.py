"""Who is insured for what, pays on which base and draws which benefit: the human resources bureau's ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers import employers, work
from ingest.simulate.ledgers.draws import some
from ingest.simulate.timeline import DAYS_A_YEAR, NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "human_resources__social_insurance"
GENERATOR = 103
# fen a month that the made bureau pays as the residents' basic part, by age: a size of this world, not policy
BASIC_PARTS = ((0, 14_500), (70, 15_500), (80, 17_500))
ENTERPRISE, CIVIL, RESIDENT, UNEMPLOYMENT, INJURY = "110", "120", "170", "210", "410"
RESIDENT_PAYERS_SHARE = 0.82
RESIDENT_BASES = (40_000, 60_000, 90_000, 120_000)  # fen a year
TWICE_SHARE = 0.006
FORMER_SHARE = 0.24  # of those without a steady job: once insured by an employer elsewhere, terminated
CLAIMED_SHARE = 0.7  # of jobs that ended
INJURED_SHARE = 0.002
NEW_SHARE, NEW_IN_DB_SHARE = 0.05, 0.6  # of workers' pensions: granted within the last months
CARED_SUBSIDY_SHARE = 0.003  # holders of the two subsidies who also draw the injury insurance's care allowance
SUBSIDIES = ("0401", "0402")
SCHEMA = {
    "person": pl.Int32,
    "insurance": pl.String,
    "employer": pl.Int32,
    "paid_from": pl.Int32,
    "paid_until": pl.Int32,
    "yearly": pl.Boolean,
    "base": pl.Int64,
    "benefit_from": pl.Int32,
    "benefit_until": pl.Int32,
    "benefit": pl.Int64,
    "basic_part": pl.Int64,
    "claim_from": pl.Int32,
    "claim_to": pl.Int32,
    "injury_care": pl.Boolean,
    "employment": pl.String,
    "is_second": pl.Boolean,
    "is_terminated": pl.Boolean,
}


def build(world: World) -> pl.DataFrame:
    """Insurances.

    Grain: one row a person and insurance, two where the bureau holds a person twice (is_second) or a former job stands
    on as terminated (is_terminated). Days as numbers, NEVER where open or none; amounts in fen a month (base of a yearly
    payer: a year); claim_*: unemployment benefit; employment: code while the insurance is paid or drawn.
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    lives: pl.DataFrame = world.ledgers[work.NAME]
    frames = [
        *_of_jobs(world, lives, rng),
        *_of_former_jobs(world, lives, rng),
        _of_casual_workers(lives),
        _of_residents(world, lives, rng),
        *_pensions(world, lives, rng),
        _cared_for(world, rng),
    ]
    table = pl.concat(frames)
    again = some(
        rng, np.flatnonzero(((table["insurance"] == ENTERPRISE) & ~table["is_terminated"]).to_numpy()), TWICE_SHARE
    )
    second = table[again].with_columns(
        paid_until=pl.lit(world.today - 900, dtype=pl.Int32),
        paid_from=pl.lit(world.today - 2_000, dtype=pl.Int32),
        employer=(pl.col("employer") + 1) % len(world.ledgers[employers.NAME]),
        base=pl.lit(350_000, dtype=pl.Int64),
        benefit_from=pl.lit(NEVER, dtype=pl.Int32),
        benefit=pl.lit(0, dtype=pl.Int64),
        is_second=pl.lit(True),
        is_terminated=pl.lit(True),
    )
    return pl.concat([table, second]).sort("person", "insurance", "is_second", maintain_order=True)


def _rows(person: pl.Series | np.ndarray, insurance: str | np.ndarray, **columns: object) -> pl.DataFrame:
    """Rows with everything that isn't given as none."""
    rows = pl.DataFrame({"person": person}, schema={"person": pl.Int32})
    given = {"insurance": insurance, **columns}
    defaults: dict[str, object] = {
        "employer": -1,
        "paid_from": NEVER,
        "paid_until": NEVER,
        "yearly": False,
        "base": 0,
        "benefit_from": NEVER,
        "benefit_until": NEVER,
        "benefit": 0,
        "basic_part": 0,
        "claim_from": NEVER,
        "claim_to": NEVER,
        "injury_care": False,
        "employment": "5",
        "is_second": False,
        "is_terminated": False,
    }
    for name, value in {**defaults, **given}.items():
        filled = value if isinstance(value, (pl.Series, np.ndarray)) else pl.lit(value)
        rows = rows.with_columns(
            (pl.Series(name, filled) if isinstance(filled, np.ndarray) else filled).cast(SCHEMA[name]).alias(name)
        )
    return rows.select(list(SCHEMA))


def _of_jobs(world: World, lives: pl.DataFrame, rng: np.random.Generator) -> list[pl.DataFrame]:
    """A steady job brings pension, unemployment and injury insurance; one that ended, often a claim."""
    jobs = lives.filter(pl.col("kind") == "steady")
    public = world.ledgers[employers.NAME].public[jobs["employer"].to_numpy()]
    shared = {
        "employer": jobs["employer"],
        "paid_from": jobs["since"],
        "paid_until": jobs["until"],
        "base": jobs["wage"],
        "employment": "1",
    }
    ended = jobs["until"].to_numpy() < NEVER
    claims = ended & (rng.random(len(jobs)) < CLAIMED_SHARE)
    start = jobs["until"].to_numpy() + 20
    length = rng.integers(3, 19, len(jobs)) * 30
    injured = np.zeros(len(jobs), dtype=bool)
    injured[some(rng, np.flatnonzero(~ended), INJURED_SHARE, 1)] = True
    return [
        _rows(jobs["person"], np.where(public, CIVIL, ENTERPRISE), **shared),
        _rows(
            jobs["person"],
            UNEMPLOYMENT,
            **shared,
            claim_from=np.where(claims, start, NEVER),
            claim_to=np.where(claims, start + length - 1, NEVER),
            benefit_from=np.where(claims, start, NEVER),
            benefit_until=np.where(claims, start + length, NEVER),
            benefit=np.where(claims, 160_000, 0),
        ),
        _rows(
            jobs["person"],
            INJURY,
            **shared,
            injury_care=injured,
            benefit_from=np.where(injured, jobs["since"].to_numpy() + 90, NEVER),
            benefit=np.where(injured, 180_000, 0),
        ),
    ]


def _of_former_jobs(world: World, lives: pl.DataFrame, rng: np.random.Generator) -> list[pl.DataFrame]:
    """Jobs given up years ago stay on the list as terminated."""
    former = lives.filter(pl.col("kind").is_in(["none", "casual", "resident_pension"]))
    former = former.filter(pl.Series(rng.random(len(former)) < FORMER_SHARE))
    until = world.today - rng.integers(1_200, 5_000, len(former))
    shared = {
        "employer": rng.integers(0, len(world.ledgers[employers.NAME]), len(former)),
        "paid_from": until - rng.integers(200, 2_000, len(former)),
        "paid_until": until,
        "base": rng.integers(18, 42, len(former)) * 10_000,
        "employment": _without_job(former),
        "is_terminated": True,
    }
    return [_rows(former["person"], insurance, **shared) for insurance in (ENTERPRISE, INJURY)]


def _of_casual_workers(lives: pl.DataFrame) -> pl.DataFrame:
    """Some of those with casual work pay as flexibly employed."""
    casual = lives.filter(_pays_flexibly())
    return _rows(casual["person"], ENTERPRISE, paid_from=casual["since"], base=casual["wage"], employment="3")


def _of_residents(world: World, lives: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Those below pension age without a job pay the residents' pension insurance once a year, most of them."""
    paying = lives.filter(pl.col("kind").is_in(["none", "casual"]) & ~_pays_flexibly())
    paying = paying.filter(pl.Series(rng.random(len(paying)) < RESIDENT_PAYERS_SHARE))
    base = np.array(RESIDENT_BASES)[rng.choice(len(RESIDENT_BASES), len(paying), p=(0.6, 0.2, 0.12, 0.08))]
    stopped = rng.random(len(paying)) < 0.06
    until = np.where(stopped, world.today - rng.integers(100, 900, len(paying)), NEVER)
    return _rows(
        paying["person"],
        RESIDENT,
        paid_from=world.today - 4_000,
        paid_until=until,
        yearly=True,
        base=base,
        employment=_without_job(paying),
    )


def _without_job(lives: pl.DataFrame) -> pl.Series:
    """The employment code of persons without a steady job: flexibly employed with casual work, else not employed."""
    return pl.Series(np.where(lives["kind"] == "casual", "3", "5"))


def _pays_flexibly() -> pl.Expr:
    """Every third person with casual work pays as flexibly employed instead of as a resident."""
    return (pl.col("kind") == "casual") & (pl.col("person") % 3 == 0)


def _pensions(world: World, lives: pl.DataFrame, rng: np.random.Generator) -> list[pl.DataFrame]:
    """Pensions in payment; the residents' holds the basic part. They end some time after a death."""
    found = []
    for kind, insurance, employment in (
        ("resident_pension", RESIDENT, "5"),
        ("worker_pension", ENTERPRISE, "4"),
        ("civil_pension", CIVIL, "4"),
    ):
        drawing = lives.filter(pl.col("kind") == kind)
        person = drawing["person"].to_numpy()
        age = (world.today - world.persons.birth[person]) / DAYS_A_YEAR
        basic = np.zeros(len(person), dtype=np.int64)
        if kind == "resident_pension":
            for least, amount in BASIC_PARTS:
                basic[age >= least] = amount
            benefit = basic + rng.integers(0, 60, len(person)) * 100 + (rng.random(len(person)) < 0.1) * 20_000
        elif kind == "worker_pension":
            benefit = np.round(rng.lognormal(np.log(2_700), 0.22, len(person))).astype(np.int64) * 100
        else:
            benefit = np.round(rng.lognormal(np.log(4_800), 0.15, len(person))).astype(np.int64) * 100
        death = world.persons.death[person]
        newly = rng.random(len(person)) < np.where(drawing["layer"] == "DB", NEW_IN_DB_SHARE, NEW_SHARE)
        years = 60 if kind == "resident_pension" else 55
        start = world.persons.birth[person] + int(years * DAYS_A_YEAR) + 30
        start = np.where(newly & (kind != "resident_pension"), world.today - rng.integers(30, 300, len(person)), start)
        until = np.where(death < NEVER, death + rng.integers(15, 130, len(person)), NEVER)
        found.append(
            _rows(
                person,
                insurance,
                benefit_from=np.minimum(start, until - 1),
                benefit_until=until,
                benefit=benefit,
                basic_part=basic,
                employment=employment,
            )
        )
    return found


def _cared_for(world: World, rng: np.random.Generator) -> pl.DataFrame:
    """A few holders of the two subsidies who draw the injury insurance's care allowance as well."""
    lines = world.lines.filter(pl.col("programme").is_in(SUBSIDIES) & (pl.col("final_status") == "00"))
    holders = np.unique(lines.filter(pl.col("month") >= world.pay_months[-2])["person"].to_numpy())
    holders = holders[~world.set_aside[world.persons.household[holders]] & world.persons.present(world.today)[holders]]
    return _rows(
        some(rng, holders, CARED_SUBSIDY_SHARE),
        INJURY,
        paid_from=world.today - 4_000,
        paid_until=world.today - 1_500,
        benefit_from=world.today - 1_400,
        benefit=120_000,
        injury_care=True,
    )
