"""Worklist: one row a finding, the facts locked, with columns that people fill in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from auditor.report.findings import FindingRow, worklist_order
from auditor.report.workbook.column import LEGAL, Column, Plan, place
from auditor.run import Audit, Finding

_SEVERITY_STYLES = {"high": "grave", "medium": "caution"}
_OUTCOME_STYLES = {"deficient": "grave", "undetermined": "caution"}


def worklist_columns(
    claim_rows: Mapping[str, int], segment_rows: Mapping[str, int]
) -> tuple[Column[FindingRow], ...]:
    """The facts, then the columns that people fill in; the rows are those that links lead to."""

    def to_claim(row: FindingRow) -> str | None:
        at = claim_rows.get(row.encounter_id)
        return place("Claim lines", at) if at else None

    def to_timeline(row: FindingRow) -> str | None:
        at = segment_rows.get(row.encounter_id)
        return place("Timeline", at) if at else None

    return (
        Column(
            "Finding",
            "Stable id: the same when corrected data are audited again.",
            14,
            lambda r: r.finding_id,
        ),
        Column(
            "Result",
            "Deficient: the record does not support it. Undetermined: the record given cannot "
            "answer. Met with a note: in order, with something to know.",
            15,
            lambda r: r.outcome,
            mark=lambda r: _OUTCOME_STYLES.get(r.outcome),
        ),
        Column(
            "Severity",
            "How grave the check is: high, medium or low; marked on a deficiency.",
            9,
            lambda r: r.severity,
            mark=lambda r: _SEVERITY_STYLES.get(r.severity) if r.outcome == "deficient" else None,
        ),
        Column(
            "Check", "What is wrong, by the check's title.", 28, lambda r: r.check_title, "wrap"
        ),
        Column("Responsible", "Who can mend it.", 14, lambda r: r.responsible),
        Column(
            "Encounter",
            "Registration to discharge; leads to its claim lines.",
            15,
            lambda r: r.encounter_id,
            mark=lambda r: "link" if to_claim(r) else None,
            link=to_claim,
        ),
        Column("Patient", "Patient number as the files give it.", 13, lambda r: r.patient_id),
        Column(
            "Timeline",
            "Leads to the encounter's first row on the Timeline sheet.",
            9,
            lambda r: "show" if to_timeline(r) else "",
            mark=lambda r: "link" if to_timeline(r) else None,
            link=to_timeline,
        ),
        Column(
            "Claim lines",
            "The claim lines concerned, with units.",
            24,
            lambda r: r.claim_lines,
            "wrap",
        ),
        Column(
            "Administrations",
            "The administrations concerned, with charted times.",
            26,
            lambda r: r.administrations,
            "wrap",
        ),
        Column("Finding in words", "What was found.", 42, lambda r: r.because, "wrap"),
        Column(
            "Evidence",
            "The facts that the finding rests on, each with its cell.",
            52,
            lambda r: r.evidence,
            "wrap",
        ),
        Column("Cure", "What would mend it.", 22, lambda r: r.cure, "wrap"),
        Column(
            "Payment effect",
            "US dollars that the claim is paid too much (positive) or too little, where this "
            "finding alone explains it; else see the Money sheet.",
            12,
            lambda r: r.payment_effect,
            "money difference",
        ),
        Column("Authority", "The published texts.", 64, lambda r: r.authority, "wrap"),
        Column("Source rows", "File, sheet and row.", 40, lambda r: r.sources, "wrap"),
        *_human_columns(),
    )


def _human_columns() -> tuple[Column[FindingRow], ...]:
    def column(
        header: str, meaning: str, width: float, style: str = "open", choices: tuple[str, ...] = ()
    ) -> Column[FindingRow]:
        return Column(header, meaning, width, lambda _: None, style, choices=choices)

    return (
        column(
            "Auditor decision",
            "Whether the auditor agrees with the finding.",
            14,
            choices=("agree", "disagree", "needs record", "not applicable"),
        ),
        column(
            "Review outcome",
            "What became of the claim.",
            15,
            choices=("accepted", "corrected", "partially denied", "denied in full"),
        ),
        column("Auditor", "Who decided.", 14),
        column("Decided on", "When.", 11, "open date"),
        column(
            "Coder response",
            "The coder's answer.",
            14,
            choices=("agrees", "disagrees", "needs record"),
        ),
        column("Note", "Anything else.", 30),
        column(
            "Manager ruling",
            "Where auditor and coder differ.",
            14,
            choices=("upheld", "overturned", "amended"),
        ),
        column(
            "Root cause",
            "Why it happened.",
            18,
            choices=(
                "documentation",
                "form or EHR screen",
                "order",
                "coding",
                "charge set-up",
                "data feed",
                "other",
            ),
        ),
        column(
            "Education", "Whether teaching follows.", 12, choices=("not needed", "due", "given")
        ),
        column(
            "Rebill or refund",
            "What follows for the claim.",
            14,
            choices=("none", "rebill", "refund", "late charge"),
        ),
        column("Due", "Until when.", 11, "open date"),
        column("Closed", "When it was settled.", 11, "open date"),
    )


PLAN = Plan(
    "Worklist",
    "one row a finding, with room for what people decide",
    worklist_columns({}, {}),
    paper=LEGAL,
    pages_wide=3,
)


def findings_in_order(audit: Audit) -> Iterable[Finding]:
    """The findings as the sheet lists them: deficient, undetermined, met with a note."""
    return chain(
        worklist_order(audit.findings),
        worklist_order(audit.undetermined),
        worklist_order(audit.notes),
    )
