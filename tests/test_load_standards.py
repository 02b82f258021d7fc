"""The standards beside spreadsheets: samples, the same findings either way, hostile files."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from loading import PROFILE, book
from standards import (
    VERSION_835,
    as_837,
    as_fhir,
    claim,
    interchange,
    message,
    ndjson,
    remittance,
    service,
    subscriber,
)
from typer.testing import CliRunner

import checks
from auditor.check import discover
from auditor.cli import app
from auditor.load import InputError, Loaded, load, load_profile
from auditor.load.grid import standards
from auditor.load.vocabulary import kinds
from auditor.policy import Policy
from auditor.record import Encounter
from auditor.resources import resource
from auditor.run import run

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
SAMPLES = sorted(p for name in ("x12", "fhir", "hl7") for p in (SHARED / name).glob("*"))
MONTH = resource("sample_data")
HOSPITAL = load_profile(MONTH / "hospital.toml")


# ── the samples ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not SAMPLES, reason="the collection of samples is not here")
def test_the_samples_load_and_every_row_is_accounted_for() -> None:
    result = load(SAMPLES, PROFILE)
    for sheet in result.ledger.sheets:
        assert sheet.rows_read == sheet.used + sheet.superseded + sheet.rejected > 0, sheet.file
    used: Counter[str | None] = Counter()
    for sheet in result.ledger.sheets:
        used[sheet.kind] += sheet.used
    assert used["claim_line"] == 14 and used["administration"] == 1
    assert used["order"] >= 3 and "payment" in used
    assert len({sheet.file for sheet in result.ledger.sheets}) == len(SAMPLES)


@pytest.mark.skipif(not SAMPLES, reason="the collection of samples is not here")
def test_the_command_shows_the_samples_like_sheets() -> None:
    shown = CliRunner().invoke(app, ["columns", *map(str, SAMPLES)])
    assert shown.exit_code == 0
    assert "837I segments: claim_line" in shown.output
    assert "RXE-2 drug" in shown.output
    assert not {"DOE", "EVERYMAN", "Donald Duck"} & set(shown.output.split())


# ── the same month in other clothes ───────────────────────────────────────────────────────────


def month(*names: str) -> list[Path]:
    return [MONTH / f"{name}.xlsx" for name in names]


REST = ("orders", "encounters", "lines", "formulary")


@pytest.fixture(scope="module")
def sheets() -> Loaded:
    return load(month("claims", "mar", "infusion_clinic_mar", *REST), HOSPITAL)


def outcomes(loaded: Loaded) -> dict[str, Counter[tuple[str, str]]]:
    """What each check says of each encounter."""
    audit = run(loaded.encounters, discover(checks), Policy(), loaded.supplied, strict=True)
    found: dict[str, Counter[tuple[str, str]]] = {}
    for result in audit.results:
        found[result.check.id] = Counter()
    for finding in (*audit.findings, *audit.undetermined):
        found[finding.check.id][finding.encounter.encounter_id, finding.verdict.outcome] += 1
    return found


def test_the_claims_as_837i_give_the_same_findings(sheets: Loaded, tmp_path: Path) -> None:
    claims = tmp_path / "claims.837"
    claims.write_text(as_837(sheets.encounters), encoding="ascii")
    sent = load([claims, *month("mar", "infusion_clinic_mar", *REST)], HOSPITAL)
    assert [bare(e) for e in sent.encounters] == [bare(e) for e in sheets.encounters]
    assert outcomes(sent) == outcomes(sheets)


def bare(encounter: Encounter) -> list[tuple[object, ...]]:
    """The claim of an encounter as far as an 837I can hold it."""
    return [
        (
            *(encounter.encounter_id, encounter.patient_id, line.line_number, line.hcpcs),
            *(line.modifiers, line.units, line.service_date, line.revenue_code, line.charge),
            *(line.bill_type, line.diagnosis_codes, line.condition_codes, line.ndc),
        )
        for line in encounter.claim_lines
    ]


def test_the_record_as_fhir_gives_the_same_findings(sheets: Loaded, tmp_path: Path) -> None:
    record = ndjson(tmp_path / "MedicationAdministration.ndjson", *as_fhir(sheets.encounters))
    told = load([*month("claims", *REST), record], HOSPITAL)
    assert {e.encounter_id for e in told.encounters} == {e.encounter_id for e in sheets.encounters}
    ours, theirs = outcomes(sheets), outcomes(told)
    held = {e.encounter_id for e in sheets.encounters if not has_rate_changes(e)}
    supplied = sheets.supplied & told.supplied
    both = {c.id for c in discover(checks) if {*c.needs, *c.needs_in_part} <= supplied}
    both -= {"discarded_drug_modifier"}  # it looks at waste, for which FHIR has no place
    assert len(both) >= 25 and len(held) > 0.9 * len(sheets.encounters)
    for name in both:
        assert of(held, ours[name]) == of(held, theirs[name]), name


def has_rate_changes(encounter: Encounter) -> bool:
    """Whether some rate changed while a drug ran, which one resource cannot say."""
    segments = (segment for given in encounter.administrations for segment in given.segments)
    return any(len(segment.rates) > 1 for segment in segments)


def of(encounters: set[str], found: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    return {one: times for one, times in found.items() if one[0] in encounters}


# ── hostile files ─────────────────────────────────────────────────────────────────────────────

_SENT = interchange(
    subscriber(*(claim(f"A{n}", service("96365"), service("96361", 2)) for n in range(3))),
    subscriber(claim("B1", service("96374:59"), bill="13:A:7")),
)
_PAID = interchange(
    remittance(
        ["CLP*A1*1*500*300**MB*I1*13*1", "SVC*HC:96365*250*180**1", "DTM*472*20240901"],
    ),
    version=VERSION_835,
    group="HP",
)
_RECORD = "".join(
    message(f"ORC|RE|P{n}", f"RXA|0|1|2024090108{n:02}||1^ceftriaxone^L|1|g", "RXR|IV")
    for n in range(5)
)
_PATIENT = ("DOE", "JANE", "1EG4TE5MK73")


def damaged(text: str, rng: random.Random) -> str:
    """The text with something lost, doubled, moved or overwritten."""
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(text)), rng.choice((1, 1, 3, 20, 200))
        piece = text[at : at + length]
        match rng.randrange(5):
            case 0:
                text = text[:at] + text[at + length :] or "~"
            case 1:
                text = text[:at] + piece + text[at:]
            case 2:
                to = rng.randrange(len(text))
                text = text[:to] + piece + text[to:]
            case 3:
                text = text[:at] + rng.choice('*~^:|&\\\r\n{}[]",\x00\x0bé9A ') + text[at + 1 :]
            case _:
                text = text[: max(1, at)]
    return text


def wholes(folder: Path) -> Iterator[tuple[str, str]]:
    """A small file of each standard, by name and text."""
    yield "a.837", _SENT
    yield "a.835", _PAID
    yield "a.hl7", _RECORD
    sample = load(month("claims", "mar", "encounters"), HOSPITAL).encounters[:3]
    yield "a.ndjson", ndjson(folder / "a.ndjson", *as_fhir(sample)).read_text(encoding="utf-8")


def test_damage_is_never_a_crash_and_no_row_is_lost(tmp_path: Path) -> None:
    rng = random.Random(20240901)
    rest = book(tmp_path / "rest.xlsx", {
        "claims": [("Claim", "Encounter", "Line", "HCPCS", "Units", "Service Date"),
                   ("C1", "E1", 1, "96365", 1, "09/01/2024")],
        "log": [("Encounter", "Drug", "Start", "Stop", "Route"),
                ("E1", "ceftriaxone", "09/01/2024 08:00", "09/01/2024 08:40", "IVPB")],
    })  # fmt: skip
    read = refused = 0
    for name, text in wholes(tmp_path):
        for _ in range(60):
            path = tmp_path / name
            path.write_text(damaged(text, rng), encoding="utf-8", newline="")
            try:
                result = load([rest, path], PROFILE)
            except InputError as error:
                refused += 1
                said = error.problems
            else:
                read += 1
                said = result.ledger.problems
                for sheet in result.ledger.sheets:
                    assert sheet.rows_read == sheet.used + sheet.superseded + sheet.rejected
            assert not any(name in sentence for sentence in said for name in _PATIENT)
    assert read > refused > 0


@pytest.mark.parametrize("name", ["a.837", "a.hl7", "a.json", "a.xml"])
def test_the_command_refuses_a_broken_file_in_one_sentence(tmp_path: Path, name: str) -> None:
    text = {"a.837": "ISA*00*", "a.hl7": "MSH|", "a.json": '{"resourceType":', "a.xml": "<Bundle "
            'xmlns="http://hl7.org/fhir">'}[name]  # fmt: skip
    (tmp_path / name).write_text(text)
    done = CliRunner().invoke(app, ["columns", str(tmp_path / name)])
    assert done.exit_code == 2
    assert len([line for line in done.output.splitlines() if line.startswith("- ")]) == 1


def test_every_field_of_the_tables_is_one_of_its_kind() -> None:
    tables = standards()
    for standard, kind in (
        ("x12", "claim_line"), ("x12", "payment"), ("hl7", "administration"), ("hl7", "order"),
        ("fhir", "administration"), ("fhir", "order"), ("fhir", "encounter"),
        ("fhir", "claim_line"),
    ):  # fmt: skip
        assert set(tables[standard][kind]) <= set(kinds()[kind].fields), (standard, kind)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.837", _SENT.replace("DMG*", "DOE*")),
        ("a.hl7", _RECORD + message("DOE|JANE", kind="RAS^O17") + message(kind="DOE^JANE")),
        ("a.ndjson", '{"resourceType": "DOE"}\n{"resourceType": "JANE"}\n'),
    ],
)
def test_a_name_in_the_place_of_a_segments_is_not_repeated(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    with pytest.raises(InputError) as refused:
        load([tmp_path / name], PROFILE)
    assert any("not needed" in problem for problem in refused.value.problems)
    assert not any(word in problem for problem in refused.value.problems for word in _PATIENT)
