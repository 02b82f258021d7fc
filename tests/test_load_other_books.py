"""Merged cells, hidden sheets and the 1904 system in workbooks that are no .xlsx."""

import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest
from loading import CLAIM, LOG, PROFILE, only
from openpyxl import Workbook

from auditor.load import load
from auditor.load.other_books import told_by
from auditor.load.read import read_file

SOFFICE = shutil.which("soffice")
DATA = Path(__file__).parent.parent.parent / "shared" / "data"
with_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the collection of odd workbooks is not here"
)


def month(path: Path) -> Path:
    """A workbook with merged patient cells, a hidden column, and a hidden sheet."""
    workbook = Workbook()
    claims, log, old = workbook.active, workbook.create_sheet("lög"), workbook.create_sheet("old")
    assert claims is not None
    for row in CLAIM:
        claims.append(list(row))
    for sheet in (log, old):
        sheet.append(["Log of the unit"])
        sheet.append(list(LOG))
        for hour in (8, 9, 10):
            stamp = [f"09/01/2026 {hour}:00", f"09/01/2026 {hour}:40"]
            sheet.append(["E1", f"drug {hour}", *stamp, "IVPB"])
        sheet.merge_cells("A3:A5")
        sheet.merge_cells("C9:C12")  # below the last cell that says anything
    log.column_dimensions["B"].hidden = True
    old.sheet_state = "hidden"
    workbook.save(path)
    return path


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same month in every kind of workbook that can be written here."""
    folder = tmp_path_factory.mktemp("books")
    made = {"xlsx": month(folder / "month.xlsx")}
    for kind in ("xls", "ods") if SOFFICE else ():
        subprocess.run(
            [
                *(str(SOFFICE), f"-env:UserInstallation={(folder / 'office').as_uri()}"),
                *("--headless", "--convert-to", kind, "--outdir", str(folder), str(made["xlsx"])),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )
        made[kind] = folder / f"month.{kind}"
    return made


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_merged_patients_and_what_is_hidden(books: dict[str, Path], kind: str) -> None:
    if kind not in books:
        pytest.skip("LibreOffice is not here")
    result = load([books[kind]], PROFILE)
    assert [(a.drug, a.sources[0].row) for a in only(result).administrations] == [
        ("drug 8", 3), ("drug 9", 4), ("drug 10", 5)
    ]  # fmt: skip
    assert result.ledger.problems == (
        f"month.{kind} · old: is hidden and was not read; to use it, name it under [sheets] in the "
        "profile.",
    )


@with_data
def test_merged_cells_of_a_real_xls() -> None:
    path = DATA / "fuzz_frictionless" / "merged-cells.xls"
    assert [raw.merged for raw in read_file(path)] == [((0, 2, 0),)]


@with_data
def test_a_real_xls_that_counts_from_1904() -> None:
    assert {raw.from_1904 for raw in read_file(DATA / "fuzz_poi" / "1904DateWindowing.xls")} == {
        True
    }


# ── .xlsb: no library writes it ───────────────────────────────────────────────────────────────


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind & 0x7F | 0x80, kind >> 7, len(body)]) + body


@with_data
def test_a_real_xlsb_is_read_cell_by_cell() -> None:
    sheet, *_ = read_file(DATA / "fuzz_poi" / "sample.xlsb")
    assert (sheet.sheet, sheet.merged, sheet.from_1904) == ("Sheet1", (), False)
    assert sheet.cells.head(3).values.tolist() == [
        ["Lorem", "111"], ["ipsum", "222"], ["dolor", "333"]
    ]  # fmt: skip
    (date,) = read_file(DATA / "fuzz_poi" / "date.xlsb")
    assert date.cells.values.tolist() == [["2013-01-12 00:00:00"]]


@with_data
def test_merged_cells_of_an_xlsb(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsb"
    areas = (struct.pack("<4I", 1, 3, 0, 0), struct.pack("<4I", 5, 5, 0, 1))
    merges = (
        record(177, struct.pack("<I", 2)), *(record(176, a) for a in areas), record(178, b"")
    )  # fmt: skip
    with (
        zipfile.ZipFile(DATA / "fuzz_poi" / "sample.xlsb") as real,
        zipfile.ZipFile(path, "w") as made,
    ):
        for name in real.namelist():
            part = real.read(name)
            if name == "xl/worksheets/sheet1.bin":
                part = part.replace(b"\x92\x01\x00", b"\x92\x01\x00" + b"".join(merges))
            made.writestr(name, part)
    assert read_file(path)[0].merged == ((1, 3, 0),)


@with_data
def test_damage_tells_nothing_and_is_no_crash() -> None:
    for name in ("fuzz_frictionless/merged-cells.xls", "fuzz_poi/sample.xlsb",
                 "fuzz_frictionless/table.ods"):  # fmt: skip
        data = (DATA / name).read_bytes()
        for cut in range(0, len(data), max(1, len(data) // 50)):
            told_by(data[:cut])
            told_by(data[:cut] + b"\xff" * 40 + data[cut + 40 :])
