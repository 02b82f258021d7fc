"""What the reader leaves out of workbooks that are no .xlsx: merged cells and the 1904 date system.

Only the few records that tell of them are looked at.  What cannot be made out is left out: whether
a file is damaged, the reader says.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO
from xml.etree import ElementTree

Area = tuple[int, int, int]  # first row, last row, column, from 0


@dataclass(slots=True)
class Told:
    """The merged areas over several rows by sheet, and whether days count from 1904."""

    merged: dict[str, tuple[Area, ...]] = field(default_factory=dict)
    from_1904: bool = False


def told_by(data: bytes) -> Told:
    """What a workbook of one of the other kinds tells of itself; nothing for any other file."""
    with suppress(*_BROKEN):
        if data.startswith(b"PK"):
            with zipfile.ZipFile(BytesIO(data)) as package:
                parts = set(package.namelist())
                if "xl/workbook.bin" in parts:
                    return _of_xlsb(package)
                if "content.xml" in parts:
                    return _of_ods(package)
        else:
            return _of_xls(data)
    return Told()


_BROKEN = (
    *(struct.error, IndexError, KeyError, ValueError, OSError, EOFError),
    *(zipfile.BadZipFile, zlib.error, ElementTree.ParseError, RuntimeError, NotImplementedError),
)


def _down(areas: Iterator[tuple[int, int, int]]) -> tuple[Area, ...]:
    return tuple((top, bottom, column) for top, bottom, column in areas if bottom > top)


# ── .xls: records of type and length (MS-XLS) ─────────────────────────────────────────────────

_BOF, _EOF, _DATE_MODE, _BOUND_SHEET, _MERGED = 0x809, 0x0A, 0x22, 0x85, 0xE5


def _of_xls(data: bytes) -> Told:
    import olefile

    with olefile.OleFileIO(BytesIO(data)) as container:
        stream = container.openstream("Workbook").read()
    told = Told()
    places: dict[str, int] = {}
    for kind, body in _records(stream, 0):
        if kind == _DATE_MODE:
            told.from_1904 = body[:2] == b"\x01\x00"
        elif kind == _BOUND_SHEET:
            length, wide = body[6], body[7] & 1
            name = body[8 : 8 + (length << wide)].decode("utf-16-le" if wide else "latin-1")
            (places[name],) = struct.unpack_from("<I", body)
    for name, place in places.items():
        told.merged[name] = _down(
            (top, bottom, left)
            for kind, body in _records(stream, place)
            if kind == _MERGED
            for top, bottom, left, _ in struct.iter_unpack("<4H", body[2:])
        )
    return told


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """The records from one beginning to its end; what is embedded between them counts too."""
    depth = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        depth += (kind == _BOF) - (kind == _EOF)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length
        if depth == 0:
            return


# ── .xlsb: records whose type and length are of one to four bytes (MS-XLSB) ───────────────────

_PROPERTIES, _BUNDLE, _MERGE = 153, 156, 176
_END_OF_CELLS = b"\x92\x01\x00"


def _of_xlsb(package: zipfile.ZipFile) -> Told:
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.bin.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    told = Told()
    for kind, body in _binary(package.read("xl/workbook.bin"), 0):
        if kind == _PROPERTIES:
            told.from_1904 = bool(body[0] & 1)
        elif kind == _BUNDLE:
            relation, rest = _wide(body[8:])
            name, _ = _wide(rest)
            sheet = package.read("xl/" + targets[relation].removeprefix("/xl/"))
            told.merged[name] = _down(_merged_in(sheet))
    return told


def _merged_in(sheet: bytes) -> Iterator[Area]:
    """The merged areas of a sheet; they stand behind its cells."""
    for kind, body in _binary(sheet, max(0, sheet.rfind(_END_OF_CELLS))):
        if kind == _MERGE:
            top, bottom, left, _ = struct.unpack_from("<4I", body)
            yield top, bottom, left


def _binary(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    while place < len(stream):
        kind, place = stream[place], place + 1
        if kind & 0x80:
            kind, place = kind & 0x7F | stream[place] << 7, place + 1
        length, shift = 0, 0
        while True:
            part, place = stream[place], place + 1
            length |= (part & 0x7F) << shift
            shift += 7
            if not part & 0x80 or shift == 28:
                break
        yield kind, stream[place : place + length]
        place += length


def _wide(body: bytes) -> tuple[str, bytes]:
    """A text with its length before it, and what follows."""
    end = 4 + 2 * int(struct.unpack_from("<I", body)[0])
    return body[4:end].decode("utf-16-le"), body[end:]


# ── .ods: one document of all sheets ──────────────────────────────────────────────────────────

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_SPANS = re.compile(rb"""number-rows-spanned=["'](?!1["'])""")
_WINDOW = 1 << 20  # bytes that are looked at together


def _of_ods(package: zipfile.ZipFile) -> Told:
    told = Told()
    if _spans_rows(package):  # else nothing is merged, and there is no need to take it apart
        with package.open("content.xml") as stream:
            told.merged = _merged_by_table(stream)
    return told


def _spans_rows(package: zipfile.ZipFile) -> bool:
    tail = b""
    with package.open("content.xml") as stream:
        while chunk := stream.read(_WINDOW):
            if _SPANS.search(tail + chunk):
                return True
            tail = chunk[-64:]
    return False


def _merged_by_table(stream: IO[bytes]) -> dict[str, tuple[Area, ...]]:
    merged: dict[str, list[Area]] = {}
    areas: list[Area] = []
    row = column = 0
    for event, element in ElementTree.iterparse(stream, ("start", "end")):
        tag = element.tag.removeprefix(_TABLE)
        if event == "start" and tag == "table":
            areas, row = merged.setdefault(element.get(f"{_TABLE}name", ""), []), 0
        elif event == "start" and tag == "table-row":
            column = 0
        elif event == "end" and tag in ("table-cell", "covered-table-cell"):
            rows = int(element.get(f"{_TABLE}number-rows-spanned", 1))
            if rows > 1:
                areas.append((row, row + rows - 1, column))
            column += int(element.get(f"{_TABLE}number-columns-repeated", 1))
            element.clear()
        elif event == "end" and tag == "table-row":
            row += int(element.get(f"{_TABLE}number-rows-repeated", 1))
            element.clear()
    return {name: tuple(areas) for name, areas in merged.items()}
