"""Market entities of the district: shops (many dead), companies, cooperatives with villagers as nominal members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers.credit_codes import credit_codes
from ingest.simulate.ledgers.draws import Places, members, some
from ingest.simulate.ledgers.employers import cycle_name
from ingest.simulate.ledgers.layers import age_of, layer_of
from ingest.simulate.timeline import NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "market_supervision__enterprises"
GENERATOR = 106
COMPANY, SHOP, COOPERATIVE, SOLE, PARTNERSHIP = "1", "2", "3", "4", "5"
KINDS = {COMPANY: "91", SHOP: "92", COOPERATIVE: "93", SOLE: "91", PARTNERSHIP: "91"}
KIND_SHARES = (0.23, 0.60, 0.11, 0.04, 0.02)
OWNERS_SHARE = 0.009  # of the adults outside every layer
ASSISTED_SHARE, ASSISTED_LEAST = 0.006, 6  # of adults in DB or TK: represent one themselves
INVESTOR_LEAST = 3  # in DB with real money paid in
DEAD_SHARE = 0.35  # of shops: closed for years, still on the list
NOMINAL_SHARE = 0.5  # of a cooperative's members: drawn from the assisted of the district
YOUNGEST, OLDEST = 22, 75
_TRADES = {
    COMPANY: ("建筑工程有限公司", "生态农业有限公司", "旅游开发有限公司", "商贸有限公司"),
    SHOP: ("副食店", "小吃店", "理发店", "农资经营部", "修理店"),
    COOPERATIVE: ("生猪养殖专业合作社", "高山蔬菜专业合作社", "中药材种植专业合作社"),
    SOLE: ("养殖场", "加工厂"),
    PARTNERSHIP: ("劳务服务部", "农机服务部"),
}
_SCOPES = {
    COMPANY: "工程施工；农产品销售",
    SHOP: "零售；餐饮服务",
    COOPERATIVE: "组织成员种植养殖",
    SOLE: "畜禽养殖",
    PARTNERSHIP: "劳务服务",
}


def build(world: World) -> pl.DataFrame:
    """Enterprises with their holders.

    Grain: enterprise × shareholder; one row with shareholder -1 for a shop or sole enterprise. Columns: credit_code, name,
    type_code, representative (person), shareholder, subscribed, paid_in (fen), in_ten_thousands (how the amounts are
    written), established, ended (day, NEVER), ended_code (2 or 3), scope, is_dead (no business for years, still listed),
    is_nominal (a member in name only).
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    layers, ages = layer_of(world), age_of(world)
    adult = np.flatnonzero((ages >= YOUNGEST) & (ages <= OLDEST) & world.persons.present(world.today))
    assisted = adult[np.isin(layers[adult], ("DB", "DB1", "TK"))]
    others = adult[layers[adult] == ""]
    investors = some(rng, assisted, 0.0008, INVESTOR_LEAST)
    own = some(rng, np.setdiff1d(assisted, investors), ASSISTED_SHARE, ASSISTED_LEAST)
    heads = np.concatenate([some(rng, others, OWNERS_SHARE, 8), own, investors])
    kind = np.array(list(KINDS))[rng.choice(len(KINDS), len(heads), p=KIND_SHARES)]
    kind[-len(investors) :] = COMPANY
    kind[-len(investors) - len(own) : -len(investors)] = np.where(np.arange(len(own)) % 4 == 0, COOPERATIVE, SHOP)
    firms = _firms(world, heads, kind, rng)
    return _shareholders(world, firms, adult, assisted, len(investors), rng)


def _firms(world: World, heads: Places, kind: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    count = len(heads)
    established = world.today - rng.integers(120, 6_500, count)
    dead = (kind == SHOP) & (established < world.today - 1_500) & (rng.random(count) < DEAD_SHARE)
    ends = ~dead & (rng.random(count) < 0.12)
    ended = np.where(ends, np.maximum(established + 60, world.today - rng.integers(0, 1_500, count)), NEVER)
    codes = [credit_codes(KINDS[k], [n + 1])[0] for n, k in enumerate(kind)]
    names = [f"武隆{cycle_name(n)}{_TRADES[k][n % len(_TRADES[k])]}" for n, k in enumerate(kind)]
    return pl.DataFrame(
        {
            "firm": np.arange(count),
            "credit_code": codes,
            "name": names,
            "type_code": kind,
            "representative": heads.astype(np.int32),
            "in_ten_thousands": rng.random(count) < 0.6,
            "established": established.astype(np.int32),
            "ended": ended.astype(np.int32),
            "ended_code": np.where(rng.random(count) < 0.75, "2", "3"),
            "scope": [_SCOPES[k] for k in kind],
            "is_dead": dead,
        }
    )


def _shareholders(
    world: World, firms: pl.DataFrame, adult: Places, assisted: Places, investors: int, rng: np.random.Generator
) -> pl.DataFrame:
    kind = firms["type_code"].to_numpy()
    count = len(firms)
    sizes = np.select(
        [kind == COMPANY, kind == COOPERATIVE, kind == PARTNERSHIP],
        [rng.integers(1, 5, count), rng.integers(5, 26, count), rng.integers(2, 4, count)],
        0,
    )
    firm, place = members(sizes)
    nominal = (kind[firm] == COOPERATIVE) & (place > 0) & (rng.random(len(firm)) < NOMINAL_SHARE)
    drawn = np.where(nominal, rng.choice(assisted, len(firm)), rng.choice(adult, len(firm)))
    person = np.where(place == 0, firms["representative"].to_numpy()[firm], drawn).astype(np.int32)
    subscribed = np.select(
        [kind[firm] == COMPANY, kind[firm] == COOPERATIVE],
        [
            rng.integers(1, 100, len(firm)) * 1_000_000,
            np.where(place == 0, 20_000_000, rng.integers(1, 6, len(firm)) * 100_000),
        ],
        rng.integers(1, 20, len(firm)) * 500_000,
    )
    paid_share = np.where(nominal, 0.0, np.array([0.0, 0.3, 0.6, 1.0])[rng.integers(0, 4, len(firm))])
    invested = (firm >= count - investors) & (place == 0)
    subscribed = np.where(invested, np.maximum(subscribed, 8_000_000), subscribed)
    paid_in = np.where(invested, subscribed, (subscribed * paid_share).astype(np.int64) // 100_000 * 100_000)
    held = pl.DataFrame(
        {
            "firm": firm,
            "shareholder": person,
            "subscribed": subscribed.astype(np.int64),
            "paid_in": paid_in.astype(np.int64),
            "is_nominal": nominal,
        }
    ).unique(["firm", "shareholder"], keep="first", maintain_order=True)
    table = firms.join(held, on="firm", how="left", maintain_order="left_right")
    return table.with_columns(
        pl.col("shareholder").fill_null(-1),
        pl.col("subscribed", "paid_in").fill_null(0),
        pl.col("is_nominal").fill_null(False),
    ).drop("firm")
