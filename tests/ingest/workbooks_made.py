"""Workbooks of raw XML, for the tests of what other programs write and of what nobody should."""

from __future__ import annotations

import io
import zipfile

from tests.ingest.deliveries_made import CREMATION, FEEDS

BOOK = "funeral__cremations__20251005__001.xlsx"
F17 = FEEDS["funeral__cremations"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"


def archive(members: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return stream.getvalue()


def book(rows: bytes | str = "", before: str = "", after: str = "", **parts: bytes | str) -> bytes:
    """A workbook of raw XML; `rows` stand in the sheet's data. A part is named by its last word: styles, sharedStrings."""
    rows = rows if isinstance(rows, bytes) else rows.encode()
    sheet = (
        f'<worksheet xmlns="{MAIN}">{before}<sheetData>'.encode() + rows + f"</sheetData>{after}</worksheet>".encode()
    )
    members: dict[str, bytes | str] = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="{F17.sheet}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
        SHEET: sheet,
    }
    for name, content in parts.items():
        members[SHEET if name == "sheet" else f"xl/{name}.xml"] = content
    return archive(members)


def texts(*cells: object, row: int = 1) -> str:
    """A row of inline texts; a number stands as a number, a tuple (attributes, content) as it is."""
    written = []
    for place, cell in enumerate(cells):
        at = f'r="{chr(ord("A") + place)}{row}"'
        if isinstance(cell, tuple):
            written.append(f"<c {at} {cell[0]}>{cell[1]}</c>")
        elif isinstance(cell, str):
            written.append(f'<c {at} t="inlineStr"><is><t>{cell}</t></is></c>')
        elif cell is not None:
            written.append(f"<c {at}><v>{cell}</v></c>")
    return f'<row r="{row}">{"".join(written)}</row>'


HEADER = texts(*CREMATION)


def cremations(**changes: object) -> bytes:
    return book(HEADER + texts(*{**CREMATION, **changes}.values(), row=2))


def patched(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A workbook with something replaced in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        members = {member: source.read(member) for member in source.namelist()}
    assert old in members[name]
    members[name] = members[name].replace(old, new)
    return archive(members)


def members(content: bytes) -> dict[str, bytes | str]:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return {name: source.read(name) for name in source.namelist()}
