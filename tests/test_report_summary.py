"""What the summary counts, orders and says."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from report_fixtures import (
    CHECKS,
    MODIFIER,
    NO_STOP,
    ORDERS,
    a_check,
    a_ledger,
    audit_of,
    billed,
    encounter,
    given,
    infusion_without_stop,
    plain_month,
    supports_of,
)

from auditor import Cure, DrugClass, Encounter, Policy, Verdict, deficient
from auditor.check import Check
from auditor.load.ledger import Ledger, LedgerSheet
from auditor.report.case import cases_of
from auditor.report.claims import administration_rows, other_rows
from auditor.report.rate import Rate, wilson
from auditor.report.received import enabling_column, limits_of, reasons_of
from auditor.report.summary import Summary, summarise
from auditor.report.text import amount, count, listed, printable
from auditor.run import Audit
from auditor.tables.ncci_default import default_tables
from auditor.tables.published import PublicTables


def summary_of(audit: Audit, ledger: Ledger | None = None) -> Summary:
    return summarise(audit, cases_of(audit, supports_of(audit)), ledger or a_ledger())


# R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits, total) == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(
    ("hits", "total", "words"),
    [
        (0, 0, "nothing to count"),
        (3, 12, "3 of 12; too few for a rate"),
        (29, 29, "29 of 29; too few for a rate"),
        (30, 30, "100.0% (30 of 30; 95% interval 88.6–100.0%)"),
        (10, 40, "25.0% (10 of 40; 95% interval 14.2–40.2%)"),
    ],
)
def test_a_rate_has_its_denominator_and_is_silent_below_30(
    hits: int, total: int, words: str
) -> None:
    assert Rate(hits, total).words == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 finding"), (0, "0 findings"), (1200, "1,200 findings")],
)
def test_a_count_has_its_noun(number: int, words: str) -> None:
    assert count(number, "finding") == words


@pytest.mark.parametrize(
    ("items", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_a_list_in_words(items: list[str], words: str) -> None:
    assert listed(items) == words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x1fc", "abc"),
        ("tab\tline\n", "tab\tline\n"),
        ("\ud800x\uffff", "x"),
        ("é日ع", "é日ع"),
    ],
)
def test_only_what_a_page_can_hold_is_kept(text: str, kept: str) -> None:
    assert printable(text) == kept


@pytest.mark.parametrize(
    ("number", "words"),
    [("2", "2"), ("2.50", "2.5"), ("1E+2", "100"), ("0.0", "0"), ("NaN", "NaN")],
)
def test_an_amount_is_plain(number: str, words: str) -> None:
    assert amount(Decimal(number)) == words


def test_the_counts_of_the_plain_month() -> None:
    summary = summary_of(audit_of(*plain_month()))
    assert [(n.value, n.label.split(";")[0]) for n in summary.numbers] == [
        ("2 of 4", "encounters have at least one deficiency"),
        ("4 of 7", "billed administration units are not what the record supports"),
        ("1 of 12", "results are undetermined: the record given cannot answer"),
    ]
    lines = {line.check.id: line for line in summary.checks}
    assert [line.check.id for line in summary.checks] == ["no_stop", "modifier", "orders"]
    assert lines["no_stop"].rate == Rate(2, 5)  # of five infusions, none undetermined
    assert lines["modifier"].rate == Rate(1, 6)  # the undetermined one is in no rate
    assert lines["modifier"].result.examined == 7
    assert lines["orders"].status == "not evaluated"
    assert {line.party: (line.share, line.encounters) for line in summary.parties} == {
        "nursing": (Rate(2, 3), 2),
        "coding": (Rate(1, 3), 1),
    }


def test_risks_and_actions_follow_from_the_counts() -> None:
    summary = summary_of(audit_of(*plain_month()))
    assert summary.risks == (
        "Timed infusion billed without a documented stop time: 2 of 5 examined, too few for a "
        "rate; high severity. Much in the same encounters: Modifier 59 unsupported (1). "
        "2 encounters together, 1 with more than one of these.",
        "Incomplete: of 3 checks, 1 could not be evaluated for want of columns or tables. "
        "What they look for may be present and is not counted here.",
        "1 result could turn out either way once the record is complete.",
    )
    assert summary.actions == (
        "Nursing: ask for a dated late entry by the person who gave it, for 2 findings, in "
        "2 encounters (Timed infusion billed without a documented stop time).",
        "Coding: correct the claim, for 1 finding, in 1 encounter (Modifier 59 unsupported).",
        "Data feed: supply a sheet of orders with a column for “ordered at”, so that this can be "
        "checked: Hydration without order.",
    )
    assert summary.money.startswith("No dollars: no price table is loaded. Load OPPS Addendum B")
    assert summary.priced is None


def test_nothing_found_is_said_and_nothing_more() -> None:
    clean = plain_month()[-1]
    summary = summary_of(audit_of(clean, checks=(NO_STOP, MODIFIER)), Ledger())
    assert summary.complete
    assert (
        summary.completeness == "Complete: 2 of 2 checks found something to look at; none failed."
    )
    assert summary.risks == ("No deficiency was found by the checks that could be evaluated.",)
    assert summary.actions == ("No corrective action follows from this audit.",)
    assert summary.examples == summary.parties == summary.corrections == summary.limits == ()


def test_no_encounter_at_all_can_be_summarised() -> None:
    summary = summary_of(audit_of(), Ledger())
    assert summary.numbers[0].value == "0 of 0"
    assert [agreement.rate.words for agreement in summary.agreements] == ["nothing to count"] * 2


def test_a_check_that_crashes_is_a_result() -> None:
    def crashes(encounter: object, policy: object) -> object:
        raise RuntimeError("of 1234567")

    audit = audit_of(*plain_month(), checks=(a_check("crash", crashes), MODIFIER))  # type: ignore[arg-type]
    summary = summary_of(audit)
    assert {line.check.id: line.status for line in summary.checks}["crash"] == (
        "failed on 4 encounters"
    )
    assert summary.completeness.startswith("Incomplete: of 2 checks, 1 failed.")


def test_what_policy_left_out_and_what_had_nothing_to_look_at_is_said() -> None:
    audit = audit_of(plain_month()[-1], policy=Policy(skip=frozenset({"no_stop"})))
    assert summary_of(audit).exclusions[0] == (
        "Left out by policy: Timed infusion billed without a documented stop time."
    )
    push_only = encounter("E-5", (given("morphine", "10:00"),))
    assert summary_of(audit_of(push_only)).exclusions == (
        "Nothing to look at: Modifier 59 unsupported.",
        "Nothing to look at: Timed infusion billed without a documented stop time.",
        "1 encounter left out of the unit counts, the problem codes and the agreement, for claim "
        "and record are not both known: the files have no claim line of the encounter.",
    )


@pytest.mark.parametrize(
    ("need", "kind", "words"),
    [
        ("order.ordered_at", None, "Supply a sheet of orders with a column for “ordered at”"),
        ("order.ordered_at", "order", "Add a column for “ordered at” to f.xlsx · S"),
        ("administration.stop", "mar_event", "Add a column for “stop” to f.xlsx · S"),
    ],
)
def test_what_would_enable_a_check(need: str, kind: str | None, words: str) -> None:
    ledger = Ledger(sheets=(LedgerSheet("f.xlsx", "S", kind),))
    assert enabling_column(need, ledger) == words


def test_limits_name_rejected_rows_and_drugs_without_a_class() -> None:
    unknown = given("xyz", "10:00", "11:00", drug_class=DrugClass.UNCLASSIFIED)
    summary = summary_of(audit_of(encounter("E-6", (unknown,), (billed("96365"),))))
    assert summary.limits == (
        "mar.xlsx · MAR: 1 time cannot be read, first in F5.",
        "1 row of 18 was rejected; "
        "the workbook lists each with its cell, the reason and the remedy.",
        "1 drug without a class, in 1 administration: the pharmacy's class decides their codes.",
    )
    assert summary.numbers[1].value == "0 of 0"  # what cannot be judged is in no unit count


def test_a_masked_audit_claims_no_reasons_of_rejected_rows() -> None:
    audit = audit_of(encounter("E-6", (given("morphine", "10:00"),), (billed("96374"),)))
    limits = limits_of(a_ledger(), cases_of(audit, supports_of(audit)), masked=True)
    assert limits[1] == "1 row of 18 was rejected; the workbook lists each with its cell."


def test_the_default_edits_are_a_limit_where_no_others_were_loaded() -> None:
    quarter, tables = default_tables()
    public = PublicTables({quarter: tables})
    lines = (billed("96374"),)
    both = (replace(encounter(number, (), lines), tables=public) for number in ("E-6", "E-7"))
    said = [one for one in summary_of(audit_of(*both)).limits if "default" in one]
    assert [one.partition(":")[0] for one in said] == [
        "MUE, outpatient hospital",
        "NCCI PTP edits, outpatient hospital",
    ]
    assert all("only the default of 2024Q3 is there" in one for one in said)


def test_reasons_are_counted_by_sheet() -> None:
    ledger = a_ledger()
    twice = replace(ledger, rows=(*ledger.rows, ledger.rows[0]))
    assert [(line.where, line.disposition, line.rows) for line in reasons_of(twice)] == [
        ("mar.xlsx · MAR", "rejected", 2),
        ("mar.xlsx · MAR", "superseded", 1),
    ]


def chosen(audit: Audit) -> list[str]:
    return [case.encounter.encounter_id for case in summary_of(audit).examples]


def test_examples_show_the_gravest_checks_by_the_richest_encounters() -> None:
    poor = encounter("E-0", (infusion_without_stop("x", "10:00"),), (billed("96365"),))
    assert chosen(audit_of(poor, *plain_month())) == ["E-1"]  # it shows both checks
    coding = encounter("E-8", (given("x", "10:00"),), (billed("96374", 1, "59"),))
    assert chosen(audit_of(poor, coding)) == ["E-0", "E-8"]


def test_there_are_at_most_six_examples() -> None:
    def only(key: str) -> Check:
        def rule(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
            if encounter.encounter_id == key:
                yield deficient(encounter.claim_lines[0], because="It is wrong.", cure=Cure.NOTHING)

        return a_check(f"c{key}", rule)

    many = [encounter(f"{n}", (), (billed("96365"),)) for n in range(8)]
    audit = audit_of(*many, checks=tuple(only(f"{n}") for n in range(8)))
    assert chosen(audit) == ["0", "1", "2", "3", "4", "5"]


def test_an_authority_is_listed_once_with_its_checks() -> None:
    listed = summary_of(audit_of(*plain_month())).authorities
    assert len({authority.id for authority, _ in listed}) == len(listed)
    (titles,) = (titles for authority, titles in listed if authority.id == "manual")
    assert len(titles) == len(CHECKS)
    assert ORDERS.title in titles


def test_billed_stands_beside_supported_with_one_cause() -> None:
    audit = audit_of(
        encounter(
            "E-7",
            (given("ondansetron", "10:00"),),
            (billed("96365", 1), billed("J2405", 4, number=2)),
        )
    )
    (case,) = cases_of(audit, supports_of(audit))
    rows = {row.code: row for row in administration_rows(case)}
    assert {code: (row.billed, row.supported, row.mark) for code, row in rows.items()} == {
        "96365": (1, 0, "instead of 96374"),
        "96374": (0, 1, "billed as 96365"),
    }
    assert rows["96365"].cause == rows["96374"].cause != ""
    assert [(row.code, row.billed_as, row.mark) for row in other_rows(case)] == [
        ("J2405", "J2405", "not compared")
    ]
