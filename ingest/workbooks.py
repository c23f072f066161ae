"""The parts of an .xlsx archive, read without trusting them: which sheet is the agreed one, and its XML.

In: the bytes of a file that calls itself a workbook. Out: the visible sheet's name and XML. Refuses a renamed ZIP, an
archive that is cut, encrypted, or unpacks to far more than a bureau's extract ever holds.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import NamedTuple
from xml.etree import ElementTree

from ingest.headers import header_key
from warehouse.errors import RefusedFile

LARGEST_UNPACKED = 1024**3
LARGEST_DIRECTORY = 1024**2
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
SHARED_TEXTS = "xl/sharedStrings.xml"
OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0"
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
TEXT_ENTRY = re.compile(rb"<si/>|<si>(.*?)</si>", re.DOTALL)
HAS_LETTERS = re.compile(rb"<t[^>]*>[^<]")


class SheetSource(NamedTuple):
    """One sheet of a workbook: its name, its XML, and the numbers of the shared texts that are empty."""

    name: str
    xml: bytes
    empty_texts: frozenset[bytes]


def open_sheet(content: bytes, wanted: str | None, file: str) -> SheetSource:
    """The agreed sheet of a workbook, the first visible one where the contract names none.

    Raises: RefusedFile when the file is no workbook, or the sheet is missing or hidden.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = set(archive.namelist())
            if WORKBOOK not in members or RELATIONS not in members:
                raise no_workbook(file, "a ZIP archive without a workbook in it")
            unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > LARGEST_UNPACKED:
                raise no_workbook(file, f"an archive that unpacks to {unpacked:,} bytes")
            name, path = _find_sheet(archive, wanted, file)
            if path not in members:
                raise no_workbook(file, "a workbook without the sheet it lists")
            texts = archive.read(SHARED_TEXTS) if SHARED_TEXTS in members else b""
            return SheetSource(name, archive.read(path), _empty_texts(texts))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ElementTree.ParseError):
        found = "an old or encrypted workbook" if content.startswith(OLD_OR_ENCRYPTED) else "no whole archive"
        raise no_workbook(file, found) from None


def no_workbook(file: str, found: str) -> RefusedFile:
    """The refusal of a file that calls itself .xlsx and is none."""
    return RefusedFile(
        "not_a_workbook",
        "the file is not an Excel workbook",
        where=file,
        expected="a whole, unencrypted .xlsx workbook",
        found=found,
        remedy="save the extract as .xlsx and send it again; renaming another file doesn't make it one",
    )


def _find_sheet(archive: zipfile.ZipFile, wanted: str | None, file: str) -> tuple[str, str]:
    targets = {
        entry.get("Id"): entry.get("Target", "") for entry in _directory(archive, RELATIONS, file) if entry.get("Id")
    }
    sheets = [entry for entry in _directory(archive, WORKBOOK, file).iter() if entry.tag.endswith("}sheet")]
    visible = [entry for entry in sheets if entry.get("state", "visible") == "visible"]
    for entry in visible:
        name = entry.get("name", "")
        if wanted is None or header_key(name) == header_key(wanted):
            return name, posixpath.normpath(posixpath.join("/xl", targets.get(entry.get(RELATION_ID), ""))).lstrip("/")
    raise RefusedFile(
        "sheet_missing",
        "the agreed sheet is missing",
        where=file,
        expected=f"a visible sheet named {wanted}",
        found=f"{len(visible)} visible and {len(sheets) - len(visible)} hidden sheets of other names",
        remedy="name the sheet as agreed, unhide it, and send the file again",
    )


def _directory(archive: zipfile.ZipFile, path: str, file: str) -> ElementTree.Element:
    xml = archive.read(path)
    # Entities could make a small directory grow without end; no spreadsheet program writes them.
    if len(xml) > LARGEST_DIRECTORY or b"<!DOCTYPE" in xml:
        raise no_workbook(file, "a directory of sheets that no spreadsheet program writes")
    return ElementTree.fromstring(xml)


def _empty_texts(texts: bytes) -> frozenset[bytes]:
    if b"<t/>" not in texts and b"<t></t>" not in texts and b"<si/>" not in texts:
        return frozenset()
    entries = enumerate(TEXT_ENTRY.finditer(texts))
    return frozenset(str(index).encode() for index, match in entries if not HAS_LETTERS.search(match[1] or b""))
