"""Which sheet is what and which column states what: headers, kinds, the profile."""

from pathlib import Path

import pytest
from loading import CLAIM, LOG, MAR, PROFILE, book, loaded, only, text
from openpyxl import Workbook, load_workbook

from auditor.load import InputError, Profile, ProfileError, describe, load, load_profile
from auditor.load.vocabulary import actions, completions, key, kinds

GIVEN = ("E1", "O1", "ceftriaxone", "09/01/2026 08:00", "Given", "IV push")
TIMED = ("E1", "ceftriaxone", "09/01/2026 08:00", "09/01/2026 08:40", "IVPB")

EPIC_MAR = (
    "MAR_ENC_CSN", "ORDER_MED_ID", "LINE", "TAKEN_TIME", "SAVED_TIME", "MAR_ACTION_C_NAME", "SIG",
    "DOSE_UNIT", "ROUTE_C_NAME", "SITE_C_NAME", "INFUSION_RATE", "MAR_INF_RATE_UNIT_C_NAME",
    "USER_ID",
)  # fmt: skip
UB04 = ("Patient Control No", "Med Rec No", "TOB", "FL 42", "FL 44", "FL 45", "FL 46", "FL 47")


BOXES = (  # as the paper form has them
    "3a PAT. CNTL #", "b. MED. REC. #", "4 TYPE OF BILL", "42 REV. CD.",
         "44 HCPCS / RATE / HIPPS CODE", "45 SERV. DATE", "46 SERV. UNITS", "47 TOTAL CHARGES",
         "FL 67A", "FL 67 B")  # fmt: skip


def kind_of(folder: Path, *rows: tuple[object, ...]) -> tuple[str | None, dict[str, str | None]]:
    (sheet,) = describe([book(folder / "a.xlsx", {"s": rows})], Profile())
    return sheet.kind, {column.header: column.field for column in sheet.columns}


@pytest.mark.parametrize(
    ("header", "row", "kind", "fields"),
    [
        (MAR, GIVEN, "mar_event", "encounter_id order_id drug taken_at action route"),
        (LOG, TIMED, "administration", "encounter_id drug start stop route"),
        (CLAIM[0], CLAIM[1], "claim_line",
         "claim_id encounter_id line_number hcpcs units service_date"),
        (EPIC_MAR,
         ("7", "8", "1", "2026-09-01 08:00", "2026-09-01 08:01", "Given", "4", "mg", "IV push",
          "R AC",
          None, None, "RN1"), "mar_event",
         "encounter_id order_id sequence taken_at saved_at action dose dose_unit route site rate "
         "rate_unit staff"),
        (UB04, ("A1", "0012", "131", "450", "96365", "09/13/2026", "1", "$12.00"), "claim_line",
         "account_id patient_id bill_type revenue_code hcpcs service_date units charge"),
        (BOXES, ("A1", "0012", "131", "450", "96365", "09/13/2026", "1", "$12.00", "E86.0",
          "R11.2"), "claim_line",
         "account_id patient_id bill_type revenue_code hcpcs service_date units charge "
         "diagnosis_codes diagnosis_codes"),
        (("FL 3a Control No", "FL 42 Rev", "FL44 - Code", "FL-46", "8 units", "43 Description"),
         ("A1", "450", "96365", "1", "2", "infusion"), "claim_line",
         "account_id revenue_code hcpcs units - -"),
        (("Pt Control No", "Med Rec", "Svc Dt", "Chg Cd", "Units", "Tot Chg"),
         ("A1", "0012", "09/13/2026", "96365-59", "1", "$12.00"), "claim_line",
         "account_id patient_id service_date hcpcs units charge"),
        (("Pt Control No", "Svc Dt", "HCPCS", "Chg Cd", "Units"),
         ("A1", "09/13/2026", "96365", "4100235", "1"), "claim_line",
         "account_id service_date hcpcs - units"),
        (("Pt Control No", "Svc Dt", "Rev Code", "Chg Cd", "Units"),
         ("A1", "09/13/2026", "0260", "4100235", "1"), "claim_line",
         "account_id service_date revenue_code - units"),
        (("PAT_ENC_CSN_ID", "HSP_ACCOUNT_ID", "PAT_MRN_ID", "ARRIVAL_TIME", "DISCHARGE_TIME"),
         ("1", "2", "3", "2026-09-01 08:00", None), "encounter",
         "encounter_id account_id patient_id arrived_at discharged_at"),
        (("CSN", "HAR", "MRN"), ("1", "2", "3"), "crosswalk", "encounter_id account_id patient_id"),
        (("Order #", "CSN", "Medication", "Order Date/Time", "Ordering Provider", "Order Mode"),
         ("1", "2", "saline", "2026-09-01 08:00", "MD1", "Verbal"), "order",
         "order_id encounter_id drug ordered_at provider mode"),
        (("CSN", "LDA Type", "Site", "Placement Instant", "Removal Instant"),
         ("1", "PIV", "R AC", "2026-09-01 08:00", None), "access",
         "encounter_id description site placed_at removed_at"),
        (("Drug", "Class", "NDC"), ("saline", "fluid", "1"), "drug", "drug class ndc"),
        (("FIN", "Medication", "Event", "Event Date/Time", "Nurse Unit"),
         ("1", "saline", "Begin Bag", "2026-09-01 08:00", "ED"), "mar_event",
         "account_id drug action taken_at department"),
        (("Colour", "Taste"), ("red", "sweet"), None, ""),
    ],
)  # fmt: skip
def test_kinds_and_fields_of_known_exports(
    tmp_path: Path, header: tuple[str, ...], row: tuple[object, ...], kind: str | None, fields: str
) -> None:
    if kind is None:
        assert kind_of(tmp_path, header, row) == (None, {})
        return
    named = [None if field == "-" else field for field in fields.split()]  # -: not used
    assert kind_of(tmp_path, header, row) == (kind, dict(zip(header, named, strict=True)))


def test_the_values_settle_which_of_two_fields_a_header_means(tmp_path: Path) -> None:
    header = (*MAR, "LINE")
    assert kind_of(tmp_path, header, (*GIVEN, "1"))[1]["LINE"] == "sequence"
    assert kind_of(tmp_path, header, (*GIVEN, "proximal lumen"))[1]["LINE"] == "line"


def test_units_of_a_header_and_of_a_column(tmp_path: Path) -> None:
    in_header = [(*LOG, "Rate (mL/hr)", "Dose (mg)", "Volume (L)"), (*TIMED, 100, "1,000", 1)]
    in_column = [
        (*LOG, "Rate", "Rate Unit", "Dose", "Dose Unit", "Volume", "Volume Unit"),
        (*TIMED, 100, "mL/hr", 1000, "mg", 1, "L"),
    ]
    for place, log in enumerate((in_header, in_column)):
        folder = tmp_path / str(place)
        folder.mkdir()
        (one,) = only(loaded(folder, log=log)).administrations
        assert (one.dose, one.dose_unit, one.volume) == (1000, "mg", 1000)
        assert [int(rate) for _, rate in one.segments[0].rates] == [100]


# ── where the header stands ───────────────────────────────────────────────────────────────────


def test_titles_blank_rows_page_headers_and_footers_are_no_records(tmp_path: Path) -> None:
    rows = [
        ("Harbor Street Hospital", "printed 10/05/2026"), (), LOG, TIMED,
        ("Harbor Street Hospital",), LOG, (*TIMED[:2], "09/01/2026 10:00", *TIMED[3:]),
        (), ("Total rows: 2",), ("Page 1 of 9",),
    ]  # fmt: skip
    result = loaded(tmp_path, log=rows)
    assert len(only(result).administrations) == 2
    sheet = next(s for s in result.ledger.sheets if s.sheet == "log")
    assert (sheet.rows_read, sheet.used, sheet.superseded, sheet.rejected) == (6, 2, 1, 3)
    assert [(r.row, r.disposition, r.value) for r in result.ledger.rows] == [
        (5, "rejected", "Harbor Street Hospital"), (6, "superseded", None),
        (9, "rejected", "Total rows: 2"), (10, "rejected", "Page 1 of 9"),
    ]  # fmt: skip


def test_filters_above_the_table_are_not_its_header(tmp_path: Path) -> None:
    rows = [("Department", "Date"), ("ED", "09/13/2026"), LOG, TIMED]
    (one,) = only(loaded(tmp_path, log=rows)).administrations
    assert one.sources[0].row == 4


def test_a_header_of_two_rows(tmp_path: Path) -> None:
    rows = [
        ("Patient", None, "Infusion", None, None),
        ("Encounter", "Drug", "Start", "Stop", "Route"),
        TIMED,
    ]
    (one,) = only(loaded(tmp_path, log=rows)).administrations
    assert one.sources[0].row == 3
    below = [("Encounter", "Drug", None, None, "Route"), (None, None, "Start", "Stop"), TIMED]
    (one,) = only(loaded(tmp_path, log=below)).administrations
    assert one.sources[0].row == 3


def test_a_header_of_two_rows_on_every_page(tmp_path: Path) -> None:
    header = [("Patient", None, "Infusion", None, None), LOG]
    later = (*TIMED[:2], "09/01/2026 10:00", "09/01/2026 10:40", "IVPB")
    result = loaded(tmp_path, log=[*header, TIMED, *header, later])
    assert [a.sources[0].row for a in only(result).administrations] == [3, 6]
    assert [(row.row, row.disposition) for row in result.ledger.rows] == [
        (4, "superseded"), (5, "superseded")
    ]  # fmt: skip


def test_two_tables_on_one_sheet(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"all": [("Claims",), *CLAIM, (), ("Log",), LOG, TIMED]})
    result = load([path], PROFILE)
    assert [(s.kind, s.rows_read) for s in result.ledger.sheets] == [
        ("claim_line", 2), ("administration", 1)
    ]  # fmt: skip
    assert len(only(result).administrations) == 1


def test_a_second_table_needs_no_title(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"all": [*CLAIM, (), LOG, TIMED]})
    assert [s.rows_read for s in load([path], PROFILE).ledger.sheets] == [1, 1]


def test_merged_cells_are_filled_down_and_blank_ones_are_not(tmp_path: Path) -> None:
    workbook = Workbook()
    claims = workbook.active
    assert claims is not None
    for row in CLAIM:
        claims.append(list(row))
    log = workbook.create_sheet("log")
    for hour in ("head", "08", "09", "10"):
        stamp = [f"09/01/2026 {hour}:00", f"09/01/2026 {hour}:40"]
        log.append(list(LOG) if hour == "head" else ["E1", "ceftriaxone", *stamp, "IVPB"])
    log["A4"] = None
    log.merge_cells("A2:A3")
    workbook.save(tmp_path / "a.xlsx")
    result = load([tmp_path / "a.xlsx"], PROFILE)
    assert len(only(result).administrations) == 2
    assert [(row.row, row.column) for row in result.ledger.rows] == [(4, "A")]


def test_hidden_sheets_are_read_only_where_the_profile_names_them(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"claims": CLAIM, "log": [LOG, TIMED], "old": [LOG, TIMED]})
    workbook = load_workbook(path)
    workbook["old"].sheet_state = "hidden"
    workbook.save(path)
    result = load([path], PROFILE)
    assert [s.sheet for s in result.ledger.sheets if s.rows_read] == ["claims", "log"]
    assert any("old: is hidden" in problem for problem in result.ledger.problems)
    assert [(s.sheet, s.kind, s.hidden) for s in describe([path], PROFILE)] == [
        ("claims", "claim_line", False), ("log", "administration", False), ("old", None, True),
    ]  # fmt: skip
    named = PROFILE.model_copy(update={"sheets": {"old": "administration"}})
    assert [s.rows_read for s in load([path], named).ledger.sheets] == [1, 1, 1]


def test_what_a_sheet_was_taken_for_is_told_where_no_claim_was_found(tmp_path: Path) -> None:
    header = ("MRN", "Acct No", "Payer", "TOB", "How many", "When")
    row = ("M1", "A1", "x", "131", "1", "z")
    with pytest.raises(InputError) as refused:
        load([book(tmp_path / "a.xlsx", {"claims": [header, row], "log": [LOG, TIMED]})], PROFILE)
    assert (
        "a.xlsx · claims: was taken for account and encounter numbers, and “Payer”, “TOB”, “How "
        "many” and 1 more header are not known; say under [sheets] in the profile what it is, and "
        "name its headers under [columns]."
    ) in str(refused.value)


# ── the profile ───────────────────────────────────────────────────────────────────────────────


def profile(folder: Path, content: str) -> Profile:
    path = folder / "hospital.toml"
    path.write_text(content, encoding="utf-8")
    return load_profile(path)


def test_headers_of_ones_own(tmp_path: Path) -> None:
    rows = [("Enc", "What", "From", "Until", "Route"), TIMED]
    own = profile(tmp_path, """timezone = "America/New_York"
day_first = false
[columns.administration]
What = "drug"
From = "start"
Until = "stop"
""")  # fmt: skip
    (one,) = only(loaded(tmp_path, own, log=rows)).administrations
    assert one.drugs == ("ceftriaxone",)
    with pytest.raises(InputError, match="No sheet with administrations"):
        loaded(tmp_path, log=rows)


def test_a_header_of_the_profile_that_is_gone_is_questioned(tmp_path: Path) -> None:
    own = PROFILE.model_copy(update={"columns": {"administration": {"Medikament": "drug"}}})
    result = loaded(tmp_path, own, log=[LOG, TIMED])
    assert any("“Medikament”" in problem for problem in result.ledger.problems)


def test_a_sheet_can_be_ignored_by_its_name_or_its_files(tmp_path: Path) -> None:
    other = text(tmp_path / "other.csv", [LOG, TIMED])
    main = book(tmp_path / "a.xlsx", {"claims": CLAIM, "log": [LOG, TIMED], "x": [LOG, TIMED]})
    own = PROFILE.model_copy(update={"sheets": {"x": "ignore", "other.csv": "ignore"}})
    read = {(s.file, s.sheet): s.rows_read for s in load([main, other], own).ledger.sheets}
    assert read == {
        ("a.xlsx", "claims"): 1, ("a.xlsx", "log"): 1, ("a.xlsx", "x"): 0, ("other.csv", None): 0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('timezone = "Eastern"', "hospital.toml: timezone: 'Eastern' is not a time zone"),
        ("time_zone = 1", "hospital.toml: time_zone: Extra inputs are not permitted."),
        ('[actions]\nHung = "BEGIN"', "hospital.toml: actions: 'Hung' = 'BEGIN' is none of START"),
        ('[columns.mar]\nA = "b"', "hospital.toml: columns: 'mar' is none of claim_line"),
        ('[columns.drug]\nA = "b"', "hospital.toml: columns: 'A' = 'b': drug has drug, ndc"),
        ('[sheets]\nA = "b"', "hospital.toml: sheets: 'A' = 'b' is none of ignore"),
        ("timezone = ", "hospital.toml: is not valid TOML"),
    ],
)
def test_a_profile_that_cannot_be_used(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(ProfileError) as refused:
        profile(tmp_path, content)
    assert str(refused.value).startswith(says)


def test_the_time_zone_is_never_guessed(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r'timezone = "America/New_York".*--timezone'):
        loaded(tmp_path, Profile(), log=[LOG, TIMED])
    assert load_profile(None, "America/Chicago").timezone == "America/Chicago"
    with pytest.raises(ProfileError, match=r"^--timezone: "):
        load_profile(None, "Mars")
    with pytest.raises(ProfileError, match=r"none\.toml: cannot be read"):
        load_profile(tmp_path / "none.toml")


# ── what is missing ───────────────────────────────────────────────────────────────────────────


def problems(folder: Path, **sheets: list[tuple[object, ...]]) -> str:
    with pytest.raises(InputError) as refused:
        load([book(folder / "a.xlsx", sheets)], PROFILE)
    return str(refused.value)


def test_a_missing_required_column_is_named_with_a_header_that_would_do(tmp_path: Path) -> None:
    without_action = [(*MAR[:4], "Route", "Dose"), (*GIVEN[:4], "IV", "4 mg")]
    said = problems(tmp_path, claims=list(CLAIM), mar=without_action)
    assert "a.xlsx · mar: looks like charted administration events" in said
    assert "“action”" in said and "[columns.mar_event]" in said


def test_no_claims_and_no_record_are_both_said(tmp_path: Path) -> None:
    said = problems(tmp_path, notes=[("Dear all",), ("see you",)])
    assert said.splitlines()[0] == "Nothing was audited. Mend these 3 problems and run again:"
    assert "No sheet with claim lines" in said and "No sheet with administrations" in said
    assert "a.xlsx · notes: no row of it is a header" in said


def test_dates_that_can_be_read_both_ways_stop_the_sheet(tmp_path: Path) -> None:
    rows = [LOG, ("E1", "ceftriaxone", "09/01/2026 08:00", "09/01/2026 08:40", "IVPB")]
    path = book(tmp_path / "a.xlsx", {"claims": CLAIM, "log": rows})
    zone_only = Profile(timezone="America/New_York")
    with pytest.raises(InputError, match=r"column C \(“Start”\).*day_first = false"):
        load([path], zone_only)
    day = {"day_first": True}
    (one,) = only(load([path], zone_only.model_copy(update=day))).administrations
    assert f"{one.start:%Y-%m-%d}" == "2026-01-09"


def test_one_column_tells_the_others_of_its_sheet(tmp_path: Path) -> None:
    rows = [
        LOG,
        ("E1", "ceftriaxone", "09/01/2026 23:00", "09/01/2026 23:40", "IVPB"),
        ("E1", "cefepime", "09/12/2026 23:00", "09/13/2026 00:40", "IVPB"),
    ]
    claims = [CLAIM[0], ("C1", "E1", 1, "96365", 1, "2026-09-01")]
    path = book(tmp_path / "a.xlsx", {"claims": claims, "log": rows})
    found = only(load([path], Profile(timezone="America/New_York"))).administrations
    assert [f"{a.start:%m/%d}" for a in found] == ["09/01", "09/12"]


# ── the tables themselves ─────────────────────────────────────────────────────────────────────


def test_word_lists_are_consistent() -> None:
    for kind in kinds().values():
        for group in kind.requires:
            assert set(group) <= set(kind.fields), kind.name
    assert completions() <= set(actions())
    for word in ("New Bag", "Rate Verify", "Restarted", "Canceled Entry", "MAR Hold", "Begin Bag"):
        assert key(word) in actions()
