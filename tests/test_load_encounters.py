"""Rows of every kind → encounters: claim lines, rows start to stop, numbers, and the ledger."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from loading import CLAIM, LOG, PROFILE, book, clock, given, loaded, only, runs, text

from auditor.coding import site_record
from auditor.load import InputError, Loaded, load
from auditor.policy import Policy
from auditor.record import ClaimLine, DrugClass, Method, Route

DAY = "09/01/2026 "
TIMED = ("E1", "ceftriaxone", DAY + "08:00", DAY + "08:40", "IVPB")
LINE = ("Claim", "Encounter", "Line", "Rev Code", "HCPCS", "Mod 1", "Mod 2", "Units", "Charge",
        "Service Date")  # fmt: skip


def line(**said: object) -> tuple[object, ...]:
    usual = {"Claim": "C1", "Encounter": "E1", "Line": 1, "HCPCS": "96365", "Units": 1,
             "Service Date": "09/01/2026"}  # fmt: skip
    told = {**usual, **{name.replace("_", " "): value for name, value in said.items()}}
    return tuple(told.get(name) for name in LINE)


def claims(folder: Path, *rows: tuple[object, ...]) -> Loaded:
    return load([book(folder / "a.xlsx", {"claims": [LINE, *rows], "log": [LOG, TIMED]})], PROFILE)


def fates(result: Loaded) -> list[tuple[int, str, str]]:
    return [(row.row, row.disposition, row.reason) for row in result.ledger.rows]


# ── claim lines ───────────────────────────────────────────────────────────────────────────────


def test_a_claim_line_as_hospitals_write_it(tmp_path: Path) -> None:
    row = line(Rev_Code=260, HCPCS="9636559", Mod_1="XS", Units="2.0", Charge="$1,234.50")
    (one,) = only(claims(tmp_path, row)).claim_lines
    assert one == ClaimLine(
        claim_id="C1", line_number="1", hcpcs="96365", modifiers=("59", "XS"), units=Decimal(2),
        service_date=date(2026, 9, 1), revenue_code="0260", charge=Decimal("1234.50"),
        source=one.source,
    )  # fmt: skip
    assert one.source is not None
    assert one.source.cell("hcpcs") == "a.xlsx · claims · E2"


def test_a_modifier_in_both_places_counts_once(tmp_path: Path) -> None:
    (one,) = only(claims(tmp_path, line(HCPCS="96365-59", Mod_1=59, Mod_2="XS"))).claim_lines
    assert one.modifiers == ("59", "XS")


def test_cpt_stands_in_where_hcpcs_is_blank(tmp_path: Path) -> None:
    rows = [("Encounter", "CPT Code", "HCPCS Code", "Qty", "DOS", "DX1", "DX2"),
            ("E1", "96365", "C8957", 1, "2026-09-01", "e86.0", None),
            ("E1", "96366", None, 1, "2026-09-01", "E86.0", "R11.2")]  # fmt: skip
    result = load([book(tmp_path / "a.xlsx", {"c": rows, "log": [LOG, TIMED]})], PROFILE)
    first, second = only(result).claim_lines
    assert (first.hcpcs, second.hcpcs) == ("C8957", "96366")
    assert (first.diagnosis_codes, second.diagnosis_codes) == (("E86.0",), ("E86.0", "R11.2"))
    assert (first.claim_id, first.line_number, second.line_number) == ("E1", "1", "2")
    assert "claim_line.hcpcs" in result.supplied


def test_a_repeated_line_is_superseded_and_a_contradicting_one_rejected(tmp_path: Path) -> None:
    result = claims(tmp_path, line(), line(), line(Units=3), line(Line=2))
    assert [str(x.units) for x in only(result).claim_lines] == ["1", "1"]
    assert fates(result) == [
        (3, "superseded", "repeats a.xlsx · claims · row 2"),
        (4, "rejected",
         "has the claim and line number of a.xlsx · claims · row 2, but says otherwise"),
    ]  # fmt: skip


def test_lines_without_numbers_are_never_taken_for_repeats(tmp_path: Path) -> None:
    assert len(only(claims(tmp_path, line(Line=None), line(Line=None))).claim_lines) == 2


def test_a_row_repeated_in_every_column_counts_once_unless_numbered(tmp_path: Path) -> None:
    alike = line(Line=None, Charge="100.00")
    result = claims(tmp_path, alike, alike, line(Line=None, Charge="100.00", Mod_1="59"))
    assert [x.modifiers for x in only(result).claim_lines] == [(), ("59",)]
    (row,) = result.ledger.rows
    assert (row.row, row.disposition) == (3, "superseded")
    assert row.reason == "repeats a.xlsx · claims · row 2 in every column"
    assert row.remedy == "where both were billed, give each a line number of its own"
    assert result.ledger.problems == (
        "a.xlsx · claims: rows that repeat an earlier row in every column and have no line number, "
        "used once: where both were billed, give each a line number of its own (1 in all, first "
        "at C3).",
    )
    numbered = claims(tmp_path, line(Charge="100.00"), line(Line=2, Charge="100.00"))
    assert len(only(numbered).claim_lines) == 2


def test_an_unnumbered_line_and_its_reversal_leave_its_twin(tmp_path: Path) -> None:
    alike = {"Line": None, "Charge": "100.00"}
    result = claims(tmp_path, line(**alike), line(**alike), line(**alike, Units=-1))
    assert len(only(result).claim_lines) == 1


BILL = ("Account", "Claim", "TOB", "Line", "HCPCS", "Units", "Charge", "Service Date", "Paid Date")


def bill(claim: str, tob: str, units: int = 1, code: str = "96365", **more: str) -> tuple[Any, ...]:
    return ("A1", claim, tob, 1, code, units, 100, more.get("day", "09/01/2026"), more.get("paid"))


@pytest.mark.parametrize(
    ("bills", "left", "reasons"),
    [
        ([bill("C1", "0131"), bill("C2", "0137", 2)], ["2"],
         {2: "replaced by the later bill of a.xlsx · claims · row 3"}),
        ([bill("C2", "0137", 2), bill("C1", "0131")], ["2"],
         {3: "replaced by the later bill of a.xlsx · claims · row 2"}),
        ([bill("C1", "131"), bill("C1", "137", 2)], ["2"],
         {2: "replaced by the later bill of a.xlsx · claims · row 3"}),
        ([bill("C1", "131"), bill("C2", "138")], [],
         {2: "voided by the later bill of a.xlsx · claims · row 3",
          3: "voids a.xlsx · claims · row 2"}),
        ([bill("C1", "131", 3), bill("C2", "138", -3), bill("C3", "131", 2)], ["2"],
         {2: "voided by the later bill of a.xlsx · claims · row 3",
          3: "voids a.xlsx · claims · row 2"}),
        ([bill("C1", "131"), bill("C2", "137", 2, paid="10/01/2026"),
          bill("C3", "137", 3, paid="11/01/2026")], ["3"],
         {2: "replaced by the later bill of a.xlsx · claims · row 3",
          3: "replaced by the later bill of a.xlsx · claims · row 4"}),
        # another month, another kind of bill, a void of a bill that is not here
        ([bill("C1", "131"), bill("C2", "137", 2, day="10/01/2026")], ["1", "2"], {}),
        ([bill("C1", "851"), bill("C2", "137", 2)], ["1", "2"], {}),
        ([bill("C1", "131", day="10/01/2026"), bill("C2", "138")], ["1"],
         {3: "voids a bill that no file has"}),
        ([bill("C1", "131", 3), bill("C2", "131", 2), bill("C3", "138", 4)], ["2", "3"],
         {4: "voids a bill that cannot be told"}),
    ],
)  # fmt: skip
def test_later_bills_replace_or_void_earlier_ones(
    tmp_path: Path, bills: list[tuple[Any, ...]], left: list[str], reasons: dict[int, str]
) -> None:
    log = [("Account", *LOG[1:]), ("A1", *TIMED[1:])]
    result = load([book(tmp_path / "a.xlsx", {"claims": [BILL, *bills], "log": log})], PROFILE)
    lines = [x for e in result.encounters for x in e.claim_lines]
    assert sorted(str(x.units) for x in lines) == left
    assert {row.row: row.reason for row in result.ledger.rows} == reasons
    assert {row.disposition for row in result.ledger.rows} <= {"superseded"}
    assert {row.column for row in result.ledger.rows} <= {"C"}
    if reasons:
        said = "rows of bills that a later bill of the account replaces or voids "
        assert f"{said}({len(reasons)} in all" in " ".join(result.ledger.problems)


def test_a_line_taken_back_goes_with_the_one_that_takes_it_back(tmp_path: Path) -> None:
    result = claims(tmp_path, line(), line(Line=2, Units=-1), line(Line=3, Units=2))
    assert [x.line_number for x in only(result).claim_lines] == ["3"]
    assert [row[:2] for row in fates(result)] == [(2, "superseded"), (3, "superseded")]
    rows = [
        ("TX_ID", "ORIG_REV_TX_ID", "Encounter", "HCPCS", "Units", "Service Date"),
        ("T1", None, "E1", "96365", 1, "09/01/2026"),
        ("T2", None, "E1", "96365", 1, "09/01/2026"),
        ("T3", "T2", "E1", "96365", 1, "09/02/2026"),
    ]
    linked = load([book(tmp_path / "b.xlsx", {"c": rows, "log": [LOG, TIMED]})], PROFILE)
    assert len(only(linked).claim_lines) == 1
    assert [row[0] for row in fates(linked)] == [3, 4]


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ({"HCPCS": "infusion"}, "E"),
        ({"Units": "two"}, "H"),
        ({"Service_Date": "September"}, "J"),
        ({"Rev_Code": "ED"}, "D"),
        ({"Claim": "1.23E+09"}, "A"),
    ],
)
def test_a_line_that_cannot_be_read_is_rejected_at_its_cell(
    tmp_path: Path, said: dict[str, object], column: str
) -> None:
    result = claims(tmp_path, line(), line(Line=2, **said))
    (row,) = result.ledger.rows
    assert (row.row, row.column, row.disposition) == (3, column, "rejected")
    assert row.value == next(iter(said.values()))
    assert row.remedy
    (problem,) = result.ledger.problems
    assert f"first at {column}3" in problem
    assert str(row.value) not in problem


def test_a_charge_that_cannot_be_read_costs_the_cell_only(tmp_path: Path) -> None:
    result = claims(tmp_path, line(Charge="n/c"))
    assert only(result).claim_lines[0].charge is None
    assert result.ledger.rows == ()
    assert result.ledger.problems == (
        "a.xlsx · claims: cells of “Charge” left out, because each cannot be read as a number "
        "(1 in all, first at I2).",
    )


@pytest.mark.parametrize("blank", ["", "  ", "N/A", "-", "***", "null", "\u00a0"])
def test_missing_words_are_none(tmp_path: Path, blank: str) -> None:
    (one,) = only(claims(tmp_path, line(HCPCS=blank, Rev_Code="450"))).claim_lines
    assert one.hcpcs is None


# ── rows with start and stop ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "route", "method", "expected"),
    [
        (("E1", "ceftriaxone", "08:00", "08:40", "IVPB"), Route.IV, Method.INFUSION,
         "08:00-08:40A"),
        (("E1", "ceftriaxone", "08:00", "08:40", "IV"), Route.IV, Method.INFUSION, "08:00-08:40A"),
        (("E1", "ceftriaxone", "08:00", None, "IV"), Route.IV, None, "08:00--E"),
        (("E1", "ceftriaxone", None, "08:40", "IV"), Route.IV, Method.INFUSION, "--08:40A"),
        (("E1", "morphine", "08:00", "08:02", "IV push"), Route.IV, Method.PUSH, "08:00-08:02A"),
        (("E1", "enoxaparin", "08:00", "08:02", "SubQ"), Route.SC, Method.INJECTION,
         "08:00-08:02A"),
        (("E1", "morphine", "08:00", "09:00", "SubQ infusion"), Route.SC, Method.INFUSION,
         "08:00-09:00A"),
        (("E1", "acetaminophen", "08:00", None, "PO"), Route.OTHER, None, "08:00--E"),
    ],
)  # fmt: skip
def test_rows_make_administrations(
    tmp_path: Path, row: tuple[str | None, ...], route: Route, method: Method, expected: str
) -> None:
    encounter, drug, start, stop, way = row
    times = [DAY + time if time else None for time in (start, stop)]
    (one,) = given(tmp_path, (encounter, drug, *times, way), header=LOG)
    assert (one.route, one.method, runs(one)) == (route, method, expected)


def test_a_plain_volume_by_vein_is_an_infusion(tmp_path: Path) -> None:
    row = ("E1", "0.9% sodium chloride", DAY + "08:00", None, "IV", 1000, "mL")
    (one,) = given(tmp_path, row, header=(*LOG, "Dose", "Dose Unit"))
    assert (one.method, one.volume) == (Method.INFUSION, 1000)


def test_rows_of_one_bag_are_segments_unless_they_overlap(tmp_path: Path) -> None:
    header = (*LOG, "Bag ID")

    def row(start: str, stop: str, bag: str) -> tuple[str, ...]:
        return ("E1", "ceftriaxone", DAY + start, DAY + stop, "IVPB", bag)

    apart = given(tmp_path, row("08:00", "08:20", "B1"), row("08:30", "08:50", "B1"), header=header)
    assert [runs(a) for a in apart] == ["08:00-08:20A 08:30-08:50A"]
    touching = given(
        tmp_path, row("08:00", "08:20", "B"), row("08:20", "08:50", "B"), header=header
    )
    assert [runs(a) for a in touching] == ["08:00-08:20A 08:20-08:50A"]
    other = given(tmp_path, row("08:00", "08:20", "B1"), row("08:30", "08:50", "B2"), header=header)
    assert len(other) == 2
    both = (row("08:00", "08:40", "B1"), row("08:30", "08:50", "B1"))
    overlap = given(tmp_path, *both, header=header)
    assert len(overlap) == 2


def test_a_row_saved_later_corrects_the_one_with_its_id(tmp_path: Path) -> None:
    header = (*LOG, "Administration ID", "Saved Time")
    rows = [
        ("E1", "ceftriaxone", DAY + "08:00", DAY + "08:30", "IVPB", "A1", DAY + "09:00"),
        ("E1", "ceftriaxone", DAY + "08:00", DAY + "08:40", "IVPB", "A1", DAY + "11:00"),
    ]
    for log in (rows, rows[::-1]):
        result = loaded(tmp_path, log=[header, *log])
        assert [runs(a) for a in only(result).administrations] == ["08:00-08:40A"]
        assert [r.disposition for r in result.ledger.rows] == ["superseded"]


def test_rows_marked_as_not_current_or_not_given(tmp_path: Path) -> None:
    header = (*LOG, "Status", "Action")
    rows = [
        (*TIMED, "Rewritten", None),
        (*TIMED, "Auth (Verified)", "Given"),
        ("E1", "cefepime", DAY + "10:00", None, "IVPB", None, "Refused"),
    ]
    result = loaded(tmp_path, log=[header, *rows])
    assert [a.drug for a in only(result).administrations] == ["ceftriaxone"]
    assert fates(result) == [(2, "superseded", "the record marks it “Rewritten”")]
    twiddled = [(*TIMED, None, "Twiddled"), ("E2", *TIMED[1:], None, "Twiddled")]
    with pytest.raises(InputError, match=r"Twiddled \(2 rows\)"):
        loaded(tmp_path, log=[header, *twiddled])


# ── numbers ───────────────────────────────────────────────────────────────────────────────────

BY_ACCOUNT = [("Patient Control No", "Line", "HCPCS", "Units", "Service Date"),
              ("0077", 1, "96365", 1, "09/01/2026")]  # fmt: skip
STAY = ("CSN", "HAR", "MRN", "Arrival Time", "Discharge Time")


def orphans(result: Loaded) -> list[tuple[str, str, str]]:
    return [(o.encounter_id, o.missing, o.cell) for o in result.ledger.orphans]


def joined(folder: Path, **sheets: list[tuple[object, ...]]) -> Loaded:
    return load([book(folder / "a.xlsx", {"claims": BY_ACCOUNT, **sheets})], PROFILE)


def test_a_crosswalk_ties_accounts_to_encounters(tmp_path: Path) -> None:
    log, crosswalk = [LOG, TIMED], [("HAR", "CSN"), ("0077", "E1")]
    result = joined(tmp_path, log=log, crosswalk=crosswalk)
    assert [(e.encounter_id, e.account_id) for e in result.encounters] == [("E1", "0077")]
    assert orphans(result) == []


def test_claims_and_record_may_share_the_account_alone(tmp_path: Path) -> None:
    log = [("FIN", *LOG[1:]), ("0077", *TIMED[1:])]
    assert [e.encounter_id for e in joined(tmp_path, log=log).encounters] == ["0077"]


def test_both_sides_without_a_counterpart_are_used_and_listed(tmp_path: Path) -> None:
    result = joined(tmp_path, log=[LOG, TIMED])
    assert [e.encounter_id for e in result.encounters] == ["0077", "E1"]
    assert orphans(result) == [
        ("0077", "administration record", "a.xlsx · claims · A2"),
        ("E1", "claim", "a.xlsx · log · A2"),
    ]
    assert result.ledger.problems == (
        "a.xlsx · claims: encounters billed that have no record: add the record of the unit that "
        "treated them, or the numbers that tie their accounts to it (1 in all, first at A2).",
        "a.xlsx · log: encounters with a record that are not billed: add their claims, or the "
        "numbers that tie their accounts to them (1 in all, first at A2).",
    )


def test_lost_leading_zeros_are_suspected_and_not_repaired(tmp_path: Path) -> None:
    result = joined(tmp_path, log=[("FIN", *LOG[1:]), ("77", *TIMED[1:])])
    assert len(result.encounters) == 2
    assert any("differ in leading zeros only" in problem for problem in result.ledger.problems)


def test_an_account_with_two_encounters_is_told_apart_by_its_date(tmp_path: Path) -> None:
    stays = [STAY, ("E1", "0077", "M1", DAY + "07:00", DAY + "12:00"),
             ("E2", "0077", "M1", "09/05/2026 07:00", "09/06/2026 12:00")]  # fmt: skip
    result = joined(tmp_path, log=[LOG, TIMED], stays=stays)
    assert len(only(result).claim_lines) == 1
    stays[2] = ("E2", "0077", "M1", DAY + "13:00", DAY + "18:00")
    unclear = joined(tmp_path, log=[LOG, TIMED], stays=stays)
    assert not only(unclear).claim_lines
    assert [row.reason for row in unclear.ledger.rows] == [
        "belongs to a number with several encounters, and its date does not tell which"
    ]


def test_a_patient_number_alone_needs_an_encounter_of_that_day(tmp_path: Path) -> None:
    log = [("MRN", *LOG[1:]), ("M1", *TIMED[1:]), ("M2", *TIMED[1:])]
    stays = [STAY, ("E1", "0077", "M1", DAY + "07:00", DAY + "12:00")]
    result = joined(tmp_path, log=log, stays=stays)
    assert len(only(result).administrations) == 1
    assert [(r.row, r.reason) for r in result.ledger.rows] == [
        (3, "has no encounter, account or known patient number")
    ]


def test_an_order_without_encounter_follows_its_number(tmp_path: Path) -> None:
    log = [(*LOG, "Order #"), (*TIMED, "O1")]
    orders = [("Order #", "Drug", "Ordered At", "Duration", "Volume"),
              ("O1", "ceftriaxone", DAY + "07:00", "1 hr", "50 mL")]  # fmt: skip
    (order,) = only(joined(tmp_path, log=log, orders=orders)).orders
    assert (order.order_id, order.duration, order.volume) == ("O1", 60, 50)


# ── stays, access sites, the formulary ────────────────────────────────────────────────────────


def test_a_stay_and_its_neighbour_of_the_same_day(tmp_path: Path) -> None:
    stays = [
        (*STAY, "Observation Start", "Arrival Mode"),
        ("E1", None, "M1", DAY + "07:00", DAY + "12:00", DAY + "09:00", "EMS"),
        ("E2", None, "M1", DAY + "18:00", None, None, "Walk-in"),
        ("E3", None, "M1", "09/02/2026 18:00", None, None, None),
        ("E4", None, "M2", DAY + "18:00", None, None, None),
    ]
    one = only(loaded(tmp_path, log=[LOG, TIMED], stays=stays))
    times = (one.arrived_at, one.observation_start, one.discharged_at)
    assert [clock(time) for time in times] == ["07:00", "09:00", "12:00"]
    assert (one.arrival_mode, one.patient_id) == ("EMS", "M1")
    assert [o.encounter_id for o in one.other_encounters] == ["E2"]


def test_one_claim_may_bill_two_visits_of_a_day(tmp_path: Path) -> None:
    stays = [STAY, ("E1", "A1", "M1", DAY + "07:00", DAY + "12:00"),
             ("E2", "A2", "M1", DAY + "18:00", None)]  # fmt: skip
    log = [LOG, TIMED, ("E2", "cefepime", DAY + "18:00", DAY + "18:40", "IVPB")]
    first, second = loaded(tmp_path, claims=CLAIM, log=log, stays=stays).encounters
    assert first.charted_without_claim in first.other_encounters
    assert second.charted_without_claim is None  # the first has a claim
    both = [*CLAIM, ("C2", "E2", "1", "96365", 1, "09/01/2026")]
    first, _ = loaded(tmp_path, claims=both, log=log, stays=stays).encounters
    assert first.charted_without_claim is None


def test_rows_of_one_stay_add_up_or_contradict(tmp_path: Path) -> None:
    stays = [
        STAY,
        ("E1", None, "M1", DAY + "07:00", None),
        ("E1", None, "M1", None, DAY + "12:00"),
        ("E1", None, "M1", DAY + "07:30", None),
    ]
    result = loaded(tmp_path, log=[LOG, TIMED], stays=stays)
    one = only(result)
    assert [clock(t) for t in (one.arrived_at, one.discharged_at)] == ["07:00", "12:00"]
    (row,) = result.ledger.rows
    assert (row.row, row.column, row.disposition) == (4, "D", "rejected")


def test_a_date_without_time_costs_a_stay_only_that_cell(tmp_path: Path) -> None:
    stays = [STAY, ("E1", None, "M1", DAY + "07:00", "09/01/2026")]
    result = loaded(tmp_path, log=[LOG, TIMED], stays=stays)
    assert (clock(only(result).arrived_at), only(result).discharged_at) == ("07:00", None)
    assert any("has a date but no time of day" in problem for problem in result.ledger.problems)


def test_a_far_removal_means_still_in(tmp_path: Path) -> None:
    lines = [("CSN", "Site", "Placed", "Removed", "Reason"),
             ("E1", "R AC", DAY + "07:10", "2157-11-19 00:00", "infiltrated"),
             ("E1", "L AC", DAY + "07:30", DAY + "11:00", None)]  # fmt: skip
    first, second = only(loaded(tmp_path, log=[LOG, TIMED], lines=lines)).access_sites
    assert (first.removed_at, clock(second.removed_at)) == (None, "11:00")
    assert (first.site, first.reason, first.access_id) == ("R AC", "infiltrated", "R AC")


def test_the_pharmacys_class_wins(tmp_path: Path) -> None:
    drugs = [("Drug", "Class"), ("Ceftriaxone 1 g vial", "Chemo"), ("zzmab", "Biologic"),
             ("other", "Sweets")]  # fmt: skip
    rows = [LOG, TIMED, ("E1", "zzmab", DAY + "09:00", DAY + "10:00", "IV")]
    result = loaded(tmp_path, log=rows, drugs=drugs)
    assert [a.drug_class for a in only(result).administrations] == [
        DrugClass.ANTINEOPLASTIC, DrugClass.BIOLOGIC
    ]  # fmt: skip
    assert [(r.row, r.column, r.reason) for r in result.ledger.rows] == [
        (4, "B", "is no class of drugs")
    ]
    (shipped,) = only(loaded(tmp_path, log=[LOG, TIMED])).administrations
    assert shipped.drug_class is DrugClass.THERAPEUTIC


# ── the whole ─────────────────────────────────────────────────────────────────────────────────


def test_supplied_names_the_columns_that_checks_ask_for(tmp_path: Path) -> None:
    event = ("Encounter", "Order ID", "Drug", "Time", "Action", "Route")
    mar = [event, ("E1", "O1", "morphine", DAY + "08:00", "Given", "IV push")]
    supplied = loaded(tmp_path, mar=mar).supplied
    assert {"administration.start", "administration.stop", "administration.drug"} <= supplied
    assert {"claim_line.hcpcs", "claim_line.units"} <= supplied
    assert not {"administration.site", "order.drug", "claim_line.modifiers"} & supplied
    local = PROFILE.model_copy(update={"facility": "Harbor Street", "mac": "NGS"})
    result = loaded(tmp_path, local, mar=mar)
    assert {"encounter.facility", "encounter.mac"} <= result.supplied
    assert (only(result).facility, only(result).mac) == ("Harbor Street", "NGS")
    assert only(result).supplied == result.supplied


FIRST_AND_LATER = [
    ("modifiers", ("Mod 1", "Mod 2"), True),
    ("modifiers", ("Modifiers",), True),
    ("modifiers", ("Mod 2",), False),
    ("modifiers", ("MODIFIER_2", "MODIFIER_3"), False),
    ("modifiers", ("Second Modifier",), False),
    ("modifiers", ("Mod 2", "Mod 10"), False),
    ("modifiers", ("Modifier 10",), False),
    ("diagnosis_codes", ("ICD-10",), True),  # a number in a name counts no columns
    ("diagnosis_codes", ("FL 67",), True),
    ("diagnosis_codes", ("ICD10", "Dx 2"), True),
    ("diagnosis_codes", ("Dx 1", "Dx 2"), True),
    ("diagnosis_codes", ("Dx 2",), False),
]


@pytest.mark.parametrize(("field", "headers", "supplied"), FIRST_AND_LATER)
def test_later_columns_without_the_first_supply_nothing(
    field: str, headers: tuple[str, ...], supplied: bool, tmp_path: Path
) -> None:
    value = {"modifiers": "59", "diagnosis_codes": "E86.0"}[field]
    rows = [("Encounter", "HCPCS", "Units", "Service Date", *headers),
            ("E1", "96365", 1, "2026-09-01", value)]  # fmt: skip
    result = loaded(tmp_path, claims=rows, log=[LOG, TIMED])
    assert (f"claim_line.{field}" in result.supplied) is supplied
    told = [said for said in result.ledger.problems if "no column before" in said]
    assert bool(told) is not supplied


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    rows = [LINE, line(), line(), line(Units="x"), line(Line=2, Encounter=None, Claim="C2"), (),
            ("Total",)]  # fmt: skip
    log = [LOG, TIMED, TIMED, (None, *TIMED[1:]), ("E1", None, *TIMED[2:])]
    result = load([book(tmp_path / "a.xlsx", {"claims": rows, "log": log})], PROFILE)
    sheets = result.ledger.sheets
    counts = {s.sheet: (s.rows_read, s.used, s.superseded, s.rejected) for s in sheets}
    assert counts == {"claims": (5, 1, 1, 3), "log": (4, 1, 1, 2)}
    unused = sum(s.superseded + s.rejected for s in sheets)
    assert len(result.ledger.rows) == unused == len({(r.sheet, r.row) for r in result.ledger.rows})


def test_the_ledger_knows_how_columns_were_read(tmp_path: Path) -> None:
    (sheet, _) = claims(tmp_path, line(Mod_1="59")).ledger.sheets
    assert sheet.columns == {
        "Claim": "claim_id", "Encounter": "encounter_id", "Line": "line_number",
        "Rev Code": "revenue_code", "HCPCS": "hcpcs", "Mod 1": "modifiers", "Mod 2": "modifiers",
        "Units": "units", "Charge": "charge", "Service Date": "service_date",
    }  # fmt: skip


def test_no_value_of_a_cell_reaches_the_terminal(tmp_path: Path) -> None:
    secret = "Zebulon-4711"
    log = [LOG, (secret, secret, DAY + secret, secret, secret)]
    with pytest.raises(InputError) as refused:
        load([book(tmp_path / "a.xlsx", {"claims": CLAIM, "log": log})], PROFILE)
    assert secret not in str(refused.value)


def test_the_same_file_given_twice_is_read_once(tmp_path: Path) -> None:
    claims = text(tmp_path / "claims.csv", CLAIM)
    log, copy = (text(tmp_path / f"{name}.csv", [LOG, TIMED]) for name in ("log", "log copy"))
    result = load([claims, log, copy, tmp_path / "." / "claims.csv"], PROFILE)
    assert result.ledger.problems == (
        "log copy.csv: has the same content as log.csv and was not read again.",
        "claims.csv: was given twice and read once.",
    )
    assert [sheet.file for sheet in result.ledger.sheets] == ["claims.csv", "log.csv"]
    assert result.ledger.gaps == () and result.ledger.rows == ()


def test_lines_and_their_record_supply_the_site(tmp_path: Path) -> None:
    log = [(*LOG, "LDA"), (*TIMED, "L1")]
    lines = [("Encounter", "LDA ID", "Site", "Placed"), ("E1", "L1", "R AC", DAY + "07:00")]
    with_record = loaded(tmp_path, log=log, lines=lines)
    assert "administration.site" in with_record.supplied
    assert site_record(only(with_record), Policy()).sites == ("R AC",)
    assert "administration.site" not in loaded(tmp_path, log=log).supplied


def test_a_sheet_with_nothing_but_its_header_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"month\.xlsx · log: has a header and no row below it\."):
        loaded(tmp_path, log=[LOG])


def test_the_same_rows_from_two_files_count_once(tmp_path: Path) -> None:
    other = ("E1", "cefepime", DAY + "10:00", DAY + "10:40", "IVPB")
    paths = [text(tmp_path / f"{name}.csv", rows) for name, rows in
             (("claims", CLAIM), ("claims2", [*CLAIM, (*CLAIM[1][:2], 2, *CLAIM[1][3:])]),
              ("log", [LOG, TIMED]), ("log2", [LOG, TIMED, other]))]  # fmt: skip
    result = load(paths, PROFILE)
    assert (len(only(result).claim_lines), len(only(result).administrations)) == (2, 2)
    assert [(r.file, r.disposition) for r in result.ledger.rows] == [
        ("claims2.csv", "superseded"), ("log2.csv", "superseded")
    ]  # fmt: skip
