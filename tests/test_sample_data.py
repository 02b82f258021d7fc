"""The sample month: what is planted is found, nothing else is, and the files are fresh."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import fastexcel
import pytest
from openpyxl import load_workbook

import checks
from auditor.check import discover
from auditor.coding import compare, supported
from auditor.load import Loaded, load, load_profile
from auditor.policy import Policy
from auditor.record import Encounter, Method, StopEvidence
from auditor.resources import resource
from auditor.run import Audit, Status, run
from auditor.tables.attach import attach, tables_for
from auditor.tables.store import Store
from auditor.verdict import Outcome

SAMPLE = resource("sample_data")
SEVEN = (
    "hydration_without_order",
    "infusion_continued_into_observation",
    "infusion_started_by_ems",
    "infusion_without_start_time",
    "infusion_without_stop_time",
    "modifier_59_unsupported",
    "separate_access_site_unconfirmed",
)
POLICY = Policy()
ZONE = ZoneInfo("America/New_York")


def planted() -> list[dict[str, str]]:
    with (SAMPLE / "planted.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    loaded = load(sorted(SAMPLE.glob("*.xlsx")), load_profile(SAMPLE / "hospital.toml"))
    tables = tables_for(loaded.encounters, Store(SAMPLE / "none"))  # the default
    return replace(loaded, encounters=tuple(attach(e, tables) for e in loaded.encounters))


@pytest.fixture(scope="module")
def audit(loaded: Loaded) -> Audit:
    return run(loaded.encounters, discover(checks), POLICY, loaded.supplied, strict=True)


def test_every_check_of_the_battery_can_speak(audit: Audit) -> None:
    assert {r.check.id: r.status for r in audit.results if r.check.id in SEVEN} == dict.fromkeys(
        SEVEN, Status.EVALUATED
    )
    assert audit.complete


@pytest.mark.parametrize("outcome", [Outcome.DEFICIENT, Outcome.UNDETERMINED])
def test_what_is_planted_is_found_and_nothing_else(audit: Audit, outcome: Outcome) -> None:
    exist = {result.check.id for result in audit.results}
    expected = {
        (row["encounter_id"], row["check_id"])
        for row in planted()
        if row["outcome"] == outcome and row["check_id"] in exist
    }
    findings = audit.findings if outcome is Outcome.DEFICIENT else audit.undetermined
    found = {(finding.encounter.encounter_id, finding.check.id) for finding in findings}
    assert found - expected == set()
    assert expected - found == set()


@pytest.mark.parametrize("check", SEVEN)
def test_each_check_is_planted_four_times_and_also_met(audit: Audit, check: str) -> None:
    faults = {
        row["planted"]
        for row in planted()
        if row["check_id"] == check and row["outcome"] == "deficient"
    }
    assert len(faults) >= 4
    assert next(r for r in audit.results if r.check.id == check).met >= 4


def test_every_planted_encounter_and_its_neighbour_exist(loaded: Loaded) -> None:
    known = {encounter.encounter_id for encounter in loaded.encounters}
    faulty = {row["encounter_id"] for row in planted()}
    neighbours = {row["neighbour"] for row in planted()}
    assert faulty | neighbours <= known
    assert faulty & neighbours == set()


def test_every_other_encounter_is_billed_as_its_record_supports(loaded: Loaded) -> None:
    faulty = {row["encounter_id"] for row in planted()}
    differences = {
        encounter.encounter_id: [
            (v.kind, v.billed, v.supported, v.units, v.service_date) for v in variances
        ]
        for encounter in loaded.encounters
        if encounter.encounter_id not in faulty
        and (variances := compare(encounter, supported(encounter, POLICY), POLICY))
    }
    assert differences == {}


def test_every_drug_of_the_month_but_those_of_a_study_is_classified(loaded: Loaded) -> None:
    unknown = {
        administration.drug
        for encounter in loaded.encounters
        for administration in supported(encounter, POLICY).undetermined
    }
    assert unknown == {"hsh 417 study", "hsh 902 study"}


def test_every_row_is_accounted_for(loaded: Loaded) -> None:
    for sheet in loaded.ledger.sheets:
        assert sheet.rows_read == sheet.used + sheet.superseded + sheet.rejected, sheet.file
    assert not loaded.ledger.orphans


def test_only_the_bad_rows_are_rejected_and_only_the_repeated_line_superseded(
    loaded: Loaded,
) -> None:
    data = [row for row in loaded.ledger.rows if "header" not in row.reason]
    not_used = [(row.file, row.disposition) for row in data if "footer" not in row.reason]
    assert sorted(not_used) == [
        ("claims.xlsx", "superseded"),
        ("mar.xlsx", "rejected"),
        ("mar.xlsx", "rejected"),
    ]


def test_the_month_shows_every_grade_of_stop_evidence(loaded: Loaded) -> None:
    grades = {
        administration.stop_evidence
        for encounter in loaded.encounters
        for administration in encounter.administrations
        if administration.method is Method.INFUSION
    }
    assert grades == set(StopEvidence)


def _cells(path: Path) -> list[tuple[str | None, ...]]:
    sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string")
    return list(zip(*sheet.to_arrow().to_pydict().values(), strict=True))


def test_the_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SAMPLE / "make.py"), str(tmp_path)], check=True)
    written = sorted(path.name for path in tmp_path.iterdir())
    kept = sorted(p.name for p in SAMPLE.iterdir() if p.suffix in (".xlsx", ".csv", ".md"))
    assert written == kept
    for name in written:
        if name.endswith(".xlsx"):
            assert _cells(tmp_path / name) == _cells(SAMPLE / name), name
        else:
            assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), name


# ── the whole battery ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("check", [check.id for check in discover(checks)])
def test_every_check_is_planted_twice_and_also_met(audit: Audit, check: str) -> None:
    faults = {
        row["planted"]
        for row in planted()
        if row["check_id"] == check and row["outcome"] == "deficient"
    }
    assert len(faults) >= 2
    result = next(r for r in audit.results if r.check.id == check)
    assert result.met >= 1


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{row['check_id']} {row['planted']}") for row in planted()]
)
def test_the_one_decisive_fact_flips_the_verdict(audit: Audit, row: dict[str, str]) -> None:
    """The neighbour is the same stay but for the planted fact: with it found, without it not."""
    findings = audit.findings if row["outcome"] == "deficient" else audit.undetermined
    said = {(f.encounter.encounter_id, f.check.id) for f in findings}
    anything = {(f.encounter.encounter_id, f.check.id) for f in audit.findings + audit.undetermined}
    assert (row["encounter_id"], row["check_id"]) in said
    assert (row["neighbour"], row["check_id"]) not in anything


# Kinds of facts, where more than one must change: which of two services is the initial, and which
# drug was given, with its order, its line and its service.
_PLACES = Counter({"claim": 2})
_ANOTHER_DRUG = Counter({"claim": 1, "Order": 1, "Administration": 1})
MORE_THAN_ONE = {
    "A push is the initial, the infusion is not.": _PLACES,
    "Hydration is the initial, the push is not.": _PLACES,
    "A study drug that nobody classified.": _ANOTHER_DRUG,
    "A study infusion that nobody classified.": _ANOTHER_DRUG,
    "Seven units of 96375 on one date.": Counter({"claim": 2, "Order": 1, "Administration": 1}),
}
IDENTIFIERS = frozenset(
    {"access_id", "administration_id", "order_id", "line", "source", "sources", "elsewhere"}
    | {"waste_source"}
)


def plain(value: object, midnight: datetime) -> object:
    """A fact without identifiers, its times as those since the first midnight of the claim."""
    match value:
        case datetime():
            return value - midnight
        case _ if is_dataclass(value):
            return [
                (field.name, plain(getattr(value, field.name), midnight))
                for field in fields(value)
                if field.name not in IDENTIFIERS
            ]
        case tuple():
            return [plain(one, midnight) for one in value]
    return value


def facts(encounter: Encounter) -> dict[str, list[object]]:
    """What an encounter's rows state by kind: billed units by code, and the record row by row.

    A bag's number and the site of a line in the line record are identifiers too: whether there is
    one, and which line it is, are the facts.
    """
    first = min(line.service_date for line in encounter.claim_lines if line.service_date)
    midnight = datetime.combine(first, time(), ZONE)
    lines = {line.site: f"line {n}" for n, line in enumerate(encounter.access_sites)}
    units = [
        (line.hcpcs or line.revenue_code, line.modifiers, line.diagnosis_codes, line.payer,
         (line.service_date or first) - first)
        for line in encounter.claim_lines for _ in range(line.unit_count)
    ]  # fmt: skip
    given = (
        replace(a, site=lines.get(a.site or "", a.site), bag_id=a.bag_id and "a bag")
        for a in encounter.administrations
    )
    stay = (encounter.arrived_at, encounter.arrival_mode, encounter.observation_start,
            encounter.inpatient_at, encounter.discharged_at)  # fmt: skip
    record = (*given, *encounter.orders, *encounter.access_sites)
    stated: dict[str, list[object]] = {"claim": list(units), "stay": [plain(stay, midnight)]}
    for fact in record:
        stated.setdefault(type(fact).__name__, []).append(plain(fact, midnight))
    return stated


def changed(one: Encounter, other: Encounter) -> Counter[str]:
    """How many facts of each kind are not the same; units more or less of one code are one."""
    here, there = facts(one), facts(other)
    counts = Counter[str]()
    for kind in here | there:
        ours, theirs = list(here.get(kind, [])), list(there.get(kind, []))
        for fact in tuple(ours):
            if fact in theirs:
                ours.remove(fact)
                theirs.remove(fact)
        if kind == "claim":
            ours, theirs = list(set(ours)), list(set(theirs))
        counts[kind] = max(len(ours), len(theirs))
    return +counts


PLANTED = {row["planted"]: (row["encounter_id"], row["neighbour"]) for row in planted()}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_stay_and_its_neighbour_differ_in_one_fact(loaded: Loaded, what: str) -> None:
    known = {encounter.encounter_id: encounter for encounter in loaded.encounters}
    faulty, neighbour = (known[number] for number in PLANTED[what])
    differences = changed(faulty, neighbour)
    if what in MORE_THAN_ONE:
        assert differences == MORE_THAN_ONE[what]
    else:
        assert differences.total() == 1, differences


REQUIRED = {
    "mar.xlsx": ("PAT_ENC_CSN_ID", "MEDICATION", "TAKEN_TIME", "MAR_ACTION"),
    "infusion_clinic_mar.xlsx": ("Encounter #", "Drug", "Start Time", "Stop Time"),
}


def _reduced(folder: Path) -> list[Path]:
    """The month with the required columns of the administration record only, and the claims."""
    for name, headers in REQUIRED.items():
        book = load_workbook(SAMPLE / name)
        sheet = book.active
        header = next(row for row in sheet.iter_rows() if row[0].value == headers[0])
        gone = [cell.column for cell in header if cell.value not in headers]
        for column in reversed(gone):
            sheet.delete_cols(column)
        book.save(folder / name)
    for name in ("claims.xlsx", "encounters.xlsx"):
        shutil.copy(SAMPLE / name, folder / name)
    return sorted(folder.glob("*.xlsx"))


def test_what_no_column_tells_is_no_deficiency(audit: Audit, tmp_path: Path) -> None:
    loaded = load(_reduced(tmp_path), load_profile(SAMPLE / "hospital.toml"))
    tables = tables_for(loaded.encounters, Store(tmp_path / "none"))
    encounters = [attach(encounter, tables) for encounter in loaded.encounters]
    reduced = run(encounters, discover(checks), POLICY, loaded.supplied, strict=True)
    known = {(f.encounter.encounter_id, f.check.id) for f in audit.findings}
    found = {(f.encounter.encounter_id, f.check.id): f.verdict.because for f in reduced.findings}
    assert {key: said for key, said in found.items() if key not in known} == {}
    silent = {r.check.id: r.missing for r in reduced.results if r.status is Status.NOT_EVALUATED}
    assert silent["hydration_without_order"] == ("order.drug",)
    assert silent["separate_access_site_unconfirmed"]
    assert silent["drug_units_mismatch"] == ("administration.dose",)
