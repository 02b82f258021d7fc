"""An administration code is billed, and nothing on record is what it stands for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

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
    count_of,
    deficient,
    listed,
    met,
    undetermined,
)
from auditor.coding import (
    Course,
    Kind,
    Variance,
    administration_lines,
    began_before_arrival,
    compare,
    is_continued_at_home,
    kind_of,
    lines_of,
    nothing_behind,
    on_record,
    supported,
)
from auditor.tables.codes import LEFT_TO_A_PERSON, current

ONCE_AN_ENCOUNTER = ("96369", "96371")
BY_HAND = (Method.PUSH, Method.INJECTION)

# What is given like a drug, and why it earns no code of this record.
NO_SERVICE = {
    DrugClass.VACCINE: "a vaccine has codes of its own",
    DrugClass.CONTRAST: "contrast is part of its imaging",
    DrugClass.CARRIER: "a flush or carrier is part of the service",
    DrugClass.NOT_REPORTABLE: "not reported separately",
    DrugClass.HYDRATION: "a fluid that was pushed by hand",
}


@check(
    title="Service billed without an administration",
    authority=("cfr-482.24", "cms-cpm-4-230.2"),
    severity="high",
    responsible="charge set-up",
    examines="claim line of drug administration",
    needs=("claim_line.hcpcs", "administration.drug", "administration.route"),
    payment="recoded",
    beyond_record=True,
)
def billed_service_without_administration(
    encounter: Encounter, policy: Policy
) -> Iterator[Verdict]:
    """Each line needs an administration of its kind: by its technique or, without times, its facts.

    Pushes, injections and pumps need one for each unit, as each is given once; a transfusion is
    reported once a date, a port flush only where it is the sole service of its date.  Vaccines,
    contrast, flushes and carriers are no drugs here, and what was pushed or injected before
    arrival or after discharge is not the hospital's.  What is only more of a drug given before, or
    ran beside another, is not behind the code of a further drug or hour.  A second initial
    service, a push billed as an infusion, a repeat too soon and minutes too few are judged by the
    checks of that name.  A code that no rule derives from a record, such as one without a service
    of its own, is left to a person.  Where the files have no administration of the encounter at
    all, an export may be incomplete: undetermined.  So it is where a row that could not be used may
    be the administration.
    """
    billed = [line for line in administration_lines(encounter) if line.unit_count > 0]
    lines = [line for line in billed if kind_of(line.hcpcs)]
    for line in billed:
        if line not in lines and current(line.hcpcs or "") in LEFT_TO_A_PERSON:
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and no rule derives it from an administration "
                "record; the note of that procedure would tell.",
            )
    if not encounter.administrations:
        for line in lines:
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and the files have no administration at all for "
                "this encounter; its administration record would tell.",
            )
        return
    without = nothing_behind(encounter, policy)
    for kind in dict.fromkeys(kind for line in lines if (kind := kind_of(line.hcpcs))):
        of_kind = [line for line in lines if kind_of(line.hcpcs) is kind]
        match kind:
            case Kind.BLOOD:
                yield from _once_a_date(of_kind, encounter, policy)
            case Kind.PORT:
                yield from _alone_on_its_date(of_kind, encounter, policy)
            case _:
                yield from _of_kind(kind, of_kind, without, encounter, policy)


def _of_kind(
    kind: Kind,
    lines: list[ClaimLine],
    without: Sequence[ClaimLine],
    encounter: Encounter,
    policy: Policy,
) -> Iterator[Verdict]:
    given = on_record(kind, encounter, policy)
    variances = compare(encounter, supported(encounter, policy), policy)
    instead = lines_of((v for v in variances if v.is_more_of_another), encounter)
    once: Counter[str] = Counter()
    for line in lines:
        once[line.hcpcs or ""] += line.unit_count
        if line in without:
            yield _nothing_behind(line, lines, kind, given, encounter, policy)
        elif line.hcpcs in ONCE_AN_ENCOUNTER and once[line.hcpcs] > 1:
            yield _repeated(line, once[line.hcpcs], "an encounter")
        elif variance := instead.get(line):
            yield _of_another(line, variance)
        elif kind is Kind.PUMP and not any(c.technique == "pump start" for c in given):
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed for a pump; whether more than 8 hours were "
                "ordered, the duration in the order would tell.",
                administrations=[course.administration for course in given],
            )
        else:
            yield met(line)


def _of_another(line: ClaimLine, variance: Variance) -> Verdict:
    if variance.undetermined:
        return undetermined(
            line,
            because=f"{variance.because.removesuffix('.')}; a drug that nobody classified, or a "
            "row that was rejected, may be what it bills.",
            administrations=variance.administrations,
        )
    return deficient(
        line,
        because=variance.because,
        cure=Cure.REBILL,
        evidence=(
            Evidence(f"units of {variance.billed} beyond the record", str(variance.units)),
            Evidence("the record supports", variance.supported or ""),
        ),
        administrations=variance.administrations,
    )


def _nothing_behind(
    line: ClaimLine,
    lines: list[ClaimLine],
    kind: Kind,
    given: Sequence[Course],
    encounter: Encounter,
    policy: Policy,
) -> Verdict:
    if lost := encounter.rejected_row("administration"):
        return undetermined(
            line,
            because=f"{line.hcpcs} is billed, and no {kind} stands in the rows that could be used; "
            f"one that was rejected may be it ({lost.cell}).",
        )
    billed = sum(line.unit_count for line in lines)
    codes = listed(dict.fromkeys(line.hcpcs or "" for line in lines))
    if kind is Kind.PUSH:  # an infusion without a stop may be one, but is none that was charted
        given = [c for c in given if c.technique == "push" or c.administration.method in BY_HAND]
    has = count_of(len(given), kind, kind.many) if given else f"no {kind}"
    other = {
        course.administration.drug: why
        for course in supported(encounter, policy).courses
        if course not in given and (why := _why_not(course, kind, encounter, policy))
    }
    beside = listed(f"{drug} ({why})" for drug, why in other.items())
    return deficient(
        line,
        because=f"{count_of(billed, 'unit')} of {codes} {'is' if billed == 1 else 'are'} billed; "
        f"the record has {has}{f' other than {beside}' if beside else ''}.",
        cure=Cure.NOTHING,
        evidence=(
            Evidence("units billed", str(billed)),
            Evidence(f"on record: {kind.many}", str(len(given))),
            Evidence("administrations on record", str(len(encounter.administrations))),
        ),
        claim_lines=lines,
    )


def _why_not(course: Course, kind: Kind, encounter: Encounter, policy: Policy) -> str | None:
    """Why an administration that looks like the kind is none; ``None`` for any other."""
    given = course.administration
    if not _looks_like(kind, given):
        return None
    if course.technique == "push" and kind is Kind.PUSH:
        return "a chemotherapy drug's pushes count once"
    if course.technique != "none":
        return None
    if given.drug_class in NO_SERVICE:
        return NO_SERVICE[given.drug_class]
    if began_before_arrival(given, encounter):
        return "given before arrival"
    discharged, start = encounter.discharged_at, given.start
    if discharged and start and start.timestamp() >= discharged.timestamp():
        return "given after discharge"
    at_home = any(
        other.administration.drug == given.drug
        and is_continued_at_home(other.administration, policy)
        for other in on_record(Kind.PUMP, encounter, policy)
    )
    return "G0498 includes it" if at_home else None


def _looks_like(kind: Kind, given: Administration) -> bool:
    match kind:
        case Kind.INJECTION:
            return given.route in (Route.SC, Route.IM)
        case Kind.INTRA_ARTERIAL:
            return given.route is Route.IA
        case Kind.PUSH:
            return given.route is Route.IV and given.method is not Method.INFUSION
        case Kind.INFUSION:
            return given.route is Route.IV and given.method not in BY_HAND
        case Kind.HYDRATION:
            return given.drug_class in (DrugClass.HYDRATION, DrugClass.CARRIER)
    return False


def _repeated(line: ClaimLine, units: int, scope: str) -> Verdict:
    return deficient(
        line,
        because=f"{count_of(units, 'unit')} of {line.hcpcs} are billed, and it is reported once "
        f"{scope}.",
        cure=Cure.REBILL,
        evidence=(Evidence("units billed", str(units)),),
    )


def _once_a_date(lines: list[ClaimLine], encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """One transfusion code for each date on which blood was begun, whatever the products."""
    given = on_record(Kind.BLOOD, encounter, policy)
    begun = [course.at or course.administration.start for course in given]
    left = dates = len({moment.date() if moment else None for moment in begun})
    units: Counter[date | None] = Counter()
    for line in lines:
        units[line.service_date] += line.unit_count
        if not given:
            yield _nothing_behind(line, lines, Kind.BLOOD, given, encounter, policy)
        elif line.service_date and units[line.service_date] > 1:
            yield _repeated(line, units[line.service_date], "a date")
        elif line.unit_count > left and (lost := encounter.rejected_row("administration")):
            yield undetermined(
                line,
                because=f"{count_of(units.total(), 'unit')} of {line.hcpcs} are billed; the rows "
                f"that could be used have transfusions on {count_of(dates, 'date')}, and one that "
                f"was rejected may be another ({lost.cell}).",
            )
        elif line.unit_count > left:
            yield deficient(
                line,
                because=f"{count_of(units.total(), 'unit')} of {line.hcpcs} are billed; the record "
                f"has transfusions on {count_of(dates, 'date')}.",
                cure=Cure.NOTHING,
                evidence=(Evidence("dates with a transfusion", str(dates)),),
            )
        else:
            left -= line.unit_count
            yield met(line)


def _alone_on_its_date(
    lines: list[ClaimLine], encounter: Encounter, policy: Policy
) -> Iterator[Verdict]:
    """A port flush earns its code only where the record supports no other service that date."""
    given = on_record(Kind.PORT, encounter, policy)
    support = supported(encounter, policy)
    left = len(given)
    for line in lines:
        beside = {
            other.code
            for other in support.lines
            if line.service_date in (None, other.service_date)
            and kind_of(other.code) is not Kind.PORT
        }
        flushes = [c.administration for c in support.courses if _may_be_a_port_flush(c)]
        if beside:
            on = f" on {line.service_date:%m/%d/%Y}" if line.service_date else ""
            yield deficient(
                line,
                because=f"{line.hcpcs} is billed{on} beside {listed(sorted(beside))}, and a port "
                "flush is reported only where it is the sole service of its date.",
                cure=Cure.REBILL,
                evidence=(Evidence("other services supported", ", ".join(sorted(beside))),),
            )
        elif line.unit_count <= left:
            left -= line.unit_count
            yield met(line)
        elif not given and flushes:
            yield undetermined(
                line,
                because=f"{line.hcpcs} is billed, and a flush is charted; whether it was that of "
                "an implanted port, the access would tell.",
                administrations=flushes,
            )
        else:
            yield _nothing_behind(line, lines, Kind.PORT, given, encounter, policy)


def _may_be_a_port_flush(course: Course) -> bool:
    """A flush by vein whose access nobody called a port; no infusion is one."""
    given = course.administration
    is_flush = given.drug_class in (DrugClass.CARRIER, DrugClass.HYDRATION)
    return is_flush and given.route is Route.IV and given.method is not Method.INFUSION
