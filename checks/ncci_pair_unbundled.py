"""Two codes of one date that an NCCI edit bundles are billed without the modifier it needs."""

from collections.abc import Iterator
from datetime import date

from auditor import (
    ClaimLine,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    cell_of,
    check,
    deficient,
    met,
    not_evaluated,
    undetermined,
)
from auditor.tables.codes import ADMINISTRATION_CODES, PTP_MODIFIERS, VISIT_MODIFIERS
from auditor.tables.published import Kind, PairEdit, PairTable


@check(
    title="NCCI pair billed without the modifier it needs",
    authority=("cms-ncci-ptp", "ncci-pm-11-b"),
    severity="high",
    responsible="coding",
    examines="claim line that an edit bundles into another of its date",
    needs=("claim_line.hcpcs", "claim_line.modifiers", "claim_line.service_date",
           "table.ptp"),
)  # fmt: skip
def ncci_pair_unbundled(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A column-two code beside its column-one code needs a modifier, on either line, if one helps.

    Looked at are the edits of which one code is a drug administration. Whether the record
    supports the modifier is judged by ``modifier_59_unsupported``. Modifier 25 helps on the visit,
    not on the administration. Indicator 0 lets no modifier pass. A pair that a loaded extract does
    not cover is not examined.
    """
    for day in sorted({line.service_date for line in encounter.claim_lines if line.service_date}):
        lines = [line for line in encounter.claim_lines if line.service_date == day and line.hcpcs]
        administration = [line for line in lines if line.hcpcs in ADMINISTRATION_CODES]
        if not administration:
            continue
        table = encounter.tables.on(day).ptp
        if table is None:
            for line in administration:
                yield not_evaluated(line, wants=encounter.tables.wanted(Kind.PTP, day))
            continue
        true_day = encounter.tables.true_day(day)
        for line in lines:
            edits = [edit for other in lines for edit in _edits(line, other, table, true_day)]
            if edits:
                yield _judge(line, edits)
    for line in encounter.claim_lines:
        if line.hcpcs in ADMINISTRATION_CODES and line.service_date is None:
            yield undetermined(
                line,
                because=f"The service date of {line.hcpcs} is blank; it decides which edits apply.",
            )


def _edits(
    line: ClaimLine, other: ClaimLine, table: PairTable, day: date
) -> Iterator[tuple[PairEdit, ClaimLine]]:
    """The edit that bundles ``line`` into ``other``, where one of the two gives a drug."""
    if ADMINISTRATION_CODES.isdisjoint({line.hcpcs, other.hcpcs}) or line.hcpcs == other.hcpcs:
        return
    edit = table.between(line.hcpcs or "", other.hcpcs or "", day)
    if edit is not None and edit.column2 == line.hcpcs:
        yield edit, other


def _judge(line: ClaimLine, edits: list[tuple[PairEdit, ClaimLine]]) -> Verdict:
    unpassed = [(edit, other) for edit, other in edits if not _is_passed(edit, line, other)]
    if not unpassed:
        return met(line)
    edit, _ = min(unpassed, key=lambda one: one[0].modifier_indicator)
    into = ", ".join(dict.fromkeys(other.code_with_modifiers for _, other in unpassed))
    why = (
        "no modifier lets the pair pass"
        if edit.modifier_indicator == 0
        else "neither has a modifier that lets the pair pass"
    )
    return deficient(
        line,
        because=f"{line.code_with_modifiers} is bundled into {into} of the same date, and {why}.",
        cure=Cure.REBILL,
        evidence=[
            Evidence("column 2", line.code_with_modifiers, cell_of(line, "hcpcs")),
            *(
                Evidence(
                    f"column 1, modifier indicator {edit.modifier_indicator}",
                    other.code_with_modifiers,
                    cell_of(other, "hcpcs"),
                )
                for edit, other in unpassed
            ),
        ],
        claim_lines=[other for _, other in unpassed],
    )


def _is_passed(edit: PairEdit, line: ClaimLine, other: ClaimLine) -> bool:
    return edit.modifier_indicator == 1 and any(map(_helps, (line, other)))


def _helps(line: ClaimLine) -> bool:
    """Whether a line has a modifier that lets a pair pass, and that such a line can have."""
    here = PTP_MODIFIERS & set(line.modifiers)
    return bool(here - VISIT_MODIFIERS if line.hcpcs in ADMINISTRATION_CODES else here)
