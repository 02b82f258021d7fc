"""What harms: each file ends in one sentence and status 2, within 30 s and 2 GiB of memory."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile
import pytest
from hostile import GIVEN, HEADERS, LOG, cell, half, rows, workbook
from loading import CLAIM, PROFILE, book, loaded, only

from auditor.load import InputError, guard, load
from auditor.load.read import UnreadableFile, read_file, shown_name

if sys.platform != "win32":
    from benchmarks.bounded import Bounded, bounded

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork and no limit"),
    pytest.mark.xdist_group("bounded"),
]

FAR = "has cells so far to the right or below that its sheets span more than 67 million cells"
PACKED = "unpacks to more than 100 times its size"
ENTITIES = "declares entities"
DAMAGED = "is damaged or cut off"

REFUSED: list[tuple[Callable[[Path], None], str, str]] = [
    (hostile.bomb, "a.xlsx", PACKED),
    (hostile.bomb_of_bombs, "a.zip", "is a compressed archive"),
    (hostile.lying_size, "a.xlsx", DAMAGED),
    (hostile.same_bytes_many_times, "a.xlsx", DAMAGED),
    (hostile.long_shared_string, "a.xlsx", "repeats long texts up to more than 1 GiB"),
    (hostile.endless_shared_string, "a.xlsx", PACKED),
    (hostile.laughs, "a.xlsx", ENTITIES),
    (hostile.external_entity, "a.xlsx", ENTITIES),
    (hostile.far_cell, "a.xlsx", FAR),
    (hostile.far_cell_in_single_quotes, "a.xlsx", FAR),
    (hostile.far_cells_without_addresses, "a.xlsx", FAR),
    (hostile.row_of_four_billion, "a.xlsx", FAR),
    (hostile.one_cell_again_and_again, "a.xlsx", PACKED),
    (hostile.ods_rows, "a.ods", FAR),
    (hostile.ods_columns, "a.ods", FAR),
    (hostile.ods_gap, "a.ods", FAR),
    (hostile.ods_laughs, "a.ods", DAMAGED),
    (hostile.wide_text, "a.csv", "has 100,000 columns by 1 rows and more"),
    (hostile.wide_and_long_text, "a.csv", "has 16,000 columns by 4,195 rows and more"),
    (hostile.endless_line, "a.csv", "has more than 1 GiB"),
    (hostile.endless_cells, "a.csv", "has a line of more than 16 MiB"),
    (hostile.deep_json, "a.json", "is nested deeper than any health record"),
    (hostile.x12_without_ends, "a.x12", "the ISA segment with which it begins is cut off"),
    (hostile.fhir_of_one_line, "a.json", "is JSON, but no FHIR resource"),
    (hostile.nothing, "a.xlsx", "is empty"),
    (hostile.zeros, "a.csv", "is empty"),
    (hostile.pipe, "a.csv", "is no file but a pipe or device"),
    (hostile.device, "a.csv", "is no file but a pipe or device"),
    (hostile.broken_link, "a.csv", "cannot be read (No such file or directory)"),
    (hostile.link_to_itself, "a.csv", "cannot be read (Too many levels of symbolic links)"),
    (hostile.sparse_file, "a.csv", "has more than 1 GiB"),
    (hostile.nul_in_text, "a.csv", "is no file of a known type"),
    (hostile.ole_astray, "a.xls", DAMAGED),
    (hostile.xls_far_cell, "a.xls", DAMAGED),
    (hostile.xls_sheets_upon_sheets, "a.xls", FAR),
    *((half(part), "a.xlsx", DAMAGED) for part in range(1, 8)),
]


@pytest.fixture(scope="module")
def command() -> Iterator[Bounded]:

    with bounded() as run:
        yield run


@pytest.mark.parametrize(
    ("make", "name", "says"), REFUSED, ids=[getattr(m, "__name__", "") for m, _, _ in REFUSED]
)
def test_one_sentence_and_status_2_within_bounds(
    tmp_path: Path,
    command: Bounded,
    make: Callable[[Path], None],
    name: str,
    says: str,
) -> None:
    make(tmp_path / name)
    outcome = command("columns", tmp_path / name)
    first, sentence, *more = outcome.text.splitlines()
    assert (outcome.status, more) == (2, [])
    assert first == "Nothing was audited. Mend this and run again:"
    assert sentence.startswith(f"- {name}: {says}")
    assert sentence.endswith(".")
    (tmp_path / name).unlink()  # some are large


def test_what_is_refused_alone_is_refused_beside_others(tmp_path: Path, command: Bounded) -> None:
    hostile.far_cell(tmp_path / "mar.xlsx")
    book(tmp_path / "claims.xlsx", {"claims": CLAIM})
    outcome = command("run", tmp_path / "claims.xlsx", tmp_path / "mar.xlsx", "--timezone",
                      "America/New_York", "--out", tmp_path / "out")  # fmt: skip
    assert outcome.status == 2
    assert outcome.text.count("\n") == 2
    assert not (tmp_path / "out").exists()


def test_a_container_whose_chain_is_a_circle(tmp_path: Path, command: Bounded) -> None:
    hostile.ole_circle(tmp_path / "a.xls")
    outcome = command("run", tmp_path / "a.xls", "--timezone", "America/New_York", "--out",
                      tmp_path / "out")  # fmt: skip
    assert outcome.status == 2
    assert outcome.is_well


# ── what is odd and no harm ───────────────────────────────────────────────────────────────────


def test_a_claim_of_a_billion_rows_with_three_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path, rows(("a", "b", "c")), before='<dimension ref="A1:XFD1048576"/>')
    (sheet,) = read_file(path)
    assert sheet.cells.shape == (1, 3)


@pytest.mark.parametrize(
    ("address", "spans"),
    [("BL1048576", True), ("BM1048576", False), ("XFD4096", True), ("XFD4097", False)],
)  # 64 columns by 1,048,576 rows, and 16,384 by 4,096
def test_the_brink_of_what_cells_may_span(tmp_path: Path, address: str, spans: bool) -> None:
    workbook(tmp_path / "a.xlsx", LOG + f"<row>{cell(address, 'x')}</row>".encode())
    data = (tmp_path / "a.xlsx").read_bytes()
    if spans:
        guard.merges_within_bounds(data)
        return
    with pytest.raises(guard.RefusedWorkbook, match="million cells"):
        guard.merges_within_bounds(data)


@pytest.mark.parametrize(
    ("kind", "is_whole"), [(0x207, True), (0x203, False)], ids=["the text of a formula", "a number"]
)
def test_the_records_of_an_old_workbook_that_have_a_place(
    tmp_path: Path, kind: int, is_whole: bool
) -> None:
    begin = hostile.record(0x809, bytes(16))
    far = hostile.record(kind, struct.pack("<HH", 0, 256) + bytes(10))
    hostile.ole(tmp_path / "a.xls", body=begin + far)
    if is_whole:
        guard.refuse_old_workbook((tmp_path / "a.xls").read_bytes())
        return
    with pytest.raises(guard.DamagedWorkbook):
        guard.refuse_old_workbook((tmp_path / "a.xls").read_bytes())


@pytest.mark.parametrize(
    ("cells", "is_odd"),
    [
        (b'<c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>45536.5</v></c>', False),
        (b'<c r="A1"><v>0</v></c><c><v>1</v></c>', True),
        (b'<c r="A1"><v>0</v></c><c  r="B1"><v>1</v></c>', True),
        (b"<c r='A1'><v>0</v></c>", True),
        (b'<c r ="A1"><v>0</v></c>', True),
        (b'<x:c r="A1"><v>0</v></x:c>', True),
    ],
)
def test_where_a_sheet_is_cut_decides_nothing(cells: bytes, is_odd: bool) -> None:
    for at in range(len(cells) + 1):
        sheet = guard._Sheet()
        sheet.take(b"<row>" + cells[:at])
        sheet.take(cells[at:] + b"</row>")
        sheet.end()
        assert sheet.is_odd is is_odd
        assert sheet.rows == 1
        assert sheet.cells == cells.count(b"<c ")


@pytest.mark.parametrize("kind", ["xlsx", "xlsm"])
def test_macros_and_links_are_carried_past(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    more: hostile.Parts = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(5000),
        "xl/externalLinks/externalLink1.xml": "<externalLink/>",
        "xl/printerSettings/printerSettings1.bin": b"\x91\x01\x00" + b"\xff" * 200,
    }
    workbook(path, LOG, more=more)
    book(tmp_path / "claims.xlsx", {"claims": CLAIM})
    (given,) = only(load([path, tmp_path / "claims.xlsx"], PROFILE)).administrations
    assert given.drug == "ceftriaxone"


def test_a_formula_is_its_last_value_and_without_one_blank(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    formulas = (
        '<row r="2"><c r="A2" t="str"><f>"E"&amp;1</f><v>E1</v></c><c r="B2"><f>1+1</f></c></row>'
    )
    workbook(path, rows(("Encounter", "Drug")) + formulas.encode())
    (sheet,) = read_file(path)
    assert sheet.cells.iloc[1, 0] == "E1"
    assert sheet.cells.iloc[1, 1] != sheet.cells.iloc[1, 1]


# ── passwords ─────────────────────────────────────────────────────────────────────────────────

PASSWORD = "correct horse"


def locked(path: Path) -> Path:
    from auditor.report.protect import encrypted_workbook

    plain = book(path.with_name("plain.xlsx"), {"claims": CLAIM, "log": [HEADERS, GIVEN]})
    with plain.open("rb") as file:
        path.write_bytes(encrypted_workbook(file, PASSWORD))
    return path


def test_a_protected_workbook_is_refused_where_nobody_says_its_password(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        load([locked(tmp_path / "a.xlsx")], PROFILE)
    assert refused.value.problems == (
        "a.xlsx: is protected by a password; run on a terminal, where it is asked for, set "
        "INFUSION_AUDITOR_PASSWORD to it, or save the file without one.",
    )


def test_a_protected_workbook_is_opened_by_its_password(tmp_path: Path) -> None:
    asked = []

    def unlock(name: str, attempt: int) -> str | None:
        asked.append((name, attempt))
        return ["wrong", PASSWORD][attempt]

    (given,) = only(load([locked(tmp_path / "a.xlsx")], PROFILE, unlock=unlock)).administrations
    assert given.drug == "ceftriaxone"
    assert asked == [("a.xlsx", 0), ("a.xlsx", 1)]


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 0), ("battery", 2), ("", 2)])
def test_the_environment_has_the_password(
    tmp_path: Path, command: Bounded, password: str, status: int
) -> None:
    outcome = command("columns", locked(tmp_path / "a.xlsx"), password=password)
    assert outcome.status == status
    assert ("is protected by a password" in outcome.text) is (status == 2)
    assert PASSWORD not in outcome.text


POI = Path(__file__).parent.parent.parent / "shared" / "data" / "fuzz_poi"


@pytest.mark.skipif(not POI.is_dir(), reason="the collection of odd workbooks is not here")
def test_an_old_workbook_is_opened_by_its_password() -> None:
    with pytest.raises(UnreadableFile, match="is protected by a password"):
        read_file(POI / "password.xls")
    assert read_file(POI / "password.xls", unlock=lambda name, attempt: "password")


# ── names ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("mar\n- Nothing is wrong.csv", "mar\ufffd- Nothing is wrong.csv"),
        ("\x1b[2Jmar.csv", "\ufffd[2Jmar.csv"),
        ("mar\u202exslx.csv", "mar\ufffdxslx.csv"),
        ("caf\udce9.csv", "caf\ufffd.csv"),
        ("Größe µg.csv", "Größe µg.csv"),
        ("..%2f..%2fmar.csv", "..%2f..%2fmar.csv"),
    ],
)
def test_a_name_steers_no_terminal(tmp_path: Path, command: Bounded, name: str, shown: str) -> None:
    assert shown_name(tmp_path / name) == shown
    (tmp_path / name).write_bytes(b"")
    outcome = command("columns", tmp_path / name)
    assert outcome.text.splitlines()[1:] == [f"- {shown}: is empty."]


def test_no_cell_steers_a_terminal(tmp_path: Path, command: Bounded) -> None:
    steering = "\x1b]0;owned\x07\x9b2J\x08"
    log = [(f"Enc{steering}ounter", *HEADERS[1:]), (*GIVEN[:4], f"IV{steering}PB")]
    text = "\n".join(",".join(row) for row in log)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    outcome = command("columns", tmp_path / "a.csv")
    assert outcome.status == 0
    assert not set(outcome.text) & set("\x1b\x07\x9b\x08")


def test_a_file_within_the_bounds_is_read(tmp_path: Path) -> None:
    result = loaded(tmp_path, log=[HEADERS, GIVEN])
    assert [a.drug for a in only(result).administrations] == ["ceftriaxone"]
