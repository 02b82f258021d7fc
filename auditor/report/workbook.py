"""The workbook: what the report tells, listed, with room for what people decide.

Every sheet but the first is a table of columns; the dictionary is made of the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

from auditor.load.ledger import Ledger, LedgerRow, LedgerSheet, Orphan
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows, other_rows
from auditor.report.corrected import CorrectedRow, corrected_rows
from auditor.report.findings import FindingRow, drug_words, finding_row, worklist_order
from auditor.report.gaps import FormGap
from auditor.report.money import effects_of, findings_words, price_words
from auditor.report.pivots import Pivot, PivotRow
from auditor.report.ranking import ProblemCode
from auditor.report.rate import Rate
from auditor.report.received import sheet_name
from auditor.report.segments import SegmentRow, segment_rows
from auditor.report.sheets import (
    LEGAL,
    LETTER,
    Column,
    Row,
    Sheet,
    Value,
    new_workbook,
    noting_first,
    place,
)
from auditor.report.summary import CheckLine, Summary
from auditor.report.text import printable, sentence_case
from auditor.report.unclassified import DrugRow, drug_rows
from auditor.run import Audit, Finding
from auditor.tables.codes import code as code_entry

PolicyRow = tuple[str, str, str, bool]

_SHEETS = (
    ("Worklist", "one row a finding, with room for what people decide"),
    ("Claim lines", "billed beside supported, code by code"),
    ("Money", "one row an encounter: the claim priced as billed and as supported"),
    ("Corrected lines", "for coding staff: what to do with each line of the claims that differ"),
    ("Timeline", "every charted segment, and which of its minutes count"),
    ("Checks", "each check: found, examined, rate, authority"),
    ("Problem codes", "codes by units in difference, with their main cause"),
    ("Pivots", "deficiencies by coder, unit, staff, drug, check, payer and shift"),
    ("Form gaps", "where each unit's form or EHR screen loses a required element"),
    ("Drugs to classify", "drugs whose class nobody gave, for the pharmacy"),
    ("Data quality", "what was read from each sheet and how its columns were understood"),
    ("Rows not used", "every superseded and rejected row with its reason"),
    ("Dictionary", "what each column means; the policy in force"),
)

# -- the columns of each sheet ---------------------------------------------------------------------

_SEVERITY_STYLES = {"high": "grave", "medium": "caution"}
_OUTCOME_STYLES = {"deficient": "grave", "undetermined": "caution"}


def _worklist_columns(
    claim_rows: dict[str, int], segment_rows: dict[str, int]
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


_CLAIM_COLUMNS: tuple[Column[ClaimRow], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.case.encounter.encounter_id),
    Column("Code", "HCPCS or CPT code, billed or supported.", 9, lambda r: r.code),
    Column(
        "Service",
        "Our own short wording, not the published one.",
        24,
        lambda r: _service(r),
        "wrap",
    ),
    Column(
        "Billed as",
        "The code with its modifiers, as the claim has it.",
        18,
        lambda r: r.billed_as,
        "wrap",
    ),
    Column(
        "Billed",
        "Units billed, all lines and dates together; a blank is one.",
        8,
        lambda r: r.billed,
        "count",
    ),
    Column("Supported", "Units that the record supports.", 10, lambda r: r.supported, "count"),
    Column(
        "Billed less supported",
        "Units: positive is billed too much, negative is left out.",
        11,
        lambda r: None if r.billed is None or r.supported is None else r.billed - r.supported,
        "difference",
    ),
    Column(
        "Difference",
        "In words; empty where claim and record agree. Codes that bill no drug administration are "
        "not compared.",
        20,
        lambda r: r.mark,
        "wrap",
        mark=lambda r: "caution" if r.mark and r.billed is not None else None,
    ),
    Column("Cause", "The one cause of the difference.", 38, lambda r: r.cause, "wrap"),
    Column("Billed on", "Service dates of the claim.", 13, lambda r: r.billed_on, "wrap"),
    Column("Supported on", "Service dates by the record.", 13, lambda r: r.supported_on, "wrap"),
    Column(
        "Minutes",
        "Counted minutes behind the units.",
        9,
        lambda r: r.counted_minutes or None,
        "count",
    ),
    Column("Why supported", "The rule at work.", 46, lambda r: r.rule, "wrap"),
    Column(
        "Claim rows",
        "File, sheet and row of each line.",
        30,
        lambda r: "; ".join(str(line.source) for line in r.lines if line.source),
        "wrap",
    ),
)

_CORRECTED_COLUMNS: tuple[Column[CorrectedRow], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.encounter_id),
    Column("Account", "Account number as the files give it.", 13, lambda r: r.account_id),
    Column("Claim", "The claim billed; empty on a line to add.", 13, lambda r: r.claim_id),
    Column("Line", "Its line number.", 6, lambda r: r.line_number),
    Column("Billed as", "The code with its modifiers, as billed.", 12, lambda r: r.billed_as),
    Column("Billed units", "As the claim has them; a blank is one.", 8, lambda r: r.billed_units),
    Column("Billed on", "Service date of the claim.", 11, lambda r: r.billed_date),
    Column(
        "What to do",
        "With the billed line: keep, delete, or each change with what stands before and after. "
        "Add: a line that the claim lacks. Done in whole, the claim is what the record supports.",
        30,
        lambda r: r.action,
        "wrap",
        mark=lambda r: "caution" if r.correct_now == "yes" else None,
    ),
    Column(
        "Correct now",
        "Not yet: what stands under Wait for could still turn the claim out otherwise.",
        9,
        lambda r: r.correct_now,
        mark=lambda r: "grave" if r.correct_now == "not yet" else None,
    ),
    Column("Code", "Of the corrected line, in force on its date.", 8, lambda r: r.code),
    Column(
        "Modifiers",
        "Of the corrected line. Only 59 and the X modifiers are judged; others stand as billed.",
        10,
        lambda r: r.modifiers,
    ),
    Column("Units", "Of the corrected line; 0 on one to delete.", 7, lambda r: r.units, "count"),
    Column("Service date", "Of the corrected line.", 11, lambda r: r.service_date),
    Column(
        "Service", "Our own short wording, not the published one.", 26, lambda r: r.service, "wrap"
    ),
    Column("Cause", "Why the line differs.", 46, lambda r: r.cause, "wrap"),
    Column(
        "Wait for",
        "What has to be known before the claim is corrected.",
        30,
        lambda r: r.wait_for,
        "wrap",
    ),
    Column(
        "Could be cured by",
        "Where units go: what the encounter's findings ask for that could restore them.",
        26,
        lambda r: r.curable_by,
        "wrap",
    ),
    Column("Claim row", "File, sheet and row of the billed line.", 26, lambda r: r.source, "wrap"),
)

_SEGMENT_COLUMNS: tuple[Column[SegmentRow], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.case.encounter.encounter_id),
    Column("Access", "The access that it counts at.", 24, lambda r: r.access, "wrap"),
    Column(
        "Drug",
        "As charted; a mixture's drugs joined.",
        26,
        lambda r: drug_words(r.course.administration),
        "wrap",
    ),
    Column(
        "Class",
        "What the drug is for the choice of codes.",
        18,
        lambda r: r.course.administration.drug_class.value,
    ),
    Column("Route", "The way in.", 7, lambda r: r.course.administration.route.value),
    Column(
        "Counts as",
        "Technique by the coding rules; none: no service of its own.",
        15,
        lambda r: r.course.technique,
    ),
    Column("Charted start", "As the record says.", 16, lambda r: r.segment.start, "moment"),
    Column(
        "Charted stop",
        "The best stop that the record offers.",
        16,
        lambda r: r.segment.stop,
        "moment",
    ),
    Column(
        "Stop evidence",
        "Grade A to E of the stop, in words.",
        22,
        lambda r: f"{r.segment.stop_evidence.value}: {r.segment.stop_evidence.words}",
        "wrap",
    ),
    Column(
        "Counted from",
        "After clipping to the hospital outpatient window.",
        16,
        lambda r: r.counted_from,
        "moment",
    ),
    Column("Counted to", "After clipping.", 16, lambda r: r.counted_to, "moment"),
    Column(
        "Minutes", "Counted whole minutes of the segment.", 9, lambda r: r.counted_minutes, "count"
    ),
    Column(
        "Not counted",
        "Why the segment, or a part of it, does not count.",
        34,
        lambda r: r.clipped,
        "wrap",
    ),
    Column("Unit", "Where it was given.", 14, lambda r: r.course.administration.department or ""),
    Column("Staff", "Who charted it.", 12, lambda r: r.course.administration.staff or ""),
    Column(
        "Source rows",
        "File, sheet and row.",
        30,
        lambda r: "; ".join(map(str, r.course.administration.sources)),
        "wrap",
    ),
)

_MONEY_COLUMNS: tuple[Column[Case], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.encounter.encounter_id),
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

_CHECK_COLUMNS: tuple[Column[CheckLine], ...] = (
    Column("Check", "What the check looks for.", 34, lambda r: r.check.title, "wrap"),
    Column(
        "Severity",
        "How grave it is.",
        9,
        lambda r: r.check.severity,
        mark=lambda r: _SEVERITY_STYLES.get(r.check.severity),
    ),
    Column("Responsible", "Who can mend it.", 14, lambda r: r.check.responsible),
    Column(
        "Status",
        "Whether it could speak. Not applicable: it found nothing to look at.",
        18,
        lambda r: r.status,
        "wrap",
        mark=lambda r: "caution" if r.is_incomplete else None,
    ),
    Column("Deficient", "Examined and not supported.", 10, lambda r: r.result.deficient, "count"),
    Column("Met", "Examined and in order.", 8, lambda r: r.result.met, "count"),
    Column(
        "Undetermined",
        "Examined, and the record given cannot answer.",
        13,
        lambda r: r.result.undetermined,
        "count",
    ),
    Column(
        "Examined",
        "Deficient, met and undetermined together.",
        10,
        lambda r: r.result.examined,
        "count",
    ),
    Column("Each one", "What one of the examined is.", 22, lambda r: r.check.examines, "wrap"),
    Column(
        "Rate",
        "Deficient ÷ (deficient + met); too few below 30.",
        9,
        lambda r: _share(r.rate),
        "share",
    ),
    Column(
        "95% interval", "Wilson score interval of the rate.", 13, lambda r: r.rate.interval_words
    ),
    Column("Encounters", "Encounters with a deficiency.", 11, lambda r: r.encounters, "count"),
    Column(
        "Missing",
        "Columns that no file supplied, and public tables that are not loaded.",
        24,
        lambda r: ", ".join((*r.result.missing, *sorted(r.result.unevaluated))),
        "wrap",
    ),
    Column(
        "Authority",
        "Document, section and date.",
        48,
        lambda r: "; ".join(a.citation for a in r.check.authorities),
        "wrap",
    ),
    Column(
        "Text",
        "Leads to the first authority.",
        9,
        lambda r: "open" if _url(r) else "",
        mark=lambda r: "link" if _url(r) else None,
        link=lambda r: _url(r),
    ),
    Column(
        "Id", "The check's name in the program and in the data files.", 34, lambda r: r.check.id
    ),
)

_CODE_COLUMNS: tuple[Column[ProblemCode], ...] = (
    Column(
        "Code",
        "Administration code billed or supported; encounters with a drug that nobody classified "
        "are left out.",
        9,
        lambda r: r.code,
    ),
    Column(
        "Service", "Our own short wording, not the published one.", 26, lambda r: r.service, "wrap"
    ),
    Column("Billed", "Units billed.", 9, lambda r: r.billed, "count"),
    Column("Supported", "Units that the records support.", 10, lambda r: r.supported, "count"),
    Column("Over", "Units billed too much, summed by encounter.", 8, lambda r: r.over, "count"),
    Column("Under", "Units left out, summed by encounter.", 8, lambda r: r.under, "count"),
    Column(
        "In difference",
        "Over and under together: the rank.",
        11,
        lambda r: r.difference,
        "count",
    ),
    Column(
        "Encounters that differ",
        "Encounters with any difference of the code, dates and modifiers included.",
        11,
        lambda r: r.differing.hits,
        "count",
    ),
    Column(
        "Encounters", "That bill or support the code.", 11, lambda r: r.differing.total, "count"
    ),
    Column(
        "Share",
        "Encounters that differ ÷ encounters; too few below 30.",
        9,
        lambda r: _share(r.differing),
        "share",
    ),
    Column("95% interval", "Wilson score interval.", 12, lambda r: r.differing.interval_words),
    Column(
        "Main cause", "The cause of most of its differing units.", 36, lambda r: r.cause, "wrap"
    ),
    Column(
        "Findings by check",
        "Deficiencies on claim lines with the code; one that concerns several codes is at each.",
        60,
        lambda r: "; ".join(f"{title}: {number:,}" for title, number in r.findings),
        "wrap",
    ),
)

_PIVOT_COLUMNS: tuple[Column[PivotRow], ...] = (
    Column(
        "Value",
        "None concerned: deficiencies that nothing with a value is behind.",
        44,
        lambda r: r.value,
        "wrap",
    ),
    Column(
        "Findings",
        "Deficiencies; one that concerns several values counts at each.",
        11,
        lambda r: r.findings,
        "count",
    ),
    Column("Counted", "What has the value, as the heading says.", 11, lambda r: r.counted, "count"),
    Column(
        "Deficient encounters",
        "Encounters with such a deficiency.",
        12,
        lambda r: r.deficient,
        "count",
    ),
    Column("Encounters", "Encounters that have the value.", 12, lambda r: r.encounters, "count"),
    Column(
        "Share",
        "Deficient encounters ÷ encounters; too few below 30.",
        11,
        lambda r: _share(r.rate) if r.rate else None,
        "share",
    ),
    Column(
        "95% interval",
        "Wilson score interval.",
        14,
        lambda r: r.rate.interval_words if r.rate else None,
    ),
)

_GAP_COLUMNS: tuple[Column[FormGap], ...] = (
    Column("Unit", "Where it was given.", 24, lambda r: r.unit, "wrap"),
    Column(
        "Form",
        "File and sheet of its rows: the form or EHR screen exported.",
        38,
        lambda r: r.form,
        "wrap",
    ),
    Column("Kind", "Infusion, push or injection, as charted.", 14, lambda r: r.kind, "wrap"),
    Column(
        "Element",
        "What the kind of administration requires; the site, where more than one line was placed. "
        "A fluid's volume stands for its dose, and volume with a stop for its rate.",
        12,
        lambda r: r.element,
    ),
    Column(
        "Column",
        "Its letter on this form; none: the form cannot take it down.",
        9,
        lambda r: r.column,
        mark=lambda r: "caution" if r.column == "none" else None,
    ),
    Column("Required", "Administrations that require it.", 10, lambda r: r.required, "count"),
    Column(
        "Blank",
        "Of these, those without it. Empty where no file has a column for it.",
        9,
        lambda r: r.blank.hits if r.blank else None,
        "count",
    ),
    Column(
        "Share",
        "Blank ÷ required; too few below 30. No column: nobody can tell a blank.",
        11,
        lambda r: _share(r.blank) if r.blank else "no column",
        "share",
    ),
    Column(
        "95% interval",
        "Wilson score interval.",
        13,
        lambda r: r.blank.interval_words if r.blank else None,
    ),
)

_LEDGER_COLUMNS: tuple[Column[LedgerSheet], ...] = (
    Column("Sheet", "File and sheet.", 34, sheet_name, "wrap"),
    Column("Kind", "What its rows are.", 16, lambda r: r.kind or ""),
    Column(
        "Read",
        "Data rows: used, superseded and rejected together.",
        12,
        lambda r: r.rows_read,
        "count",
    ),
    Column("Used", "Rows that became facts.", 12, lambda r: r.used, "count"),
    Column("Superseded", "Rows that another row replaces.", 12, lambda r: r.superseded, "count"),
    Column(
        "Rejected",
        "Rows that could not be read.",
        12,
        lambda r: r.rejected,
        "count",
        mark=lambda r: "caution" if r.rejected else None,
    ),
)

_ORPHAN_COLUMNS: tuple[Column[Orphan], ...] = (
    Column("Encounter", "In one kind of file only.", 34, lambda r: r.encounter_id),
    Column("Missing", "What no file has of it.", 16, lambda r: r.missing, "wrap"),
    Column("First cell", "Where it stands.", 12, lambda r: r.cell, "wrap"),
)

_MAPPING_COLUMNS: tuple[Column[tuple[LedgerSheet, str, str]], ...] = (
    Column("Sheet", "File and sheet.", 34, lambda r: sheet_name(r[0]), "wrap"),
    Column("Header", "As the file has it.", 16, lambda r: r[1], "wrap"),
    Column("Understood as", "The field that it states.", 12, lambda r: r[2], "wrap"),
)

_UNUSED_COLUMNS: tuple[Column[LedgerRow], ...] = (
    Column("File", "File name.", 26, lambda r: r.file, "wrap"),
    Column("Sheet", "Sheet of the file.", 18, lambda r: r.sheet or "", "wrap"),
    Column("Cell", "Column and row.", 9, lambda r: f"{r.column or ''}{r.row}"),
    Column("Disposition", "Superseded or rejected.", 13, lambda r: r.disposition),
    Column("Value", "As the cell shows it.", 30, lambda r: r.value or "", "wrap"),
    Column("Reason", "Why the row was not used.", 50, lambda r: r.reason, "wrap"),
    Column("Remedy", "What would mend it.", 50, lambda r: r.remedy or "", "wrap"),
)

_DRUG_COLUMNS: tuple[Column[DrugRow], ...] = (
    Column(
        "Drug", "As the coding rules compare it; it may go into a formulary.", 32, lambda r: r.drug
    ),
    Column("Charted as", "The names in the record.", 44, lambda r: r.charted_as, "wrap"),
    Column("Administrations", "How often it was given.", 15, lambda r: r.administrations),
    Column("Encounters", "In how many encounters.", 12, lambda r: r.encounters),
    Column(
        "Resembles", "Known names; only offered, never used.", 40, lambda r: r.resembles, "wrap"
    ),
    Column("First row", "Where it first stands.", 34, lambda r: r.first_row, "wrap"),
)

_POLICY_COLUMNS: tuple[Column[PolicyRow], ...] = (
    Column("Choice", "Field of the policy file.", 26, lambda r: r[0]),
    Column(
        "In force",
        "Its value in this audit.",
        26,
        lambda r: r[1],
        "wrap",
        mark=lambda r: "caution" if r[3] else None,
    ),
    Column("Meaning", "What it decides.", 60, lambda r: r[2], "wrap"),
    Column(
        "Changed",
        "Whether it differs from the default.",
        14,
        lambda r: "changed" if r[3] else "default",
    ),
)


_DICTIONARY_COLUMNS: tuple[Column[tuple[str, str, str, str]], ...] = (
    Column("Sheet", "Sheet.", 24, lambda r: r[0]),
    Column("Column", "Header.", 28, lambda r: r[1], "wrap"),
    Column("Meaning", "What it says.", 60, lambda r: r[2], "wrap"),
    Column("Filled in by", "The audit, or you.", 14, lambda r: r[3]),
)


def holds_decisions(path: Path) -> bool:
    """Whether somebody has typed into the worklist of an earlier workbook.

    A file that cannot be read as one of ours may hold anything: it counts as typed into.
    """
    from openpyxl import load_workbook

    open_headers = {column.header for column in _human_columns()}
    try:
        book = load_workbook(path, read_only=True)
        with closing(book):
            rows = book["Worklist"].iter_rows(values_only=True)
            header = next(rows, ())
            places = [place for place, title in enumerate(header) if title in open_headers]
            return any(row[place] not in (None, "") for row in rows for place in places)
    except Exception:  # openpyxl raises whatever a damaged file makes it raise
        return True


def write_workbook(
    path: Path, audit: Audit, summary: Summary, cases: Sequence[Case], ledger: Ledger
) -> None:
    """Write the workbook to ``path``; ``cases`` are the audit's encounters in its order."""
    book = new_workbook()
    sheets = {
        title: Sheet(book, title, widths, paper=paper, pages_wide=pages)
        for title, widths, paper, pages in (
            ("Summary", (28, 96), LETTER, 1),
            ("Worklist", _widths(_worklist_columns({}, {})), LEGAL, 3),
            ("Claim lines", _widths(_CLAIM_COLUMNS), LEGAL, 2),
            ("Money", _widths(_MONEY_COLUMNS), LEGAL, 2),
            ("Corrected lines", _widths(_CORRECTED_COLUMNS), LEGAL, 2),
            ("Timeline", _widths(_SEGMENT_COLUMNS), LEGAL, 2),
            ("Checks", _widths(_CHECK_COLUMNS), LEGAL, 2),
            ("Problem codes", _widths(_CODE_COLUMNS), LEGAL, 1),
            ("Pivots", _widths(_PIVOT_COLUMNS), LETTER, 1),
            ("Form gaps", _widths(_GAP_COLUMNS), LETTER, 1),
            ("Drugs to classify", _widths(_DRUG_COLUMNS), LETTER, 1),
            ("Data quality", (44, 28, 28, 12, 12, 12), LETTER, 1),
            ("Rows not used", _widths(_UNUSED_COLUMNS), LETTER, 1),
            ("Dictionary", (24, 28, 60, 14), LETTER, 1),
        )
    }
    claim_starts: dict[str, int] = {}
    segment_starts: dict[str, int] = {}
    claim_rows = chain.from_iterable(
        (*administration_rows(case), *other_rows(case)) for case in cases
    )
    segments = chain.from_iterable(map(segment_rows, cases))
    sheets["Claim lines"].fill(
        _CLAIM_COLUMNS, noting_first(claim_rows, _encounter, claim_starts), fixed_columns=2
    )
    corrected = chain.from_iterable(map(corrected_rows, cases))
    sheets["Corrected lines"].fill(_CORRECTED_COLUMNS, corrected, fixed_columns=4)
    sheets["Timeline"].fill(_SEGMENT_COLUMNS, noting_first(segments, _encounter, segment_starts))
    worklist_columns = _worklist_columns(claim_starts, segment_starts)
    effects = effects_of(cases)
    findings = (finding_row(finding, effects) for finding in _worklist(audit))
    sheets["Worklist"].fill(worklist_columns, findings)
    sheets["Money"].fill(_MONEY_COLUMNS, cases)
    sheets["Checks"].fill(_CHECK_COLUMNS, summary.checks)
    sheets["Problem codes"].fill(_CODE_COLUMNS, summary.problem_codes)
    _fill_pivots(sheets["Pivots"], summary.pivots)
    sheets["Form gaps"].fill(_GAP_COLUMNS, summary.form_gaps, fixed_columns=4)
    sheets["Drugs to classify"].fill(_DRUG_COLUMNS, drug_rows(cases))
    sheets["Rows not used"].fill(_UNUSED_COLUMNS, ledger.rows)
    _fill_quality(sheets["Data quality"], summary, ledger)
    _fill_dictionary(sheets["Dictionary"], worklist_columns, summary)
    _fill_summary(sheets["Summary"], summary)
    book.save(path)


def _widths(columns: Iterable[Column[Row]]) -> tuple[float, ...]:
    return tuple(column.width for column in columns)


def _worklist(audit: Audit) -> Iterable[Finding]:
    return chain(
        worklist_order(audit.findings),
        worklist_order(audit.undetermined),
        worklist_order(audit.notes),
    )


def _encounter(row: ClaimRow | SegmentRow) -> str:
    return printable(row.case.encounter.encounter_id)


def _fill_summary(sheet: Sheet, summary: Summary) -> None:
    sheet.on_one_page()
    sheet.line((summary.title, "title"))
    sheet.line((summary.subtitle, "plain"))
    sheet.line(
        (None, "plain"), (summary.completeness, "sentence" if summary.complete else "warning")
    )
    sheet.heading("Three numbers")
    for number in summary.numbers:
        sheet.line((number.value, "figure"), (number.label, "sentence"))
    sheet.line((None, "plain"), (summary.money, "sentence"))
    for heading, sentences in (
        ("Risks", summary.risks),
        ("Actions", summary.actions),
        ("Limits of the data", summary.limits),
        ("Not looked at", summary.exclusions),
    ):
        if sentences:
            sheet.heading(heading)
        for sentence in sentences:
            sheet.line((None, "plain"), (sentence, "sentence"))
    sheet.heading("Agreement of claim and record")
    for agreement in summary.agreements:
        sheet.line((agreement.name, "plain"), (agreement.rate.words, "sentence"))
        sheet.line((None, "plain"), (agreement.formula, "quiet"))
    sheet.heading("Scope")
    for name, value in summary.scope:
        sheet.line((name, "plain"), (value, "sentence"))
    sheet.heading("Sheets")
    for title, meaning in _SHEETS:
        sheet.link(title, place(title, 1), meaning)


def _fill_pivots(sheet: Sheet, pivots: Iterable[Pivot]) -> None:
    sheet.line(("Deficiencies only; what is undetermined counts against nobody.", "plain"))
    for pivot in pivots:
        sheet.heading(f"{pivot.title} · counted: {pivot.counts}")
        sheet.line((pivot.note, "plain"))
        sheet.table(_PIVOT_COLUMNS, pivot.rows)


def _fill_quality(sheet: Sheet, summary: Summary, ledger: Ledger) -> None:
    sheet.line(("Sheets read: read = used + superseded + rejected", "heading"))
    sheet.table(_LEDGER_COLUMNS, ledger.sheets)
    if summary.unevaluated:
        sheet.heading("Checks that could not be evaluated, and what would enable them")
    for gap in summary.unevaluated:
        for _, how in gap.wants:
            sheet.line((gap.check.title, "wrap"), (f"{how}.", "plain"))
    if ledger.orphans:
        sheet.heading("Encounters that only some files know")
        sheet.table(_ORPHAN_COLUMNS, ledger.orphans)
    sheet.heading("How the columns were understood")
    sheet.table(
        _MAPPING_COLUMNS,
        (
            (ledger_sheet, header, field)
            for ledger_sheet in ledger.sheets
            for header, field in ledger_sheet.columns.items()
        ),
    )


def _fill_dictionary(
    sheet: Sheet, worklist: Sequence[Column[FindingRow]], summary: Summary
) -> None:
    described: tuple[tuple[str, Sequence[Column[Any]]], ...] = (
        ("Worklist", worklist),
        ("Claim lines", _CLAIM_COLUMNS),
        ("Money", _MONEY_COLUMNS),
        ("Corrected lines", _CORRECTED_COLUMNS),
        ("Timeline", _SEGMENT_COLUMNS),
        ("Checks", _CHECK_COLUMNS),
        ("Problem codes", _CODE_COLUMNS),
        ("Pivots", _PIVOT_COLUMNS),
        ("Form gaps", _GAP_COLUMNS),
        ("Data quality", (*_LEDGER_COLUMNS, *_ORPHAN_COLUMNS, *_MAPPING_COLUMNS)),
        ("Drugs to classify", _DRUG_COLUMNS),
        ("Rows not used", _UNUSED_COLUMNS),
    )
    sheet.line(
        (
            "Facts on the Worklist are locked without a password; the yellow columns are yours.",
            "plain",
        )
    )
    sheet.table(
        _DICTIONARY_COLUMNS,
        [
            (title, column.header, column.meaning, "you" if column.is_open else "the audit")
            for title, columns in described
            for column in columns
        ],
    )
    sheet.heading("Policy in force")
    sheet.table(_POLICY_COLUMNS, summary.policy)


def _share(rate: Rate) -> Value:
    """The share as a number, or why there is none."""
    return rate.share_words if rate.share is None else rate.share


def _service(row: ClaimRow) -> str:
    entry = code_entry(row.code)
    return entry.wording if entry else ""


def _url(row: CheckLine) -> str | None:
    return next((authority.url for authority in row.check.authorities), None)
