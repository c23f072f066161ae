"""A JSON endpoint as a file of the feed: every record of every page, once.

In: the paging and the names that sources.yml gives. Out: a finished draft, or that nothing has changed since the last pull.
Paging that goes in circles, has no end, or gives fewer records than announced is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import requests

from ingest.pull.delivery import Draft
from ingest.pull.endpoint import Endpoint, Page, check_origin, fault, joined, open_endpoint, read_answer
from ingest.pull.periods import Period
from ingest.pull.records import as_text, at_path, records_of, rows_of
from ingest.pull.sources import Source

MOST_PAGES = 10_000


def write_pages(source: Source, period: Period, draft: Draft, known: Mapping[str, str]) -> dict[str, str] | None:
    """Write every record of an endpoint into the draft; the validators for the next time, None when nothing changed.

    `known`: the validators of a pull whose file the installation still holds. Raises: PullFault, ContractError.
    """
    settings = source.settings
    is_document = source.form == "json"
    seen: set[bytes] = set()
    expected: int | None = None
    records_count = 0
    with requests.Session() as session:
        endpoint = open_endpoint(source, session)
        # A validator speaks of one page: with several, a change on another would go unseen.
        known = {} if "paging" in settings else known
        if is_document:
            draft.write(b"[\n")
        for page in _pages(endpoint, _parameters(settings.get("parameters", {}), period), known):
            if page is None:
                return None
            if "total" in settings and expected is None:
                expected = _total(source, page)
            mark = hashlib.sha256()
            for record in _records(source, page):
                text = as_text(record).encode()
                mark.update(text)
                before = b",\n" if is_document and records_count else b""
                rows = rows_of(record, source.feed.rows_from)
                draft.write_record(text, rows, before=before, after=b"" if is_document else b"\n")
                records_count += 1
            if mark.digest() in seen:
                raise fault(source, "paging_loop", "the paging goes in circles: the same page came twice")
            if _records(source, page):
                seen.add(mark.digest())
        if is_document:
            draft.write(b"\n]\n")
    if expected is not None and expected != records_count:
        raise fault(
            source,
            "count_differs",
            "the records that came are not as many as the server says",
            expected=f"{expected} records",
            found=f"{records_count} records",
            remedy="pull again; records may have been added while the pages were read",
        )
    return endpoint.validators if "paging" not in settings else {}


def _pages(endpoint: Endpoint, parameters: Mapping[str, str], known: Mapping[str, str]) -> Iterator[Page | None]:
    """Each page in turn; None alone when the server says that nothing has changed."""
    source, settings = endpoint.source, endpoint.source.settings
    paging = settings.get("paging", {})
    most = settings.get("most_pages", MOST_PAGES)
    url, more = settings["url"], dict(parameters)
    number = paging.get("first", 1)
    if "page" in paging:
        more[paging["page"]] = str(number)
    visited: set[str] = {url}
    for _ in range(most):
        page = read_answer(endpoint, url, more, known)
        yield page
        if page is None:
            return
        if not paging:
            if page.next_link:
                what = "the endpoint has more pages than this one"
                raise fault(source, "more_pages", what, remedy="describe its paging in sources.yml")
            return
        if "next" in paging:
            link = page.next_link if paging["next"] == "header" else at_path(page.content, paging["next"])
            if not link:
                return
            url, more = joined(url, str(link)), {}
            check_origin(endpoint, url)
            _check_new(source, url, visited)
        elif "page" in paging:
            # A short page may only mean that the server gives fewer at once than asked: an empty one is the end.
            if not _records(source, page):
                return
            number += 1
            more[paging["page"]] = str(number)
        else:
            cursor = at_path(page.content, paging["cursor_from"])
            if cursor is None or cursor is False or cursor == "":
                return
            _check_new(source, str(cursor), visited)
            more[paging["cursor"]] = str(cursor)
    raise fault(source, "too_many_pages", "the endpoint has too many pages", expected=f"at most {most}")


def _records(source: Source, page: Page) -> list[object]:
    path = source.settings.get("records")
    records = records_of(page.content, path)
    if records is None:
        what = "the answer holds no list of records"
        raise fault(source, "no_records", what, expected=path or "a list, or an object with one list of records")
    return records


def _check_new(source: Source, place: str, visited: set[str]) -> None:
    if place in visited:
        raise fault(source, "paging_loop", "the paging goes in circles: a next link or cursor comes back")
    visited.add(place)


def _parameters(written: Mapping[str, str | int], period: Period) -> dict[str, str]:
    """Query parameters with {period}, {period_start} and {period_end} filled in."""
    values = {
        "{period_start}": period.start.isoformat(),
        "{period_end}": period.end.isoformat(),
        "{period}": period.text,
    }
    filled = {}
    for name, value in written.items():
        text = str(value)
        for mark, moment in values.items():
            text = text.replace(mark, moment)
        filled[name] = text
    return filled


def _total(source: Source, page: Page) -> int:
    total = at_path(page.content, source.settings["total"])
    if isinstance(total, bool) or not isinstance(total, int):
        raise fault(source, "no_records", "the answer names no total", expected=source.settings["total"])
    return total
