"""Money: one row an encounter, the claim priced as billed and as supported."""

from __future__ import annotations

from auditor.report.case import Case
from auditor.report.claims import agreement_of
from auditor.report.money import findings_words, price_words
from auditor.report.text import sentence_case
from auditor.report.workbook.column import LEGAL, Column, Plan

_COLUMNS: tuple[Column[Case], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.encounter.encounter_id),
    Column("Deficiencies", "Findings of the encounter.", 12, lambda r: len(r.findings), "count"),
    Column(
        "Undetermined",
        "Results of the encounter that the record given cannot answer.",
        13,
        lambda r: len(r.undetermined),
        "count",
    ),
    Column(
        "Claim and record",
        "Agree or differ, by units, dates and modifiers of drug administration; empty where there "
        "is nothing to compare, or a drug has no class.",
        10,
        agreement_of,
    ),
    Column(
        "Billed",
        "US dollars that OPPS pays for the claim as billed, copayment included.",
        12,
        lambda r: r.impact.billed.total if r.impact.billed else None,
        "money",
    ),
    Column(
        "Supported",
        "The same with the drug administration lines that the record supports.",
        12,
        lambda r: r.impact.supported.total if r.impact.supported else None,
        "money",
    ),
    Column(
        "Difference",
        "Billed less supported: positive is paid too much. Empty: no dollars.",
        12,
        lambda r: r.impact.difference,
        "money difference",
    ),
    Column(
        "Medicare part",
        "Medicare's part of the difference.",
        12,
        lambda r: r.impact.medicare_difference,
        "money difference",
    ),
    Column(
        "Copayment",
        "The beneficiary's part of the difference.",
        12,
        lambda r: r.impact.copayment_difference,
        "money difference",
    ),
    Column(
        "Findings",
        "Those that bear on payment; one alone carries the difference on the Worklist.",
        40,
        findings_words,
        "wrap",
    ),
    Column(
        "Reason",
        "Why there are no dollars, or no prices.",
        40,
        lambda r: sentence_case(r.impact.because),
        "wrap",
    ),
    Column(
        "Priced as billed",
        "Each line with its status and what it is paid.",
        52,
        lambda r: price_words(r.impact.billed),
        "wrap",
    ),
    Column(
        "Priced as supported",
        "Each line with its status and what it is paid.",
        52,
        lambda r: price_words(r.impact.supported),
        "wrap",
    ),
)

PLAN = Plan(
    "Money",
    "one row an encounter: what was found, and the claim priced as billed and as supported",
    _COLUMNS,
    paper=LEGAL,
    pages_wide=2,
)
