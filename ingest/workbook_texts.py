"""What a workbook's cells refer to: its shared texts and which of its styles show a number as a date.

In: an opened workbook. Out: a series of texts by their number, and the numbers of the styles. Phonetic guides beside a
text are no part of it; the runs of a text in several fonts are put together.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

import polars as pl

from ingest.workbooks import Workbook, checked_xml, no_workbook

LARGEST_TEXTS = 256 * 1024**2
# Excel itself stops at 32,767 characters a cell.
LONGEST_TEXT = 1024**2
PIECE_BYTES = 4 * 1024**2
PLAIN_TEXT = r"^<t(?: [^>]*)?>([^<]*)</t>\s*$"
PHONETIC = r"(?s)<rPh\b.*?</rPh>"
RUN = r"<t(?: [^>]*)?>([^<]*)</t>"
ESCAPED = r"_x[0-9A-Fa-f]{4}_"
PREFIX = re.compile(rb"<(\w+):(?:sst|worksheet)[\s>]")
# Numbers that spreadsheet programs show as dates without a format of the workbook's own, the East Asian ones included.
DATE_FORMATS = frozenset({14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)})
IN_QUOTES = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
SHOWS_A_DAY = re.compile(r"[yYdDeE年日]")


def without_prefix(pieces: Iterable[bytes], file: str) -> Iterator[bytes]:
    """A part's XML as Excel writes it: without the prefix that some other programs add, in pieces that cut no tag.

    Raises: RefusedFile for entities and other declarations, which no spreadsheet program writes into tables.
    """
    prefix, rest = b"", b""
    first = True
    for piece in pieces:
        piece = rest + piece
        if first:
            match = PREFIX.search(checked_xml(piece, file)[:4096])
            prefix, first = (match[1] if match else b""), False
        # A tag may be cut here; what follows the last one waits for the rest.
        cut = piece.rfind(b">") + 1
        piece, rest = piece[:cut], piece[cut:]
        if len(rest) > LONGEST_TEXT:
            raise no_workbook(file, "a text without end")
        if prefix:
            piece = piece.replace(b"<" + prefix + b":", b"<").replace(b"</" + prefix + b":", b"</")
        if b"<!" in piece:
            raise no_workbook(file, "XML that no spreadsheet program writes")
        yield piece
    yield rest


def read_shared_texts(book: Workbook) -> pl.Series:
    """The workbook's texts by their number, an empty one as "". Raises: RefusedFile when they are too many or too long."""
    found: list[pl.Series] = []
    size, rest = 0, b""
    for piece in without_prefix(book.pieces(book.texts_path), book.file):
        rest += piece
        cut = rest.rfind(b"</si>") + len(b"</si>")
        if cut < len(b"</si>"):
            if len(rest) > LONGEST_TEXT + PIECE_BYTES:
                raise no_workbook(book.file, "a text without end")
            continue
        if len(rest) < PIECE_BYTES and size:
            continue
        texts = _texts_in(rest[:cut])
        rest = rest[cut:]
        size += int(texts.estimated_size())
        if size > LARGEST_TEXTS:
            raise no_workbook(book.file, f"more than {LARGEST_TEXTS:,} bytes of texts")
        found.append(texts)
    if b"<si" in rest:
        found.append(_texts_in(rest))
    return pl.concat(found) if found else pl.Series([], dtype=pl.String)


def date_styles(book: Workbook) -> frozenset[int]:
    """The styles that show a number as a day. Raises: RefusedFile for styles that can't be read."""
    xml = book.small_part(book.styles_path)
    if not xml:
        return frozenset()
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        raise no_workbook(book.file, "styles that can't be read") from None
    own = {
        int(entry.get("numFmtId", "0")): entry.get("formatCode", "")
        for entry in root.iter()
        if entry.tag.endswith("}numFmt")
    }
    styles: set[int] = set()
    listed = next((entry for entry in root if entry.tag.endswith("}cellXfs")), None)
    for number, entry in enumerate(listed if listed is not None else ()):
        format_id = int(entry.get("numFmtId", "0"))
        code = IN_QUOTES.sub("", own.get(format_id, "").split(";")[0])
        if (format_id in DATE_FORMATS and format_id not in own) or (SHOWS_A_DAY.search(code) and "General" not in code):
            styles.add(number)
    return frozenset(styles)


def joined_runs(texts: pl.Series) -> pl.Series:
    """The text of elements that hold runs: `<r><t>…</t></r>` put together, phonetic guides left out."""
    runs = texts.str.replace_all(PHONETIC, "").str.extract_all(RUN).list.eval(pl.element().str.extract(RUN))
    return unescaped(runs.list.join(""))


def unescaped(texts: pl.Series) -> pl.Series:
    """Texts with XML's entities and Excel's own escapes (_x000D_) as the characters they stand for."""
    places = texts.str.contains(f"&|{ESCAPED}").fill_null(False).arg_true()
    if places.len() == 0:
        return texts
    plain = [
        re.sub(ESCAPED, lambda match: chr(int(match[0][2:6], 16)), html.unescape(text)) for text in texts.gather(places)
    ]
    return texts.clone().scatter(places, pl.Series(plain, dtype=pl.String))


def _texts_in(xml: bytes) -> pl.Series:
    text = xml.decode("utf-8", "strict").replace("<si/>", "<si><t></t></si>")
    entries = pl.Series("text", [text]).str.split("<si>").explode().slice(1).str.replace(r"(?s)</si>.*$", "")
    plain = entries.str.extract(PLAIN_TEXT)
    places = plain.is_null().arg_true()
    plain = unescaped(plain)
    if places.len():
        plain = plain.scatter(places, joined_runs(entries.gather(places)).fill_null(""))
    return plain
