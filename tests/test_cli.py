"""The command: what it says, what it writes and how it ends."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner, Result

import checks
import checks.drug_not_classified
from auditor import Encounter, Policy, Verdict, cli
from auditor.cli import app
from tests.pango import DONE, PDF

SAMPLE = Path(__file__).parent.parent / "sample_data"

CELLS = "start in mar.xlsx · MAR · D2, stop in mar.xlsx · MAR · E2"
CLAIMS = [
    [
        "Claim ID",
        "Encounter ID",
        "Line Number",
        "HCPCS",
        "Units",
        "Service Date",
        "Mod",
        "Rev Code",
    ],
    ["C1", "000123", "1", "96365", "1", "09/15/2024", None, "0260"],
    ["C1", "000123", "2", "J0696", "4", "09/15/2024", None, "0636"],
]
MAR = [
    ["Encounter ID", "Drug", "Route", "Start", "Stop", "Site", "Bag ID", "Dose"],
    [
        *("000123", "ceftriaxone", "IV infusion", "09/15/2024 09:00", "09/15/2024 09:30", "R AC"),
        *("B1", "1 g"),
    ],
]
ORDERS = [
    ["Order ID", "Encounter ID", "Drug", "Ordered At", "Order Basis", "Indication"],
    ["O1", "000123", "ceftriaxone", "09/15/2024 08:50", "individual", "pneumonia"],
]
ENCOUNTERS = [
    ["Encounter ID", "Arrived At", "Observation Start", "Inpatient At", "Discharged At"],
    ["000123", "09/15/2024 08:00", None, None, "09/15/2024 12:00"],
]

FORMULARY = [
    ["Drug", "Class", "HCPCS", "Dose per HCPCS unit", "Container"],
    ["ceftriaxone", "therapeutic", "J0696", "250 mg", None],
]


def book(path: Path, rows: list[list[object]], sheet: str) -> Path:
    """A small workbook with one sheet."""
    workbook = Workbook()
    worksheet = workbook.active
    worksheet.title = sheet
    for row in rows:
        worksheet.append(row)
    workbook.save(path)
    return path


def auditor(*words: object) -> Result:
    """Run the command as a program would see it; a traceback would be an exception here."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [
        book(tmp_path / "claims.xlsx", CLAIMS, "Claims"),
        book(tmp_path / "mar.xlsx", MAR, "MAR"),
        book(tmp_path / "orders.xlsx", ORDERS, "Orders"),
        book(tmp_path / "encounters.xlsx", ENCOUNTERS, "Encounters"),
        book(tmp_path / "formulary.xlsx", FORMULARY, "Formulary"),
    ]


def _run(files: list[Path], out: Path, *words: object) -> Result:
    return auditor("run", *files, "--out", out, "--timezone", "America/New_York", *words)


def manifest_of(out: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return loaded


def test_the_manifest_names_the_tables_that_were_asked(files: list[Path], tmp_path: Path) -> None:
    assert _run(files, tmp_path / "out").exit_code == DONE
    ptp, mue = manifest_of(tmp_path / "out")["tables"]
    assert ptp["table"].startswith("NCCI PTP edits, outpatient hospital, 2024Q3 (default")
    assert [file["file"] for file in mue["files"]] == ["ncci_default.toml"]


def test_a_clean_claim_has_no_deficiency_and_ends_with_0(files: list[Path], tmp_path: Path) -> None:
    result = _run(files, tmp_path / "out")
    assert result.exit_code == DONE, result.output
    assert "\n1 encounter, " in f"\n{result.output}"
    assert "0 deficiencies" in result.output
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {
        "audit.json",
        "audit.xlsx",
        "corrected_lines.csv",
        "findings.csv",
        "manifest.json",
        "report.html",
        *(["report.pdf"] if PDF else []),
    }


def test_what_nobody_supplied_ends_with_1_and_is_named(files: list[Path], tmp_path: Path) -> None:
    result = _run(files[:2], tmp_path / "out")
    assert result.exit_code == 1, result.output
    assert "no column for" in result.output
    assert "order.drug" in result.output
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert not audit["findings"]


def test_a_policy_that_skips_them_ends_with_0(files: list[Path], tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    _run(files[:2], tmp_path / "out")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    skipped = [one["check"] for one in audit["results"] if one["status"] == "not evaluated"]
    assert "hydration_without_order" in skipped
    policy.write_text(f"skip = {skipped!r}", encoding="utf-8")
    assert _run(files[:2], tmp_path / "out", "--policy", policy).exit_code == DONE


def test_the_same_input_gives_the_same_bytes(files: list[Path], tmp_path: Path) -> None:
    for out in ("one", "two"):
        assert _run(files, tmp_path / out).exit_code == DONE
    for name in ("findings.csv", "audit.json", "manifest.json"):
        one, two = ((tmp_path / out / name).read_bytes() for out in ("one", "two"))
        assert one == two, name


def test_without_the_pdf_library_the_rest_is_written(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    result = _run(files, tmp_path / "out")
    assert result.exit_code == 3, result.output
    assert "libpango" in result.output
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert "report.pdf" not in written
    assert {"audit.xlsx", "report.html", "findings.csv"} <= written


def _changed(rows: list[list[object]], row: int, column: int, value: object) -> list[list[object]]:
    copy = [list(cells) for cells in rows]
    copy[row][column] = value
    return copy


UNUSABLE = [
    ("no claim sheet", lambda t: [book(t / "mar.xlsx", MAR, "MAR")], ["claim"]),
    ("no MAR", lambda t: [book(t / "claims.xlsx", CLAIMS, "Claims")], ["administration"]),
    ("an unknown file type", lambda t: [_bytes(t / "claims.docx", b"PK")], ["claims.docx"]),
    ("a file that is not there", lambda t: [t / "nowhere.xlsx"], ["nowhere.xlsx"]),
    ("an empty file", lambda t: [_bytes(t / "claims.xlsx", b"")], ["claims.xlsx"]),
    ("a truncated file", lambda t: [_bytes(t / "claims.xlsx", b"PK\3\4xx")], ["claims.xlsx"]),
    (
        "a required column is missing",
        lambda t: [
            book(t / "claims.xlsx", [row[:3] + row[4:7] for row in CLAIMS], "Claims"),
            book(t / "mar.xlsx", MAR, "MAR"),
        ],
        ["claims.xlsx", "hcpcs"],
    ),
    (
        "an unknown action word",
        lambda t: [
            book(t / "claims.xlsx", CLAIMS, "Claims"),
            book(
                t / "mar.xlsx",
                [
                    ["Encounter ID", "Drug", "Route", "MAR Action", "Taken Time"],
                    ["000123", "ceftriaxone", "IVPB", "Levitated", "09/15/2024 09:00"],
                    ["000124", "ceftriaxone", "IVPB", "Levitated", "09/15/2024 09:00"],
                ],
                "MAR",
            ),
        ],
        ["mar.xlsx", "Levitated", "[actions]"],
    ),
]


def _bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("make", "says"), [pytest.param(make, says, id=name) for name, make, says in UNUSABLE]
)
def test_input_that_cannot_be_used_ends_with_2_and_writes_nothing(
    make, says: list[str], tmp_path: Path
) -> None:
    result = _run(make(tmp_path), tmp_path / "out")
    assert result.exit_code == 2, result.output
    for words in says:
        assert words.casefold() in result.output.casefold(), result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


PARTLY = [
    ("an unreadable time", 1, _changed([*MAR, MAR[1]], 2, 3, "noonish"), ["mar.xlsx", "D3"]),
    (
        "administrations without a claim",
        1,
        [*MAR, ["000999", "ondansetron", "IV push", "09/15/2024 10:00", None, "R AC", None]],
        ["mar.xlsx", "A3"],
    ),
    (
        "a claim without administrations",
        0,
        [*CLAIMS, ["C2", "000555", "1", "96374", "1", "09/15/2024"]],
        ["claims.xlsx", "B4"],
    ),
    (
        "a claim line twice, and different",
        0,
        [*CLAIMS, ["C1", "000123", "1", "96366", "1", "09/15/2024"]],
        ["claims.xlsx", "C4", "same line number"],
    ),
]


@pytest.mark.parametrize(
    ("which", "rows", "says"), [pytest.param(*row[1:], id=row[0]) for row in PARTLY]
)
def test_a_bad_row_gets_its_sentence_and_stops_only_itself(
    which: int, rows: list[list[object]], says: list[str], files: list[Path], tmp_path: Path
) -> None:
    book(files[which], rows, ["Claims", "MAR"][which])
    result = _run(files, tmp_path / "out")
    assert result.exit_code == DONE, result.output
    for words in says:
        assert words in result.output, result.output
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    for sheet in audit["ledger"]:
        assert sheet["rows_read"] == sheet["used"] + sheet["superseded"] + sheet["rejected"]


def test_no_cell_of_a_patient_reaches_the_terminal(files: list[Path], tmp_path: Path) -> None:
    book(files[1], _changed([*MAR, MAR[1]], 2, 3, "secret noon"), "MAR")
    output = _run(files, tmp_path / "out").output
    for value in ("000123", "secret", "ceftriaxone"):
        assert value not in output


def test_a_check_that_crashes_shows_no_value(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
        raise ValueError(f"secret {encounter.encounter_id}")
        yield

    crashing = replace(checks.drug_not_classified.drug_not_classified, rule=crash)
    monkeypatch.setattr(checks.drug_not_classified, "drug_not_classified", crashing)
    strict = _run(files, tmp_path / "strict", "--strict")
    assert strict.exit_code == 1
    assert re.fullmatch(
        r"The check drug_not_classified failed: ValueError in test_cli\.py, line \d+\. Nothing was "
        r"written, because --strict stops there\.\n",
        strict.output,
    )
    assert not (tmp_path / "strict").exists()
    lenient = _run(files, tmp_path / "lenient")
    assert lenient.exit_code == 1
    assert "FAILED on 1 encounter: ValueError in test_cli.py, line" in lenient.output
    assert "secret" not in lenient.output


def test_the_time_zone_is_never_guessed(files: list[Path], tmp_path: Path) -> None:
    result = auditor("run", *files, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "timezone" in result.output


def test_a_policy_mistake_is_one_sentence(files: list[Path], tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("colour = 1", encoding="utf-8")
    result = _run(files, tmp_path / "out", "--policy", policy)
    assert (result.exit_code, result.output.count("\n")) == (2, 1)


def test_a_policy_cannot_skip_what_is_no_check(files: list[Path], tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('skip = ["infusion_without_stop"]', encoding="utf-8")
    result = _run(files, tmp_path / "out", "--policy", policy)
    assert (result.exit_code, result.output) == (
        2,
        "policy.toml: skip: there is no check 'infusion_without_stop'; the nearest are "
        "infusion_without_stop_time, infusion_without_start_time, hydration_without_order.\n",
    )
    policy.write_text('skip = ["nope"]', encoding="utf-8")
    assert _run(files, tmp_path / "out", "--policy", policy).exit_code == 2


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_only(
    terminal: bool, files: list[Path], tmp_path: Path
) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    words = ("run", *files, "--out", tmp_path / "out", "--timezone", "America/New_York")
    done = subprocess.Popen(
        [sys.executable, "-m", "auditor", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=theirs if terminal else subprocess.PIPE,
        cwd=SAMPLE.parent,
    )
    os.close(theirs)
    if terminal:
        shown = b""
        with suppress(OSError):  # how a terminal says that its other end was closed
            while part := os.read(ours, 1024):
                shown += part
        assert b"Writing the reports" in shown
    else:
        assert done.communicate()[1] == b""
    os.close(ours)
    assert done.wait() == DONE


def test_columns_shows_what_was_recognised_and_no_identifier(files: list[Path]) -> None:
    result = auditor("columns", *files, "--timezone", "America/New_York")
    assert result.exit_code == 0, result.output
    for words in ("claim_line", "hcpcs", "96365", "administration"):
        assert words in result.output
    assert "000123" not in result.output


def test_code_needs_no_claim(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "lines.csv"
    result = auditor("code", *files[1:], "--out", out, "--timezone", "America/New_York")
    assert result.exit_code == 0, result.output
    [line] = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    assert (line["encounter"], line["code"], line["units"]) == ("000123", "96365", "1")
    assert (line["minutes"], line["source_rows"]) == ("30", "mar.xlsx · MAR · row 2")
    assert "000123" not in result.output
    assert "not billed" not in result.output  # nobody gave claims


def test_explain_unit_leads_to_the_row_and_the_authority(files: list[Path]) -> None:
    words = ("--timezone", "America/New_York")
    told = auditor("explain-unit", "000123", "96365", *files, *words).output
    for part in ("30 counted minutes", "09/15 09:00 to 09/15 09:30", CELLS):
        assert part in told
    assert "§230.2" in told
    nothing = auditor("explain-unit", "000123", "96360", *files, *words).output
    assert "0 units supported" in nothing
    assert "supports 96365: 30 counted minutes" in nothing
    assert CELLS in nothing
    assert auditor("explain-unit", "9", "96360", *files, *words).exit_code == 2


@pytest.mark.parametrize("code", ["J0696", "99284", "banana"])
def test_explain_unit_refuses_what_is_no_administration_code(code: str, files: list[Path]) -> None:
    result = auditor("explain-unit", "000123", code, *files, "--timezone", "America/New_York")
    assert (result.exit_code, result.output) == (
        *(2, f"{code} is no code that bills the giving of a drug, fluid or blood.\n"),
    )


def test_code_keeps_what_no_unit_shows(files: list[Path], tmp_path: Path) -> None:
    unsure = [
        ["000123", "ceftriaxone", "IV infusion", "09/15/2024 10:00", "09/15/2024 10:15"],
        ["000123", "zzyzxumab", "IV infusion", "09/15/2024 10:30", "09/15/2024 11:00"],
    ]
    mar = book(tmp_path / "mar.xlsx", [*MAR, *unsure], "MAR")
    out = tmp_path / "lines.csv"
    words = ("--timezone", "America/New_York", "--policy", "medlearn")
    result = auditor("code", mar, files[3], "--out", out, *words)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert [(r["kind"], r["code"], r["units"], r["drugs"], r["policy"]) for r in rows] == [
        ("supported", "96365", "1", "ceftriaxone", "medlearn"),
        ("supported", "96376", "1", "ceftriaxone", "medlearn"),
        ("review", "", "0", "ceftriaxone", "medlearn"),
        ("undetermined", "", "0", "zzyzxumab", "medlearn"),
    ]
    assert rows[2]["because"].startswith("15 counted minutes")
    assert (rows[2]["rule"], rows[2]["source_rows"]) == ("3", "mar.xlsx · MAR · row 3")
    assert "Left to review: 1" in result.output


@pytest.mark.parametrize("view", ["noridian", "cgs", "cpt-assistant", "medlearn"])
def test_published_views_by_name(view: str, files: list[Path], tmp_path: Path) -> None:
    assert _run(files, tmp_path / "out", "--policy", view).exit_code == DONE
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert audit["policy"]["name"] == view


def test_checks_and_explain() -> None:
    listed = auditor("checks").output.splitlines()
    assert len(listed) >= 7
    for line in listed:
        told = auditor("explain", line.split()[0]).output
        assert "Needs:" in told
        assert "http" in told
        page = Path(__file__).parent.parent / "docs" / "checks" / f"{line.split()[0]}.md"
        unlinked = re.sub(r"\[(`\w+`)\]\(\w+\.md\)", r"\1", page.read_text(encoding="utf-8"))
        assert told.strip() == unlinked.strip()
    unknown = auditor("explain", "no_such_check")
    assert (unknown.exit_code, unknown.output.count("\n")) == (2, 1)


def test_claims_without_codes_are_said_and_judged_by_nobody(
    files: list[Path], tmp_path: Path
) -> None:
    claims = [
        [*row[:3], "Rev Code" if n == 0 else "0260", *row[4:]] for n, row in enumerate(CLAIMS)
    ]
    book(files[0], claims, "Claims")
    result = _run(files, tmp_path / "out")
    assert result.exit_code == 1, result.output
    assert (
        "claims.xlsx · Claims: no column of row 1 gives the HCPCS or CPT codes that were billed, "
        "and without them no claim can be judged. Name it under [columns.claim_line] in the "
        'profile: "My header" = "hcpcs".\n'
    ) in result.output
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    status = {one["check"]: (one["status"], one["missing"]) for one in audit["results"]}
    assert status["infusion_without_stop_time"] == ("not evaluated", ["claim_line.hcpcs"])
    assert status["implausible_infusion_time"][0] == "evaluated"


def test_what_somebody_typed_is_never_overwritten(files: list[Path], tmp_path: Path) -> None:
    book(files[1], _changed(MAR, 1, 4, None), "MAR")  # no stop: a finding to decide on
    out = tmp_path / "out"
    assert _run(files, out).exit_code == DONE
    assert _run(files, out).exit_code == DONE  # nothing typed yet
    workbook = load_workbook(out / "audit.xlsx")
    worklist = workbook["Worklist"]
    titles = [cell.value for cell in worklist[1]]
    worklist.cell(2, titles.index("Note") + 1, "seen with the unit manager")
    workbook.save(out / "audit.xlsx")
    before = (out / "audit.xlsx").read_bytes()
    result = _run(files, out)
    assert result.exit_code == 2
    assert "typed" in result.output
    assert (out / "audit.xlsx").read_bytes() == before


def test_an_output_folder_is_replaced_as_a_whole(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _run(files, out).exit_code == DONE
    before = (out / "manifest.json").read_bytes()
    shutil.copy(files[0], tmp_path / "broken.xlsx")
    (tmp_path / "broken.xlsx").write_bytes(b"")
    assert _run([*files[1:], tmp_path / "broken.xlsx"], out).exit_code == 2
    assert (out / "manifest.json").read_bytes() == before


def test_claims_of_a_quarter_without_tables_are_not_evaluated(tmp_path: Path) -> None:
    claims = [[str(cell or "").replace("2024", "2026") for cell in row] for row in CLAIMS]
    book(tmp_path / "claims.xlsx", claims, "claims")
    book(tmp_path / "mar.xlsx", MAR, "mar")
    result = auditor(
        *("run", tmp_path / "claims.xlsx", tmp_path / "mar.xlsx"),
        *("--timezone", "America/New_York", "--out", tmp_path / "out"),
    )
    assert result.exit_code == 1
    assert "units_over_mue" in result.output
    assert "2 without MUE, outpatient hospital, 2026Q3" in result.output
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Load MUE, outpatient hospital, 2026Q3 (auditor tables add)" in report
    told = [e["table"] for e in manifest_of(tmp_path / "out")["tables"]]
    assert not [table for table in told if "2026" in table]


DATA = ["audit.json", "corrected_lines.csv", "findings.csv", "manifest.json"]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_data_only_writes_its_files_and_touches_no_other(files: list[Path], tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert _run(files, whole).exit_code == DONE
    out.mkdir()
    others = {"audit.xlsx": b"typed into", "report.pdf": b"kept", "notes.txt": b"mine"}
    for name, told in others.items():
        (out / name).write_bytes(told)
    (out / "findings.csv").write_bytes(b"of an earlier run")
    result = _run(files, out, "--data-only")
    assert result.exit_code == 0
    assert content(out) == {**others, **{name: content(whole)[name] for name in DATA}}
    assert [name for name in content(whole) if name in result.output] == ["audit.json", *DATA[1:]]
    new = tmp_path / "new"
    assert _run(files, new, "--data-only").exit_code == 0
    assert list(content(new)) == DATA


@pytest.mark.parametrize(
    "where",
    [
        "auditor.load.read_files",
        "auditor.judge.judge_part",
        "auditor.report.data.write_audit_json",
        "auditor.report.workbook.write_workbook",
    ],
)
def test_ctrl_c_leaves_no_half_written_output(
    where: str, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert _run(files, out).exit_code == DONE
    before, beside = content(out), sorted(tmp_path.iterdir())

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    result = _run(files, out)
    assert result.exit_code == 130
    assert result.output == (
        "Stopped. Nothing was written, and what an earlier run wrote is as it was. To go on, run "
        "the same command again.\n"
    )
    assert content(out) == before
    assert sorted(tmp_path.iterdir()) == beside


def test_no_ctrl_c_comes_between_outputs_that_belong_together(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, usual = tmp_path / "out", Path.rename

    def disturbed(path: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return usual(path, target)

    monkeypatch.setattr(Path, "rename", disturbed)
    assert _run(files, out).exit_code == DONE
    assert set(DATA) < set(content(out))


def test_a_protected_file_is_opened_again_with_what_opened_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli, "is_terminal", lambda: False)
    monkeypatch.delenv(cli.PASSWORD_VARIABLE, raising=False)
    unlock = cli._unlock("known")
    assert [unlock("a.xlsx", attempt) for attempt in (0, 1, 0)] == ["known", None, "known"]
