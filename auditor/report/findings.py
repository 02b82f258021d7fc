"""One finding as a row of words: the worklist, the data file and the report print the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from auditor.check import Severity
from auditor.record import Administration, ClaimLine, Source
from auditor.report.parties import origin_of
from auditor.report.text import amount, moment, printable, sentence_case
from auditor.run import Audit, Finding
from auditor.verdict import Evidence, Outcome, Verdict

SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # the gravest first
OUTCOME_WORDS = {
    Outcome.DEFICIENT: "deficient",
    Outcome.UNDETERMINED: "undetermined",
    Outcome.MET: "met with a note",
}


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What is printed of one finding, every value in words; the fields are the columns.

    ``severity`` is empty on a note.  ``payment_effect`` is in US dollars, ``None`` where no finding
    alone explains a difference.
    """

    finding_id: str
    outcome: str
    severity: str
    check_id: str
    check_title: str
    responsible: str
    encounter_id: str
    account_id: str
    patient_id: str
    claim_lines: str
    administrations: str
    because: str
    evidence: str
    cure: str
    payment_effect: Decimal | None
    authority: str
    sources: str


def finding_row(finding: Finding, effects: Mapping[str, Decimal]) -> FindingRow:
    """The finding in words; ``effects`` on payment are by finding id."""
    check, encounter, verdict = finding.check, finding.encounter, finding.verdict
    return FindingRow(
        finding_id=finding.finding_id,
        outcome=OUTCOME_WORDS[verdict.outcome],
        severity="" if verdict.outcome is Outcome.MET else check.severity,
        check_id=check.id,
        check_title=check.title,
        responsible=origin_of(finding),
        encounter_id=printable(encounter.encounter_id),
        account_id=printable(encounter.account_id or ""),
        patient_id=printable(encounter.patient_id or ""),
        claim_lines=printable("; ".join(map(claim_line_words, claim_lines_of(verdict)))),
        administrations=printable(
            "; ".join(map(administration_words, administrations_of(verdict)))
        ),
        because=printable(sentence_case(verdict.because)),
        evidence=printable("; ".join(map(evidence_words, verdict.evidence))),
        cure=verdict.cure.value if verdict.cure else "",
        payment_effect=effects.get(finding.finding_id),
        authority="; ".join(authority.citation for authority in check.authorities),
        sources=rows_words(verdict.sources),
    )


def in_order(audit: Audit) -> list[Finding]:
    """All that a person should see, in the order of the worklist: notes come last."""
    groups = (audit.findings, audit.undetermined, audit.notes)
    return [finding for group in groups for finding in worklist_order(group)]


def worklist_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, then check, encounter and id."""
    return sorted(findings, key=worklist_place)


def worklist_place(finding: Finding) -> tuple[int, str, str, str]:
    """Where a finding stands among those of its outcome."""
    check = finding.check
    severity = SEVERITIES.index(check.severity)
    return severity, check.id, finding.encounter.encounter_id, finding.finding_id


def claim_lines_of(verdict: Verdict) -> tuple[ClaimLine, ...]:
    """The claim lines that a verdict concerns, its subject first, without repeats."""
    subject = (verdict.subject,) if isinstance(verdict.subject, ClaimLine) else ()
    return tuple(dict.fromkeys((*subject, *verdict.claim_lines)))


def administrations_of(verdict: Verdict) -> tuple[Administration, ...]:
    """The administrations that a verdict concerns, its subject first, without repeats."""
    subject = (verdict.subject,) if isinstance(verdict.subject, Administration) else ()
    return tuple(dict.fromkeys((*subject, *verdict.administrations)))


def claim_line_words(line: ClaimLine) -> str:
    """Claim, line, code and units, such as ``C100 line 3: 96365-59 ×2``."""
    units = f" ×{amount(line.units)}" if line.units is not None else ""
    return f"{line.claim_id} line {line.line_number}: {line.code_with_modifiers}{units}"


def rows_words(sources: Iterable[Source]) -> str:
    """File, sheet and rows, such as ``mar.xlsx · MAR · rows 5, 6``; each sheet is named once."""
    rows: dict[str, list[int]] = {}
    for source in dict.fromkeys(sources):
        sheet = source.sheet
        name = f"{sheet.file} · {sheet.sheet}" if sheet.sheet else sheet.file
        rows.setdefault(name, []).append(source.row)
    return printable(
        "; ".join(
            f"{name} · row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
            for name, numbers in rows.items()
        )
    )


def drug_words(administration: Administration) -> str:
    """The drug as charted; the drugs of a mixture joined."""
    return " + ".join(administration.drugs) or administration.drug


def administration_words(administration: Administration) -> str:
    """Drug and charted times, such as ``ondansetron 09/03/2026 10:15 to 10:40``."""
    start, stop = administration.start, administration.stop
    begins = moment(start) or "no start"
    if stop is None:
        return f"{drug_words(administration)} {begins}"
    same_day = start is not None and start.date() == stop.date()
    ends = f"{stop:%H:%M}" if same_day else moment(stop)
    return f"{drug_words(administration)} {begins} to {ends}"


def evidence_words(evidence: Evidence) -> str:
    """Name, value and cell of one fact."""
    cell = f" [{evidence.cell}]" if evidence.cell else ""
    return f"{evidence.name}: {evidence.value or 'blank'}{cell}"
