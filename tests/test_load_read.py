"""Files as they come: encodings, delimiters, damage, and what a fast reader loses silently."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path

import pytest
from loading import CLAIM, LOG, PROFILE, book, loaded, only, text
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from auditor.load import InputError, load
from auditor.load.read import UnreadableFile, column_letter, column_number, read_file

POI = Path(__file__).parent.parent.parent / "shared" / "data" / "fuzz_poi"


def cells(path: Path) -> list[list[str | None]]:
    frame = read_file(path)[0].cells
    return [[None if value != value else value for value in row] for row in frame.values.tolist()]


# ── what a reader loses silently ──────────────────────────────────────────────────────────────


def test_identifiers_keep_their_zeros(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"s": [["00123", "0450"], [123, "1E5"]]})
    assert cells(path) == [["00123", "0450"], ["123", "1E5"]]


def test_a_column_that_turns_to_text_late_keeps_its_values(tmp_path: Path) -> None:
    rows = [[float(n)] for n in range(1500)] + [["12A"], ["00042"]]
    path = book(tmp_path / "a.xlsx", {"s": rows})
    assert cells(path)[-3:] == [["1499"], ["12A"], ["00042"]]


def test_numbers_come_as_the_cell_shows_them(tmp_path: Path) -> None:
    row = [0.1 + 0.2, 96365, 1234567890123, 0.000001, 46266.35833333333, 1e15]
    path = book(tmp_path / "a.xlsx", {"s": [row]})
    assert cells(path) == [
        ["0.3", "96365", "1234567890123", "0.000001", "46266.358333333", "1000000000000000"]
    ]


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_dates_of_either_date_system(tmp_path: Path, epoch: datetime | None) -> None:
    workbook = Workbook()
    if epoch is not None:
        workbook.epoch = epoch
    sheet = workbook.active
    assert sheet is not None
    sheet.append([datetime(2026, 9, 1, 8, 36)])
    workbook.save(tmp_path / "a.xlsx")
    assert cells(tmp_path / "a.xlsx") == [["2026-09-01 08:36:00"]]
    assert read_file(tmp_path / "a.xlsx")[0].from_1904 is (epoch is not None)


def test_unformatted_serials_of_a_1904_workbook(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    claims = workbook.active
    assert claims is not None
    for row in CLAIM:
        claims.append(list(row))
    log = workbook.create_sheet("log")
    log.append(list(LOG))
    log.append(["E1", "ondansetron", 46266.375 - 1462, 46266.5 - 1462, "IVPB"])
    workbook.save(tmp_path / "a.xlsx")
    (administration,) = only(load([tmp_path / "a.xlsx"], PROFILE)).administrations
    assert f"{administration.start:%Y-%m-%d %H:%M}" == "2026-09-01 09:00"


def test_rows_and_columns_keep_their_addresses(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet["C4"] = "here"
    workbook.save(tmp_path / "a.xlsx")
    frame = read_file(tmp_path / "a.xlsx")[0].cells
    assert frame.columns.tolist() == [2]
    assert frame.iloc[3, 0] == "here"


@pytest.mark.parametrize(("number", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_column_letters(number: int, letter: str) -> None:
    assert (column_letter(number), column_number(letter)) == (letter, number)


# ── text ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("Name;Größe\r\nJosé;µg\r\n".encode(encoding))
    assert cells(tmp_path / "a.csv") == [["Name", "Größe"], ["José", "µg"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [["Title, of the report"], ["a", "b", "c"], ["1,5", "x; y", ""], ["2", "z", "w"]]
    path = text(tmp_path / "a.txt", rows, delimiter)
    assert cells(path)[1:] == [["a", "b", "c"], ["1,5", "x; y", None], ["2", "z", "w"]]


def test_ragged_rows_and_line_breaks_in_cells(tmp_path: Path) -> None:
    rows = [["a", "b"], ["1", "two\nlines", "3"], [], ["4"]]
    path = text(tmp_path / "a.csv", rows)
    assert cells(path) == [
        ["a", "b", None], ["1", "two\nlines", "3"], [None] * 3, ["4", None, None]
    ]  # fmt: skip


def test_a_spreadsheet_name_on_delimited_text(tmp_path: Path) -> None:
    path = text(tmp_path / "export.xls", [["a", "b"], ["1", "2"]], "\t")
    assert cells(path) == [["a", "b"], ["1", "2"]]


# ── files that cannot be read ─────────────────────────────────────────────────────────────────


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def cut_off(path: Path) -> None:
    book(path, {"s": [[n] * 20 for n in range(200)]})
    path.write_bytes(path.read_bytes()[:3000])


def encrypted(path: Path) -> None:
    name = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + name + bytes(500))


def portable(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7 \x00\x01")


def page(path: Path) -> None:
    path.write_text("<html><table><tr><td>1</td></tr></table></html>")


def binary(path: Path) -> None:
    path.write_bytes(b"MZ\x90\x00\x03" + b"ABCDEF\x00" * 200)


def other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme.txt", "hello")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (nothing, "is empty"),
        (cut_off, "is damaged or cut off"),
        (encrypted, "is protected by a password"),
        (portable, "is a PDF document"),
        (page, "is a web or XML page"),
        (binary, "is no file of a known type"),
        (other_zip, "is a compressed archive"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_sentence(
    tmp_path: Path, make: Callable[[Path], None], says: str
) -> None:
    path = tmp_path / "month.xlsx"
    make(path)
    with pytest.raises(UnreadableFile) as refused:
        read_file(path)
    assert str(refused.value).startswith(f"month.xlsx: {says}")
    assert str(refused.value).count("\n") == 0


def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "a.xlsx", {"s": [["x" * 1000] for _ in range(100)]})
    monkeypatch.setattr("auditor.load.guard.UNPACKED", 10_000)
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        read_file(path)


def test_all_unreadable_files_are_named_together(tmp_path: Path) -> None:
    nothing(tmp_path / "a.csv")
    portable(tmp_path / "b.xlsx")
    with pytest.raises(InputError) as refused:
        load([tmp_path / "a.csv", tmp_path / "b.xlsx", tmp_path / "c.csv"], PROFILE)
    first, *problems = str(refused.value).splitlines()
    assert first == "Nothing was audited. Mend these 3 problems and run again:"
    assert [problem.split(":")[0] for problem in problems] == ["- a.csv", "- b.xlsx", "- c.csv"]


@pytest.mark.skipif(not POI.is_dir(), reason="the collection of odd workbooks is not here")
def test_odd_workbooks_are_read_or_refused_in_one_sentence() -> None:
    read, refused = 0, 0
    for path in sorted(POI.iterdir()):
        try:
            read += len(read_file(path)) >= 0
        except UnreadableFile as error:
            refused += 1
            assert str(error).startswith(path.name)
    assert read > refused > 0


@pytest.mark.skipif(not POI.is_dir(), reason="the collection of odd workbooks is not here")
def test_an_xls_of_the_1904_date_system() -> None:
    shown = [cell for row in cells(POI / "1904DateWindowing.xls") for cell in row if cell]
    assert any(cell.startswith(("1999", "2000", "1904", "2001", "2004")) for cell in shown), shown


# ── times of day in their own cells ───────────────────────────────────────────────────────────


def test_a_workbook_with_a_document_in_it_is_a_workbook(tmp_path: Path) -> None:
    books = book(tmp_path / "a.xlsx", {"s": [("Claim",), ("C1",)]})
    with zipfile.ZipFile(books, "a") as file:
        file.writestr("word/document.xml", "x")
    assert cells(books) == [["Claim"], ["C1"]]


def package(*parts: str, mimetype: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        if mimetype:
            file.writestr("mimetype", mimetype)
        for part in parts:
            file.writestr(part, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.docx", package("[Content_Types].xml", "word/document.xml"), "is a Word document"),
        ("a.xlsx", package("ppt/presentation.xml"), "is a presentation"),
        ("a.zip", package("claims.csv"), "is a compressed archive"),
        ("a.odt", package("content.xml", mimetype="application/vnd.oasis.opendocument.text"),
         "is a text document (OpenDocument)"),
        ("a.docx", b"Claim,HCPCS", "is by its name a Word document"),
        ("a.PDF", b"Claim,HCPCS", "is by its name a PDF document"),
        ("a.pdf", b"%PDF-1.7", "is a PDF document"),
        ("a.png", b"\x89PNG\r\n", "is a picture"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
         "is a Word document"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_named_as_what_it_is(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile) as refused:
        read_file(tmp_path / name)
    assert str(refused.value) == (
        f"{name}: {says}, not a spreadsheet; .xlsx, .xlsm, .xlsb, .xls, .ods, .csv, .tsv, .txt and "
        ".parquet are read, so export it as one of them."
    )


def test_date_and_time_cells_are_put_together(tmp_path: Path) -> None:
    header = ("Encounter", "Drug", "Start Date", "Start Time", "Stop Date", "Stop Time", "Route")
    rows = [
        header,
        ("E1", "ceftriaxone", datetime(2026, 9, 13), time(8, 30), datetime(2026, 9, 13), "0915",
         "IVPB"),
        ("E1", "cefepime", datetime(2026, 9, 13), "11:30 PM", datetime(2026, 9, 14), "24:00",
         "IVPB"),
    ]  # fmt: skip
    found = only(loaded(tmp_path, log=rows)).administrations
    assert [(f"{a.start:%d %H:%M}", f"{a.stop:%d %H:%M}") for a in found] == [
        ("13 08:30", "13 09:15"), ("13 23:30", "15 00:00")
    ]  # fmt: skip


def test_what_is_wrong_names_the_header_of_the_cell(tmp_path: Path) -> None:
    rows = [("Encounter", "Drug", "Start Date", "Start Time", "Stop Date", "Stop Time", "Route"),
            ("E1", "cefazolin", "09/13/2026", "0830", "09/13/2026", "0915", "IVPB"),
            ("E1", "cefepime", "09/13/2026", "late", "09/13/2026", "1015", "IVPB")]  # fmt: skip
    (row,) = loaded(tmp_path, log=rows).ledger.rows
    assert (row.column, row.value) == ("D", "late")
    assert row.reason == "cannot be read as a date and time (“Start Time”)"


def test_a_stop_without_date_runs_past_midnight(tmp_path: Path) -> None:
    rows = [
        ("Encounter", "Drug", "Date", "Start", "Stop", "Route"),
        ("E1", "ceftriaxone", "09/13/2026", "23:30", "0015", "IVPB"),
    ]
    result = loaded(tmp_path, log=rows)
    (administration,) = only(result).administrations
    assert f"{administration.stop:%d %H:%M}" == "14 00:15"
    assert any("read as the next day" in problem for problem in result.ledger.problems)


def test_a_column_in_utc(tmp_path: Path) -> None:
    rows = [("Encounter", "Drug", "Start (UTC)", "Stop (UTC)", "Route"),
            ("E1", "ceftriaxone", "2026-09-01 12:00", "2026-09-01 13:00", "IVPB")]  # fmt: skip
    (administration,) = only(loaded(tmp_path, log=rows)).administrations
    assert f"{administration.start:%H:%M}" == "08:00"


def test_text_files_end_to_end(tmp_path: Path) -> None:
    claims = text(tmp_path / "claims.csv", CLAIM)
    log = tmp_path / "log.txt"
    with log.open("w", encoding="utf-16", newline="") as file:
        rows = [LOG, ("E1", "ceftriaxone", "9/1/2026 8:00", "9/1/2026 8:40", "IVPB")]
        csv.writer(file, delimiter="\t").writerows(rows)
    result = load([claims, log], PROFILE)
    (administration,) = only(result).administrations
    assert str(administration.sources[0]) == "log.txt · row 2"
    assert administration.sources[0].cell("stop") == "log.txt · D2"


def test_a_quotation_mark_left_open(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a,b\n1,"two\n3,4\n')
    with pytest.raises(UnreadableFile, match="a quotation mark may be left open"):
        read_file(tmp_path / "a.csv")
