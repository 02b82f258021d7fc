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
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    Accesses,
    accesses_of,
    administration_lines,
    initial_lines,
    initials_on_record,
)
from auditor.tables.codes import DISTINCT_SERVICE_MODIFIERS
from auditor.tables.codes import code as code_entry


@check(
    title="Second access site not confirmed by the record",
    authority=("cms-cpm-4-230.2", "ncci-pm-11-b", "noridian-initial", "rac-0071"),
    severity="high",
    responsible="nursing",
    examines="claim line that needs a second access",
    needs=("claim_line.hcpcs", "administration.site"),
    payment="recoded",
    opened_by=("administration", "access"),
    beyond_record=True,
)
def separate_access_site_unconfirmed(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A second initial service may say that drugs were given at two accesses; modifier XS does.

    It says so where it carries 59 or an X modifier, or where two sites or lines are documented;
    without either it is only ``more_than_one_initial_service``'s.

    The record confirms that when it shows two different sites, the drugs given at each with their
    times, use at the same time or a documented need, and no mere restart of a failed line.  A
    second line for a rate that one line cannot carry is no second access.  Where the record shows
    part of that, the verdict is undetermined and names the rest. So it is where drugs have no site
    and no file has the record of lines, and where the files have no administration of the encounter
    at all: an export may be incomplete.
    """
    accesses = accesses_of(encounter, policy)
    claimed = _lines_that_claim_a_further_access(encounter, accesses, policy)
    for line, place in claimed:
        if not encounter.administrations:
            yield undetermined(
                line,
                because=f"{_claims(line, place)}, and the files have no administration at all for "
                "this encounter; its administration record would tell.",
                evidence=_evidence(accesses),
            )
        elif place > accesses.count:
            yield _unconfirmed(line, place, accesses)
        elif accesses.doubt is not None:
            yield undetermined(
                line,
                because=f"{_claims(line, place)}; {accesses.doubt}.",
                evidence=_evidence(accesses),
            )
        else:
            yield met(line)


def _lines_that_claim_a_further_access(
    encounter: Encounter, accesses: Accesses, policy: Policy
) -> list[tuple[ClaimLine, int]]:
    """Initial services after the first, with the place of the last unit, then lines with XS."""
    initials = initial_lines(encounter)
    places = {id(line): place for place, line in enumerate(initials, start=1)}
    record = accesses.record
    two_shown = len(record.sites) + len(accesses.labels) > 1 or len(record.placed) > 1
    on_record = initials_on_record(encounter, policy)[1:] if two_shown else []
    further = [
        (line, places[id(line)])
        for line in dict.fromkeys(initials[1:])
        if not DISTINCT_SERVICE_MODIFIERS.isdisjoint(line.modifiers) or line in on_record
    ]
    return further + [
        (line, 2)
        for line in administration_lines(encounter)
        if "XS" in line.modifiers and line not in initials and _is_by_vein(line)
    ]


def _is_by_vein(line: ClaimLine) -> bool:
    entry = code_entry(line.hcpcs)
    return entry is not None and entry.family in ("hydration", "therapeutic", "chemotherapy")


def _claims(line: ClaimLine, place: int) -> str:
    which = {2: "a second", 3: "a third"}.get(place, "a further")
    return f"{line.code_with_modifiers} claims {which} access"


def _unconfirmed(line: ClaimLine, place: int, accesses: Accesses) -> Verdict:
    record = accesses.record
    claims = _claims(line, place)
    evidence = _evidence(accesses)
    if record.restarted:
        return deficient(
            line,
            because=f"{claims}, and the record shows a line restarted after it failed.",
            cure=Cure.RECORD,
            evidence=evidence,
        )
    wanted = _wanted(accesses)
    if wanted is not None:
        return undetermined(line, because=f"{claims}; {wanted}.", evidence=evidence)
    shown = f"only {' and '.join(record.sites)}" if record.sites else "no access site"
    if accesses.labels:
        shown = f"no place of a line but {accesses.labels[0]}"
    return deficient(
        line,
        because=f"{claims}, and the record documents {shown}.",
        cure=Cure.RECORD,
        evidence=evidence,
    )


def _wanted(accesses: Accesses) -> str | None:
    """What is partly documented, and what of it is missing."""
    record = accesses.record
    if len(record.sites) > accesses.count:
        sites = count_of(len(record.sites), "site")
        return f"{sites} are documented, but neither use at the same time nor a need for each is"
    if not record.untied:
        return None
    if not record.has_line_record:
        drugs = count_of(record.untied, "drug")
        return (
            f"{drugs} by vein without a documented site may have gone through another line, and no "
            "file has the record of lines, which would tell"
        )
    if len(record.placed) > accesses.count:
        lines = count_of(len(record.placed), "line")
        return f"{lines} were placed, but the drugs are not tied to them"
    charted = (*record.sites, *accesses.labels)
    if accesses.labels and len(charted) > accesses.count:
        sites = " and ".join(charted)
        return f"the sites are charted as {sites}, and the place of each line would tell"
    if accesses.count > 1:
        drugs = count_of(record.untied, "drug")
        return f"{drugs} by vein without a documented site may have gone through it"
    return None


def _evidence(accesses: Accesses) -> tuple[Evidence, ...]:
    record = accesses.record
    return (
        Evidence("sites documented with drugs", ", ".join(record.sites) or "none"),
        Evidence("sites charted without a place", ", ".join(accesses.labels) or "none"),
        Evidence("lines placed", ", ".join(record.placed) or "none on record"),
        Evidence("drugs by vein without a site", str(record.untied)),
        Evidence("accesses supported", str(accesses.count)),
    )
