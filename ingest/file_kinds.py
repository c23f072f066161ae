"""What a file is by its first bytes, whatever its name says: a renamed workbook, program or archive is no table of text.

In: the pieces of a file that calls itself CSV or JSON. Out: the same pieces, or the refusal that names what it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.errors import RefusedFile

KINDS = (
    (b"PK\x03\x04", "an archive or an Excel workbook"),
    (b"PK\x05\x06", "an empty archive"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"BZh", "a compressed file (bzip2)"),
    (b"\xfd7zXZ", "a compressed file (xz)"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file (7z)"),
    (b"Rar!", "a compressed file (rar)"),
    (b"SQLite format 3", "a database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"PAR1", "a Parquet file"),
)
# A web page or XML that a portal hands out in place of the export: "please log in" among them.
PAGES = (b"<!doctype", b"<html", b"<?xml", b"<table")


def kind_of(head: bytes, expected: str = "") -> str | None:
    """What the first bytes say the file is, None when they don't tell or say what is `expected` ("PK": an archive)."""
    for magic, kind in KINDS:
        if expected and magic.startswith(expected.encode()):
            continue
        # "MZ" and "BZh" are letters too: in a program, bytes follow that no text holds.
        if head.startswith(magic) and (len(magic) > 3 or not magic.isascii() or b"\0" in head[:64]):
            return kind
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    return "a web page or XML" if begins.startswith(PAGES) else None


def refuse_other_kinds(content: Iterator[bytes], file: str) -> Iterator[bytes]:
    """The pieces of a file of text as they come. Raises: RefusedFile when the file is something else."""
    first = next(content, b"")
    kind = kind_of(first)
    if kind is not None:
        raise RefusedFile(
            "content_not_text",
            "the file is not what its name says",
            where=file,
            expected="a table of text",
            found=kind,
            remedy="export the table in the agreed form and send it again; renaming a file doesn't convert it",
        )
    yield first
    yield from content
