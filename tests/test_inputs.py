"""Files, folders and patterns as they are named on the command line."""

import json
from pathlib import Path

import pytest
from loading import CLAIM, LOG, PROFILE, book, only, text
from typer.testing import CliRunner

from auditor.cli import app
from auditor.inputs_cli import expand
from auditor.load import InputError, load

ROW = ("E1", "ceftriaxone", "9/1/2026 8:00", "9/1/2026 8:40", "IVPB")


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder as hospitals keep them: exports, and everything else that lies about."""
    folder = tmp_path / "exports"
    folder.mkdir()
    book(folder / "claims.xlsx", {"claims": CLAIM})
    text(folder / "log.CSV", [LOG, ROW])
    for name in ("~$claims.xlsx", ".~lock.log.CSV#", ".hidden.csv", "hospital.toml", "notes.docx"):
        (folder / name).write_bytes(b"x")
    (folder / "audit").mkdir()
    (folder / "older").mkdir()
    for out in (folder, folder / "audit"):
        (out / "manifest.json").write_text(json.dumps({"program": "Infusion Auditor 0.1"}))
        (out / "audit.json").write_text("{}")
        (out / "findings.csv").write_text("Finding\n1\n")
    return folder


def names(*named: Path) -> list[str]:
    return [path.name for path in expand(named)[0]]


def test_a_folder_means_its_readable_files(exports: Path) -> None:
    files, told = expand([exports])
    assert [path.name for path in files] == ["claims.xlsx", "log.CSV"]
    assert told == [
        f"{exports}: passed over notes.docx, older/; give by name what belongs to the audit."
    ]


def test_what_has_the_name_of_an_output_is_read_where_no_audit_was_written(exports: Path) -> None:
    (exports / "manifest.json").write_text('{"program": "Another"}')
    assert names(exports) == [
        "audit.json", "claims.xlsx", "findings.csv", "log.CSV", "manifest.json"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", ["claims.xlsx", "hospital.toml", "log.CSV", "notes.docx"]),
        ("*.xlsx", ["claims.xlsx"]),
        ("[a-l]*.[xC]*", ["claims.xlsx", "log.CSV"]),
        ("../**/*.xlsx", ["claims.xlsx"]),
        ("claims.xlsx", ["claims.xlsx"]),
    ],
)
def test_a_pattern_means_the_files_that_it_fits(
    exports: Path, pattern: str, found: list[str]
) -> None:
    assert names(exports / pattern) == found


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(exports: Path) -> None:
    text(exports / "log[1].csv", [LOG, ROW])
    text(exports / "log1.csv", [LOG, ROW])
    assert names(exports / "log[1].csv") == ["log[1].csv"]


def test_files_folders_and_patterns_that_mean_no_file_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError) as refused:
        expand([tmp_path / "none", tmp_path / "*.xlsx", tmp_path / "nope.csv"])
    assert refused.value.problems == (
        f"{tmp_path / 'none'}: holds no file of a kind that is read.",
        f"{tmp_path / '*.xlsx'}: no file has such a name.",
        f"{tmp_path / 'nope.csv'}: no file has such a name.",
    )


@pytest.mark.parametrize("command", [["run"], ["code"], ["columns"]])
def test_a_missing_file_is_named_before_anything_is_asked(
    command: list[str], tmp_path: Path
) -> None:
    out = [] if command == ["columns"] else ["--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*command, str(tmp_path / "nope.xlsx"), *out])
    assert done.exit_code == 2
    assert "nope.xlsx: no file has such a name." in done.output.replace("\n", "")
    assert "time zone" not in done.output


def test_a_file_in_a_folder_and_by_its_name_is_read_once(exports: Path) -> None:
    assert names(exports, exports / "log.CSV") == ["claims.xlsx", "log.CSV"]


def test_the_command_takes_a_folder(exports: Path) -> None:
    done = CliRunner().invoke(app, ["columns", str(exports)])
    assert done.exit_code == 0
    assert "claims.xlsx · claims: claim_line" in done.stdout
    assert "log.CSV: administration" in done.stdout


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for clinic in ("north", "south"):
        (tmp_path / clinic).mkdir()
        text(tmp_path / clinic / "log.csv", [LOG, (*ROW[:1], f"{clinic} drug", *ROW[2:])])
    claims = book(tmp_path / "claims.xlsx", {"claims": CLAIM})
    result = load([claims, *expand([tmp_path / "*" / "log.csv"])[0]], PROFILE)
    assert sorted(a.sources[0].cell("drug") for a in only(result).administrations) == [
        "north/log.csv · B2", "south/log.csv · B2"
    ]  # fmt: skip
    ignoring = PROFILE.model_copy(update={"sheets": {"log.csv": "ignore"}})
    with pytest.raises(InputError, match="No sheet with administrations"):
        load([claims, *expand([tmp_path / "*" / "log.csv"])[0]], ignoring)


def test_sheets_and_files_of_one_kind_are_one_record(tmp_path: Path) -> None:
    """Each with its own headers, dates and addresses; rows that both have count once."""
    september = [LOG, ROW, (*ROW[:1], "cefazolin", "9/13/2026 9:00", "9/13/2026 9:40", "IVPB")]
    clinic = [("CSN", "Medication", "Infusion Start", "Infusion Stop", "Route"),
              ("E1", "infliximab", "13/09/2026 10:00", "13/09/2026 12:00", "IVPB")]  # fmt: skip
    (tmp_path / "all").mkdir()
    book(tmp_path / "all" / "a.xlsx", {"claims": CLAIM, "ward": september, "clinic": clinic})
    text(tmp_path / "all" / "b.tsv", [LOG, ROW], "\t")
    result = load(expand([tmp_path / "all"])[0], PROFILE)
    assert sorted(
        (str(a.drug), a.sources[0].cell("stop")) for a in only(result).administrations
    ) == [
        ("cefazolin", "a.xlsx · ward · D3"),
        ("ceftriaxone", "a.xlsx · ward · D2"),
        ("infliximab", "a.xlsx · clinic · D2"),
    ]
    assert [(row.file, row.row, row.disposition) for row in result.ledger.rows] == [
        ("b.tsv", 2, "superseded")
    ]
