"""The money: claims priced as a table says, encounters in both directions, and no dollars."""

from __future__ import annotations

import csv
import json
import random
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import checks
from auditor.check import Check, discover
from auditor.coding import Support, supported
from auditor.load.ledger import Ledger
from auditor.money import Impact, Price, Service, impact_of, price
from auditor.money.impact import _LEFT_TO_A_PERSON
from auditor.money.off_campus import off_campus_shares
from auditor.money.price import rate_of
from auditor.policy import Policy, policy_from
from auditor.record import Encounter
from auditor.report import write_audit
from auditor.report.case import Case, cases_of
from auditor.report.data import finding_texts, write_findings
from auditor.report.money import NO_DOLLARS, effects_of, money_of, money_sentence
from auditor.run import run
from auditor.tables.attach import attach
from auditor.tables.codes import ADMINISTRATION_CODES, codes
from auditor.tables.published import (
    CodeTable,
    Edition,
    Kind,
    OppsRate,
    PublicTables,
    QuarterTables,
)
from auditor.tables.quarter import Quarter
from auditor.tables_cli import read_table
from tests.cases import EVERY_FIELD, encounter
from tests.random_encounters import random_encounter, random_policy
from tests.test_coding_properties import billed_as_supported

ROOT = Path(__file__).parent.parent
ADDENDUM_B = Path(__file__).parents[2] / "shared/data/cms/opps_addendum_b_2025_10.csv"
CASES = yaml.safe_load(Path(__file__).with_name("money.yaml").read_text(encoding="utf-8"))
BATTERY = discover(checks)
BEARING = [check for check in BATTERY if check.payment]


def amount(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def rate(code: str, row: list[Any]) -> OppsRate:
    status, apc, pays, own = (*row, None, None, None)[:4]
    return OppsRate(
        code,
        status,
        None if apc is None else str(apc),
        payment_rate=amount(pays),
        minimum_copayment=amount(own),
    )


RATES = {str(code): rate(str(code), row) for code, row in CASES["rates"].items()}


def tables_of(rates: dict[str, OppsRate], *quarters: str) -> PublicTables:
    return PublicTables(
        {
            (quarter := Quarter.said(text)): QuarterTables(
                addendum_b=CodeTable(Edition(Kind.ADDENDUM_B, quarter), rates)
            )
            for text in quarters
        }
    )


TABLES = tables_of(RATES, "2025Q4", "2026Q1", "2026Q3", "2026Q4")


def service(text: object) -> Service:
    """``96372-PO x2 on 10-02``, of 2025 unless it names the year."""
    line, _, day = str(text).partition(" on ")
    code, _, units = line.partition(" x")
    hcpcs, *modifiers = code.split("-")
    on = day if len(day) > 5 else f"2025-{day or '10-01'}"
    return Service(hcpcs, int(units or 1), tuple(modifiers), date.fromisoformat(on))


def named(entries: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", entries, ids=lambda case: case["says"])


@named(CASES["prices"])
def test_a_claim_is_paid_as_the_table_says(case: dict[str, Any]) -> None:
    policy = Policy(rural_sole_community=case.get("rural", False))
    paid = price(map(service, case["claim"]), TABLES, policy)
    if case["pays"] == "comprehensive":
        assert paid is None
        return
    assert paid is not None
    total, own = (Decimal(part) for part in case["pays"].split(" / "))
    assert (paid.total, paid.copayment, paid.medicare) == (total, own, total - own)
    assert list(paid.unpriced) == list(map(str, case.get("not priced", [])))


def test_the_national_copayment_goes_before_the_minimum() -> None:
    row = OppsRate("96360", "S", "5693", None, Decimal(100), Decimal(35), Decimal(20))
    paid = price([service("96360")], tables_of({"96360": row}, "2025Q4"), Policy())
    assert paid is not None and (paid.copayment, paid.medicare) == (Decimal(35), Decimal(65))


def test_cents_are_rounded_once_for_the_claim() -> None:
    """Three units in one line or in three are paid alike, and the two parts add up."""
    row = OppsRate("96361", "S", "5691", None, Decimal("46.137"), None, Decimal("9.225"))
    tables = tables_of({"96361": row}, "2025Q4")
    one = price([service("96361 x3")], tables, Policy())
    three = price([service("96361")] * 3, tables, Policy())
    assert one is not None and three is not None
    assert one.total == three.total == Decimal("138.41")
    assert one.copayment == three.copayment == Decimal("27.68")
    assert one.medicare + one.copayment == one.total


def test_a_price_shows_each_line() -> None:
    paid = price(map(service, ["96360-PN", "96372-PN", "J1745 x40"]), TABLES, Policy())
    assert paid is not None
    assert list(map(str, paid.lines)) == [
        "96360 (S) $40.00 at 40%",
        "96372 (Q1) packaged",
        "J1745 ×40 (K) $200.00",
    ]


def test_every_share_is_dated_and_has_its_source() -> None:
    shares = off_campus_shares()
    assert {(entry.modifier, entry.effective, entry.share) for entry in shares} == {
        ("PN", date(2018, 1, 1), Decimal("0.4")),
        ("PO", date(2026, 1, 1), Decimal("0.4")),
    }
    assert all(entry.source for entry in shares)


# -- encounters ------------------------------------------------------------------------------------


def judged(case: dict[str, Any], tables: PublicTables = TABLES) -> Case:
    billed = [str(row) if isinstance(row, int) else row for row in case["billed"]]
    billed = [{**row, "code": str(row["code"])} if isinstance(row, dict) else row for row in billed]
    policy = policy_from(case.get("policy", {}))
    stay = attach(encounter({**case, "billed": billed}), tables)
    audit = run([stay], BATTERY, policy, EVERY_FIELD, strict=True)
    (made,) = cases_of(audit, {stay.encounter_id: supported(stay, policy)})
    return made


@named(CASES["encounters"])
def test_an_encounter_has_the_money_that_the_table_says(case: dict[str, Any]) -> None:
    made = judged(case)
    impact = made.impact
    difference = amount(case.get("difference"))
    assert (impact.difference, impact.because[: len(case.get("because", ""))]) == (
        difference,
        case.get("because", ""),
    )
    if difference is None:
        assert (impact.billed, impact.supported, effects_of([made])) == (None, None, {})
        return
    assert sorted({finding.check.id for finding in impact.findings}) == sorted(case["by"])
    alone = len(impact.findings) == 1
    assert list(effects_of([made]).values()) == ([difference] if alone else [])
    for side, paid in (("billed pays", impact.billed), ("supported pays", impact.supported)):
        if side in case:
            assert paid is not None and paid.total == case[side]
    if "copayment" in case:
        own = amount(case["copayment"])
        assert own is not None
        assert (impact.copayment_difference, impact.medicare_difference) == (own, difference - own)


def test_a_supported_service_needs_the_table_of_its_own_date() -> None:
    case = {
        "billed": [{"code": 96365, "dated": date(2025, 10, 1)}],
        "given": [{"drug": "ceftriaxone", "from": "09:00", "to": "09:30"}],
    }
    alone = judged(case, tables_of(RATES, "2025Q4"))
    assert alone.impact.because == "OPPS Addendum B of 2026Q3 is not loaded"


def test_the_audit_counts_both_directions_apart() -> None:
    chosen = [
        "hours that the minutes do not support are billed too much",
        "hydration without an order earns nothing",
        "a push that was not billed is billed too little",
        "the claim is what the record supports",
        "observation of eight hours packages everything",
        "Maryland",
        "no claim",
    ]
    by_name = {case["says"]: case for case in CASES["encounters"]}
    money = money_of([judged(by_name[name]) for name in chosen])
    assert (money.encounters, money.priced, money.agreeing, money.comprehensive) == (7, 5, 2, 1)
    over, under, net = money.overpaid, money.underpaid, money.net
    assert (over.encounters, over.total, over.medicare, over.copayment) == (2, 120, 96, 24)
    assert (under.encounters, under.total, under.medicare, under.copayment) == (1, 10, 8, 2)
    assert (net.encounters, net.total, net.medicare, net.copayment) == (3, 110, 88, 22)
    assert money.explained == 3
    assert dict(money.reasons) == {
        "a Maryland hospital is paid under the state's system, not by OPPS rates": 1,
        "the encounter has no claim line with a code": 1,
    }
    assert money.sentence == (
        "Of 7 encounters, 5 could be priced: 2 billed $120.00 too much ($24.00 of it copayment), "
        "1 billed $10.00 too little ($2.00 of it copayment); net $110.00 too much."
    )


def test_an_undetermined_result_leaves_a_difference_unsettled() -> None:
    made = judged(
        {
            "billed": ["96365", "96374-59"],
            "given": [
                {"drug": "ceftriaxone", "from": "09:00", "to": "09:30", "site": "left forearm"},
                {"drug": "ondansetron", "how": "push", "from": "10:00", "site": "right hand"},
            ],
        }
    )
    assert made.impact.difference == 90
    assert {finding.check.id for finding in made.impact.open_results} >= {
        "separate_access_site_unconfirmed"
    }
    assert money_of([made]).unsettled.total == 90


def test_without_a_table_the_summary_says_how_to_load_one() -> None:
    bare = [judged(CASES["encounters"][0], PublicTables())]
    assert money_sentence(money_of(bare), bare) == NO_DOLLARS
    assert "auditor tables add" in NO_DOLLARS


def test_with_a_table_the_summary_says_why_nothing_was_priced() -> None:
    unpriced = [judged(next(c for c in CASES["encounters"] if c["says"] == "no claim"))]
    assert money_sentence(money_of(unpriced), unpriced) == (
        "No dollars: none of 1 encounter could be priced: the encounter has no claim line with a "
        "code (1)."
    )


# -- properties ------------------------------------------------------------------------------------

SAME_RATES = {code: OppsRate(code, "N") for code in ADMINISTRATION_CODES} | {
    code: row for code, row in RATES.items() if row.payment_rate is not None
}
CALENDAR = tables_of(
    SAME_RATES, *(f"{year}Q{number}" for year in range(2024, 2029) for number in range(1, 5))
)
seeds = st.integers(0, 2**32)


def impact_without_findings(some: Encounter, support: Support, policy: Policy) -> Impact:
    return impact_of(attach(some, CALENDAR), support, (), (), policy)


@settings(max_examples=300, deadline=None)
@given(seeds, seeds, st.sampled_from([(), ("PO",), ("PN",)]))
def test_a_claim_that_bills_what_is_supported_has_no_difference(
    encounter_seed: int, policy_seed: int, department: tuple[str, ...]
) -> None:
    some = random_encounter(random.Random(encounter_seed))
    policy = replace(random_policy(random.Random(policy_seed)), payment_window_days=0)
    billed = in_department(billed_as_supported(some, policy), department)
    impact = impact_without_findings(billed, supported(billed, policy), policy)
    if impact.difference is None:  # nothing was billed, or a drug of the record has no class
        assert not billed.claim_lines or "not classified" in impact.because
        return
    assert impact.difference == 0
    assert impact.billed is not None and impact.supported is not None
    assert impact.billed.medicare == impact.supported.medicare


def in_department(some: Encounter, modifiers: tuple[str, ...]) -> Encounter:
    lines = tuple(
        replace(line, modifiers=(*line.modifiers, *modifiers)) for line in some.claim_lines
    )
    return replace(some, claim_lines=lines)


@settings(max_examples=300, deadline=None)
@given(seeds)
def test_no_record_supports_what_is_left_to_a_person(seed: int) -> None:
    some = random_encounter(random.Random(seed))
    policy = random_policy(random.Random(seed))
    assert not {line.code for line in supported(some, policy).lines} & _LEFT_TO_A_PERSON


lines = st.lists(
    st.builds(
        Service,
        st.sampled_from(sorted(RATES)),
        st.integers(0, 9),
        st.sampled_from([(), ("PO",), ("PN",)]),
        st.dates(date(2025, 12, 30), date(2026, 1, 3)),
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(lines, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_never_matters(claim: list[Service], rng: random.Random) -> None:
    """But for equal rates in two departments, of which the first is paid."""
    claim = [Service(s.code, s.units, (), s.service_date) for s in claim]
    one = price(claim, TABLES, Policy())
    other = price(rng.sample(claim, len(claim)), TABLES, Policy())
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert (one.total, one.copayment) == (other.total, other.copayment)


@settings(max_examples=300, deadline=None)
@given(lines)
def test_parts_are_never_negative_and_add_up(claim: list[Service]) -> None:
    paid = price(claim, TABLES, Policy())
    if paid is not None:
        assert paid.total >= paid.copayment >= 0
        assert paid.medicare + paid.copayment == paid.total


# -- the real table, and the method in words -------------------------------------------------------


@cache
def real_rates() -> PublicTables:
    publication = read_table(ADDENDUM_B)
    return tables_of({row.code: row for row in publication.rows}, "2025Q4")


def real_price(*claim: str) -> Price:
    paid = price(map(service, claim), real_rates(), Policy())
    assert paid is not None
    return paid


@pytest.mark.skipif(not ADDENDUM_B.exists(), reason="no public data beside this clone")
def test_claims_are_priced_by_the_real_table() -> None:
    hydration = real_price("96360", "96361 x2", "96372")
    assert (hydration.total, hydration.copayment) == (Decimal("302.97"), Decimal("60.60"))
    assert real_price("96372").total == Decimal("71.17")
    assert real_price("96365-PN", "96366-PN").total == Decimal("102.73")
    assert real_price("99284", "G0378 x7", "96374", "96375").total == Decimal("682.65")
    assert price(map(service, ["99284", "G0378 x8"]), real_rates(), Policy()) is None


@pytest.mark.skipif(not ADDENDUM_B.exists(), reason="no public data beside this clone")
def test_the_real_table_prices_every_code_that_a_record_can_support() -> None:
    current = {
        number
        for number, entry in codes().items()
        if entry.deleted_from is None and number in ADMINISTRATION_CODES
    }
    without = {c for c in current if rate_of(c, date(2025, 10, 1), real_rates()) is None}
    assert without == {"Q0081", "Q0083", "Q0084", "Q0085"}


@pytest.mark.parametrize("check", BEARING, ids=lambda check: check.id)
def test_the_method_names_every_check_that_bears_on_payment(check: Check) -> None:
    page = (ROOT / "docs/money.md").read_text(encoding="utf-8")
    assert f"`{check.id}`" in page


# -- what the outputs show -------------------------------------------------------------------------

SHOWN = (
    "hydration without an order earns nothing",
    "a second initial at one site is paid as a further service",
    "observation of eight hours packages everything",
    "a service that the rules leave to a person",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an audit of four encounters: one alone, three findings, packaged, no dollars."""
    folder = tmp_path_factory.mktemp("money")
    by_name = {case["says"]: case for case in CASES["encounters"]}
    stays = [
        replace(judged(by_name[name]).encounter, encounter_id=f"E{number}")
        for number, name in enumerate(SHOWN, 1)
    ]
    audit = run(stays, BATTERY, Policy(), EVERY_FIELD, strict=True)
    supports = {stay.encounter_id: supported(stay, Policy()) for stay in stays}
    write_audit(audit, Ledger(), cases_of(audit, supports), [], folder, pdf=False)
    return folder


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_workbook_lists_the_money_of_every_encounter(outputs: Path) -> None:
    book = load_workbook(outputs / "audit.xlsx")
    columns = ("Encounter", "Billed", "Supported", "Difference", "Medicare part", "Copayment")
    rows = rows_of(book["Money"])
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("E1", 100, 0, 100, 80, 20),
        ("E2", 200, 110, 90, 72, 18),
        ("E3", None, None, 0, 0, 0),
        ("E4", None, None, None, None, None),
    ]
    assert rows[0]["Findings"].startswith("Hydration without an order (F-")
    assert rows[0]["Priced as billed"] == "96360 (S) $100.00"
    assert rows[0]["Priced as supported"] == "no line"
    assert rows[2]["Reason"].startswith("Comprehensive observation (C-APC 8011)")
    assert rows[3]["Reason"] == "Whether the record supports 96379 is left to a person"
    worklist = rows_of(book["Worklist"])
    assert {
        (row["Encounter"], row["Payment effect"])
        for row in worklist
        if row["Payment effect"] is not None
    } == {("E1", 100), ("E3", 0)}


def test_the_data_files_have_amounts_with_two_places(outputs: Path) -> None:
    with (outputs / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        effects = {
            (row["encounter_id"], row["payment_effect"])
            for row in csv.DictReader(file)
            if row["payment_effect"]
        }
    assert effects == {("E1", "100.00"), ("E3", "0.00")}
    content = json.loads((outputs / "audit.json").read_text(encoding="utf-8"))
    assert content["money"]["overpaid"] == {
        "encounters": 2,
        "total": "190.00",
        "medicare": "152.00",
        "copayment": "38.00",
    }
    assert content["money"]["not_priced"] == {
        "whether the record supports 96379 is left to a person": 1
    }
    (first, *_) = content["encounters"]
    assert (first["money"]["billed"]["total"], first["money"]["difference"]) == ("100.00", "100.00")


def test_a_negative_effect_is_a_number_in_the_data_file(tmp_path: Path) -> None:
    by_name = {case["says"]: case for case in CASES["encounters"]}
    stay = judged(by_name["a push that was not billed is billed too little"]).encounter
    audit = run([stay], BATTERY, Policy(), EVERY_FIELD, strict=True)
    cases = cases_of(audit, {stay.encounter_id: supported(stay, Policy())})
    write_findings(tmp_path / "findings.csv", finding_texts(audit, cases))
    assert ",-10.00," in (tmp_path / "findings.csv").read_text(encoding="utf-8-sig")


def test_the_report_has_a_section_of_money(outputs: Path) -> None:
    page = (outputs / "report.html").read_text(encoding="utf-8")
    words = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())
    assert "Of 4 encounters, 3 could be priced" in words
    assert "Billed too much 2 of 3 $190.00 $152.00 $38.00" in words
    assert "Billed too little 0 of 3 $0.00 $0.00 $0.00" in words
    assert "One finding alone explains the difference in 1 of 2 encounters" in words
    assert "1 encounter of comprehensive observation has no difference" in words
    assert "Whether the record supports 96379 is left to a person 1" in words
    assert "As billed $100.00: 96360 (S) $100.00. As supported $0.00: no line." in words
    assert 'href="#money"' in page
