"""The sections about people that the week and the explorer share: trend, layers, bridge, seats."""

from __future__ import annotations

import itertools

import polars

from app import facts, fmt, places, queries
from app.charts.bridge import Step, draw_bridge
from app.charts.layers import draw_layers
from app.charts.maps import Legend, Spot, draw_seats
from app.charts.trend import Event, draw_trend
from app.context import Context
from app.parts.figure import show
from app.parts.section import note, section
from app.theme import LAYERS, SHARE_BREAKS
from warehouse import areas

STANDARD_PROGRAMMES = ("0101", "0102")
LEAST_POINTS = 12


def draw_trend_section(context: Context) -> None:
    """The weekly count over two years with the dates on which the standards rose."""
    text, lang, week = context.text, context.lang, context.selection.week
    series = queries.people_by_week(context.build, context.scope, context.selection)
    current, previous = facts.two_years(series, "persons_count", week)
    change = facts.by_week(series, "persons_count", week)
    recent = facts.recent_change(series, "persons_count", week)
    if current.height < LEAST_POINTS:
        title = text("trend.short")
    elif change.year_step is None:
        title = text("trend.title_month", recent=_moved(context, recent))
    else:
        title = text(
            "trend.title",
            year=_moved(context, change.year_step),
            ratio=_ratio(change.year_ratio),
            recent=_moved(context, recent),
        )
    with section("trend", title, text("trend.subtitle")):
        if current.is_empty():
            note(text("empty.rows"))
            return
        table = current.join(previous, on="week_end_date", how="left", suffix="_before").select(
            polars.col("week_end_date").alias(text("table.week_end")),
            polars.col("persons_count").alias(text("chart.this_year")),
            polars.col("persons_count_before").alias(text("chart.last_year")),
        )
        figure = draw_trend(current, previous, "persons_count", events(context), text, context.tokens)
        alt = f"{title} {fmt.week(week, lang)} {fmt.count(change.now)}"
        show(context, "trend", figure, alt, table)


def events(context: Context) -> list[Event]:
    """The days on which a minimum-allowance standard rose, with the new urban and rural amounts."""
    rows: dict = {}
    for row in queries.standards(context.build, STANDARD_PROGRAMMES).iter_rows(named=True):
        rows.setdefault(row["valid_from_date"], []).append(row["amount_yuan"])
    found = []
    for day, amounts in rows.items():
        written = "/".join(fmt.count(amount) for amount in sorted(set(amounts), reverse=True))
        lines = context.text("trend.event", amounts=written, day=fmt.day(day, context.lang)).split("|")
        found.append(Event(day, lines[0], lines[1]))
    return found


def draw_layers_section(context: Context) -> None:
    """The six layers with what is also in an earlier one."""
    text, selection = context.text, context.selection
    layers = queries.people_by_layer(context.build, context.scope, selection)
    total = queries.total(layers, "primary_persons_count")
    overlap = queries.total(layers, "overlap_count")
    largest = layers.sort(["primary_persons_count", "layer_code"], descending=[True, False])
    if not total:
        with section("layers", text("layers.none"), text("layers.subtitle")):
            note(text("empty.rows"))
        return
    top = largest.row(0, named=True)
    title = text(
        "layers.title",
        layer=text(f"layer.{top['layer_code']}"),
        share=fmt.percent(top["primary_persons_count"] / total, 0),
    )
    title += text("layers.overlap", n=fmt.count(overlap)) if overlap else ""
    subtitle = text("layers.subtitle_primary" if selection.is_by_person else "layers.subtitle")
    table = polars.DataFrame(
        [
            {
                text("table.layer"): text(f"layer.{code}"),
                text("table.members"): row["persons_count"],
                text("table.primary"): row["primary_persons_count"],
                text("table.overlap"): row["overlap_count"],
            }
            for code in LAYERS
            for row in layers.filter(polars.col("layer_code") == code).iter_rows(named=True)
        ]
    )
    with section("layers", title, subtitle):
        show(context, "layers", draw_layers(layers, text, context.tokens), f"{title} {fmt.count(total)}", table)


def has_bridge(context: Context) -> bool:
    """Whether the moves are known for the choice: they are recorded by town and layer only."""
    selection = context.selection
    return not (selection.is_by_person or selection.village or selection.settlement)


def draw_bridge_section(context: Context, height: int = 250) -> None:
    """How last week's end became this week's, or a sentence when the choice is finer than the moves are known."""
    text, selection = context.text, context.selection
    if not has_bridge(context):
        with section("bridge", text("bridge.no_title"), text("bridge.no_subtitle")):
            note(text("bridge.no_words"))
        return
    parts = queries.flows(context.build, context.scope, selection)
    within = 0 if selection.town else min(parts["relocated_in_count"], parts["relocated_out_count"])
    changes = {
        "entered": parts["entered_count"],
        "relocated_in": parts["relocated_in_count"] - within,
        "shifted_in": parts["shifted_in_count"],
        "exited": -parts["exited_count"],
        "died": -parts["died_count"],
        "left_district": -parts["left_district_count"],
        "relocated_out": -(parts["relocated_out_count"] - within),
        "shifted_out": -parts["shifted_out_count"],
    }
    changes["unexplained"] = parts["closing_count"] - parts["opening_count"] - sum(changes.values())
    always = ("entered", "exited", "died", "left_district")
    steps = [Step(text(f"bridge.{name}"), number) for name, number in changes.items() if number or name in always]
    title = text(
        "bridge.title",
        entered=fmt.count(parts["entered_count"]),
        exited=fmt.count(parts["exited_count"]),
        died=fmt.count(parts["died_count"]),
    )
    rows = [(text("bridge.opening"), parts["opening_count"]), *[(s.name, s.change) for s in steps]]
    rows.append((text("bridge.closing"), parts["closing_count"]))
    table = polars.DataFrame(rows, schema=[text("table.step"), text("table.persons")], orient="row")
    subtitle = text("bridge.subtitle") + (text("bridge.within", n=fmt.count(within)) if within else "")
    with section("bridge", title, subtitle):
        figure = draw_bridge(parts["opening_count"], steps, parts["closing_count"], text, context.tokens, height)
        show(context, "bridge", figure, f"{title} {fmt.count(parts['closing_count'])}", table)


def draw_seats_section(context: Context, towns: polars.DataFrame) -> None:
    """Circles at the seats: area is persons, colour the share of the registered population."""
    text = context.text
    urban = {code for code in towns["area_code"] if places.is_subdistrict(code)}
    rural = set(towns["area_code"]) - urban
    inside, outside = facts.share_of(towns, urban), facts.share_of(towns, rural)
    if inside is None or outside is None:
        title = text("map.title_plain")
    else:
        key = "map.title_rural" if outside >= inside else "map.title_urban"
        title = text(key, rural=fmt.percent(outside), urban=fmt.percent(inside))
    with section("map", title, text("map.subtitle")):
        spots = share_spots(context, towns)
        figure = draw_seats(spots, areas.district_outline(), share_legend(context), context.tokens, context.state.town)
        show(context, "map", figure, title, share_table(context, towns))


def share_spots(context: Context, towns: polars.DataFrame) -> list[Spot]:
    """The towns as spots with the class of their share."""
    spots = []
    for row in towns.iter_rows(named=True):
        area = places.by_code()[row["area_code"]]
        name = context.name(row["area_code"])
        hover = context.text(
            "map.hover",
            name=name,
            persons=fmt.count(row["persons_count"]),
            share=fmt.percent(row["share"]),
            registered=fmt.count(row["registered_persons_count"]),
        )
        spots.append(
            Spot(
                area.area_code, name, area.longitude or 0.0, area.latitude or 0.0, area.tile_column or 0, area.tile_row or 0,
                row["persons_count"], facts.level_of(row["share"], SHARE_BREAKS), fmt.rate(row["share"]), hover,
            )
        )  # fmt: skip
    return spots


def share_legend(context: Context) -> Legend:
    """The five classes of the share."""
    low, *_, high = SHARE_BREAKS
    whole = [f"{limit * 100:.0f}" for limit in SHARE_BREAKS]
    middle = [f"{a}–{b}%" for a, b in itertools.pairwise(whole)]
    return Legend(context.text("map.legend"), (f"<{low * 100:.0f}%", *middle, f"≥{high * 100:.0f}%"))


def share_table(context: Context, towns: polars.DataFrame) -> polars.DataFrame:
    """The towns with persons, registered and share, as a reader's table."""
    text = context.text
    return towns.select(
        polars.col("area_code").map_elements(context.name, return_dtype=polars.String).alias(text("table.area")),
        polars.col("persons_count").alias(text("table.persons")),
        polars.col("registered_persons_count").alias(text("table.registered")),
        (polars.col("share") * 100).round(2).alias(text("table.share")),
        polars.col("net_count").alias(text("table.net")),
    )


def _moved(context: Context, change: float | None) -> str:
    key = "moved.up" if (change or 0) > 0 else ("moved.down" if (change or 0) < 0 else "moved.same")
    return context.text(key, n=fmt.count(abs(change or 0)))


def _ratio(ratio: float | None) -> str:
    return fmt.MISSING if ratio is None else f"{fmt.signed(ratio * 100, 1)}%"
