"""The folder of outputs: data files, manifest, and all of it or nothing."""

import csv
import hashlib
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from report_fixtures import (
    a_ledger,
    audit_of,
    billed,
    encounter,
    infusion_without_stop,
    plain_month,
    supports_of,
)

from auditor import Policy
from auditor.coding import ELEMENTS, supported, with_computed_stops
from auditor.report import OutputError, Written, write_audit, write_supported
from auditor.report.case import cases_of
from auditor.report.corrected import CorrectedRow
from auditor.report.findings import FindingRow
from auditor.report.pdf import PdfUnavailable
from auditor.run import Audit
from tests.cases import encounter as case
from tests.pango import needs_pdf

ALL = [
    *("audit.json", "audit.xlsx", "corrected_lines.csv", "findings.csv", "manifest.json"),
    "report.html",
]


def written(folder: Path, audit: Audit | None = None, **more: Any) -> Written:
    audit = audit or audit_of(*plain_month())
    read = folder.parent / "mar.csv"
    read.write_text("a,b\n")
    return write_audit(
        audit,
        a_ledger(),
        cases_of(audit, supports_of(audit)),
        [read],
        folder,
        **{"pdf": False, **more},
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def findings(folder: Path) -> list[dict[str, str]]:
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_new_folder_has_everything(tmp_path: Path) -> None:
    result = written(tmp_path / "out")
    assert names(tmp_path / "out") == ALL
    assert sorted(path.name for path in result.paths) == ALL
    assert names(tmp_path) == ["mar.csv", "out"]  # no workshop is left


@needs_pdf
def test_the_pdf_is_among_them(tmp_path: Path) -> None:
    result = written(tmp_path / "out", pdf=True)
    assert result.pdf_left_out is None
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_without_pango_the_rest_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(html: str, path: Path) -> None:
        raise PdfUnavailable("Install it.")

    out = tmp_path / "out"
    out.mkdir()
    (out / "report.pdf").write_text("of an earlier audit")
    monkeypatch.setattr("auditor.report.pdf.write_pdf", unavailable)
    result = written(out, pdf=True)
    assert result.pdf_left_out == "Install it."
    assert names(out) == ALL  # the earlier PDF would contradict the new findings


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path / "one")
    backward = audit_of(*reversed(plain_month()))
    written(tmp_path / "two", backward)
    for name in set(ALL) - {"audit.xlsx"}:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_columns_of_the_findings(tmp_path: Path) -> None:
    written(tmp_path / "out")
    rows = findings(tmp_path / "out")
    assert list(rows[0]) == [field.name for field in fields(FindingRow)]
    assert [(row["encounter_id"], row["check_id"], row["outcome"]) for row in rows] == [
        ("E-1", "no_stop", "deficient"),
        ("E-2", "no_stop", "deficient"),
        ("E-1", "modifier", "deficient"),
        ("E-3", "modifier", "undetermined"),
    ]
    assert (tmp_path / "out" / "findings.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n="])
def test_no_cell_of_the_csv_is_a_formula(start: str, tmp_path: Path) -> None:
    key = f"{start}1+1"
    hostile = encounter(key, (infusion_without_stop(key, "10:00"),), (billed("96365"),))
    written(tmp_path / "out", audit_of(replace(hostile, patient_id=key)))
    (row,) = findings(tmp_path / "out")
    assert row["encounter_id"] == row["patient_id"] == f"'{key}"
    assert row["administrations"].startswith(f"'{key}")


def test_the_json_tells_all(tmp_path: Path) -> None:
    written(tmp_path / "out")
    content = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert content["policy"]["missing_stop"] == "unbillable"
    assert not content["complete"]
    assert {result["check"]: result["status"] for result in content["results"]} == {
        "modifier": "evaluated",
        "no_stop": "evaluated",
        "orders": "not evaluated",
    }
    first = content["findings"][0]
    assert first["evidence"] == [{"name": "stop", "value": "", "cell": "mar.xlsx · MAR · G2"}]
    assert first["sources"][0] == {"file": "mar.xlsx", "sheet": "MAR", "row": 2}
    assert first["cure"] == "dated late entry by the person who gave it"
    encounters = {entry["encounter"]: entry for entry in content["encounters"]}
    assert encounters["E-4"]["variances"] == []
    (line,) = encounters["E-4"]["supported"]
    assert (line["code"], line["units"], line["minutes"]) == ("96360", 1, 90)
    assert line["counted"] == [["2026-09-03T09:00:00-04:00", "2026-09-03T10:30:00-04:00"]]
    assert [variance["kind"] for variance in encounters["E-2"]["variances"]] == [
        "wrong code",
        "over",
    ]
    assert encounters["E-4"]["corrected"] == []
    assert encounters["E-2"]["corrected"][1] == {
        "claim": "C-100",
        "line": "2",
        "action": "change",
        "in_words": "change code 96375 to 96374",
        "code": "96374",
        "modifiers": [],
        "units": 1,
        "service_date": "2026-09-03",
        "because": "96375 is billed where the record supports 96374: each access has one initial "
        "service.",
        "undetermined": False,
        "wait_for": "",
    }
    assert [pivot["by"] for pivot in content["pivots"]][:2] == ["coder", "unit"]
    assert content["problem_codes"][0]["code"] == "96365"
    assert {(gap["element"], gap["blank"]) for gap in content["form_gaps"]} == {
        *((element, None) for element in ELEMENTS if element not in ("site", "start", "stop")),
        *(("start", 0), ("stop", 2)),
    }
    for sheet in content["ledger"]:
        assert sheet["rows_read"] == sheet["used"] + sheet["superseded"] + sheet["rejected"]


def test_the_lines_of_the_corrected_claims(tmp_path: Path) -> None:
    written(tmp_path / "out")
    path = tmp_path / "out" / "corrected_lines.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [field.name for field in fields(CorrectedRow)]
    assert [(row["encounter_id"], row["line_number"], row["action"]) for row in rows] == [
        ("E-1", "1", "change modifiers 59 to none"),
        ("E-1", "2", "delete"),
        ("E-2", "1", "delete"),
        ("E-2", "2", "change code 96375 to 96374"),
        ("E-3", "1", "change modifiers XS to none"),
    ]


def test_the_manifest_identifies_inputs_policy_checks_and_outputs(tmp_path: Path) -> None:
    written(tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    (given,) = manifest["inputs"]
    assert given == {
        "file": "mar.csv",
        "sha256": hashlib.sha256((tmp_path / "mar.csv").read_bytes()).hexdigest(),
        "bytes": (tmp_path / "mar.csv").stat().st_size,
    }
    assert sorted(manifest["checks"]) == ["modifier", "no_stop", "orders"]
    assert sorted(manifest["outputs"]) == [*("audit.json", "corrected_lines.csv", "findings.csv")]
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    other = audit_of(*plain_month(), policy=Policy(missing_stop="push"))
    written(tmp_path / "other", other)
    changed = json.loads((tmp_path / "other" / "manifest.json").read_text(encoding="utf-8"))
    assert changed["policy"] != manifest["policy"]
    assert changed["checks"] == manifest["checks"]


def test_earlier_outputs_are_replaced_and_other_files_left(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "findings.csv").write_text("earlier")
    (out / "mine.txt").write_text("mine")
    written(out)
    assert names(out) == sorted([*ALL, "mine.txt"])
    assert (out / "mine.txt").read_text() == "mine"
    assert len(findings(out)) == 4


def test_a_failure_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("auditor.report.data.write_audit_json", broken)
    with pytest.raises(RuntimeError):
        written(tmp_path / "out")
    assert names(tmp_path) == ["mar.csv"]


@pytest.mark.parametrize("stuck", ["audit.xlsx", "manifest.json"])
@pytest.mark.parametrize("moment", ["old", "new"])
def test_where_one_output_is_stuck_the_earlier_ones_stay(
    stuck: str, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    written(out)
    (out / "findings.csv").write_text("earlier")
    before = {name: (out / name).read_bytes() for name in names(out)}
    rename = Path.rename

    def stubborn(self: Path, target: Path) -> Path:
        leaving, coming = self == out / stuck, target == out / stuck
        if (moment == "old" and leaving) or (moment == "new" and coming and not done):
            done.append(self)
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    done: list[Path] = []
    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OutputError, match="Close the workbook if it is open"):
        written(out)
    assert {name: (out / name).read_bytes() for name in names(out)} == before


def test_a_workbook_that_cannot_be_read_may_hold_anything(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "audit.xlsx").write_text("not a workbook")
    with pytest.raises(OutputError, match=r"is damaged, or no \.xlsx workbook\. It may hold"):
        written(out)
    assert (out / "audit.xlsx").read_text() == "not a workbook"


def test_an_output_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match=r"out: cannot be written \(File exists\)\."):
        written(tmp_path / "out")


def test_the_supported_lines_stand_beside_what_computed_stops_would_support(tmp_path: Path) -> None:
    some = case({"given": [{"drug": "ceftriaxone", "from": "08:00", "to": "08:40", "grade": "C"}]})
    policy = Policy(name="ours")
    computed = with_computed_stops(some, policy)
    assert computed is not None
    out = tmp_path / "lines.csv"
    write_supported(out, {"E1": supported(some, policy)}, {"E1": computed}, policy)
    [row] = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    told = [row[name] for name in ("kind", "code", "units", "policy")]
    assert told == ["alternative", "", "0", "ours"]
    assert row["because"] == (
        "With stops computed from start, charted rate and volume (grade C) the record would "
        "support 96365."
    )
