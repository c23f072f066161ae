"""The explorer, for analysts: one measure over towns or villages, in every cut that the filters allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars
import streamlit as st

from app import facts, fmt, places, queries, state
from app.charts.maps import Spot, draw_seats, draw_tiles
from app.charts.multiples import Panel, draw_multiples
from app.charts.pyramid import draw_pyramid
from app.context import Context, Headline
from app.parts import alert_rules, board, definition, filter_bar, people
from app.parts.figure import show
from app.parts.measures import BY_TOWN_ONLY, METRICS, Measure, measure
from app.parts.section import note, section
from warehouse import areas

PANELS = 12
FEW_TOWNS = 12


def code_of(context: Context) -> str:
    """The chosen measure."""
    return context.state.measure or state.MEASURES[0]


def headline(context: Context) -> Headline:
    """The measure for the chosen place, with the filters that it heeds in words."""
    text, lang = context.text, context.lang
    code = code_of(context)
    found = measure(context, _over_towns(context)) if code in BY_TOWN_ONLY else None
    series = queries.people_by_week(context.build, context.scope, context.selection)
    change = facts.by_week(series, "persons_count", context.selection.week)
    whole = _whole(context, found)
    step = change.step or 0
    title = text(
        f"explore.title_{code}",
        place=context.place(),
        kept=_kept(context),
        n=fmt.count(change.now),
        share=fmt.percent(facts.by_week(series, "share", context.selection.week).now),
        moved=text("moved.up" if step > 0 else "moved.down" if step < 0 else "moved.same", n=fmt.count(abs(step))),
        value=found.write(whole) if found and whole is not None else fmt.MISSING,
        month=fmt.month(found.month, lang) if found else "",
    )
    title += max(context.mark(metric_id) for metric_id in METRICS[code])
    kicker = text("explore.kicker", week=context.week_words(), day=fmt.day(context.selection.week, lang))
    return Headline(kicker, title)


def _whole(context: Context, found: Measure | None) -> float | None:
    if found is None:
        return None
    if not context.state.town:
        return found.whole
    rows = found.areas.filter(polars.col("area_code") == context.state.town)["value"].to_list()
    return rows[0] if rows else None


def _kept(context: Context) -> str:
    """The filters other than the place, in brackets; nothing when the measure is only known by town."""
    if code_of(context) in BY_TOWN_ONLY:
        return ""
    words = [chip for name, chip in filter_bar.chips(context).items() if name not in ("town", "village")]
    return context.text("explore.kept", filters=context.text("filter.join").join(words)) if words else ""


def _over_towns(context: Context) -> queries.Selection:
    return replace(context.selection, town="", village="")


def body(context: Context) -> None:
    """Measure and order; the leaderboard beside map and pyramid; moves or towns below."""
    _controls(context)
    towns = measure(context, _over_towns(context))
    left, right = st.columns([1, 1], gap="large")
    with left:
        _draw_board(context, towns)
        if not _is_drilled(context) and towns.areas.height <= FEW_TOWNS:
            _draw_pyramid(context)
    with right:
        _draw_map(context, towns)
        if not _is_drilled(context) and towns.areas.height > FEW_TOWNS:
            _draw_pyramid(context)
    part = context.state.part or state.PARTS[0]
    _segments(context, "part", state.PARTS, part)
    if part == "towns":
        _draw_multiples(context)
        return
    sections = [people.draw_trend_section, people.draw_layers_section]
    sections.append(people.draw_bridge_section if people.has_bridge(context) else alert_rules.draw)
    if _is_drilled(context):
        sections.append(_draw_pyramid)
    elif people.has_bridge(context):
        sections.append(alert_rules.draw)
    for first in range(0, len(sections), 2):
        for column, draw in zip(st.columns([7, 5], gap="large"), sections[first : first + 2], strict=False):
            with column:
                draw(context)


def _is_drilled(context: Context) -> bool:
    return bool(context.state.town) and code_of(context) not in BY_TOWN_ONLY


def _controls(context: Context) -> None:
    text = context.text
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="measure_row"):
        _segments(context, "measure", state.MEASURES, code_of(context))
        _segments(context, "order", state.ORDERS, context.state.order or state.ORDERS[0])
        definition.popover(context, METRICS[code_of(context)], key="define_measure")
    code = code_of(context)
    ignored = [name for name in context.state.filters if name not in ("town",)]
    if code in BY_TOWN_ONLY and ignored:
        note(text("explore.ignored", filters=fmt.names([text(f"filter.{name}") for name in ignored], context.lang)))


def _segments(context: Context, name: str, codes: tuple[str, ...], chosen: str) -> None:
    key = f"pick_{name}"
    if st.session_state.get(key) != chosen:
        st.session_state[key] = chosen
    st.segmented_control(
        context.text(f"{name}.label"),
        codes,
        format_func=lambda code: context.text(f"{name}.{code}"),
        key=key,
        on_change=_keep(name, key),
        required=True,
        wrap=True,
        label_visibility="collapsed" if name in ("part", "map") else "visible",
    )


def _keep(name: str, key: str) -> Callable[[], None]:
    def keep() -> None:
        state.change(**{name: st.session_state[key] or ""})

    return keep


def _draw_board(context: Context, towns: Measure) -> None:
    text, code = context.text, code_of(context)
    is_drilled = _is_drilled(context)
    found = measure(context, replace(context.selection, village="")) if is_drilled else towns
    ranked = facts.ranked(found.areas, "value")
    if not ranked or not queries.total(found.areas, "persons_count"):
        with section("board", text("board.none"), text("empty.hint")):
            st.button(text("filter.clear"), key="clear_here", on_click=state.clear)
        return
    title = text(
        "explore.board",
        measure=text(f"measure.{code}"),
        top=context.name(ranked[0]["area_code"]),
        high=_unit(context, found.write(ranked[0]["value"])),
        bottom=context.name(ranked[-1]["area_code"]),
        low=_unit(context, found.write(ranked[-1]["value"])),
    )
    subtitle = text(f"explore.board_{'villages' if is_drilled else 'towns'}", n=found.areas.height)
    with section("board", title, subtitle):
        _breadcrumb(context)
        heard = context if is_drilled else replace(context, selection=_over_towns(context))
        alerts = facts.alerts_by_town(queries.alerts(context.build, context.scope, heard.selection))
        head = text(f"measure.head_{code}", mean=found.write(found.whole), month=fmt.month(found.month, context.lang))
        board.draw(
            heard,
            found.areas,
            alerts,
            head,
            found.mean,
            found.write,
            title,
            picks=True,
            greys=code in ("share", "nursing"),
        )
        if is_drilled:
            whole = facts.by_week(
                queries.people_by_week(context.build, context.scope, replace(context.selection, village="")),
                "persons_count",
                context.selection.week,
            )
            town = replace(context, state=replace(context.state, village=""))
            note(board.sum_words(town, found.areas, whole.now))


def _unit(context: Context, written: str) -> str:
    return written + context.text(f"measure.unit_{code_of(context)}")


def _breadcrumb(context: Context) -> None:
    if not context.state.town:
        return
    with st.container(horizontal=True, gap="small", key="breadcrumb", vertical_alignment="center"):
        st.button(
            places.full(places.DISTRICT, context.lang),
            type="tertiary",
            key="to_district",
            on_click=state.change,
            kwargs={"town": ""},
        )
        st.markdown(":gray[›]")
        st.button(
            places.full(context.state.town, context.lang), type="tertiary", key="to_town", on_click=state.change,
            kwargs={"village": ""}, disabled=not context.state.village,
        )  # fmt: skip
        if context.state.village:
            st.markdown(f":gray[›] {places.full(context.state.village, context.lang)}")


def _draw_map(context: Context, towns: Measure) -> None:
    text, code = context.text, code_of(context)
    ranked = facts.ranked(towns.areas, "value")
    leading = fmt.names([context.name(row["area_code"]) for row in ranked[:3]], context.lang)
    kind = context.state.map or state.MAPS[0]
    with section(
        "map", text("explore.map", measure=text(f"measure.{code}"), towns=leading), text(f"map.subtitle_{kind}")
    ):
        _segments(context, "map", state.MAPS, kind)
        spots = [_spot(context, towns, row) for row in towns.areas.iter_rows(named=True)]
        if kind == "tiles":
            figure = draw_tiles(spots, context.tokens, context.state.town)
        else:
            figure = draw_seats(
                spots, areas.district_outline(), towns.legend(context), context.tokens, context.state.town
            )
        table = people.share_table(context, towns.areas)
        alt = text("explore.map", measure=text(f"measure.{code}"), towns=leading)
        show(context, "map", figure, alt, table, picks=True)


def _spot(context: Context, towns: Measure, row: dict) -> Spot:
    area = places.by_code()[row["area_code"]]
    name = context.name(area.area_code)
    hover = context.text(
        "map.hover_measure",
        name=name,
        measure=context.text(f"measure.{towns.code}"),
        value=towns.write(row["value"]),
        persons=fmt.count(row["persons_count"]),
        registered=fmt.count(row["registered_persons_count"]),
    )
    level = facts.level_of(row["value"], towns.breaks)
    return Spot(
        area.area_code, name, area.longitude or 0.0, area.latitude or 0.0, area.tile_column or 0, area.tile_row or 0,
        row["persons_count"], level, towns.write(row["value"]), hover,
    )  # fmt: skip


def _draw_pyramid(context: Context) -> None:
    text = context.text
    people_now = queries.people_by_age_and_sex(context.build, context.scope, context.selection)
    share = facts.old_share(people_now)
    title = text("pyramid.none") if share is None else text("pyramid.title", share=fmt.percent(share))
    with section("pyramid", title, text("pyramid.subtitle", place=context.place())):
        if share is None:
            note(text("empty.rows"))
            return
        table = people_now.sort("age_band_code", "sex_code").select(
            polars.col("age_band_code").alias(text("table.age")),
            polars.col("sex_code")
            .replace_strict({"1": text("sex.1"), "2": text("sex.2")}, default="—")
            .alias(text("table.sex")),
            polars.col("persons_count").alias(text("table.persons")),
        )
        show(context, "pyramid", draw_pyramid(people_now, text, context.tokens), title, table)


def _draw_multiples(context: Context) -> None:
    text, week = context.text, context.selection.week
    frame = queries.people_by_town_and_week(context.build, context.scope, context.selection)
    whole = frame.group_by("week_end_date").agg(polars.col("persons_count").sum()).sort("week_end_date")
    district = facts.index_to_first(whole["persons_count"].to_list())
    now = frame.filter(polars.col("week_end_date") == week).sort(
        ["persons_count", "town_code"], descending=[True, False]
    )
    panels = []
    for town in now["town_code"].to_list()[:PANELS]:
        series = frame.filter(polars.col("town_code") == town)
        index = facts.index_to_first(series["persons_count"].to_list())
        if len(index) == len(district):
            panels.append(Panel(town, context.name(town), index, index[-1] / 100 - 1))
    if not panels:
        with section("multiples", text("multiples.none"), text("multiples.subtitle")):
            note(text("empty.rows"))
        return
    up = sum(panel.change > 0 for panel in panels)
    top = max(panels, key=lambda panel: panel.change)
    change = f"{fmt.signed(top.change * 100, 1)}%"
    title = text("multiples.title", n=len(panels), up=up, top=top.name, change=change)
    table = frame.select(
        polars.col("town_code").map_elements(context.name, return_dtype=polars.String).alias(text("table.area")),
        polars.col("week_end_date").alias(text("table.week_end")),
        polars.col("persons_count").alias(text("table.persons")),
    )
    with section("multiples", title, text("multiples.subtitle")):
        show(
            context,
            "multiples",
            draw_multiples(panels, district, whole["week_end_date"].to_list(), context.tokens),
            title,
            table,
        )
