"""An administration code is billed, and nothing on record could be what it stands for."""

from collections.abc import Iterator

from auditor import (
    Administration,
    ClaimLine,
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Method,
    Policy,
    Route,
    Verdict,
    check,
    deficient,
    met,
    undetermined,
)
from auditor.coding import administration_lines
from auditor.tables.codes import PUSH_CODES, code

FLUIDS = (DrugClass.HYDRATION, DrugClass.UNCLASSIFIED)
NO_DRUGS = (DrugClass.HYDRATION, DrugClass.CARRIER, DrugClass.BLOOD)


@check(
    title="Service billed without an administration",
    authority=("cfr-482.24", "cms-cpm-4-230.2"),
    severity="high",
    responsible="charge set-up",
    examines="claim line of drug administration",
    needs=("claim_line.hcpcs", "administration.drug"),
    payment="recoded",
)
def billed_service_without_administration(
    encounter: Encounter, policy: Policy
) -> Iterator[Verdict]:
    """Each line needs an administration of its kind on record, whatever its times say.

    Injections and pushes need one for each unit, as each is given once.  Where the files have no
    administration of the encounter at all, an export may be incomplete: undetermined.  So it is
    where a row that could not be used may be the administration.
    """
    left = {
        kind: sum(_could_be(a, kind) for a in encounter.administrations)
        for kind in ("injection", "push")
    }
    for line in administration_lines(encounter):
        kind = _kind(line)
        if kind is None:
            continue
        if not encounter.administrations:
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and the files have no administration at all for "
                "this encounter; its administration record would tell.",
            )
            continue
        units = line.unit_count
        enough = any(_could_be(a, kind) for a in encounter.administrations)
        if kind in left:
            enough = units <= left[kind]
            left[kind] -= units
        lost = encounter.rejected_row("administration")
        if enough:
            yield met(line)
        elif lost is not None:
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and no {kind} stands in the rows that could be "
                f"used; one that was rejected may be it ({lost.cell}).",
            )
        else:
            yield deficient(
                line,
                because=f"{line.hcpcs} is billed with {units} "
                f"{'unit' if units == 1 else 'units'}, and the record has no {kind} that it could "
                "stand for.",
                cure=Cure.NOTHING,
                evidence=(Evidence("administrations", str(len(encounter.administrations))),),
            )


def _kind(line: ClaimLine) -> str | None:
    """What kind of administration the line's code stands for, where the record can tell."""
    if line.hcpcs in PUSH_CODES:
        return "push"
    entry = code(line.hcpcs)
    return entry.family if entry and entry.family in _KINDS else None


def _could_be(administration: Administration, kind: str) -> bool:
    routes, methods, fluids = _KINDS[kind]
    if methods and administration.method not in methods:
        return False
    if fluids is not None and (administration.drug_class in NO_DRUGS) is not fluids:
        return administration.drug_class is DrugClass.UNCLASSIFIED
    return administration.route in routes


# Routes, methods (none: any) and whether it is a fluid or blood (None: either).
_KINDS: dict[str, tuple[tuple[Route, ...], tuple[Method, ...], bool | None]] = {
    "hydration": ((Route.IV,), (), True),
    "therapeutic": ((Route.IV,), (), False),
    "chemotherapy": ((Route.IV,), (), False),
    "push": ((Route.IV,), (), False),
    "injection": ((Route.SC, Route.IM), (), False),
    "subcutaneous infusion": ((Route.SC,), (), None),
    "intra-arterial": ((Route.IA,), (), False),
    "blood": ((Route.IV,), (), True),
    "on-body injector": (tuple(Route), (Method.ON_BODY,), None),
    "port": (tuple(Route), (Method.PORT_FLUSH,), None),
}
