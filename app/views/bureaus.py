"""Who sends what, how well, and what goes back: the scorecard of bureaus, open corrections, proposed matches."""

from __future__ import annotations

from datetime import date

import polars
import streamlit as st

from app import fmt, queries
from app.charts.months import draw_months
from app.charts.scorecard import draw_scorecard
from app.context import Context, Headline
from app.parts import deliveries
from app.parts.figure import show
from app.parts.section import note, section
from app.queries import DIMENSIONS
from warehouse.contracts import load_feeds
from warehouse.metrics import load_metrics

MOST_BUREAUS = 12
MOST_PROPOSALS = 12
PERCENT = 100


def headline(context: Context) -> Headline:
    """The score of all bureaus, and the lowest with its reason."""
    text = context.text
    months = queries.score_months(context.build)
    if not months:
        return Headline(text("bureaus.kicker"), text("bureaus.none"))
    scores = queries.scorecard(context.build, months[0])
    overall = queries.score_by_month(context.build).filter(polars.col("month") == months[0])["score"][0]
    worst = scores.row(0, named=True)
    weakest = min(DIMENSIONS, key=lambda name: 1.0 if worst[name] is None else worst[name])
    title = text(
        "bureaus.title",
        month=fmt.month(months[0], context.lang),
        n=scores.height,
        score=fmt.rate(overall),
        worst=context.owner(worst["bureau_zh"]),
        low=fmt.rate(worst["score"]),
    )
    deck = text(
        "bureaus.deck",
        worst=context.owner(worst["bureau_zh"]),
        dimension=text(f"dimension.{weakest}"),
        value=fmt.rate(worst[weakest]),
    )
    return Headline(text("bureaus.kicker"), title, deck)


def body(context: Context) -> None:
    """The scorecard beside its history and what goes back; proposed matches below."""
    months = queries.score_months(context.build)
    left, right = st.columns([7, 5], gap="large")
    with left:
        if months:
            _draw_scores(context)
    with right:
        if months:
            _draw_history(context)
        _draw_handback(context)
    _draw_proposals(context)


def _draw_scores(context: Context) -> None:
    text = context.text
    month = queries.score_months(context.build)[0]
    scores = queries.scorecard(context.build, month)
    names = [context.owner(words) for words in scores["bureau_zh"]]
    heads = [text(f"dimension.{name}") for name in DIMENSIONS] + [text("dimension.score")]
    rows = list(scores.select(*DIMENSIONS, "score").iter_rows())
    hovers = [
        [
            text("bureaus.hover", bureau=name, dimension=head, value=fmt.percent(value))
            for head, value in zip(heads, row, strict=True)
        ]
        for name, row in zip(names, rows, strict=True)
    ]
    low = sum(1 for row in rows if row[-1] is not None and row[-1] < 0.95)
    title = text("bureaus.scores", month=fmt.month(month, context.lang), n=low)
    table = scores.select(
        polars.Series(text("table.bureau"), names),
        *(
            (polars.col(name) * PERCENT).round(1).alias(head)
            for name, head in zip([*DIMENSIONS, "score"], heads, strict=True)
        ),
    )
    with section("scores", title, text("bureaus.scores_words")):
        show(context, "scores", draw_scorecard(names, heads, rows, hovers, context.tokens), title, table)
        metrics = load_metrics()
        for name in DIMENSIONS:
            metric = metrics[f"score_{name}"]
            note(f"**{text(f'dimension.{name}')}** {metric.definition.in_language(context.lang)}")


def _draw_history(context: Context) -> None:
    text = context.text
    history = queries.score_by_month(context.build)
    first, last = history["score"][0], history["score"][-1]
    title = text("bureaus.history", n=history.height, first=fmt.rate(first), last=fmt.rate(last))
    table = history.select(
        polars.col("month").alias(text("table.month")),
        (polars.col("score") * PERCENT).round(1).alias(text("dimension.score")),
    )
    with section("history", title, text("bureaus.history_words")):
        show(context, "history", draw_months(history, "score", context.text, context.tokens), title, table)


def _draw_handback(context: Context) -> None:
    text, lang = context.text, context.lang
    waiting = queries.handback_by_bureau(context.build, context.release.weeks[0]).filter(polars.col("open_count") > 0)
    if waiting.is_empty():
        with section("handback", text("handback.none"), text("handback.none_words")):
            return
    bureau_names = {feed.bureau: feed.bureau_zh for feed in load_feeds().values()}
    shown = waiting.head(MOST_BUREAUS)
    title = text(
        "handback.title",
        n=fmt.count(queries.total(waiting, "open_count")),
        bureaus=waiting.height,
        again=fmt.count(queries.total(waiting, "reopened_count")),
        late=fmt.count(queries.total(waiting, "late_count")),
    )
    with section("handback", title, text("handback.words")):
        rows = list(shown.iter_rows(named=True))
        st.table(
            {
                text("handback.bureau"): [
                    context.owner(bureau_names.get(row["bureau"], row["bureau"])) for row in rows
                ],
                text("handback.items"): [
                    _two_lines(
                        text("handback.items_words", n=fmt.count(row["open_count"])),
                        text("handback.again_words", again=fmt.count(row["reopened_count"]))
                        if row["reopened_count"]
                        else "",
                    )
                    for row in rows
                ],
                text("handback.weight"): [
                    _two_lines(
                        text("handback.weight_words", households=fmt.count(row["households_count"])),
                        fmt.money(row["amount_yuan"], lang),
                    )
                    if row["households_count"]
                    else fmt.MISSING
                    for row in rows
                ],
                text("handback.due"): [_due(context, row["due_date"]) for row in rows],
            },
            border="horizontal",
            hide_index=True,
        )
        if waiting.height > shown.height:
            note(text("handback.more", n=waiting.height - shown.height))
        note(text("handback.where"))


def _draw_proposals(context: Context) -> None:
    text = context.text
    found = queries.identity_proposals(context.build)
    if found.is_empty():
        with section("proposals", text("proposals.none"), text("proposals.none_words")):
            return
    names = deliveries.feed_names(context)
    undecided = found.filter(polars.col("decision_code").is_null())
    title = text("proposals.title", n=fmt.count(undecided.height), decided=fmt.count(found.height - undecided.height))
    with section("proposals", title, text("proposals.words")):
        rows = list(found.head(MOST_PROPOSALS).iter_rows(named=True))
        st.table(
            {
                text("proposals.record"): [names.get(row["feed_id"], row["feed_id"]) for row in rows],
                text("proposals.person"): [
                    _two_lines(
                        row["name_masked"] or fmt.MISSING,
                        ""
                        if row["birth_year"] is None
                        else text(
                            "proposals.person_words",
                            year=row["birth_year"] or fmt.MISSING,
                            town=context.name(row["town_code"]) if row["town_code"] else fmt.MISSING,
                        ),
                    )
                    for row in rows
                ],
                text("proposals.why"): [_reasons(context, row["match_reasons"]) for row in rows],
                text("proposals.score"): [f"{row['score']:.3f}" for row in rows],
                text("proposals.decision"): [
                    _two_lines(text(f"proposals.{row['decision_code'] or 'open'}"), row["subject_key"][:8])
                    for row in rows
                ],
            },
            border="horizontal",
            hide_index=True,
        )
        if found.height > len(rows):
            note(text("proposals.more", n=fmt.count(found.height - len(rows))))
        note(text("proposals.how"))


def _two_lines(first: str, second: str) -> str:
    return f"{first}  \n:small[:gray[{second}]]" if second else first


def _due(context: Context, due: date | None) -> str:
    words = fmt.day(due, context.lang)
    is_past = due is not None and due < context.release.weeks[0]
    return f"{words}  \n:orange-badge[{context.text('handback.past')}]" if is_past else words


def _reasons(context: Context, reasons: str) -> str:
    text = context.text
    words = [text(f"reason.{code}") if text.has(f"reason.{code}") else code for code in reasons.split(",") if code]
    return fmt.names(words, context.lang)
