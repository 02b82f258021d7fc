"""The profile month after month: saved, reused, questioned on a terminal and refused elsewhere."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from loading import book, text

from auditor.load import load_profile
from auditor.load.toml_lines import amended
from tests.pango import DONE
from tests.test_cli import CLAIMS, ENCOUNTERS, FORMULARY, MAR, ORDERS, auditor

SHEETS = {"claims": CLAIMS, "mar": MAR, "orders": ORDERS, "encounters": ENCOUNTERS,
          "formulary": FORMULARY}  # fmt: skip
ZONE = ("--timezone", "America/New_York")
EVENTS = [
    ["Encounter ID", "Drug", "Route", "MAR Action", "Taken Time"],
    ["000123", "ceftriaxone", "IVPB", "New Bag", "09/15/2024 09:00"],
    ["000123", "ceftriaxone", "IVPB", "Spiked", "09/15/2024 09:10"],
    ["000123", "ceftriaxone", "IVPB", "Stopped", "09/15/2024 09:40"],
    ["000124", "ceftriaxone", "IVPB", "Spiked", "09/15/2024 09:10"],
]


CODES = ("96365", "96366", "J0696", "96361")


def months(folder: Path, **changed: Sequence[Sequence[object]]) -> list[Path]:
    sheets = {**SHEETS, **changed}
    return [book(folder / f"{name}.xlsx", {name: rows}) for name, rows in sheets.items()]


def renamed(rows: Sequence[Sequence[object]], **headers: str) -> list[list[object]]:
    first, *rest = rows
    return [[headers.get(str(cell), cell) for cell in first], *map(list, rest)]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "hospital.toml"
    result = auditor("columns", *months(tmp_path), *ZONE, "--save-profile", path)
    assert result.exit_code == 0, result.output
    return path


# ── saved and reused ──────────────────────────────────────────────────────────────────────────


def test_columns_shows_three_samples_and_the_score(tmp_path: Path) -> None:
    rows = [
        CLAIMS[0],
        *([*CLAIMS[1][:3], code, *CLAIMS[1][4:]] for code in CODES),
    ]
    path = text(tmp_path / "claims.csv", rows)
    shown = auditor("columns", path).output
    assert "96365 | 96366 | J0696" in shown
    assert "96361" not in shown
    assert "1.00" in shown


def test_a_saved_profile_is_small_whole_and_says_what_was_shown(saved: Path) -> None:
    profile = load_profile(saved)
    assert (profile.timezone, profile.complete) == ("America/New_York", True)
    assert profile.columns["claim_line"] == {
        "Claim ID": "claim_id", "Encounter ID": "encounter_id", "Line Number": "line_number",
        "HCPCS": "hcpcs", "Units": "units", "Service Date": "service_date", "Mod": "modifiers",
        "Rev Code": "revenue_code",
    }  # fmt: skip
    assert set(profile.columns) == {"claim_line", "administration", "order", "encounter", "drug"}
    assert not list(saved.parent.glob("*.new"))


def test_a_profile_is_reused_silently_while_the_headers_hold(saved: Path, tmp_path: Path) -> None:
    other_order = [[*reversed(row)] for row in CLAIMS]
    files = months(tmp_path, claims=other_order)
    first = auditor("run", *files, "--profile", saved, "--out", tmp_path / "out")
    assert first.exit_code == DONE, first.output
    assert "headers" not in first.output and "The profile" not in first.output
    fewer = auditor("run", *files[:4], "--profile", saved, "--out", tmp_path / "fewer")
    assert fewer.exit_code in (DONE, 1), fewer.output  # a file that is not there is no change


def test_changed_headers_are_refused_with_the_lines_to_write(saved: Path, tmp_path: Path) -> None:
    claims = renamed(CLAIMS, Mod="Modifier 1", HCPCS="Kode")
    files = months(tmp_path, claims=claims)
    result = auditor("run", *files, "--profile", saved, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "claims.xlsx · claims: the headers of claim lines are not those" in result.output
    for one in ('- HCPCS = "hcpcs"', '- Mod = "modifiers"', '+ Kode = "ignore"',
                '+ "Modifier 1" = "modifiers"', "[columns.claim_line]"):  # fmt: skip
        assert one in result.output, result.output
    assert not (tmp_path / "out").exists()
    own = saved.read_text(encoding="utf-8").replace('HCPCS = "hcpcs"', 'Kode = "hcpcs"', 1)
    saved.write_text(own.replace('Mod = "modifiers"', '"Modifier 1" = "modifiers"'), "utf-8")
    again = auditor("run", *files, "--profile", saved, "--out", tmp_path / "out")
    assert again.exit_code == DONE, again.output


def test_a_saved_profile_keeps_a_shape_and_asks_for_words(tmp_path: Path) -> None:
    header = ["ORDER_MED_ID", "TAKEN_TIME", "MAR_ACTION_C_NAME", "MAR_ENC_CSN"]
    rows = [
        header,
        *([n, "2024-09-15 09:00", 'Spiked "it"', n] for n in "12"),
        ["3", "2024-09-15 09:00", "Jane Doe asleep", "3"],
    ]
    path, target = text(tmp_path / "mar.csv", rows), tmp_path / "h.toml"
    result = auditor("columns", path, "--save-profile", target)
    assert "before a run, write the time zone and the action words into it" in result.output
    saved = target.read_text(encoding="utf-8")
    assert '# timezone = "America/New_York"' in saved
    assert '# "Spiked \\"it\\"" = "…"' in saved
    assert "Jane" not in saved + result.output
    assert load_profile(target).extends == ("epic",)


def test_a_saved_profile_never_overwrites_what_somebody_wrote(saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    result = auditor("columns", *months(tmp_path), *ZONE, "--save-profile", saved)
    assert (result.exit_code, saved.read_bytes()) == (2, before)
    assert "exists already" in result.output


def test_a_profile_that_somebody_wrote_is_completed_in_place(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '# ours\ntimezone = "America/Chicago"  # central\n\n[columns.claim_line]\n'
        '"Rev Code" = "ignore"   # not ours\n\n[actions]\nSpiked = "NOTE"\n',
        encoding="utf-8",
    )
    files = months(tmp_path)
    result = auditor("columns", *files, "--profile", own, "--save-profile", own)
    assert result.exit_code == 0, result.output
    told = tomllib.loads(own.read_text(encoding="utf-8"))
    assert own.read_text(encoding="utf-8").startswith("# ours\n")
    assert (told["timezone"], told["complete"]) == ("America/Chicago", True)
    assert told["columns"]["claim_line"]["Rev Code"] == "ignore"
    assert told["columns"]["claim_line"]["HCPCS"] == "hcpcs"
    assert told["actions"] == {"Spiked": "NOTE"}


@pytest.mark.parametrize(
    ("section", "added", "gone", "expected"),
    [
        ("", {"a": 1}, {}, "a = 1\n\n[t]  # x\nc = 1\n\n[u]\nd = 2\n"),
        ("t", {"c": 2}, {}, "[t]  # x\nc = 2\n\n[u]\nd = 2\n"),
        ("t", {'b "é"': "x"}, {"c": 0}, '[t]  # x\n"b \\"é\\"" = "x"\n\n[u]\nd = 2\n'),
        ("u", {"e": True}, {}, "[t]  # x\nc = 1\n\n[u]\nd = 2\ne = true\n"),
        ("v.w", {"e": [1]}, {}, "[t]  # x\nc = 1\n\n[u]\nd = 2\n\n[v.w]\ne = [1]\n"),
    ],
)
def test_lines_are_put_into_their_sections(
    section: str, added: dict[str, object], gone: dict[str, object], expected: str
) -> None:
    assert amended("[t]  # x\nc = 1\n\n[u]\nd = 2\n", section, added, gone) == expected
    with pytest.raises(ValueError):
        amended('a = [\n"x",\n]\n', "", {"a": 1}, {})


# ── where nobody can be asked ─────────────────────────────────────────────────────────────────


def test_nobody_is_asked_where_nobody_can_answer(tmp_path: Path) -> None:
    files = months(tmp_path, mar=EVENTS)
    without_zone = auditor("run", *files, "--out", tmp_path / "out")
    assert without_zone.exit_code == 2
    assert 'timezone = "America/New_York"' in without_zone.output
    unknown = auditor("run", *files, *ZONE, "--out", tmp_path / "out")
    assert unknown.exit_code == 2
    assert '[actions] in the profile add "Spiked" = "…"' in unknown.output
