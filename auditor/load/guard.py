"""Whether a workbook can be read within bounds, looked at before the reader sees it.

The reader makes room for every cell of the rectangle that a sheet's cells span, and for every text
as often as cells refer to it.  A file of a few kilobytes can ask for terabytes so, and what the
machine cannot give ends the process.  Here each part of the package is unpacked piece by piece and
nothing of it is kept.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import IO, Any
from xml.parsers import expat

import numpy as np
import olefile

CELLS = 1 << 26  # that the sheets of one file may span: a full height of 64 columns
TEXT = 1 << 30  # bytes of shared texts, each as often as a cell refers to it
UNPACKED = 4 << 30  # bytes of all parts of a package
PACKED = 100  # times that a large part may be packed; sheets are packed 10 to 40 times
LARGE = 100 << 20  # bytes from which on it counts
RUN = 16 << 20  # bytes of one text or tag; a cell holds 32,767 letters
PARTS = 100_000  # entries of a package

_PIECE = 1 << 20
_OVERLAP = 64  # bytes of the piece before, so that no address is cut in two
_ROWS, _COLUMNS = 1 << 20, 26  # of a sheet in which no address says more
# How every program begins a cell, and the other ways; a search that begins with a sign is quick.
_CELL, _USUAL = b"<c ", b'<c r="'
_UNUSUAL_CELL = re.compile(rb"<c[>/\t\r\n]|:c[>/\s]")
_UNUSUAL_VALUE = re.compile(rb"=\s*'|\s=")
_RARE = (b"'", b"\t", b"\n", b"\v", b"\f", b"\r")  # one of them, or " =", is in an unusual value
_ADDRESS = re.compile(rb'r="([A-Z]+)(\d+)"')
_FAR = re.compile(rb'r="([A-Z]{2,}|[A-Z]?\d{7})')  # beyond column Z or row 999,999
_REFERENCE = re.compile(rb't="s"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>(\d{1,9})</v>')
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PACKAGE_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, struct.error),
    *(IndexError, NotImplementedError, OverflowError, RuntimeError, expat.ExpatError),
)

_Numbers = np.ndarray[Any, np.dtype[np.int64]]
Merges = tuple[tuple[int, int, int], ...]  # (first row, last row, column), from 0


class RefusedWorkbook(Exception):
    """Why a file is not given to the reader: the sentence without the file's name."""


class DamagedWorkbook(Exception):
    """A package that does not hold together."""


@dataclass(slots=True)
class _Sheet:
    """One part with cells; ``is_odd`` where nothing can be said of it by the look of it."""

    cells: int = 0
    rows: int = 0
    columns: int = _COLUMNS
    is_odd: bool = False
    _rest: bytes = b""

    def take(self, piece: bytes) -> None:
        """Look at a piece of it, quickly; a tag that does not end in it is kept for the next."""
        seen = self._rest + piece
        begun = max(0, seen.rfind(b"<"))
        self._look(seen[:begun])
        self._rest = seen[begun:]

    def end(self) -> None:
        """Look at what the last piece left."""
        self._look(self._rest)

    def _look(self, piece: bytes) -> None:
        usual = piece.count(_USUAL)
        other = piece.count(b"<c") != usual
        cells = piece.count(_CELL) if other else usual
        self.cells += cells
        self.rows += piece.count(b"<row")
        self.is_odd = self.is_odd or cells != usual or _is_unusual(piece, other or b":" in piece)
        for far in set(_FAR.findall(piece)):
            if far[-1:].isdigit():
                self.rows = max(self.rows, 10**7)  # to be looked at again
            else:
                self.columns = max(self.columns, _column(far))

    @property
    def span(self) -> int:
        """No fewer cells than those of a sheet that is not odd span."""
        return self.columns * max(_ROWS, self.rows)


def _is_unusual(piece: bytes, cell: bool) -> bool:
    """Whether something is written otherwise than programs do; ``cell`` if a cell may be."""
    value = b" =" in piece or any(sign in piece for sign in _RARE)
    return bool((cell and _UNUSUAL_CELL.search(piece)) or (value and _UNUSUAL_VALUE.search(piece)))


@dataclass(slots=True)
class _Asked:
    """What the parts ask for: ``texts`` has the bytes of each shared text, tags included."""

    cells: int = 0
    span: int = 0
    sheets: dict[str, _Sheet] = field(default_factory=dict)
    merges: dict[str, Merges] = field(default_factory=dict)
    texts: list[int] = field(default_factory=list)
    references: list[int] = field(default_factory=list)  # to shared texts, in binary sheets

    def share(self, lengths: list[int]) -> None:
        """The lengths of the texts of one more part; which part the reader takes is not known."""
        self.texts = [max(pair) for pair in zip_longest(self.texts, lengths, fillvalue=0)]

    def refuse_cells(self) -> None:
        """Refuse more cells than can be held."""
        if max(self.cells, self.span) > CELLS:
            raise RefusedWorkbook(
                f"has cells so far to the right or below that its sheets span more than "
                f"{CELLS / 1e6:.0f} million cells; delete the rows and columns beyond the table, "
                "or split it."
            )


def merges_within_bounds(data: bytes) -> Mapping[str, Merges]:
    """Look through a package; the merged areas of several rows by the name of the part.

    Raises:
        RefusedWorkbook: it asks for more than the bounds.
        DamagedWorkbook: it is cut off, or its directory does not tell the truth.
    """
    asked = _Asked()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _refuse_bombs(package.infolist())
            binary = _binary_sheets(package)
            for part in package.infolist():
                with package.open(part) as stream:
                    _take(part.filename, _pieces(stream), asked, binary)
                asked.refuse_cells()
            _refuse_spans(package, asked)
            _refuse_texts(package, asked)
    except PACKAGE_FAULTS:
        raise DamagedWorkbook from None
    return asked.merges


def _refuse_bombs(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > PARTS:
        raise RefusedWorkbook(f"is a package of {len(parts):,} parts, which no workbook has.")
    if sum(part.file_size for part in parts) > UNPACKED:
        raise RefusedWorkbook("unpacks to more than 4 GiB; split it.")
    for part in parts:
        if part.file_size > max(LARGE, PACKED * part.compress_size):
            raise RefusedWorkbook(
                f"unpacks to more than {PACKED} times its size, as no workbook does; open it in "
                "Excel and save it anew."
            )


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """A part up to its end, where its checksum is compared."""
    while piece := stream.read(_PIECE):
        yield piece


def _take(name: str, pieces: Iterator[bytes], asked: _Asked, binary: frozenset[str]) -> None:
    """Look through one part; ``binary`` are the files that an .xlsb keeps sheets and texts in."""
    first = next(pieces, b"")
    whole = chain([first], pieces)
    if name == "content.xml":
        asked.span += _spanned_by_tables(whole)
    elif first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        _take_xml(name, whole, asked)
    elif name.rpartition("/")[2] in binary and not first.startswith(_OLE):
        _take_binary(b"".join(whole), asked)
    else:
        for _ in whole:
            pass


def _take_xml(name: str, pieces: Iterator[bytes], asked: _Asked) -> None:
    sheet: _Sheet | None = None
    texts = _Texts()
    tail = b""
    run = 0
    for piece in pieces:
        seen = tail[-_OVERLAP:] + piece
        if name.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in seen or b"<!ENTITY" in seen):
            _refuse_entities()
        signs = min(piece.rfind(b"<"), piece.rfind(b">"))
        run = run + len(piece) if signs < 0 else len(piece) - signs
        if run > RUN:
            _refuse_long()
        if sheet is not None:
            sheet.take(piece)
        elif b"sheetData" in seen:
            sheet = _Sheet()
            sheet.take(seen)
        else:
            texts.take(piece)
        # merges stand behind the cells
        tail = tail + piece if b"<mergeCells" in tail else (tail + piece)[-_PIECE - _OVERLAP :]
    if sheet is None:
        asked.share(texts.lengths)
        return
    sheet.end()
    asked.sheets[name] = sheet
    asked.cells += sheet.cells
    asked.merges[name] = _merges(tail)


def _merges(tail: bytes) -> Merges:
    areas = []
    for match in _MERGE.finditer(tail):
        top, bottom = int(match[2]) - 1, int(match[4]) - 1
        if bottom > top:
            areas.append((top, bottom, _column(match[1]) - 1))
    return tuple(areas)


def _column(letters: bytes) -> int:
    """The number of a column, from 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _refuse_entities(*_: object) -> None:
    raise RefusedWorkbook(
        "declares entities, which no spreadsheet program does; open it in Excel and save it anew."
    )


def _refuse_long() -> None:
    raise RefusedWorkbook("has a text of more than 16 MiB in it; export it again.")


# ── what the cells span ───────────────────────────────────────────────────────────────────────


def _refuse_spans(package: zipfile.ZipFile, asked: _Asked) -> None:
    """Count what is odd, and what may be too much by the look of it."""
    by_look = asked.span + sum(sheet.span for sheet in asked.sheets.values())
    for name, sheet in asked.sheets.items():
        if sheet.is_odd or by_look > CELLS:
            with package.open(name) as stream:
                spanned = _spanned_by_elements if sheet.is_odd else _spanned_by_addresses
                asked.span += max(spanned(_pieces(stream)), sheet.cells)
            asked.refuse_cells()


def _spanned_by_addresses(pieces: Iterator[bytes]) -> int:
    """The rectangle of the cells of a sheet all of which have an address."""
    wide, tall, before = 0, 0, b""
    for piece in pieces:
        addresses = _ADDRESS.findall(before + piece)
        before = piece[-_OVERLAP:]
        wide = max(wide, max(map(_column, {letters for letters, _ in addresses}), default=0))
        tall = max(tall, max(map(int, {digits for _, digits in addresses}), default=0))
    return wide * tall


def _spanned_by_elements(pieces: Iterator[bytes]) -> int:
    """The rectangle of cells that are written in another way, counted as the reader counts."""
    row = column = wide = tall = 0

    def begin(name: str, attributes: list[str]) -> None:
        nonlocal row, column, wide, tall
        name = name.rpartition(":")[2]
        address = attributes[attributes.index("r") + 1] if "r" in attributes[::2] else None
        if name == "row":
            row = row if address is None else int(address) - 1
            tall = max(tall, row + 1)
        elif name == "c":
            if address is not None:
                digits = address.lstrip(_LETTERS)
                column = _column(address.removesuffix(digits).encode()) - 1
                tall = max(tall, int(digits))
            wide = max(wide, column + 1)

    def end(name: str) -> None:
        nonlocal row, column
        name = name.rpartition(":")[2]
        if name == "c":
            column += 1
        elif name == "row":
            row, column = row + 1, 0

    _parse(pieces, begin, end)
    return wide * tall


def _spanned_by_tables(pieces: Iterator[bytes]) -> int:
    """What the tables of an OpenDocument span, what is repeated as often as it says."""
    total = rows = columns = wide = tall = times = 0
    filled = False

    def repeated(attributes: list[str], what: str) -> int:
        key = f"table:number-{what}-repeated"
        return int(attributes[attributes.index(key) + 1]) if key in attributes[::2] else 1

    def begin(name: str, attributes: list[str]) -> None:
        nonlocal rows, columns, wide, tall, times, filled
        if name == "table:table":
            rows = wide = tall = 0
        elif name == "table:table-row":
            columns, filled, times = 0, False, repeated(attributes, "rows")
        elif name in ("table:table-cell", "table:covered-table-cell"):
            columns += repeated(attributes, "columns")
            if "office:value-type" in attributes[::2] or "table:formula" in attributes[::2]:
                wide, filled = max(wide, columns), True
        elif name == "text:p":
            wide, filled = max(wide, columns), True

    def end(name: str) -> None:
        nonlocal rows, tall, total
        if name == "table:table-row":
            rows += times
            tall = rows if filled else tall
        elif name == "table:table":
            total += wide * tall

    _parse(pieces, begin, end)
    return total


def _parse(
    pieces: Iterator[bytes],
    begin: Callable[[str, list[str]], None],
    end: Callable[[str], None],
) -> None:
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _refuse_entities
    for piece in pieces:
        parser.Parse(piece, False)
    parser.Parse(b"", True)


# ── texts that cells share ────────────────────────────────────────────────────────────────────


class _Texts:
    """The bytes of the shared texts, each up to the end of its element."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._rest = b""

    def take(self, piece: bytes) -> None:
        """A piece of a part; what does not end in it is kept."""
        *ended, self._rest = (self._rest + piece).split(b"si>")
        self.lengths += [len(one) for one in ended if one.rfind(b"</") > len(one) - 20]
        if len(self._rest) > RUN:
            self._rest = self._rest[-_OVERLAP:]
            self.lengths.append(RUN)


def _refuse_texts(package: zipfile.ZipFile, asked: _Asked) -> None:
    """Refuse texts that are too long together, each as often as a cell refers to it."""
    longest = max(asked.texts, default=0)
    if asked.cells * longest <= TEXT:
        return
    lengths = np.array([*asked.texts, 0])
    total = _length(np.array(asked.references, np.int64), lengths)
    for name, sheet in asked.sheets.items():
        if sheet.is_odd:
            total += sheet.cells * longest
            continue
        with package.open(name) as stream:
            for some in _references(_pieces(stream)):
                total += _length(some, lengths)
    _refuse_total(total)


def _refuse_total(length: int) -> None:
    if length > TEXT:
        raise RefusedWorkbook(
            "repeats long texts up to more than 1 GiB; split it, or leave the column with the long "
            "texts out."
        )


def _length(references: _Numbers, lengths: _Numbers) -> int:
    return int(lengths[np.minimum(references, len(lengths) - 1)].sum())


def _references(pieces: Iterator[bytes]) -> Iterator[_Numbers]:
    rest = b""
    for piece in pieces:
        seen = rest + piece
        last = seen.rfind(_CELL)
        rest = seen[last:] if last >= 0 and len(seen) - last < _PIECE else b""
        yield np.array(_REFERENCE.findall(seen[: len(seen) - len(rest)]), "S9").astype(np.int64)
    yield np.array(_REFERENCE.findall(rest), "S9").astype(np.int64)


# ── binary workbooks ──────────────────────────────────────────────────────────────────────────

_OLE = b"\xd0\xcf\x11\xe0"  # how macros begin
_ROW, _SHARED, _TEXT, _BEGIN = 0, 7, 19, 145  # kinds of record in an .xlsb
_VALUES = range(2, 12)  # those of cells that are not blank


def _binary_sheets(package: zipfile.ZipFile) -> frozenset[str]:
    """The names, without folders, of what the workbook of an .xlsb refers to."""
    name = "xl/_rels/workbook.bin.rels"
    if name not in package.namelist():
        return frozenset()
    with package.open(name) as stream:
        named = re.findall(r"""Target\s*=\s*["']([^"']+)""", stream.read(_PIECE).decode())
    return frozenset(target.rpartition("/")[2] for target in named)


def _take_binary(data: bytes, asked: _Asked) -> None:
    """Look through a part of an .xlsb: records of a kind, a size and so many bytes."""
    at, row, wide, tall = 0, 0, 0, 0
    texts: list[int] = []
    in_sheet = False
    while at < len(data) - 1:
        kind, at = data[at], at + 1
        if kind & 0x80:
            kind, at = kind & 0x7F | (data[at] & 0x7F) << 7, at + 1
        size = shift = 0
        while True:
            byte, at = data[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 21:
                break
        if kind == _BEGIN:
            in_sheet = True
        elif kind == _TEXT and not in_sheet:
            texts.append(4 * int.from_bytes(data[at + 1 : at + 5], "little"))
        elif in_sheet and kind == _ROW:
            row = int.from_bytes(data[at : at + 4], "little")
        elif in_sheet and kind in _VALUES:
            asked.cells += 1
            wide = max(wide, int.from_bytes(data[at : at + 4], "little") + 1)
            tall = max(tall, row + 1)
            if kind == _SHARED:
                asked.references.append(int.from_bytes(data[at + 8 : at + 12], "little"))
        at += size
    asked.span += wide * tall
    asked.share(texts)


# ── workbooks before 2007 ─────────────────────────────────────────────────────────────────────

# Kinds of record that hold a cell, each with its row and column first; all but blank ones.
_OLD_CELLS = frozenset({0x02, 0x03, 0x04, 0x05, 0x06, 0x7E, 0xD6, 0xFD, *range(0x202, 0x207),
                        0x27E, 0x406})  # fmt: skip
_OLD_COLUMNS = 256  # no .xls has more
_OLD_ROW_OF_CELLS, _OLD_BEGIN, _OLD_SHARED, _OLD_TEXTS, _OLD_CONTINUED = (
    0xBD,
    0x809,
    0xFD,
    0xFC,
    0x3C,
)


def refuse_old_workbook(data: bytes) -> None:
    """Look through an .xls; RefusedWorkbook and DamagedWorkbook as for a package."""
    asked = _Asked()
    stream = old_stream(data)
    wide = tall = at = 0
    texts: list[bytes] = []
    continued = False
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if kind == _OLD_BEGIN:
            asked.span += wide * tall
            wide = tall = 0
        elif (kind in _OLD_CELLS or kind == _OLD_ROW_OF_CELLS) and at + 6 <= len(stream):
            row, column = struct.unpack_from("<HH", stream, at)
            if kind == _OLD_ROW_OF_CELLS:
                column += max(size - 6, 0) // 6
            if column >= _OLD_COLUMNS:
                raise DamagedWorkbook
            asked.cells += 1
            wide, tall = max(wide, column + 1), max(tall, row + 1)
            if kind == _OLD_SHARED and at + 10 <= len(stream):
                asked.references.append(struct.unpack_from("<I", stream, at + 6)[0])
        if kind == _OLD_TEXTS or (kind == _OLD_CONTINUED and continued):
            texts.append(stream[at : at + size])
        continued = kind in (_OLD_TEXTS, _OLD_CONTINUED) and bool(texts)
        at += size
    asked.span += wide * tall
    asked.refuse_cells()
    asked.share(_old_texts(texts))
    longest = max(asked.texts, default=0)
    if asked.cells * longest > TEXT:
        references = np.array(asked.references, np.int64)
        _refuse_total(_length(references, np.array([*asked.texts, 0])))


def old_stream(data: bytes) -> bytes:
    """The records of an .xls; DamagedWorkbook where its container does not hold together."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            for name in ("Workbook", "Book"):
                if container.exists(name):
                    return bytes(container.openstream(name).read())
    except (*PACKAGE_FAULTS, TypeError, AttributeError):
        pass
    raise DamagedWorkbook


def _old_texts(pieces: list[bytes]) -> list[int]:
    """The letters of each shared text, which may go on from piece to piece."""
    lengths: list[int] = []
    if not pieces:
        return lengths
    piece, at = 0, 8

    def take(size: int, *, letters: int = 0) -> bytes:
        """So many bytes, or letters of 1 or 2 bytes, whose width each piece says anew."""
        nonlocal piece, at
        taken = b""
        width = letters
        while size > 0 and piece < len(pieces):
            here = pieces[piece][at : at + size * max(width, 1)]
            taken += b"" if letters else here
            at += len(here)
            size -= len(here) // max(width, 1)
            if size > 0 or at >= len(pieces[piece]):
                piece, at = piece + 1, 0
                if letters and size > 0 and piece < len(pieces):
                    width = 1 + (pieces[piece][0] & 1 if pieces[piece] else 0)
                    at = 1
        return taken

    while piece < len(pieces) and at < len(pieces[piece]):
        head = take(3)
        if len(head) < 3:
            break
        length, flags = struct.unpack("<HB", head)
        runs = int.from_bytes(take(2), "little") if flags & 8 else 0
        extended = int.from_bytes(take(4), "little") if flags & 4 else 0
        take(length, letters=1 + (flags & 1))
        take(min(4 * runs + extended, 1 << 24))
        lengths.append(2 * length)
    return lengths
