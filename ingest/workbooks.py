"""The parts of an .xlsx archive, read without trusting them: which sheet is the agreed one, what unpacks to how much.

In: the bytes of a file that calls itself a workbook. Out: `Workbook`, whose parts are unpacked as streams and never held
whole. Refuses a renamed file, an archive that is cut, encrypted, has macros, or unpacks to what no extract holds.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from ingest.file_kinds import kind_of
from ingest.headers import header_key
from warehouse.errors import RefusedFile

LARGEST_UNPACKED = 2 * 1024**3
# Styles and names pile up in old workbooks, but not beyond this.
LARGEST_DIRECTORY = 16 * 1024**2
MOST_PARTS = 10_000
PART_ENTRY = b"PK\x01\x02"
# Sheets of the bureaus shrink to a tenth, endless repetition to a thousandth: more than this is no extract.
STEEPEST_RATIO = 100
RATIO_MATTERS_ABOVE = 16 * 1024**2
PIECE_BYTES = 1024**2
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
MACROS = "xl/vbaProject.bin"
OTHER_WORKBOOKS = {"xl/workbook.bin": "a binary workbook (.xlsb)", "content.xml": "an OpenDocument file (.ods)"}
BROKEN = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ElementTree.ParseError,
    OSError,
    ValueError,
    zlib.error,
)


@dataclass(frozen=True)
class Workbook:
    """An opened archive: the agreed sheet's part, those of its texts and styles, how many more sheets are to be seen,
    and whether its dates count from 1904."""

    archive: zipfile.ZipFile
    file: str
    path: str = ""
    texts_path: str = "xl/sharedStrings.xml"
    styles_path: str = "xl/styles.xml"
    other_sheets: int = 0
    from_1904: bool = False

    def pieces(self, path: str) -> Iterator[bytes]:
        """A part's XML in pieces of a MiB; nothing for a part that isn't there. Raises: RefusedFile."""
        if path not in self.archive.namelist():
            return
        try:
            with self.archive.open(path) as stream:
                while piece := stream.read(PIECE_BYTES):
                    yield piece
        except BROKEN:
            raise no_workbook(self.file, "no whole archive") from None

    def small_part(self, path: str) -> bytes:
        """A part that is small in every workbook, whole. Raises: RefusedFile."""
        content = b""
        for piece in self.pieces(path):
            content += piece
            if len(content) > LARGEST_DIRECTORY:
                raise no_workbook(self.file, "a directory that no spreadsheet program writes")
        return checked_xml(content, self.file)


def open_workbook(content: bytes, wanted: str | None, file: str) -> Workbook:
    """A workbook at its agreed sheet, the first visible one where the contract names none.

    Raises: RefusedFile when the file is no workbook, or the sheet is missing or hidden.
    """
    if content.count(PART_ENTRY) > MOST_PARTS:
        raise no_workbook(file, f"an archive of more than {MOST_PARTS:,} parts")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = set(archive.namelist())
        if found := next((kind for part, kind in OTHER_WORKBOOKS.items() if part in members), None):
            raise no_workbook(file, found)
        if WORKBOOK not in members or RELATIONS not in members:
            raise no_workbook(file, "a ZIP archive without a workbook in it")
        if len(members) < len(archive.namelist()):
            raise no_workbook(file, "an archive with a part that is there twice")
        if MACROS in members:
            raise no_workbook(file, "a workbook with macros")
        _check_sizes(archive, file)
        book = Workbook(archive, file)
        directory = ElementTree.fromstring(book.small_part(WORKBOOK))
        relations = list(ElementTree.fromstring(book.small_part(RELATIONS)))
        path, others = _find_sheet(directory, relations, wanted, file)
        if path not in members:
            raise no_workbook(file, "a workbook without the sheet it lists")
        from_1904 = any(
            entry.tag.endswith("}workbookPr") and entry.get("date1904", "0") in ("1", "true")
            for entry in directory.iter()
        )
        named = {entry.get("Type", "").rpartition("/")[2]: _part(entry.get("Target", "")) for entry in relations}
        texts = named.get("sharedStrings", book.texts_path)
        styles = named.get("styles", book.styles_path)
        return Workbook(archive, file, path, texts, styles, others, from_1904)
    except BROKEN:
        found = "an old or encrypted workbook" if content.startswith(b"\xd0\xcf\x11\xe0") else None
        raise no_workbook(file, found or kind_of(content[:64], "PK") or "no whole archive") from None


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


def checked_xml(xml: bytes, file: str) -> bytes:
    """The beginning of a part, checked. Raises: RefusedFile for entities, which could make it grow without end, and
    for an encoding that no spreadsheet program writes."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise no_workbook(file, "XML that no spreadsheet program writes")
    return xml


def _check_sizes(archive: zipfile.ZipFile, file: str) -> None:
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise no_workbook(file, f"an archive that unpacks to {unpacked:,} bytes")
    for entry in archive.infolist():
        if entry.file_size > max(RATIO_MATTERS_ABOVE, STEEPEST_RATIO * entry.compress_size):
            raise no_workbook(
                file, f"an archive that unpacks to {entry.file_size // max(entry.compress_size, 1)} times its size"
            )


def _find_sheet(
    directory: ElementTree.Element, relations: list[ElementTree.Element], wanted: str | None, file: str
) -> tuple[str, int]:
    """The sheet's part, and how many other visible sheets there are."""
    targets = {entry.get("Id"): entry.get("Target", "") for entry in relations if entry.get("Id")}
    sheets = [entry for entry in directory.iter() if entry.tag.endswith("}sheet")]
    visible = [entry for entry in sheets if entry.get("state", "visible") == "visible"]
    for entry in visible:
        if wanted is None or header_key(entry.get("name", "")) == header_key(wanted):
            # The relation's name lies in one of two namespaces, the transitional or the strict one.
            relation = next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
            return _part(targets.get(relation, "")), len(visible) - 1
    raise RefusedFile(
        "sheet_missing",
        "the agreed sheet is missing",
        where=file,
        expected=f"a visible sheet named {wanted}",
        found=f"{len(visible)} visible and {len(sheets) - len(visible)} hidden sheets of other names",
        remedy="name the sheet as agreed, unhide it, and send the file again",
    )


def _part(target: str) -> str:
    """A part's name from where a relation of the workbook points to."""
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
