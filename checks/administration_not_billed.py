"""The record supports a service that the claim does not have."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from auditor import (
    Administration,
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
    UNDER_AN_ADD_ON,
    Support,
    SupportedLine,
    Variance,
    by_vein,
    compare,
    doubt_of,
    is_for_the_inpatient_claim,
    supported,
)
from auditor.tables.codes import CHEMOTHERAPY_CODES, INITIAL_CODES, current


@check(
    title="Supported service not billed",
    authority=("cms-cpm-4-230.2",),
    severity="low",
    responsible="charge set-up",
    examines="administration that supports a service",
    needs=(
        *("claim_line.hcpcs", "claim_line.units"),
        *("administration.start", "administration.route"),
    ),
    payment="recoded",
    opened_by=("claim_line", "administration"),
)
def administration_not_billed(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Underpayments are findings too: every supported unit that the claim leaves out.

    One finding an administration, with all its codes.  A service is left out too where it is billed
    under a lower code: a new drug's as more of a drug given before, chemotherapy's as another
    drug's, an initial service's as one that follows it.  What is billed under another technique is
    judged by ``push_billed_as_infusion``; what belongs on the inpatient claim of an admission is
    not asked for.  An encounter without any claim line may be billed elsewhere and is not looked
    at.
    """
    if not encounter.claim_lines:
        return
    support = supported(encounter, policy)
    drugs = by_vein(encounter, policy)
    missed = _missed(compare(encounter, support, policy))
    instead = {v.supported: v.billed for v in missed if v.billed}
    gaps = _gaps(missed, encounter, support)
    for given, lines in _by_administration(support):
        days = {line.service_date for line in lines}
        inpatient = {is_for_the_inpatient_claim(day, encounter, policy) for day in days}
        gap = gaps.get(given.administration_id)
        if True in inpatient:
            continue
        if gap is None or drugs.is_under_another_technique(given):
            yield met(given)
            continue
        what = listed(f"{count_of(units, 'unit')} of {code}" for code, units in gap.items())
        said = f"The claim leaves out {what} for the {given.drug}"
        for right, lower in ((c, lower) for c in gap if (lower := instead.get(c))):
            said += f" and bills {lower} in its place, which is for {_for_what(lower, right)}"
        if doubt := doubt_of(given, encounter, support, policy):
            yield undetermined(given, because=f"{said}; {doubt}.")
        else:
            yield deficient(
                given,
                because=f"{said}.",
                cure=Cure.REBILL,
                evidence=[
                    *(Evidence(f"units of {c} not billed", str(n)) for c, n in gap.items()),
                    *(Evidence("billed instead", code) for c in gap if (code := instead.get(c))),
                ],
            )


def _missed(variances: Sequence[Variance]) -> list[Variance]:
    """What the claim leaves out; an initial that it bills for another is judged as that one."""
    has_another = any(variance.billed in INITIAL_CODES for variance in variances)
    return [
        variance
        for variance in variances
        if variance.is_missed
        and not (has_another and (variance.billed, variance.supported) in UNDER_AN_ADD_ON)
    ]


def _for_what(lower: str, right: str) -> str:
    """What a lower code is for, beside the one that the record supports."""
    if (lower, right) in UNDER_AN_ADD_ON:
        return "what follows an initial service"
    if right in CHEMOTHERAPY_CODES and lower not in CHEMOTHERAPY_CODES:
        return "another drug than chemotherapy"
    return "more of a drug given before"


def _by_administration(
    support: Support,
) -> Iterator[tuple[Administration, list[SupportedLine]]]:
    """Each administration that supports a service, with its lines."""
    lines: dict[str, list[SupportedLine]] = defaultdict(list)
    given: dict[str, Administration] = {}
    for line in support.lines:
        for administration in line.administrations:
            given.setdefault(administration.administration_id, administration)
            lines[administration.administration_id].append(line)
    for name, administration in given.items():
        yield administration, lines[name]


def _gaps(
    missed: Sequence[Variance], encounter: Encounter, support: Support
) -> dict[str, Counter[str]]:
    """Units of each code that are not billed, under the first administration of their line."""
    gaps: dict[str, Counter[str]] = defaultdict(Counter)
    wanted = Counter[str]()
    for variance in missed:
        wanted[variance.supported or ""] += variance.units
    for code, left in wanted.items():
        for line, units in reversed(_not_covered(code, encounter, support)):
            units = min(units, left)
            if units:
                gaps[line.administrations[0].administration_id][line.code] += units
                left -= units
    return {name: Counter(dict(sorted(gap.items()))) for name, gap in gaps.items()}


def _not_covered(
    code: str, encounter: Encounter, support: Support
) -> list[tuple[SupportedLine, int]]:
    """Supported lines with their units beyond those billed, first of their date, then of others."""
    billed: Counter[date | None] = Counter()
    for claimed in encounter.claim_lines:
        if current(claimed.hcpcs or "") == code:
            billed[claimed.service_date] += claimed.unit_count
    lines = [(line, line.units) for line in support.lines if line.code == code]
    on_date = []
    for line, units in lines:
        covered = min(units, billed[line.service_date])
        billed[line.service_date] -= covered
        on_date.append((line, units - covered))
    left = billed.total()
    rest = []
    for line, units in on_date:
        covered = min(units, left)
        left -= covered
        rest.append((line, units - covered))
    return rest
