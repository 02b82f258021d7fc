"""A drug by vein has no access site where the claim or the record has more than one access."""

from collections.abc import Iterator

from auditor import (
    Administration,
    Cure,
    Encounter,
    Policy,
    Verdict,
    blank,
    check,
    deficient,
    met,
    undetermined,
)
from auditor.coding import initial_lines, lines_billing, supported
from auditor.tables.sites import site_key


@check(
    title="Access site not documented",
    authority=("cms-cpm-4-230.2", "ncci-pm-11-b", "noridian-initial"),
    severity="medium",
    responsible="nursing",
    examines="service by vein where its access may decide a code, or of one drug alone",
    needs=("claim_line.hcpcs", "administration.site"),
    beyond_record=True,
)
def access_site_not_documented(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """The site tells which services share an access; it matters where more than one may be in use.

    That is where the claim has more than one initial or a concurrent service, or where more than
    one line was placed. A line that names its place, or one of the line records, is a site. Where
    one drug was given, once, its site decides nothing, however much is billed: met with a note.
    """
    matters = _why_it_matters(encounter)
    if matters is None:
        return
    support = supported(encounter, policy)
    services = [c for c in support.courses if c.technique in ("push", "infusion", "hydration")]
    given_once = len(services) == 1 and not support.undetermined
    one_access = len(encounter.access_sites) < 2 and not encounter.rejected_row("administration")
    for course in services:
        given = course.administration
        if _has_site(given, encounter):
            yield met(given)
        elif given_once and one_access:
            yield met(given, f"The {given.drug} has no access site: one drug, one access.")
        elif lost := encounter.rejected_row("administration", given):
            yield undetermined(
                given,
                because=f"The {given.drug} has no access site in the rows that could be used; one "
                f"that was rejected may say it ({lost.cell}).",
            )
        elif given.line and "access.site" not in encounter.supplied:
            yield undetermined(
                given,
                because=f"The {given.drug} has no access site but the line {given.line}; the "
                "record of the lines would tell its place.",
            )
        else:
            yield deficient(
                given,
                because=f"The {given.drug} has no access site, and {matters}.",
                cure=Cure.LATE_ENTRY,
                evidence=(blank("access site", given, "site"),),
            )


def _why_it_matters(encounter: Encounter) -> str | None:
    initials = len(initial_lines(encounter))
    if initials > 1:
        return f"{initials} initial services are billed"
    if lines_billing(encounter, "96368"):
        return "a concurrent service is billed"
    if len(encounter.access_sites) > 1:
        return f"{len(encounter.access_sites)} lines were placed"
    return None


def _has_site(given: Administration, encounter: Encounter) -> bool:
    lines = {record.access_id for record in encounter.access_sites}
    return bool(given.site) or given.line in lines or bool(site_key(given.line))
