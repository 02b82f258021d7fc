"""Protected outputs: what opens them, what does not, and that nothing plain is left behind."""

from __future__ import annotations

import gc
import json
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import msoffcrypto
import pikepdf
import pytest
import pyzipper
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from auditor.cli import PASSWORD_VARIABLE, app
from auditor.report.protect import PasswordError, checked_password
from tests.pango import DONE, needs_pdf
from tests.test_cli import CLAIMS, ENCOUNTERS, FORMULARY, MAR, ORDERS, book

SECRET = "correct horse"
KEY = "000123"
NAMES = {"audit.xlsx", "manifest.json", "protected.zip"}


@pytest.fixture(autouse=True)
def no_password_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    rows = {"claims": CLAIMS, "mar": MAR, "orders": ORDERS, "encounters": ENCOUNTERS}
    rows["formulary"] = FORMULARY
    mar = [list(row) for row in MAR]
    mar[1][4] = None  # no stop: a finding
    rows["mar"] = mar
    return [book(tmp_path / f"{name}.xlsx", table, name) for name, table in rows.items()]


def run(
    files: list[Path], out: Path, *words: object, typed: str = "", variable: str = ""
) -> Result:
    command = ["run", *files, "--out", out, "--timezone", "America/New_York", *words]
    environment = {PASSWORD_VARIABLE: variable} if variable else {}
    result = CliRunner().invoke(app, list(map(str, command)), input=typed, env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def plain_workbook(path: Path, password: str = SECRET) -> BytesIO:
    plain = BytesIO()
    with path.open("rb") as file:
        office = msoffcrypto.OfficeFile(file)
        office.load_key(password=password, verify_password=True)
        office.decrypt(plain, verify_integrity=True)
    return plain


def test_what_is_written_opens_with_the_password_alone(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(files, out, "--password", typed=f"{SECRET}\n{SECRET}\n")
    assert result.exit_code == DONE, result.output
    assert SECRET not in result.output
    assert {path.name for path in out.iterdir()} - {"report.pdf"} == NAMES
    with pytest.raises(zipfile.BadZipFile):
        load_workbook(out / "audit.xlsx")
    worklist = load_workbook(plain_workbook(out / "audit.xlsx"))["Worklist"]
    assert worklist.max_row > 1
    with pyzipper.AESZipFile(out / "protected.zip") as archive:
        names = archive.namelist()
        assert names == ["findings.csv", "corrected_lines.csv", "audit.json", "report.html"]
        with pytest.raises(RuntimeError, match="encrypted"):
            archive.read("findings.csv")
        archive.setpassword(SECRET.encode())
        assert KEY in archive.read("findings.csv").decode("utf-8-sig")
    for path in out.iterdir():
        assert KEY.encode() not in path.read_bytes(), path.name
    outputs = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert sorted(outputs) == sorted(set(names) - {"report.html"})


@needs_pdf
def test_the_pdf_is_encrypted_and_stays_tagged(files: list[Path], tmp_path: Path) -> None:
    run(files, tmp_path / "out", variable=SECRET)
    path = tmp_path / "out" / "report.pdf"
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(path)
    with pikepdf.open(path, password=SECRET) as pdf:
        assert pdf.encryption.bits == 256
        assert pdf.encryption.R == 6
        assert pdf.allow.accessibility
        assert pdf.Root.MarkInfo.Marked


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_plain_file_is_left_even_after_a_failure(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    streamed: list[Path] = []

    def broken(*_: object) -> None:
        (workshop,) = (path for path in tmp_path.iterdir() if path.name.startswith(".auditor-"))
        streamed.extend(workshop.iterdir())
        raise RuntimeError

    monkeypatch.setattr("auditor.report.workbook.summary_sheet.fill_summary", broken)
    with pytest.raises(AssertionError):
        run(files, out, variable=SECRET)
    gc.collect()  # the sheets that were under way
    assert streamed  # sheets under way
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".auditor-")]
    assert list(scratch.iterdir()) == []
    assert tempfile.tempdir == str(scratch)
    assert not out.exists()


def test_protected_outputs_take_the_place_of_plain_ones(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(files, out)
    assert (out / "findings.csv").exists()
    run(files, out, variable=SECRET)
    assert {path.name for path in out.iterdir()} - {"report.pdf"} == NAMES
    assert run(files, out, variable=SECRET).exit_code == DONE  # read, and nothing was typed
    refused = run(files, out)
    assert refused.exit_code == 2
    assert "is protected by a password: give --password" in refused.output
    other = run(files, out, variable="another one")
    assert "is protected by another password" in other.output


def test_decisions_come_back_from_a_protected_workbook(files: list[Path], tmp_path: Path) -> None:
    run(files, tmp_path / "one", variable=SECRET)
    path = tmp_path / "one" / "audit.xlsx"
    workbook = load_workbook(plain_workbook(path))
    sheet = workbook["Worklist"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, headers["Note"]).value = "seen"
    filled, encrypted = BytesIO(), BytesIO()
    workbook.save(filled)
    msoffcrypto.format.ooxml.OOXMLFile(filled).encrypt(SECRET, encrypted)
    path.write_bytes(encrypted.getvalue())
    two = tmp_path / "two"
    result = run(files, two, "--decisions", path, variable=SECRET)
    assert "1 finding with decisions" in result.output
    sheet = load_workbook(plain_workbook(two / "audit.xlsx"))["Worklist"]
    assert "seen" in [cell.value for cell in sheet[2]]
    path.write_bytes(encrypted.getvalue()[:-3000])
    damaged = run(files, tmp_path / "three", "--decisions", path, variable=SECRET)
    assert damaged.exit_code == 2
    assert "is damaged" in damaged.output


@pytest.mark.parametrize(
    ("password", "says"),
    [("short", "at least 8 characters"), ("é" * 64, "at most 127 bytes")],
)
def test_a_password_that_cannot_protect_is_refused(
    password: str, says: str, files: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(PasswordError, match=says):
        checked_password(password)
    result = run(files, tmp_path / "out", variable=password)
    assert (result.exit_code, says in result.output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_without_a_password_given_nothing_is_written(files: list[Path], tmp_path: Path) -> None:
    result = run(files, tmp_path / "out", "--password", typed="")
    assert result.exit_code == 2
    assert "No password was given" in result.output
    assert not (tmp_path / "out").exists()
