"""A second initial service is billed, and the record does not confirm a second access."""

from collections.abc import Iterator

from auditor import (
    ClaimLine,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    check,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    SiteRecord,
    initial_lines,
    initials_on_record,
    site_record,
    supported,
)
from auditor.tables.codes import (
    ADMINISTRATION_CODES,
    DISTINCT_SERVICE_MODIFIERS,
    INITIAL_BY_RANK,
    INJECTION_CODES,
)


@check(
    title="Second access site not confirmed by the record",
    authority=("cms-cpm-4-230.2", "ncci-pm-11-b", "noridian-initial", "rac-0071"),
    severity="high",
    responsible="nursing",
    examines="claim line that needs a second access",
    needs=("claim_line.hcpcs", "administration.site"),
    payment="recoded",
)
def separate_access_site_unconfirmed(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A second initial service may say that drugs were given at two accesses; modifier XS does.

    It says so where it carries 59 or an X modifier, or where two sites or lines are documented;
    a second initial service without either is only ``more_than_one_initial_service``'s.
    The record confirms that when it shows two different sites, the drugs given at each with their
    times, use at the same time or a documented need, and no mere restart of a failed line.  Where
    it shows part of that, the verdict is undetermined and names the rest.
    """
    record = site_record(encounter, policy)
    claimed = _lines_that_claim_a_second_access(encounter, record, policy)
    if not claimed:
        return
    accesses = len(supported(encounter, policy).access_sites)
    for place, line in enumerate(claimed, start=2):
        if place <= accesses or (line.hcpcs not in INITIAL_BY_RANK and accesses > 1):
            yield met(line)
        else:
            yield _unconfirmed(line, record, encounter)


def _lines_that_claim_a_second_access(
    encounter: Encounter, record: SiteRecord, policy: Policy
) -> list[ClaimLine]:
    """Initial services after the first, units counted one by one, then lines with XS."""
    initials = initial_lines(encounter)
    two_shown = len(record.sites) > 1 or len(record.placed) > 1
    second_on_record = initials_on_record(encounter, policy)[1:]
    second = [
        line
        for line in dict.fromkeys(initials[1:])
        if not DISTINCT_SERVICE_MODIFIERS.isdisjoint(line.modifiers)
        or (two_shown and line in second_on_record)
    ]
    return second + [
        line
        for line in encounter.lines_billing(*sorted(ADMINISTRATION_CODES))
        if "XS" in line.modifiers and line not in initials and line.hcpcs not in INJECTION_CODES
    ]


def _unconfirmed(line: ClaimLine, record: SiteRecord, encounter: Encounter) -> Verdict:
    evidence = (
        Evidence("sites documented with drugs", ", ".join(record.sites) or "none"),
        Evidence("lines placed", ", ".join(record.placed) or "none on record"),
        Evidence("drugs by vein without a site", str(record.untied)),
    )
    claims = f"{line.code_with_modifiers} claims a second access"
    if record.restarted:
        return deficient(
            line,
            because=f"{claims}, and the record shows a line restarted after it failed.",
            cure=Cure.NOTHING,
            evidence=evidence,
        )
    if len(record.sites) > 1:
        return undetermined(
            line,
            because=f"{claims}; two sites are documented, but neither use at the same time nor a "
            "need for the second is.",
            evidence=evidence,
        )
    if len(record.placed) > 1 and record.untied:
        return undetermined(
            line,
            because=f"{claims}; two lines were placed, but the drugs are not tied to them.",
            evidence=evidence,
        )
    shown = f"only {record.sites[0]}" if record.sites else "no access site"
    return deficient(
        line,
        because=f"{claims}, and the record documents {shown}.",
        cure=Cure.RECORD if record.untied else Cure.NOTHING,
        evidence=evidence,
    )
