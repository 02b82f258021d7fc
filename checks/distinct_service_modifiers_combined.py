"""Modifier 59 stands beside an X modifier, or an X modifier says what the record does not."""

from collections.abc import Iterator

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
    undetermined,
)
from auditor.coding import DistinctLine, distinct_lines, encounters_that_day, site_record, supported
from auditor.tables.codes import DISTINCT_SERVICE_MODIFIERS


@check(
    title="Distinct-service modifiers combined or misused",
    authority=("ncci-pm-11-b", "rac-0071"),
    severity="medium",
    responsible="coding",
    examines="administration line with modifier 59, XE, XP, XS or XU",
    needs=("claim_line.hcpcs", "administration.site"),
)
def distinct_service_modifiers_combined(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Either 59 or one X modifier; XE for a separate encounter, XS for a separate site.

    What is given otherwise than by vein has a site of its own.  Whether a line is distinct at all
    is judged by ``modifier_59_unsupported``; here, whether its modifier says by what.
    """
    for distinct in distinct_lines(encounter, policy):
        line = distinct.line
        modifiers = DISTINCT_SERVICE_MODIFIERS.intersection(line.modifiers)
        if len(modifiers) > 1:
            yield _wrong(line, "59 and the X modifiers exclude each other on one line")
        elif "XE" in modifiers and encounter.patient_id is None:
            yield undetermined(
                line,
                because=f"{line.code_with_modifiers} claims a separate encounter; the patient's "
                "number would tell whether there was one that day.",
            )
        elif "XE" in modifiers and not encounters_that_day(line, encounter):
            yield _no_other_encounter(line, encounter)
        elif "XS" in modifiers and distinct.is_by_vein:
            if distinct.holds is None and not distinct.because:  # blood
                continue
            yield _separate_site(distinct, encounter, policy)
        else:
            yield met(line)


def _no_other_encounter(line: ClaimLine, encounter: Encounter) -> Verdict:
    if lost := encounter.rejected_row("encounter"):
        return undetermined(
            line,
            because=f"{line.code_with_modifiers} claims a separate encounter; a row that was "
            f"rejected may be that one ({lost.cell}).",
        )
    return _wrong(line, "XE claims a separate encounter, and the patient had no other that day")


def _wrong(line: ClaimLine, fault: str, *evidence: Evidence) -> Verdict:
    return deficient(
        line,
        because=f"{line.code_with_modifiers}: {fault}.",
        cure=Cure.REBILL,
        evidence=(
            Evidence("modifiers", " ".join(line.modifiers), cell_of(line, "modifiers")),
            *evidence,
        ),
    )


def _separate_site(distinct: DistinctLine, encounter: Encounter, policy: Policy) -> Verdict:
    line, sites = distinct.line, site_record(encounter, policy).sites
    accesses = len(supported(encounter, policy).access_sites)
    if distinct.holds and accesses > 1:
        return met(line)
    if distinct.holds is None:
        return undetermined(line, because=distinct.because)
    shown = "another encounter, which is XE" if distinct.holds else "no further site for it"
    return _wrong(
        line,
        f"XS claims a separate site, and the record shows {shown}",
        Evidence("access sites in use", ", ".join(sites) or "none"),
    )
