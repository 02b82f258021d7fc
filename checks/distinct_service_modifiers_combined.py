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
from auditor.coding import administration_lines, site_record, supported
from auditor.tables.codes import DISTINCT_SERVICE_MODIFIERS, INJECTION_CODES


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

    Whether a 59 is supported at all is judged by ``modifier_59_unsupported``.
    """
    for line in administration_lines(encounter):
        modifiers = DISTINCT_SERVICE_MODIFIERS.intersection(line.modifiers)
        if not modifiers:
            continue
        fault = _fault(line, modifiers, encounter)
        if fault is not None:
            yield deficient(
                line,
                because=f"{line.code_with_modifiers}: {fault}.",
                cure=Cure.REBILL,
                evidence=(
                    Evidence("modifiers", " ".join(line.modifiers), cell_of(line, "modifiers")),
                ),
            )
        elif "XS" in modifiers and line.hcpcs not in INJECTION_CODES:
            yield _separate_site(line, encounter, policy)
        else:
            yield met(line)


def _fault(line: ClaimLine, modifiers: frozenset[str], encounter: Encounter) -> str | None:
    if len(modifiers) > 1:
        return "59 and the X modifiers exclude each other on one line"
    if "XE" in modifiers and not encounter.other_encounters:
        return "XE claims a separate encounter, and the patient had no other that day"
    return None


def _separate_site(line: ClaimLine, encounter: Encounter, policy: Policy) -> Verdict:
    record = site_record(encounter, policy)
    if len(supported(encounter, policy).access_sites) > 1:
        return met(line)
    if record.untied or len(record.sites) > 1:
        return undetermined(
            line,
            because=f"{line.code_with_modifiers} claims a separate site; the access site of each "
            "drug, and their use at the same time, would tell.",
        )
    return deficient(
        line,
        because=f"{line.code_with_modifiers}: XS claims a separate site, and the record shows one.",
        cure=Cure.REBILL,
        evidence=(Evidence("access sites in use", ", ".join(record.sites) or "none"),),
    )
