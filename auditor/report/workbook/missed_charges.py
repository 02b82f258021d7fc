"""Missed charges: services that the record supports and the claim does not have."""

from __future__ import annotations

from auditor.report.missed import MissedCharge
from auditor.report.text import day
from auditor.report.workbook.column import LEGAL, Column, Plan

_COLUMNS: tuple[Column[MissedCharge], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.case.encounter.encounter_id),
    Column(
        "Account",
        "Account number as the files give it.",
        13,
        lambda r: r.case.encounter.account_id or "",
    ),
    Column("Code", "That the claim lacks, or has too few units of.", 8, lambda r: r.code),
    Column(
        "Service", "Our own short wording, not the published one.", 26, lambda r: r.service, "wrap"
    ),
    Column(
        "Billed instead",
        "The lower code that the claim has in its place.",
        9,
        lambda r: r.instead,
    ),
    Column("Units not billed", "Supported less billed.", 9, lambda r: r.units, "count"),
    Column(
        "Bill",
        "Yes: a finding asks for it. Not yet: something has to be known first.",
        8,
        lambda r: r.bill,
        mark=lambda r: "caution" if r.bill == "not yet" else None,
    ),
    Column("Wait for", "What has to be known first.", 28, lambda r: r.wait_for, "wrap"),
    Column("Service date", "By the record.", 11, lambda r: day(r.service_date)),
    Column(
        "Supported by",
        "The administrations behind all supported units of the code, with charted times.",
        40,
        lambda r: r.supported_by,
        "wrap",
    ),
    Column("Minutes", "Counted minutes behind the code.", 9, lambda r: r.minutes or None, "count"),
    Column("Why supported", "The rule at work.", 40, lambda r: r.rule, "wrap"),
    Column(
        "In words",
        "What the record supports, and what is not billed of it.",
        34,
        lambda r: r.because,
        "wrap",
    ),
    Column(
        "Would be paid",
        "US dollars that OPPS pays more for the claim with the services to bill added; on the "
        "encounter's first row, for all of them together.",
        11,
        lambda r: r.payment,
        "money",
    ),
    Column("Not priced", "Why there are no dollars.", 26, lambda r: r.unpriced, "wrap"),
    Column(
        "Look first",
        "What else was found of these administrations, such as a wanted order.",
        28,
        lambda r: r.look_first,
        "wrap",
        mark=lambda r: "caution" if r.look_first else None,
    ),
    Column("Finding", "Its id on the Worklist.", 14, lambda r: r.finding_id),
    Column("Record rows", "File, sheet and row.", 30, lambda r: r.rows, "wrap"),
)

PLAN = Plan(
    "Missed charges",
    "services that the record supports and the claim does not have",
    _COLUMNS,
    paper=LEGAL,
    fixed=3,
    nothing="None: no check asks for a service that is not billed.",
)
