"""How numbers, dates and changes are written, in Chinese and in English.

Persons in full with separators, money in 万元 (English: CNY million), rates with one decimal, minus U+2212,
a sign only on changes, "—" for what is missing, "0" for no change.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

MINUS = "\u2212"
MISSING = "—"
WAN = 10_000
MILLION = 1_000_000
YI = 100_000_000
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def count(number: float | None) -> str:
    """A number of persons, cases or rows."""
    return MISSING if number is None else _sign(f"{number:,.0f}")


def signed(number: float | None, decimals: int = 0) -> str:
    """A change with its sign; 0 stays bare."""
    if number is None:
        return MISSING
    text = f"{number:+,.{decimals}f}"
    return "0" if float(text.replace(",", "")) == 0 else _sign(text)


def arrow(number: float | None, unit: str = "", decimals: int = 0) -> str:
    """A change as ▲ or ▼ with its size and unit, e.g. ▲39人; 0 without a mark."""
    if number is None:
        return MISSING
    size = f"{abs(number):,.{decimals}f}"
    if float(size.replace(",", "")) == 0:
        return f"0{unit}"
    return f"{'▲' if number > 0 else '▼'}{size}{unit}"


def rate(ratio: float | None, decimals: int = 1) -> str:
    """A share as a percentage without the sign %, for places whose label carries it."""
    return MISSING if ratio is None else _sign(f"{ratio * 100:.{decimals}f}")


def percent(ratio: float | None, decimals: int = 1) -> str:
    """A share as a percentage with its sign."""
    return MISSING if ratio is None else f"{rate(ratio, decimals)}%"


def points(difference: float | None, lang: str) -> str:
    """The size of a change between two rates in percentage points; direction is the caller's word."""
    if difference is None:
        return MISSING
    return f"{abs(difference) * 100:.1f}{'个百分点' if lang == 'zh' else ' pp'}"


def arrow_points(difference: float | None, lang: str) -> str:
    """A change between two rates as ▲ or ▼ with percentage points."""
    if difference is None:
        return MISSING
    if abs(difference) < 0.0005:
        return "0个百分点" if lang == "zh" else "0 pp"
    return f"{'▲' if difference > 0 else '▼'}{points(difference, lang)}"


def money_value(yuan: float | None, lang: str) -> str:
    """An amount in the unit that its label names: 万元 with one decimal, CNY million with two."""
    if yuan is None:
        return MISSING
    return _sign(f"{yuan / WAN:,.1f}" if lang == "zh" else f"{yuan / MILLION:,.2f}")


def money(yuan: float | None, lang: str) -> str:
    """An amount with its unit, by size: 元, 万元, 亿元; English CNY, CNY million."""
    if yuan is None:
        return MISSING
    size = abs(yuan)
    if lang == "zh":
        if size >= YI:
            return _sign(f"{yuan / YI:,.2f}亿元")
        return _sign(f"{yuan / WAN:,.1f}万元" if size >= WAN else f"{yuan:,.0f}元")
    return _sign(f"CNY {yuan / MILLION:,.2f} million" if size >= MILLION else f"CNY {yuan:,.0f}")


def arrow_money(yuan: float | None, lang: str) -> str:
    """A change of an amount as ▲ or ▼ with its unit."""
    if yuan is None:
        return MISSING
    size = money(abs(yuan), lang)
    return size if yuan == 0 else f"{'▲' if yuan > 0 else '▼'}{size}"


def day(when: date | None, lang: str) -> str:
    """A day of the year: 11月23日, 23 Nov."""
    if when is None:
        return MISSING
    return f"{when.month}月{when.day}日" if lang == "zh" else f"{when.day} {MONTHS[when.month - 1]}"


def full_day(when: date | None, lang: str) -> str:
    """A day with its year: 2025年11月23日, 23 Nov 2025."""
    if when is None:
        return MISSING
    return f"{when.year}年{day(when, lang)}" if lang == "zh" else f"{day(when, lang)} {when.year}"


def month(when: date | None, lang: str) -> str:
    """A month: 11月, Nov."""
    if when is None:
        return MISSING
    return f"{when.month}月" if lang == "zh" else MONTHS[when.month - 1]


def year(when: date, lang: str) -> str:
    """A year: 2025年, 2025."""
    return f"{when.year}年" if lang == "zh" else f"{when.year}"


def moment(when: datetime | None, lang: str) -> str:
    """A day and a time of 24 hours."""
    return MISSING if when is None else f"{day(when, lang)}{'' if lang == 'zh' else ' '}{when:%H:%M}"


def week_code(sunday: date) -> str:
    """The ISO week that ends on a Sunday, as it stands in addresses: 2025-W47."""
    year, week, _ = sunday.isocalendar()
    return f"{year}-W{week:02d}"


def week(sunday: date, lang: str) -> str:
    """The week in words: 2025年第47周, Week 47, 2025."""
    year, number, _ = sunday.isocalendar()
    return f"{year}年第{number}周" if lang == "zh" else f"Week {number}, {year}"


def week_short(sunday: date, lang: str) -> str:
    """The week without its year: 47周, W47."""
    number = sunday.isocalendar()[1]
    return f"{number}周" if lang == "zh" else f"W{number}"


def week_span(sunday: date, lang: str) -> str:
    """Monday to Sunday: 11月17日—23日, 17–23 Nov."""
    monday = sunday - timedelta(days=6)
    if lang == "zh":
        end = f"{sunday.day}日" if monday.month == sunday.month else f"{sunday.month}月{sunday.day}日"
        return f"{monday.month}月{monday.day}日—{end}"
    if monday.month == sunday.month:
        return f"{monday.day}–{sunday.day} {MONTHS[sunday.month - 1]}"
    return f"{day(monday, 'en')} – {day(sunday, 'en')}"


def names(items: list[str], lang: str) -> str:
    """A short enumeration: 白马、后坪、浩口."""
    return "、".join(items) if lang == "zh" else ", ".join(items)


def _sign(text: str) -> str:
    return text.replace("-", MINUS)
