"""Files as somebody would make them who means harm, or as a bad transfer leaves them."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from openpyxl import Workbook

HEADERS = ("Encounter", "Drug", "Start", "Stop", "Route")
GIVEN = ("E1", "ceftriaxone", "09/01/2026 08:00", "09/01/2026 08:40", "IVPB")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_MEBIBYTE = 1 << 20

Parts = dict[str, str | bytes | Iterable[bytes]]


def package(path: Path, parts: Parts) -> None:
    """A ZIP of these parts; what comes in pieces is written piece by piece."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            if isinstance(content, str | bytes):
                made.writestr(name, content)
                continue
            with made.open(name, "w", force_zip64=True) as stream:
                for piece in content:
                    stream.write(piece)


def workbook(
    path: Path,
    data: bytes | Iterable[bytes] = b"",
    *,
    strings: bytes | Iterable[bytes] | None = None,
    before: str = "",
    doctype: str = "",
    name: str = "MAR",
    more: Parts | None = None,
) -> None:
    """An .xlsx of one sheet whose XML is written by hand: what stands in ``sheetData``."""
    pieces = [data] if isinstance(data, bytes) else data

    def sheet() -> Iterable[bytes]:
        yield f'<?xml version="1.0"?>{doctype}<worksheet xmlns="{_MAIN}">{before}'.encode()
        yield b"<sheetData>"
        yield from pieces
        yield b"</sheetData></worksheet>"

    relations = f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    parts: Parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?>{doctype}<workbook xmlns="{_MAIN}" '
        f'xmlns:r="{_OFFICE}"><sheets><sheet name="{name}" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>",
        "xl/worksheets/sheet1.xml": sheet(),
    }
    if strings is not None:
        relations += (
            f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        )
        parts["xl/sharedStrings.xml"] = strings
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>'
    )
    package(path, {**parts, **(more or {})})


def cell(address: str, text: str) -> str:
    """One cell with its text in it."""
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def rows(*cells: Iterable[str]) -> bytes:
    """Rows from the first one on."""
    made = []
    for number, row in enumerate(cells, start=1):
        inside = "".join(cell(f"{chr(65 + n)}{number}", text) for n, text in enumerate(row))
        made.append(f'<row r="{number}">{inside}</row>')
    return "".join(made).encode()


LOG = rows(HEADERS, GIVEN)


def ods(path: Path, table: str, *, mimetype: str = _ODS, before: str = "") -> None:
    """An .ods of one table whose XML is written by hand."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    package(
        path,
        {
            "mimetype": mimetype,
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": f'<?xml version="1.0"?><office:document-content {spaces}><office:body>'
            f'<office:spreadsheet>{before}<table:table table:name="MAR">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        },
    )


def ods_cell(text: str, repeated: int = 1) -> str:
    """A cell of text, so many times."""
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


# ── bombs ─────────────────────────────────────────────────────────────────────────────────────


def _many(piece: bytes, times: int) -> Iterable[bytes]:
    return (piece for _ in range(times))


def bomb(path: Path) -> None:
    """300 MiB of spaces in the sheet, in 300 KiB."""
    workbook(path, _many(b" " * _MEBIBYTE, 300))


def bomb_of_bombs(path: Path) -> None:
    """A bomb in an archive in an archive."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros", bytes(64 * _MEBIBYTE))
    outer = inner.getvalue()
    package(path, {f"{n}.zip": outer for n in range(16)})


def bomb_of_entries(path: Path) -> None:
    """A workbook of 60,000 parts."""
    workbook(path, LOG, more={f"xl/media/{n}": b"" for n in range(60_000)})


def lying_size(path: Path) -> None:
    """A part that says that it unpacks to 1,000 bytes and unpacks to 90 MiB."""
    workbook(path, LOG, strings=_many(b" " * _MEBIBYTE, 90))
    data = bytearray(path.read_bytes())
    at = data.rfind(b"xl/sharedStrings.xml") - 46  # its entry in the directory at the end
    assert data[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, at + 24, 1000)
    path.write_bytes(data)


def same_bytes_many_times(path: Path) -> None:
    """The directory names one part of 64 MiB as 1,000 parts."""
    package(path, {"xl/a.xml": bytes(64 * _MEBIBYTE)})
    data = path.read_bytes()
    at = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    entry = data[at:end]
    renamed = [entry.replace(b"xl/a.xml", b"xl/%d.x" % (1000 + n)) for n in range(1000)]
    directory = b"".join(renamed)
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), at, 0)
    path.write_bytes(data[:at] + directory + tail)


def long_shared_string(path: Path) -> None:
    """A text of 30,000 letters in 300,000 cells: 9 GB from a file of 1 MB."""
    long = b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    data = (b'<row><c t="s"><v>0</v></c></row>' * 1000 for _ in range(300))
    workbook(path, data, strings=long)


def endless_shared_string(path: Path) -> None:
    """One text of 200 MiB, which packs a thousandfold."""
    workbook(
        path, LOG, strings=[b"<sst><si><t>", *_many(b"x" * _MEBIBYTE, 200), b"</t></si></sst>"]
    )


def laughs(path: Path) -> None:
    """Ten entities, each ten of the one before."""
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    workbook(path, LOG, doctype=f"<!DOCTYPE x [{entities}]>", name="&a9;")


def external_entity(path: Path) -> None:
    """An entity that is a file of the machine."""
    workbook(
        path,
        rows(HEADERS, ("&x;", *GIVEN[1:])),
        doctype='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        name="&x;",
    )


# ── claims of size ────────────────────────────────────────────────────────────────────────────


def far_cell(path: Path) -> None:
    """A cell at the last row and the last column."""
    workbook(path, LOG + f'<row r="1048576">{cell("XFD1048576", "x")}</row>'.encode())


def far_cell_in_single_quotes(path: Path) -> None:
    """The same, written as few write it."""
    far = f"<row r = '1048576'>{cell('XFD1048576', 'x')}</row>".replace('r="XFD', "r  =\n'XFD")
    workbook(path, LOG + far.replace('1048576" t', "1048576' t").encode())


def far_cells_without_addresses(path: Path) -> None:
    """20,000 columns in one row and 20,000 rows, counted and not numbered."""
    wide = b"<row>" + b"<c/>" * 20_000 + b"<c><v>1</v></c></row>"
    workbook(path, wide + b"<row/>" * 20_000 + b"<row><c><v>1</v></c></row>")


def row_of_four_billion(path: Path) -> None:
    """A row number as large as 32 bits can say."""
    workbook(path, LOG + f'<row r="4294967295">{cell("AB4294967295", "x")}</row>'.encode())


def one_cell_again_and_again(path: Path) -> None:
    """10 million cells that are all A1."""
    data = (b'<c r="A1"><v>1</v></c>' * 10_000 for _ in range(1_000))
    workbook(path, [b"<row>", *data, b"</row>"])


def ods_rows(path: Path) -> None:
    """A row of cells with text, a billion times."""
    row = "".join(map(ods_cell, HEADERS))
    ods(path, f'<table:table-row table:number-rows-repeated="1000000000">{row}</table:table-row>')


def ods_columns(path: Path) -> None:
    """A cell of text, a billion times."""
    ods(path, f"<table:table-row>{ods_cell('x', 1_000_000_000)}</table:table-row>")


def ods_gap(path: Path) -> None:
    """A cell at the last row and column with nothing before it."""
    blank = '<table:table-cell table:number-columns-repeated="16000"/>'
    gap = f'<table:table-row table:number-rows-repeated="1000000">{blank}</table:table-row>'
    one = f"<table:table-row>{ods_cell('x')}</table:table-row>"
    far = f"<table:table-row>{blank}{ods_cell('x')}</table:table-row>"
    ods(path, one + gap + far)


def ods_laughs(path: Path) -> None:
    """Entities in an .ods; they are declared where no declaration may stand."""
    ods(path, f"<table:table-row>{ods_cell('&a;')}</table:table-row>",
        before='<!DOCTYPE x [<!ENTITY a "b">]>')  # fmt: skip


def wide_text(path: Path) -> None:
    """100,000 columns."""
    path.write_text(",".join(["a"] * 100_000) + "\n" + ",".join(["1"] * 100_000))


def wide_and_long_text(path: Path) -> None:
    """16,000 columns in one row of a million."""
    path.write_text(",".join(["a"] * 16_000) + "\n" + "1\n" * 1_000_000)


def endless_line(path: Path) -> None:
    """1 GB without the end of a line."""
    with path.open("wb") as file:
        file.write(b"Encounter,Drug\n")
        for _ in range(1024):
            file.write(b"x" * _MEBIBYTE)


def endless_cells(path: Path) -> None:
    """100 MB of short cells in one row."""
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"a," * (_MEBIBYTE // 2))


def deep_json(path: Path) -> None:
    """A list in a list, 100,000 deep."""
    path.write_text('[{"resourceType": ' + "[" * 100_000 + "]" * 100_000 + "}]")


def deep_xml(path: Path) -> None:
    """An element in an element, a million deep."""
    workbook(path, b"<x>" * 1_000_000 + b"</x>" * 1_000_000)


def x12_without_ends(path: Path) -> None:
    """An interchange whose segments end nowhere."""
    path.write_text("ISA*00*          *00*          *ZZ*A              *ZZ*B              *240901"
                    "*0800*^*00501*000000001*0*P*:" + "*x" * 5_000_000)  # fmt: skip


def fhir_of_one_line(path: Path) -> None:
    """A line of ndjson of 80 MiB."""
    path.write_bytes(b'{"resourceType": "Claim", "id": "' + b"x" * (80 * _MEBIBYTE) + b'"}\n')


# ── what is no file, or only half of one ──────────────────────────────────────────────────────


def nothing(path: Path) -> None:
    """No byte."""
    path.write_bytes(b"")


def zeros(path: Path) -> None:
    """A file of zeros, as a failed copy leaves it."""
    path.write_bytes(bytes(100_000))


def folder_of_that_name(path: Path) -> None:
    """A folder with a workbook's name and nothing in it."""
    path.mkdir()


def pipe(path: Path) -> None:
    """A pipe at whose other end nobody writes."""
    os.mkfifo(path)


def device(path: Path) -> None:
    """A link to a device that never ends."""
    path.symlink_to("/dev/zero")


def broken_link(path: Path) -> None:
    """A link to nothing."""
    path.symlink_to(path.parent / "nowhere")


def link_to_itself(path: Path) -> None:
    """A link that leads to itself."""
    path.symlink_to(path)


def sparse_file(path: Path) -> None:
    """A file that says that it has 64 GiB and has no block on the disk."""
    with path.open("wb") as file:
        file.truncate(64 * 1024**3)


def nul_in_text(path: Path) -> None:
    """A zero among the text."""
    path.write_bytes(b"Encounter,Drug\nE1,\x00ceftriaxone\n" * 100)


# ── old containers ────────────────────────────────────────────────────────────────────────────


def ole(path: Path, *, chain: Callable[[int], int] = lambda n: n + 1, body: bytes = b"") -> None:
    """An OLE container of one part, whose sectors follow each other by ``chain``."""
    sector = 512
    count = max(-(-len(body) // sector), 8)
    fat = [0xFFFFFFFD, 0xFFFFFFFE] + [chain(n) for n in range(2, 2 + count - 1)] + [0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        encoded = name.encode("utf-16-le") + b"\0\0"
        made = encoded.ljust(64, b"\0") + struct.pack("<HBB3I", len(encoded), kind, 1,
                                                      0xFFFFFFFF, 0xFFFFFFFF, child)  # fmt: skip
        return made + bytes(16 + 4 + 16) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
    directory += entry("Workbook", 2, 0xFFFFFFFF, 2, count * sector) + bytes(256)
    path.write_bytes(
        head + struct.pack("<128I", *fat) + directory + body.ljust(count * sector, b"\0")
    )


def ole_circle(path: Path) -> None:
    """A chain of sectors that leads back into itself."""
    ole(path, chain=lambda n: 2)


def ole_astray(path: Path) -> None:
    """A chain of sectors that leads out of the file."""
    ole(path, chain=lambda n: 0x00FFFFF0)


def record(kind: int, body: bytes) -> bytes:
    """One record of an .xls file."""
    return struct.pack("<HH", kind, len(body)) + body


def xls(path: Path, *cells: tuple[int, int], times: int = 1) -> None:
    """An .xls with a number in each of these cells, by row and column from 0, so many times."""
    begin = record(0x809, struct.pack("<4H2I", 0x600, 5, 0, 0, 0, 0))
    sheet = record(0x809, struct.pack("<4H2I", 0x600, 0x10, 0, 0, 0, 0))
    sheet += b"".join(record(0x203, struct.pack("<3Hd", r, c, 0, 1.0)) for r, c in cells)
    sheet += record(0x0A, b"")
    named = record(0x85, struct.pack("<IHBB", len(begin) + 16 + 4, 0, 3, 0) + b"MAR")
    start = len(begin) + len(named) + 4
    named = record(0x85, struct.pack("<IHBB", start, 0, 3, 0) + b"MAR")
    ole(path, body=begin + named + record(0x0A, b"") + sheet * times)


def xls_far_cell(path: Path) -> None:
    """An .xls with a cell in column 257, which no .xls has."""
    xls(path, (0, 0), (0, 256))


def xls_sheets_upon_sheets(path: Path) -> None:
    """An .xls of five sheets, each of which spans all that one can."""
    xls(path, (65_535, 255), times=5)


def half(part: int) -> Callable[[Path], None]:
    """A workbook that is cut off after so many eighths."""

    def make(path: Path) -> None:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (HEADERS, *([GIVEN] * 300)):
            sheet.append(list(row))
        book.save(path)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * part // 8])

    return make
