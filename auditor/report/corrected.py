"""The corrected claim for coding staff: what to do with each billed line, in words."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.coding import CorrectedLine
from auditor.record import ClaimLine
from auditor.report.case import Case
from auditor.report.text import amount, day, printable
from auditor.tables.codes import code as code_entry
from auditor.verdict import Cure

_RESTORING = (Cure.LATE_ENTRY, Cure.ATTESTATION, Cure.ORDER, Cure.RECORD)


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """What is printed of one line of a corrected claim; the fields are the columns of the CSV.

    ``action`` is ``keep``, ``delete``, ``add``, or each change with what stands before and after,
    such as ``change units 2 to 1; change code 96365 to 96367``.  ``correct_now`` is ``yes``,
    ``not yet``, or empty where nothing changes; ``wait_for`` says what would settle it, and
    ``curable_by`` what the findings of the encounter ask for that could restore units.
    """

    encounter_id: str
    account_id: str
    patient_id: str
    claim_id: str
    line_number: str
    billed_as: str
    billed_units: str
    billed_date: str
    action: str
    correct_now: str
    code: str
    modifiers: str
    units: int
    service_date: str
    service: str
    cause: str
    wait_for: str
    curable_by: str
    source: str


def corrected_rows(case: Case) -> tuple[CorrectedRow, ...]:
    """The corrected claim of one encounter; nothing where claim and record agree."""
    return tuple(_row(case, line) for line in case.corrected)


def action_words(line: CorrectedLine) -> str:
    """What to do with the billed line."""
    if line.billed is None or line.action != "change":
        return line.action
    return "; ".join(_changes(line, line.billed))


def _changes(line: CorrectedLine, billed: ClaimLine) -> list[str]:
    pairs = (
        ("code", billed.hcpcs or "none", line.code),
        ("modifiers", _modifiers(billed.modifiers), _modifiers(line.modifiers)),
        ("units", str(billed.unit_count), str(line.units)),
        ("date", day(billed.service_date) or "none", day(line.service_date)),
    )
    return [f"change {name} {was} to {is_now}" for name, was, is_now in pairs if was != is_now]


def _modifiers(modifiers: tuple[str, ...]) -> str:
    return " ".join(modifiers) or "none"


def _cures(case: Case) -> str:
    """What could be added to the record, by the encounter's findings."""
    cures = (finding.verdict.cure for finding in case.findings)
    return "; ".join(dict.fromkeys(cure.value for cure in cures if cure in _RESTORING))


def _row(case: Case, line: CorrectedLine) -> CorrectedRow:
    encounter, billed = case.encounter, line.billed
    entry = code_entry(line.code)
    return CorrectedRow(
        encounter_id=printable(encounter.encounter_id),
        account_id=printable(encounter.account_id or ""),
        patient_id=printable(encounter.patient_id or ""),
        claim_id=printable(billed.claim_id) if billed else "",
        line_number=printable(billed.line_number) if billed else "",
        billed_as=billed.code_with_modifiers if billed else "",
        billed_units=amount(billed.units) if billed else "",
        billed_date=day(billed.service_date) if billed else "",
        action=action_words(line),
        correct_now="" if line.action == "keep" else "not yet" if line.wait_for else "yes",
        code=line.code,
        modifiers=" ".join(line.modifiers),
        units=line.units,
        service_date=day(line.service_date),
        service=entry.wording if entry else "",
        cause=printable(line.because),
        wait_for=printable(line.wait_for),
        curable_by=_cures(case) if billed and line.units < billed.unit_count else "",
        source=printable(str(billed.source)) if billed and billed.source else "",
    )
