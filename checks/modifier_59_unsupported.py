"""Modifier 59 or an X modifier stands on drug administration at one access in one encounter."""

from collections.abc import Iterator

from auditor import Cure, Encounter, Evidence, Policy, Verdict, check, deficient, met, undetermined
from auditor.coding import distinct_lines, site_record


@check(
    title="Modifier 59 or X{EPSU} without support",
    authority=("ncci-pm-11-b", "cms-cpm-4-230.2", "rac-0071"),
    severity="high",
    responsible="coding",
    examines="administration line with modifier 59, XE, XP, XS or XU",
    needs=("claim_line.hcpcs", "administration.site"),
    payment="recoded",
)
def modifier_59_unsupported(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """The modifier says that a service is distinct: another access, or another encounter that day.

    It is unsupported where every drug by vein was given at one documented site and the patient
    had one encounter that day.  An injection is at a site of its own.  A line that is no second
    initial may carry the modifier for another procedure of that day, which this record cannot
    judge.
    """
    for distinct in distinct_lines(encounter, policy):
        if distinct.holds:
            yield met(distinct.line)
        elif distinct.holds is None:
            yield undetermined(distinct.line, because=distinct.because)
        else:
            sites = site_record(encounter, policy).sites
            yield deficient(
                distinct.line,
                because=distinct.because,
                cure=Cure.REBILL,
                evidence=(
                    Evidence("access sites in use", ", then ".join(sites)),
                    Evidence("other encounters that day", "none"),
                ),
            )
