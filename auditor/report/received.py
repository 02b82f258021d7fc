"""What the files gave and what they did not, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.load.ledger import Ledger, LedgerRow, LedgerSheet
from auditor.load.vocabulary import kinds
from auditor.report.case import Case
from auditor.report.text import count, listed, printable
from auditor.tables.codes import ADMINISTRATION_CODES

# A kind of sheet in the user's words, and which kinds of sheet can state its columns.
_KINDS = {
    "claim_line": ("claim lines", ("claim_line",)),
    "administration": ("medication administrations", ("administration", "mar_event")),
    "order": ("orders", ("order",)),
    "encounter": ("encounters", ("encounter",)),
    "access": ("lines and access sites", ("access",)),
    "drug": ("the formulary", ("drug",)),
}
_FIELDS = {
    "hcpcs": "HCPCS code",
    "ndc": "NDC",
    "mac": "Medicare contractor",
    "mar_action": "charted action",
    "rev_code": "revenue code",
}


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """How many rows of one sheet were not used for one reason, and what would mend them."""

    where: str
    disposition: str
    reason: str
    remedy: str
    rows: int


def sheet_name(sheet: LedgerSheet) -> str:
    """File and sheet, as a source prints them."""
    return printable(f"{sheet.file} · {sheet.sheet}" if sheet.sheet else sheet.file)


def kind_words(kind: str | None) -> str:
    """What the rows of a sheet are, in the user's words; nothing for a sheet not recognised."""
    return kinds()[kind].words if kind else ""


def field_words(field: str) -> str:
    """A field in the user's words."""
    return _FIELDS.get(field) or field.replace("_id", "_number").replace("_", " ")


def remedy_of(row: LedgerRow) -> str:
    """What would mend a row that was not used, or why nothing need be done."""
    if row.remedy:
        return row.remedy
    if row.disposition == "rejected" or row.reason.startswith("repeats the header"):
        return "none: it holds no record"
    if row.reason.startswith("repeats"):
        return (
            "none, where it tells of the same event; where both happened, give each its own time "
            "or number in the export"
        )
    return "none, if the other row is right; else correct that row at its source"


def enabling_column(need: str, ledger: Ledger) -> str:
    """What to supply so that ``need``, a ``kind.field``, is no longer missing."""
    kind, _, field = need.partition(".")
    words, sheet_kinds = _KINDS.get(kind, (kind, (kind,)))
    column = f"a column for “{field.replace('_', ' ')}”"
    holders = [sheet_name(sheet) for sheet in ledger.sheets if sheet.kind in sheet_kinds]
    if holders:
        return f"Add {column} to {listed(holders)}"
    return f"Supply a sheet of {words} with {column}"


def limits_of(ledger: Ledger, cases: Sequence[Case], *, masked: bool = False) -> tuple[str, ...]:
    """What of the data could not be used, each limit in a sentence.

    A ``masked`` ledger says nothing of a row but its place.
    """
    sentences = list(map(printable, ledger.problems))
    read = sum(sheet.rows_read for sheet in ledger.sheets)
    rejected = sum(sheet.rejected for sheet in ledger.sheets)
    if rejected:
        each = "its cell" if masked else "its cell, the reason and the remedy"
        sentences.append(
            f"{count(rejected, 'row')} of {read:,} {'was' if rejected == 1 else 'were'} rejected; "
            f"the workbook lists each with {each}."
        )
    unbilled = [case for case in cases if not case.encounter.claim_lines]
    if unbilled:
        sentences.append(f"{count(len(unbilled), 'encounter')} without a claim line.")
    uncharted = [case for case in cases if _bills_what_nobody_charted(case)]
    if uncharted:
        sentences.append(
            f"{count(len(uncharted), 'encounter')} with billed administration services and "
            "no administration in the record."
        )
    unclassified = Counter(
        administration.drug for case in cases for administration in case.support.undetermined
    )
    if unclassified:
        sentences.append(
            f"{count(len(unclassified), 'drug')} without a class, in "
            f"{count(unclassified.total(), 'administration')}: the pharmacy's class decides "
            "their codes."
        )
    return (*sentences, *_defaults(cases))


def _defaults(cases: Sequence[Case]) -> list[str]:
    """What the tables that come along leave unanswered, where an audit had no others."""
    tables = {id(case.encounter.tables): case.encounter.tables for case in cases}
    asked = {
        edition
        for public in tables.values()
        for quarter in public.quarters.values()
        for edition in quarter.editions
        if edition.is_default
    }
    return [
        f"{edition.kind.words}: only the default of {edition.quarter} is there, which covers "
        "drug administration codes only; no edit of another code or quarter was looked at."
        for edition in sorted(asked, key=str)
    ]


def reasons_of(ledger: Ledger) -> tuple[ReasonLine, ...]:
    """The rows not used, counted by sheet and reason, in the order of the ledger."""
    rows = Counter(
        (
            printable(f"{row.file} · {row.sheet}" if row.sheet else row.file),
            row.disposition,
            printable(row.reason),
            printable(remedy_of(row)),
        )
        for row in ledger.rows
    )
    return tuple(ReasonLine(*key, number) for key, number in rows.items())


def _bills_what_nobody_charted(case: Case) -> bool:
    billed = any(line.hcpcs in ADMINISTRATION_CODES for line in case.encounter.claim_lines)
    return billed and not case.encounter.administrations
