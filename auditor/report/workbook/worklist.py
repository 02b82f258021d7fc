"""Worklist: one row a finding, the facts locked, with columns that people fill in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from auditor.report.decisions import FIELDS, NOTHING_CARRIED, Carried, Decisions, Field
from auditor.report.findings import FindingRow, finding_row
from auditor.report.workbook.column import LEGAL, SEVERITY_STYLES, Column, Plan, place
from auditor.run import Finding

_OUTCOME_STYLES = {"deficient": "grave", "undetermined": "caution"}


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One finding, what is taken over from earlier worklists, and its authorities in short."""

    finding: FindingRow
    carried: Carried
    authority: str


def worklist_columns(
    claim_rows: Mapping[str, int], segment_rows: Mapping[str, int]
) -> tuple[Column[WorklistRow], ...]:
    """The facts, then the columns that people fill in; the rows are those that links lead to."""

    def to_claim(row: WorklistRow) -> str | None:
        at = claim_rows.get(row.finding.encounter_id)
        return place("Claim lines", at) if at else None

    def to_timeline(row: WorklistRow) -> str | None:
        at = segment_rows.get(row.finding.encounter_id)
        return place("Timeline", at) if at else None

    return (
        Column(
            "Finding",
            "Stable id: the same when corrected data are audited again.",
            14,
            lambda r: r.finding.finding_id,
        ),
        Column(
            "Result",
            "Deficient: the record does not support it. Undetermined: the record given cannot "
            "answer. Met with a note: in order, with something to know.",
            15,
            lambda r: r.finding.outcome,
            mark=lambda r: _OUTCOME_STYLES.get(r.finding.outcome),
        ),
        Column(
            "Severity",
            "How grave the check is: high, medium or low; empty on a note.",
            9,
            lambda r: r.finding.severity,
            mark=_severity_style,
        ),
        Column(
            "Since last audit",
            "New, changed (and in what) or as before, beside the workbooks given with --decisions. "
            "A conflict: they differ in the columns named; see Earlier decisions.",
            15,
            _since,
            "wrap",
            mark=lambda r: "grave" if r.carried.conflicts else None,
        ),
        Column(
            "Check",
            "What is wrong, by the check's title.",
            28,
            lambda r: r.finding.check_title,
            "wrap",
        ),
        Column("Responsible", "Who can mend it.", 14, lambda r: r.finding.responsible),
        Column(
            "Encounter",
            "Registration to discharge; leads to its claim lines.",
            15,
            lambda r: r.finding.encounter_id,
            mark=lambda r: "link" if to_claim(r) else None,
            link=to_claim,
        ),
        Column(
            "Patient", "Patient number as the files give it.", 13, lambda r: r.finding.patient_id
        ),
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
            lambda r: r.finding.claim_lines,
            "wrap",
        ),
        Column(
            "Administrations",
            "The administrations concerned, with charted times.",
            26,
            lambda r: r.finding.administrations,
            "wrap",
        ),
        Column("Finding in words", "What was found.", 42, lambda r: r.finding.because, "wrap"),
        Column(
            "Evidence",
            "The facts that the finding rests on, each with its cell.",
            52,
            lambda r: r.finding.evidence,
            "wrap",
        ),
        Column("Cure", "What would mend it.", 22, lambda r: r.finding.cure, "wrap"),
        Column(
            "Payment effect",
            "US dollars that the claim is paid too much (positive) or too little, where this "
            "finding alone explains it; else see the Money sheet.",
            12,
            lambda r: r.finding.payment_effect,
            "money difference",
        ),
        Column(
            "Authority",
            "The published texts in short; the sheet Checks cites them in full.",
            30,
            lambda r: r.authority,
            "wrap",
        ),
        Column("Source rows", "File, sheet and row.", 40, lambda r: r.finding.sources, "wrap"),
        *map(_open_column, FIELDS),
    )


def _severity_style(row: WorklistRow) -> str | None:
    deficient = row.finding.outcome == "deficient"
    return SEVERITY_STYLES.get(row.finding.severity) if deficient else None


def _since(row: WorklistRow) -> str:
    conflicts = ", ".join(row.carried.conflicts)
    return "; ".join(filter(None, (row.carried.since, f"conflict: {conflicts}" * bool(conflicts))))


def _open_column(asked: Field) -> Column[WorklistRow]:
    def mark(row: WorklistRow) -> str | None:
        if asked.header in row.carried.conflicts:
            return "open grave"
        value = row.carried.typed.get(asked.header)
        return None if value is None or asked.expects(value) else "open caution"

    return Column(
        asked.header,
        asked.meaning,
        asked.width,
        lambda r: r.carried.typed.get(asked.header),
        "open date" if asked.is_date else "open",
        mark=mark,
        choices=asked.choices,
    )


PLAN = Plan(
    "Worklist",
    "one row a finding, with room for what people decide",
    worklist_columns({}, {}),
    paper=LEGAL,
    pages_wide=3,
)


def worklist_rows(
    findings: Iterable[Finding], effects: Mapping[str, Decimal], decisions: Decisions | None
) -> Iterator[WorklistRow]:
    """Each finding with what is taken over for it; ``effects`` on payment are by finding id."""
    for finding in findings:
        carried = decisions.of(finding.finding_id) if decisions else NOTHING_CARRIED
        texts = dict.fromkeys(authority.short for authority in finding.check.authorities)
        yield WorklistRow(finding_row(finding, effects), carried, "; ".join(texts))
