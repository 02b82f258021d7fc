"""Hydration minutes are billed that ran beside an infusion or blood at the same access."""

from collections.abc import Iterator

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    check,
    count_of,
    deficient,
    listed,
    met,
    undetermined,
)
from auditor.coding import (
    Cause,
    Course,
    Family,
    billed_of,
    excess_of,
    lines_billing,
    runs_beside,
    supported,
    tells_the_access,
    with_neighbours,
)
from auditor.verdict import Facts


@check(
    title="Hydration billed beside an infusion",
    authority=("cpt-drug-administration", "noridian-hydration", "ncci-pm-11-b"),
    severity="high",
    responsible="coding",
    examines="hydration given beside an infusion or transfusion and billed",
    needs=("claim_line.hcpcs", "administration.start", "administration.stop",
           "administration.site"),
    payment="recoded",
    opened_by=("administration",),
    beyond_record=True,
)  # fmt: skip
def hydration_concurrent_with_infusion(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Fluid that runs while a drug or blood is infused at the same access is not reported.

    Deficient where the billed units need those minutes.  At another supported access they count.
    Undetermined where a site is blank, unless one line was placed.
    """
    if not billed_of(encounter, Family.HYDRATION):
        return
    support = supported(encounter, policy)
    excess = excess_of(encounter, Family.HYDRATION, policy)
    for fluid, near in with_neighbours(support.courses):
        others = [other for other in near if other.technique in ("infusion", "transfusion")]
        if fluid.technique != "hydration" or not any(_overlap(fluid, o) for o in others):
            continue
        beside = [other for other in others if runs_beside(fluid, other)]
        if not beside or not excess.has(Cause.BESIDE_AN_INFUSION):
            yield met(fluid.administration)
            continue
        drugs = listed(dict.fromkeys(other.administration.drug for other in beside))
        billed = (
            f"{count_of(excess.billed, 'unit')} of hydration "
            f"{'is' if excess.billed == 1 else 'are'} billed"
        )
        facts: Facts = {
            "evidence": (
                Evidence("units billed", str(excess.billed)),
                Evidence("units supported", str(excess.supported)),
                Evidence(
                    "units that need those minutes", str(excess.causes[Cause.BESIDE_AN_INFUSION])
                ),
            ),
            "claim_lines": lines_billing(encounter, *Family.HYDRATION.codes),
            "administrations": [other.administration for other in beside],
        }
        if all(
            tells_the_access(fluid.administration, other.administration, encounter)
            for other in beside
        ):
            yield deficient(
                fluid.administration,
                because=f"{billed}; without the minutes beside the {drugs} at the same access the "
                f"record supports {excess.supported}.",
                cure=Cure.REBILL,
                **facts,
            )
        else:
            yield undetermined(
                fluid.administration,
                because=f"{billed}, and the fluid ran beside the {drugs}; the access site of each "
                "would tell whether it was the same.",
                **facts,
            )


def _overlap(one: Course, other: Course) -> bool:
    """Whether they ran at the same time, at whatever access."""
    return runs_beside(one, other._replace(access=one.access))
