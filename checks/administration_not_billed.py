"""The record supports a service that the claim does not have."""

from collections.abc import Iterator

from auditor import Cure, Encounter, Evidence, Policy, Verdict, check, deficient, met, undetermined
from auditor.coding import Variance, compare, supported


@check(
    title="Supported service not billed",
    authority=("cms-cpm-4-230.2",),
    severity="low",
    responsible="charge set-up",
    examines="administration that supports a service",
    needs=("claim_line.hcpcs", "administration.start"),
    payment="recoded",
)
def administration_not_billed(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Underpayments are findings too: every supported unit that the claim leaves out.

    An encounter without any claim line may be billed elsewhere and is not looked at.
    """
    if not encounter.claim_lines:
        return
    support = supported(encounter, policy)
    missing: dict[str, Variance] = {}
    for variance in compare(encounter, support, policy):
        if variance.kind == "under" and variance.administrations:
            missing[variance.administrations[-1].administration_id] = variance
    seen: set[str] = set()
    for line in support.lines:
        for administration in line.administrations:
            if administration.administration_id in seen:
                continue
            seen.add(administration.administration_id)
            gap = missing.get(administration.administration_id)
            if gap is None:
                yield met(administration)
            elif gap.undetermined:
                yield undetermined(administration, because=gap.because)
            else:
                yield deficient(
                    administration,
                    because=gap.because,
                    cure=Cure.REBILL,
                    evidence=(
                        Evidence("code", gap.supported or ""),
                        Evidence("units not billed", str(gap.units)),
                    ),
                )
