"""Files → sheets of text cells, as a spreadsheet shows them.

Every cell is read as text, so that nothing is inferred from the first rows: identifiers keep their
zeros, and a column that turns to text further down keeps its values.  Numbers come with at most
nine decimals, dates as ``2026-09-01 08:30:00``.
"""

from __future__ import annotations

import csv
import io
import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from auditor.load.errors import UnreadableFile as UnreadableFile
from auditor.load.guard import (
    CELLS,
    PACKAGE_FAULTS,
    DamagedWorkbook,
    Merges,
    RefusedWorkbook,
    merges_within_bounds,
    refuse_old_workbook,
)
from auditor.load.layout import Layout
from auditor.load.locked import Unlock, protected, unlocked
from auditor.load.other_books import told_by
from auditor.load.pasted import is_report, report_cells
from auditor.load.vocabulary import words

if TYPE_CHECKING:
    import fastexcel
    import pandas as pd

    from auditor.load.cells import Cells
    from auditor.load.mended import Mended

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
LARGEST = 1 << 30  # bytes of a file; of a text the characters take several times as many
_LONGEST_LINE = 16 << 20  # bytes of a text between the ends of two lines
_WIDEST = 16_384  # cells of a row, as many as a sheet of Excel has columns
# What a file begins with that is no spreadsheet.
_OTHER_STARTS = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "a text document (RTF)",
    b"\x1f\x8b": "a compressed archive",
    b"Rar!": "a compressed archive",
    b"7z\xbc\xaf": "a compressed archive",
}
# The folder or part by which a package shows what it is.
_OTHER_PACKAGES = {
    "xl/": None,
    "content.xml": None,
    "word/": "a Word document",
    "ppt/": "a presentation",
}
_READ = ".xlsx, .xlsm, .xlsb, .xls, .ods, .csv, .tsv, .txt and .parquet"
_DELIMITERS = ",\t;|"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One sheet as text: ``cells`` has one column a spreadsheet column, ``None`` where blank.

    Row ``n`` of ``cells`` is row ``n + 1`` of the sheet.  ``merged`` are the merged areas that span
    several rows, as (first row, last row, column), all counted from 0; ``from_1904`` is true where
    the workbook counts its days from 1904, ``bare_midnights`` where a time at midnight comes as a
    date alone.  A ``layout`` says otherwise, where there is one.  ``mended`` are the rows, from 0,
    in whose place another list speaks.  Where the file itself has each text once, its columns are
    ``coded`` already, and ``cells`` has the first rows alone.
    """

    file: str
    sheet: str | None
    cells: pd.DataFrame
    hidden: bool = False
    merged: tuple[tuple[int, int, int], ...] = ()
    from_1904: bool = False
    bare_midnights: bool = False
    layout: Layout | None = None
    mended: Mapping[int, Mended] = field(default_factory=dict)
    coded: Mapping[int, Cells] = field(default_factory=dict)


def shown_name(path: Path) -> str:
    """The name of a file with nothing in it that steers a terminal or breaks a line."""
    return printable(path.name)


def printable(text: str) -> str:
    """A text with nothing in it that steers a terminal or breaks a line."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def read_bytes(path: Path) -> bytes:
    """The content of a file; UnreadableFile where there is none that can be read whole.

    A pipe or a device is not opened: it may never answer, or never end.
    """
    name = shown_name(path)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise UnreadableFile(f"{name}: is no file but a pipe or device; save it as a file.")
        if found.st_size > LARGEST:
            raise UnreadableFile(f"{name}: has more than 1 GiB; split it, by month or by unit.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no such name is possible"
        raise UnreadableFile(f"{name}: cannot be read ({why}).") from None


def read_file(
    path: Path, data: bytes | None = None, unlock: Unlock | None = None
) -> list[RawSheet]:
    """Every sheet of a file, by its content where that tells; UnreadableFile where it is none.

    ``data`` is the content where it is known already, ``unlock`` gives the password where one is
    wanted.
    """
    name = shown_name(path)
    data = read_bytes(path) if data is None else data
    if not data.strip(b"\0 \t\r\n\f\v"):
        raise UnreadableFile(f"{name}: is empty.")
    data = unlocked(name, data, unlock)
    other = _other_kind(data)
    if other is not None:
        raise _no_spreadsheet(name, other)
    if data.startswith((_ZIP, _OLE)):
        return list(_workbook(path, data))
    named = words().other_files.get(path.suffix.casefold().removeprefix("."))
    if named is not None:
        raise _no_spreadsheet(name, f"by its name {named}")
    return [_text(name, data)]


def _other_kind(data: bytes) -> str | None:
    """What a file is by its content, where that is no spreadsheet and no text."""
    for start, what in _OTHER_STARTS.items():
        if data.startswith(start):
            return what
    if data.startswith(_OLE) and _has_stream(data, "WordDocument"):
        # a workbook may have documents in it
        return None if _has_stream(data, "Workbook", "Book") else "a Word document"
    return _other_package(data) if data.startswith(_ZIP) else None


def _has_stream(data: bytes, *names: str) -> bool:
    """Whether an OLE container names a part so."""
    return any(name.encode("utf-16-le") in data for name in names)


def _other_package(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = package.namelist()
            declared = b""
            if "mimetype" in names:
                with package.open("mimetype") as stream:
                    declared = stream.read(100)
    except PACKAGE_FAULTS:
        return None  # the reader will say that it is damaged
    if declared.startswith(b"application/vnd.oasis.opendocument.text"):
        return "a text document (OpenDocument)"
    for part, what in _OTHER_PACKAGES.items():
        if any(name.startswith(part) for name in names):
            return what
    return "a compressed archive"


def _no_spreadsheet(name: str, what: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name}: is {what}, not a spreadsheet; {_READ} are read, so export it as one of them."
    )


# ── workbooks ─────────────────────────────────────────────────────────────────────────────────


def _workbook(path: Path, data: bytes) -> Iterator[RawSheet]:
    import fastexcel
    import pandas as pd

    name = shown_name(path)
    parts = _parts(name, data)
    told = told_by(data)  # of the other kinds of workbook
    try:
        with _silent():
            book = _opened(path, data)
        for sheet in book.sheet_names:
            # skip_rows=0 keeps the blank rows at the top: row numbers are those of the sheet
            with _silent():
                loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
            first = next((c.absolute_index for c in loaded.selected_columns), 0)
            cells = loaded.to_pandas()
            cells.columns = pd.RangeIndex(first, first + cells.shape[1])
            hidden = loaded.visible != "visible"
            yield RawSheet(
                name,
                printable(sheet),
                cells,
                hidden,
                parts.merged.get(sheet) or told.merged.get(sheet, ()),
                parts.from_1904 or told.from_1904,
                parts.is_open_document,
            )
    except fastexcel.FastExcelError as error:
        raise protected(name) if "password" in str(error) else _damaged(name) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader's own faults arrive
            raise
        raise _damaged(name) from None


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing that the reader itself prints, such as its own faults, which a sentence tells."""
    try:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # there is no terminal to spare
        yield
        return
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _opened(path: Path, data: bytes) -> fastexcel.ExcelReader:
    """The workbook by its content; where that fails, by its name, which tells why."""
    import fastexcel

    try:
        return fastexcel.read_excel(data)
    except fastexcel.FastExcelError:
        return fastexcel.read_excel(path)


def _damaged(name: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name}: is damaged or cut off; export it again, or open it in Excel and save it anew."
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What only the package tells: of an .xlsx file the merged areas by sheet and the date system.

    The reader gives the times of an .ods file as text, and those at midnight without ``00:00``.
    """

    merged: Mapping[str, tuple[tuple[int, int, int], ...]] = field(default_factory=dict)
    from_1904: bool = False
    is_open_document: bool = False


def _parts(name: str, data: bytes) -> _Parts:
    """Look into the file; what asks for more than the bounds is refused before it is read."""
    try:
        if not data.startswith(_ZIP):
            refuse_old_workbook(data)
            return _Parts()
        merges = merges_within_bounds(data)
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return _described(package, merges)
    except RefusedWorkbook as refused:
        raise UnreadableFile(f"{name}: {refused}") from None
    except (DamagedWorkbook, ElementTree.ParseError, KeyError):
        raise _damaged(name) from None


def _described(package: zipfile.ZipFile, merges: Mapping[str, Merges]) -> _Parts:
    parts = set(package.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
        return _Parts(is_open_document="content.xml" in parts)
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    workbook = ElementTree.fromstring(package.read("xl/workbook.xml"))
    settings = workbook.find(f"{_MAIN}workbookPr")
    merged = {}
    for sheet in workbook.iter(f"{_MAIN}sheet"):
        part = "xl/" + targets.get(sheet.get(_RELATION), "").removeprefix("/xl/")
        merged[sheet.get("name", "")] = merges.get(part, ())
    from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
    return _Parts(merged, from_1904)


# ── text ──────────────────────────────────────────────────────────────────────────────────────


def _text(name: str, data: bytes) -> RawSheet:
    _refuse_long_lines(name, data)
    text = decoded(name, data)
    start = text[:2000].lstrip().lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "<meta")):
        raise UnreadableFile(
            f"{name}: is a web or XML page under a spreadsheet's name; open it in Excel and save "
            "it as .xlsx."
        )
    if is_report(text):
        return RawSheet(name, None, report_cells(text))
    try:
        return RawSheet(name, None, _frame(name, text, _delimiter(text)))
    except (ValueError, csv.Error):
        raise UnreadableFile(
            f"{name}: cannot be taken apart into cells; a quotation mark may be left open."
        ) from None


def _refuse_long_lines(name: str, data: bytes) -> None:
    """UnreadableFile where a line goes on and on; a million rows have a million ends."""
    at = 0
    while len(data) - at > _LONGEST_LINE:
        window = at, at + _LONGEST_LINE
        end = max(data.rfind(b"\n", *window), data.rfind(b"\r", *window))
        if end < 0:
            raise UnreadableFile(
                f"{name}: has a line of more than 16 MiB, which is no row of a table; export it "
                "again."
            )
        at = end + 1


def _frame(name: str, text: str, delimiter: str) -> pd.DataFrame:
    """The cells of delimited text; ValueError where quotation marks do not match."""
    import pandas as pd

    widest = rows = 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        widest, rows = max(widest, len(row)), rows + 1
        if widest > _WIDEST or widest * rows > CELLS:
            raise UnreadableFile(
                f"{name}: has {widest:,} columns by {rows:,} rows and more, which no table has "
                "room for; export it again, with a line for each row."
            )
    return pd.read_csv(
        io.StringIO(text, newline=""),
        sep=delimiter,
        header=None,
        names=range(widest),
        index_col=False,
        dtype=str,
        keep_default_na=False,
        na_values=[""],
        skip_blank_lines=False,
    )


def decoded(name: str, data: bytes) -> str:
    """The text of a file whose encoding nobody says: by its mark, by its zeros, or by trial."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    head = data[:4000]
    if head[1::2].count(0) > len(head) // 4:
        return data.decode("utf-16-le", errors="replace")
    if head[::2].count(0) > len(head) // 4:
        return data.decode("utf-16-be", errors="replace")
    if b"\0" in data:
        raise UnreadableFile(
            f"{name}: is no file of a known type; {_READ} are read, so export it as one of them."
        )
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _delimiter(text: str) -> str:
    """The sign that splits most of the first lines into the same number of cells, over one."""
    sample = text[:64_000].splitlines()[:200]

    def agreement(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        several = [width for width in widths if width > 1]
        if not several:
            return 0, 0
        usual = max(sorted(set(several)), key=several.count)
        return several.count(usual) * (usual - 1), usual

    return max(_DELIMITERS, key=agreement)


def column_letter(number: int) -> str:
    """The letter of a column counted from 0: 0 → A, 26 → AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The number, from 0, of a column letter."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
