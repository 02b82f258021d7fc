"""Exports in the shapes of known systems: recognised, read whole, and judged as the same month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from loading import CLAIM, MAR, PROFILE, book, clock, loaded, only, runs, text
from vendor_month import SAMPLE, SHAPES, kept, month, sheet

import checks
from auditor.check import discover
from auditor.load import Loaded, Profile, ProfileError, load, load_profile, survey
from auditor.load.profile import shipped_profiles
from auditor.load.vocabulary import actions, key
from auditor.policy import Policy
from auditor.record import Method
from auditor.run import run

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
OWN = load_profile(SAMPLE / "hospital.toml")

# What each shape has no column for: the same columns are taken out of the month's own files.
LACKS = {
    "epic": ("MEDICATION", "PAT_MRN_ID", "BAG_ID", "VOLUME", "CREDENTIAL"),
    "epic report": (
        "SAVED_TIME", "BAG_ID", "VOLUME", "DEPARTMENT", "USER_ID", "CREDENTIAL", "REASON",
    ),
    "cerner": (),
    "meditech": ("SAVED_TIME",),
    "mimic": ("BAG_ID", "VOLUME", "DEPARTMENT", "CREDENTIAL", "REASON", "COMMENTS"),
    "ub04": (),
    "crosswalk": (),
}  # fmt: skip


def judged(result: Loaded) -> Counter[tuple[str, str, str]]:
    """Every result that a person should see, by check, encounter and outcome."""
    audit = run(result.encounters, discover(checks), Policy(), result.supplied, strict=True)
    shown = (*audit.findings, *audit.undetermined, *audit.notes)
    return Counter((f.check.id, f.encounter.encounter_id, str(f.verdict.outcome)) for f in shown)


@cache
def _month_without(folder: Path, shape: str) -> Counter[tuple[str, str, str]]:
    """What the month's own files give where they, too, lack what a shape lacks."""
    others = ("claims", "infusion_clinic_mar", "orders", "encounters", "lines", "formulary")
    rows = [{n: v for n, v in row.items() if n not in LACKS[shape]} for row in month("mar")]
    if shape == "meditech":  # only what was hung has a row in the eMAR, with its dose and one rate
        rows = [{**r, "SIG": None} if r["MAR_ACTION"] == "Stopped" else r for r in rows]
        rows = [row for row in rows if row["MAR_ACTION"] != "Rate Change"]
    files = [sheet(folder / "mar.xlsx", rows), *kept(*others)]
    if shape == "epic":  # charges know neither diagnoses nor the bill's type
        unknown = ("Diagnosis Codes", "Type of Bill")
        claims = [{n: v for n, v in r.items() if n not in unknown} for r in month("claims")]
        files = [f for f in files if f.name != "claims.xlsx"]
        files.append(sheet(folder / "claims.xlsx", claims))
    return judged(load(files, OWN))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_month_in_another_shape_gives_the_same_findings(shape: str, tmp_path: Path) -> None:
    profile = OWN.over(load_profile(Path(shape))) if shape == "meditech" else OWN
    result = load(SHAPES[shape](tmp_path), profile)
    for one in result.ledger.sheets:
        assert one.rows_read == one.used + one.superseded + one.rejected, one
    expected = _month_without(tmp_path, shape)
    found = judged(result)
    assert found - expected == Counter()
    assert expected - found == Counter()
    assert len(found) > 90


# ── recognition and the profiles themselves ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shape", "file", "name"),
    [
        ("epic", 0, "epic"), ("epic", 1, "epic"), ("cerner", 0, "cerner"),
        ("mimic", 0, "mimic"), ("ub04", 0, "ub04"),
    ],
)  # fmt: skip
def test_a_shape_is_recognised_by_its_headers(
    shape: str, file: int, name: str, tmp_path: Path
) -> None:
    (described,) = survey([SHAPES[shape](tmp_path)[file]], Profile()).sheets
    assert described.shape == name
    assert all(column.field or column.header for column in described.columns)


def test_the_months_own_files_are_in_no_shape() -> None:
    described = survey(sorted(SAMPLE.glob("*.xlsx")), Profile()).sheets
    assert {one.shape for one in described} == {None}


def test_a_profile_is_chosen_by_name_or_extended(tmp_path: Path) -> None:
    assert load_profile(Path("epic"), "America/Chicago").columns["mar_event"]["SIG"] == "dose"
    path = tmp_path / "hospital.toml"
    path.write_text(
        'timezone = "America/Chicago"\nextends = "epic"\n[columns.mar_event]\nSIG = "comments"\n'
        'Waste = "wasted"\n[actions]\n"Hung by pump" = "START"\n',
        encoding="utf-8",
    )
    own = load_profile(path)
    assert own.columns["mar_event"]["SIG"] == "comments"  # the hospital's word goes first
    assert own.columns["mar_event"]["TAKEN_TIME"] == "taken_at"
    assert set(own.own_columns["mar_event"]) == {"SIG", "Waste"}
    path.write_text('extends = ["epic", "athena"]', encoding="utf-8")
    with pytest.raises(ProfileError, match=r"athena: is no profile .* cerner, eicu, epic"):
        load_profile(path)


def test_every_shipped_profile_and_its_settings_are_described() -> None:
    page = Path(__file__).parent.parent.joinpath("docs", "shapes.md").read_text(encoding="utf-8")
    for name in shipped_profiles():
        assert f"| `{name}` |" in page
    own = {"extends", "timezone", "facility", "mac", "day_first", "title", "says", "signatures"}
    for name in set(Profile.model_fields) - own:
        assert f"[{name}" in page or f"`{name}`" in page, name


def test_shipped_profiles_agree_with_the_common_words() -> None:
    assert set(shipped_profiles()) >= {"cerner", "eicu", "epic", "meditech", "mimic", "ub04"}
    for name, profile in shipped_profiles().items():
        assert profile.title, name
        assert profile.timezone is None, f"{name}: a system stands in every zone"
        for word, action in profile.actions.items():
            assert actions().get(key(word), action) == action, f"{name}: {word}"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[values.mar]\nroute = { a = "b" }', "values: 'mar' is none of"),
        ('[constants.mar_event]\ndosis = "1"', "constants: 'dosis' = 'dosis': mar_event has"),
        ('[utc]\nmar = ["a"]', "utc: 'mar' is none of"),
        ("[offsets.mar_event]\na = 1", "offsets.mar_event.a: "),
    ],
)
def test_a_shape_that_cannot_be_used(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ProfileError, match=f"own.toml: {says}"):
        load_profile(path)


# ── Epic ──────────────────────────────────────────────────────────────────────────────────────

TX = ("TX_ID", "HSP_ACCOUNT_ID", "TX_TYPE_HA_C_NAME", "START_DATE_TIME", "UB_REV_CODE_ID",
      "CPT_CODE", "HCPCS_CODE", "MODIFIERS", "QUANTITY", "TX_AMOUNT", "ORIG_REV_TX_ID")  # fmt: skip


def charges(folder: Path, *rows: Sequence[object]) -> Loaded:
    log = [("Account", "Drug", "Start", "Stop", "Route"),
           ("H1", "ceftriaxone", "09/13/2026 08:00", "09/13/2026 08:40", "IVPB")]  # fmt: skip
    return load(
        [text(folder / "tx.csv", [TX, *rows]), text(folder / "log.csv", log)],
        Profile(timezone="America/New_York"),
    )


def test_epic_charges(tmp_path: Path) -> None:
    result = charges(
        tmp_path,
        (1, "H1", "Charge", "2026-09-14 02:30:00", "0260", "96366", "96365", "59,XS", 1, "655", ""),
        (2, "H1", "Charge", "2026-09-13 14:00:00", "0260", "96366", "", "", 1, "171", ""),
        (3, "H1", "Charge", "2026-09-13 14:00:00", "0260", "96375", "", "", 1, "210", ""),
        (4, "H1", "Charge", "2026-09-13 14:00:00", "0260", "96375", "", "", -1, "-210", 3),
        (5, "H1", "Payment", "2026-09-20 14:00:00", "", "", "", "", "", "-400", ""),
    )
    lines = only(result, "H1").claim_lines
    assert [(a.code_with_modifiers, str(a.service_date)) for a in lines] == [
        ("96365-59-XS", "2026-09-13"),  # half past ten in the evening, on the hospital's clock
        ("96366", "2026-09-13"),
    ]
    assert [(r.row, r.disposition, r.value) for r in result.ledger.rows] == [
        (4, "superseded", None), (5, "superseded", None), (6, "rejected", "Payment"),
    ]  # fmt: skip
    assert "“TX_TYPE_HA_C_NAME” is not Charge" in result.ledger.rows[-1].reason


def test_charges_with_a_service_date_keep_it(tmp_path: Path) -> None:
    rows = [(*TX, "SERVICE_DATE"),
            (1, "H1", "Charge", "2026-09-14 02:30", "0260", "", "96365", "", 1, "655", "",
             "2026-09-12")]  # fmt: skip
    path = text(tmp_path / "tx.csv", rows)
    (described,) = survey([path], Profile()).sheets
    fields = {column.header: column.field for column in described.columns}
    assert (fields["SERVICE_DATE"], fields["START_DATE_TIME"]) == ("service_date", None)


def test_utc_dates_that_can_be_read_both_ways_are_refused(tmp_path: Path) -> None:
    row = (1, "H1", "Charge", "09/04/2026 02:30", "0260", "", "96365", "", 1, "655", "")
    with pytest.raises(Exception, match="day_first"):
        charges(tmp_path, row)


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("Given", "POINT"), ("New Bag", "START"), ("Rate Change", "RATE"), ("Rate Verify", "RATE"),
        ("Paused", "PAUSE"), ("Restarted", "RESUME"), ("Stopped", "STOP"), ("Bolus", "POINT"),
        ("Push", "POINT"), ("MAR Hold", "NOTE"), ("MAR Unhold", "NOTE"), ("Held", "VOID"),
        ("Automatically Held", "VOID"), ("Missed", "VOID"), ("Refused", "VOID"),
        ("Canceled Entry", "VOID"), ("Due", "NOTE"), ("Pending", "NOTE"), ("Prepared", "NOTE"),
        ("See Alternative", "VOID"),
        # Cerner, Beth Israel Deaconess
        ("Begin Bag", "START"), ("Infuse", "NOTE"), ("Site Change", "NOTE"), ("Waste", "WASTE"),
        ("Started", "START"), ("Administered", "POINT"), ("Not Given", "VOID"), ("Delayed", "NOTE"),
        ("Started in Other Location", "START"), ("Stopped in Other Location", "STOP"),
        ("Administered in Other Location", "POINT"), ("Restarted in Other Location", "RESUME"),
        ("Rate Change in Other Location", "RATE"), ("Not Given in Other Location", "VOID"),
    ],
)  # fmt: skip
def test_every_known_action_word_has_its_class(word: str, action: str) -> None:
    assert actions()[key(word)] == action


# ── the infusion report as pasted ─────────────────────────────────────────────────────────────

REPORT = """\
Infusions, printed 11/22/2016

Encounter: E1   MRN: 0042   Order #: 77
vancomycin 1 g in sodium chloride 0.9 % 250 mL IVPB
Ordered: 11/21/2016 0810
Running start: 11/21/2016 0836   Running stop: 11/21/2016 0936
{table}

Order #: 78
0.9 % sodium chloride infusion
Running start: 11/21/2016 1000 Running stop: 11/21/2016 1105
Action Dose Rate Route Site Time Comment
New Bag 1,000 mL -- Intravenous Left hand 11/21/2016 1000
"""
ALIGNED = """\
Action    Dose   Rate       Route  Site          Time             Comment
New Bag   1 g    250 mL/hr  IVPB   Right AC      11/21/2016 0836
Stopped          0 mL/hr    IVPB   Right AC      11/21/2016 0936  patient comfortable
   and asleep
Given     2 g               IVPB   Right AC                       no time"""
PACKED = """\
Action Dose Rate Route Site Time Comment
New Bag 1 g 250 mL/hr IVPB Right AC 11/21/2016 0836
Stopped -- 0 mL/hr IVPB Right AC 11/21/2016 0936 patient comfortable
   and asleep
Given 2 g IVPB Right AC"""


def pasted(folder: Path, table: str) -> Loaded:
    path = folder / "report.txt"
    path.write_text(REPORT.format(table=table), encoding="utf-8")
    return load([book(folder / "claims.xlsx", {"claims": CLAIM}), path], PROFILE)


@pytest.mark.parametrize(
    "table",
    [ALIGNED, PACKED, "\n".join(  # as a browser copies a table
        "\t".join(cell.strip() for cell in (
            line[:10], line[10:17], line[17:28], line[28:35], line[35:49], line[49:66], line[66:]
        )) if not line.startswith("   ") else line for line in ALIGNED.splitlines()
    )],
    ids=["aligned", "packed", "tabs"],
)  # fmt: skip
def test_a_pasted_infusion_report(table: str, tmp_path: Path) -> None:
    result = pasted(tmp_path, table)
    vancomycin, saline = only(result).administrations
    assert vancomycin.drugs == ("vancomycin 1 g in sodium chloride 0.9 % 250 mL IVPB",)
    assert (vancomycin.order_id, vancomycin.dose, vancomycin.site) == ("77", 1, "Right AC")
    assert runs(vancomycin) == "21 08:36-21 09:36A"
    assert [int(rate) for _, rate in vancomycin.segments[0].rates] == [250]
    assert "comfortable and asleep" in (vancomycin.comments or "")
    assert sorted(str(source) for source in vancomycin.sources) == [
        "report.txt · row 6", "report.txt · row 8", "report.txt · row 9",
    ]  # fmt: skip
    # nobody charted a stop of the saline: what the report works out is told as free text is
    assert runs(saline) == "21 10:00-21 11:05D"
    assert (saline.order_id, saline.volume, saline.site) == ("78", 1000, "Left hand")
    (row,) = [row for row in result.ledger.rows if row.disposition == "rejected"]
    assert (row.row, row.reason) == (11, "has no time")


# ── Cerner ────────────────────────────────────────────────────────────────────────────────────

CE = ("FIN", "EVENT_ID", "CATALOG_DISP", "IV_EVENT_DISP", "EVENT_END_DT_TM", "PERFORMED_DT_TM",
      "RESULT_STATUS_DISP", "ADMIN_DOSAGE", "DOSAGE_UNIT_DISP", "ADMIN_ROUTE_DISP")  # fmt: skip


def test_a_modified_result_takes_the_place_of_its_versions(tmp_path: Path) -> None:
    rows = [
        (1, "Begin Bag", "08:00", "08:01", "Auth (Verified)", 1, "g"),
        (1, "Begin Bag", "08:10", "09:30", "Modified", 1, "g"),
        (2, "Infuse", "08:30", "08:31", "Auth (Verified)", "", ""),
        (3, "Stop", "08:50", "08:51", "Auth (Verified)", "", ""),
        (4, "Begin Bag", "11:00", "11:01", "In Error", 1, "g"),
        (5, "Begin Bag", "12:00", "12:01", "Auth (Verified)", 1, "g"),
        (5, "Begin Bag", "12:00", "12:09", "In Error", 1, "g"),
        (6, "Waste", "08:55", "08:56", "Auth (Verified)", 200, "mg"),
    ]
    events = [
        ("F1", event, "ceftriaxone", word, f"2026-09-01 {at}", f"2026-09-01 {saved}", *rest, "IVPB")
        for event, word, at, saved, *rest in rows
    ]
    path = text(tmp_path / "events.csv", [CE, *events])
    result = load([path], PROFILE, claims=False)
    (one,) = only(result, "F1").administrations
    assert runs(one) == "08:10-08:50A"
    assert (one.doses[0].wasted, one.doses[0].wasted_unit) == (200, "mg")
    assert [(row.row, row.disposition) for row in result.ledger.rows] == [
        (2, "superseded"), (6, "superseded"), (7, "superseded"), (8, "superseded"),
    ]  # fmt: skip
    assert "events.csv · row 3" in result.ledger.rows[0].reason


# ── MEDITECH: two sheets that meet by order and bag ───────────────────────────────────────────

EMAR = ("Acct #", "Rx #", "Medication", "Admin Date", "Admin Time", "Admin Action", "Admin Dose",
        "Dose Units", "Route", "Bag #")  # fmt: skip
FLOW = ("Rx #", "Bag #", "Start Date", "Start Time", "Stop Date", "Stop Time", "Rate", "Rate Units")
HUNG = ("A1", "R1", "ceftriaxone", "09/13/26", "0800", "Hung", 1, "g", "IVPB", "B1")


def flowsheet(folder: Path, *rows: Sequence[object], record: Sequence[Sequence[object]]) -> Loaded:
    files = [text(folder / "emar.csv", record), text(folder / "iv.csv", [FLOW, *rows])]
    profile = load_profile(Path("meditech"), "America/New_York")
    return load(files, profile, claims=False)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([("R1", "B1", "09/13/26", "0800", "09/13/26", "0840", 100, "mL/hr")],
                     "13 08:00-13 08:40A", id="by order and bag"),
        pytest.param([("", "B1", "09/13/26", "0800", "09/13/26", "0840", "", "")],
                     "13 08:00-13 08:40A", id="by bag"),
        pytest.param([("R1", "", "", "", "09/13/26", "0840", "", "")],
                     "13 08:00-13 08:40A", id="by order, the stop alone"),
        pytest.param([("R1", "B1", "09/13/26", "0800", "09/13/26", "0820", "", ""),
                      ("R1", "B1", "09/13/26", "0830", "09/13/26", "0850", "", "")],
                     "13 08:00-13 08:20A 13 08:30-13 08:50A", id="stopped and hung again"),
        pytest.param([("R1", "B1", "09/13/26", "2350", "09/13/26", "2355", "", "")],
                     "13 08:00--E", id="nothing of it"),
    ],
)  # fmt: skip
def test_stops_of_a_flowsheet(
    rows: list[tuple[object, ...]], expected: str, tmp_path: Path
) -> None:
    first = only(flowsheet(tmp_path, *rows, record=[EMAR, HUNG]), "A1").administrations[0]
    if expected.endswith("E"):
        assert runs(first).startswith("13 08:00-")
    else:
        assert runs(first) == expected
    assert first.drugs == ("ceftriaxone",)


def test_a_flowsheet_row_of_no_record_is_rejected(tmp_path: Path) -> None:
    known = ("R1", "B1", "09/13/26", "0800", "09/13/26", "0840", "", "")
    result = flowsheet(tmp_path, known, ("R9", "B9", *known[2:]), (*known[:2], *[""] * 6),
                       record=[EMAR, HUNG])  # fmt: skip
    assert [(r.file, r.row, r.reason) for r in result.ledger.rows] == [
        ("iv.csv", 3, "belongs to no order or bag of the administration record"),
        ("iv.csv", 4, "has no time"),
    ]
    assert any("first at A3" in problem for problem in result.ledger.problems)
    (_, iv) = result.ledger.sheets
    assert (iv.kind, iv.rows_read, iv.used, iv.rejected) == ("flowsheet", 3, 1, 2)


def test_a_record_of_starts_leaves_its_stops_to_the_flowsheet(tmp_path: Path) -> None:
    log = [("Account", "Rx #", "Drug", "Start", "Stop", "Route", "Bag #"),
           ("A1", "R1", "ceftriaxone", "09/13/2026 08:00", "", "IVPB", "B1"),
           ("A1", "R2", "ondansetron", "09/13/2026 08:05", "", "IV push", "B2"),
           ("A1", "R3", "cefepime", "09/13/2026 09:00", "09/13/2026 09:30", "IVPB", "B3"),
    ]  # fmt: skip
    known = ("R1", "B1", "09/13/26", "0800", "09/13/26", "0840", 100, "mL/hr")
    result = flowsheet(tmp_path, known, record=log)
    assert [runs(a) for a in only(result, "A1").administrations] == [
        "13 08:00-13 08:40A", "13 08:05--E", "13 09:00-13 09:30A",
    ]  # fmt: skip
    assert all(one.used == one.rows_read for one in result.ledger.sheets)


# ── MIMIC ─────────────────────────────────────────────────────────────────────────────────────


def test_a_stop_that_the_system_writes_is_none(tmp_path: Path) -> None:
    header = ("subject_id", "hadm_id", "starttime", "endtime", "storetime", "label", "amount",
              "amountuom", "rate", "rateuom", "orderid", "linkorderid", "ordercategorydescription",
              "statusdescription")  # fmt: skip
    listed = [
        ("08:00", "08:01", "08:02", "Cefepime", 2, "g", "", "", 1, 1, "Continuous Med", "Stopped"),
        ("09:00", "09:40", "09:02", "Vancomycin", 1, "g", 100, "mL/hour", 12, 12, "Continuous Med",
         "Changed"),
        ("09:40", "10:10", "09:42", "Vancomycin", 1, "g", 50, "mL/hour", 13, 12, "Continuous Med",
         "FinishedRunning"),
        ("09:00", "12:00", "09:01", "Vancomycin", 1, "g", 100, "mL/hour", 14, 12, "Continuous Med",
         "Rewritten"),
        ("11:00", "11:01", "11:02", "Furosemide", 40, "mg", "", "", 15, 15, "Drug Push", "Stopped"),
    ]  # fmt: skip
    rows = [(1, 2, *(f"2150-09-01 {at}" for at in row[:3]), *row[3:]) for row in listed]
    result = load([text(tmp_path / "inputevents.csv", [header, *rows])], PROFILE, claims=False)
    cefepime, vancomycin, furosemide = only(result, "2").administrations
    assert (runs(cefepime), cefepime.method) == ("08:00--E", Method.INFUSION)
    assert runs(vancomycin) == "09:00-09:40A 09:40-10:10A"
    assert (clock(furosemide.start), furosemide.method) == ("11:00", Method.PUSH)
    assert [(row.row, row.disposition) for row in result.ledger.rows] == [(5, "superseded")]
    (said,) = [p for p in result.ledger.problems if "taken for no stop" in p]
    assert "2 in all, first at D2" in said


# ── UB-04 ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["FL {}", "FL{}"])
def test_form_locators_and_what_spreadsheets_make_of_claims(name: str, tmp_path: Path) -> None:
    header = [name.format(number) for number in ("3a", "4", "42", "44", "45", "46", "47")]
    rows = [
        ("A1", "131", "260", "96365", "09/13/26", "1", "$1,234.50"),
        ("A2", "0137", "0636", "96365-59", "09/13/26", "1.0", "(12.00)"),
        ("A3", "851", "26", "9636559", "20260913", 2, "12.00-"),
    ]
    log = [("Account", "Drug", "Start", "Stop", "Route"),
           ("A1", "ceftriaxone", "09/13/2026 08:00", "09/13/2026 08:40", "IVPB")]  # fmt: skip
    path = book(tmp_path / "ub.xlsx", {"claims": [header, *rows], "log": log})
    lines = [line for e in load([path], PROFILE).encounters for line in e.claim_lines]
    told: list[tuple[Any, ...]] = [
        (a.code_with_modifiers, a.bill_type, a.revenue_code, a.units, a.charge) for a in lines
    ]
    assert [(*row[:3], int(row[3]), f"{row[4]:.2f}") for row in told] == [
        ("96365", "131", "0260", 1, "1234.50"),
        ("96365-59", "137", "0636", 1, "-12.00"),
        ("96365-59", "851", "0026", 2, "-12.00"),
    ]
    assert {str(a.service_date) for a in lines} == {"2026-09-13"}


# ── crosswalks ────────────────────────────────────────────────────────────────────────────────


def test_an_account_of_many_visits_leads_to_the_one_of_its_day(tmp_path: Path) -> None:
    claims = [("Claim", "HAR", "Line", "HCPCS", "Units", "Service Date"),
              ("C1", "H1", 1, "96365", 1, "09/13/2026"), ("C1", "H1", 2, "96365", 1, "09/20/2026"),
              ("C1", "H1", 3, "96365", 1, "09/27/2026")]  # fmt: skip
    mar = [MAR, *((csn, "O1", "iron sucrose", f"09/{day}/2026 08:00", "Given", "IV push")
                  for csn, day in (("V1", 13), ("V2", 20)))]  # fmt: skip
    walk = [("HAR", "CSN", "MRN"), ("H1", "V1", "P1"), ("H1", "V2", "P1")]
    result = loaded(tmp_path, claims=claims, mar=mar, walk=walk)
    dates = {
        e.encounter_id: [f"{a.service_date:%d}" for a in e.claim_lines] for e in result.encounters
    }
    assert dates == {"V1": ["13"], "V2": ["20"]}
    assert {e.account_id for e in result.encounters} == {"H1"}
    (lost,) = result.ledger.rows
    assert "several encounters" in lost.reason


def test_the_patient_leads_to_the_encounter_where_nothing_else_does(tmp_path: Path) -> None:
    claims = [("Claim", "HAR", "Line", "HCPCS", "Units", "Service Date"),
              ("C1", "H1", 1, "96374", 1, "09/13/2026")]  # fmt: skip
    mar = [("MRN", *MAR[1:]), ("P1", "O1", "iron sucrose", "09/13/2026 08:00", "Given", "IV push")]
    walk = [("HAR", "MRN"), ("H1", "P1")]
    (one,) = loaded(tmp_path, claims=claims, mar=mar, walk=walk).encounters
    assert one.patient_id == "P1"
    assert one.claim_lines and one.administrations


# ── public extracts ───────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not here")
def test_public_extracts_load_with_a_complete_ledger() -> None:
    files = [SHARED / "eicu" / "infusiondrug_20k.csv", SHARED / "rif" / "outpatient.csv"]
    result = load(files, Profile(timezone="America/New_York"))
    eicu, rif = result.ledger.sheets
    assert (eicu.kind, eicu.rows_read, rif.kind, rif.rows_read) == (
        "mar_event", 20_000, "claim_line", 19
    )  # fmt: skip
    for one in (eicu, rif):
        assert one.rows_read == one.used + one.superseded + one.rejected
    assert any("neither starts nor stops" in problem for problem in result.ledger.problems)
    administrations = [a for e in result.encounters for a in e.administrations]
    assert {(a.start, a.stop) for a in administrations} == {(None, None)}
    lines = [line for e in result.encounters for line in e.claim_lines]
    assert {line.bill_type for line in lines} == {"131"}


def test_minutes_since_a_day_that_stands_for_none(tmp_path: Path) -> None:
    rows = [("infusiondrugid", "patientunitstayid", "infusionoffset", "drugname", "infusionrate"),
            (1, 9, -60, "Cefepime (ml/hr)", 25), (2, 9, "soon", "Cefepime (ml/hr)", 25),
            (3, 9, 999_999_999_999, "Cefepime (ml/hr)", 25),
    ]  # fmt: skip
    result = load([text(tmp_path / "e.csv", rows)], PROFILE, claims=False)
    (one,) = only(result, "9").administrations
    assert runs(one) == "---E"
    assert [(row.column, row.value) for row in result.ledger.rows] == [
        ("C", "soon"), ("C", "999999999999")
    ]  # fmt: skip
