"""What stands behind the units that a claim bills: each kind of service beside the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from auditor.coding.access import site_record
from auditor.coding.compare import billed_units, initial_lines
from auditor.coding.courses import DRUGS, PROLONGED_MINUTES, is_chemo
from auditor.coding.encounter import supported
from auditor.coding.minutes import add
from auditor.coding.orders import order_for
from auditor.coding.support import Course, Support
from auditor.coding.timed import (
    began_before_arrival,
    has_full_times,
    stops_before_it_starts,
)
from auditor.policy import Policy
from auditor.record import Administration, ClaimLine, DrugClass, Encounter, Method, Route
from auditor.tables.codes import (
    ADMINISTRATION_CODES,
    INFUSION_CODES,
    PUSH_CODES,
    code,
    current,
)


class Kind(StrEnum):
    """What an administration code stands for, in the words of a finding."""

    INJECTION = "injection"
    PUSH = "push"
    INFUSION = "drug infusion by vein"
    HYDRATION = "hydration"
    SUBCUTANEOUS = "infusion under the skin"
    INTRA_ARTERIAL = "injection into an artery"
    PUMP = "pump started for more than 8 hours"
    BLOOD = "transfusion"
    ON_BODY = "on-body injector"
    PORT = "port flush"

    @property
    def many(self) -> str:
        """The plural."""
        return _PLURALS.get(self, f"{self.value}s")


_PLURALS = {
    Kind.PUSH: "pushes",
    Kind.INFUSION: "drug infusions by vein",
    Kind.HYDRATION: "hydrations",
    Kind.SUBCUTANEOUS: "infusions under the skin",
    Kind.INTRA_ARTERIAL: "injections into an artery",
    Kind.PUMP: "pumps started for more than 8 hours",
    Kind.PORT: "port flushes",
}
_FAMILIES = {
    "hydration": Kind.HYDRATION,
    "injection": Kind.INJECTION,
    "subcutaneous infusion": Kind.SUBCUTANEOUS,
    "intra-arterial": Kind.INTRA_ARTERIAL,
    "blood": Kind.BLOOD,
    "on-body injector": Kind.ON_BODY,
    "port": Kind.PORT,
}
_PUMP_STARTS = frozenset({"96416", "C8957", "G0498"})
_TECHNIQUES = {
    "infusion": Kind.INFUSION,
    "push": Kind.PUSH,
    "hydration": Kind.HYDRATION,
    "subcutaneous infusion": Kind.SUBCUTANEOUS,
    "transfusion": Kind.BLOOD,
    "pump start": Kind.PUMP,
    "on-body injector": Kind.ON_BODY,
    "port flush": Kind.PORT,
}
_PUMPS = (Method.PORTABLE_PUMP, Method.HOME_PUMP)
_BY_HAND = (Method.PUSH, Method.INJECTION)
_FURTHER_HOURS = ("96366", "96415")
_FIRST_HOURS = tuple(sorted(INFUSION_CODES.difference(_FURTHER_HOURS)))


def kind_of(number: str | None) -> Kind | None:
    """What a code stands for; ``None`` where no record of administrations can tell."""
    number = current(number or "")
    if number in PUSH_CODES:
        return Kind.PUSH
    if number in INFUSION_CODES:
        return Kind.INFUSION
    if number in _PUMP_STARTS:
        return Kind.PUMP
    entry = code(number)
    return _FAMILIES.get(entry.family) if entry else None


def codes_of_kind(kind: Kind) -> tuple[str, ...]:
    """The codes in force that stand for a kind."""
    return tuple(sorted(n for n in ADMINISTRATION_CODES if current(n) == n and kind_of(n) is kind))


def kinds_of(course: Course, encounter: Encounter, policy: Policy) -> frozenset[Kind]:
    """What an administration is by its technique or, where its times do not say, may be.

    A drug that nobody classified may be anything that its route admits.
    """
    given = course.administration
    if course.technique == "none":
        return _charted(given, encounter, policy)
    if course.technique == "injection":
        kind = Kind.INTRA_ARTERIAL if given.route is Route.IA else Kind.INJECTION
    else:
        kind = _TECHNIQUES[course.technique]
    return frozenset({kind}) | _also(given, kind, encounter)


def _also(given: Administration, kind: Kind, encounter: Encounter) -> frozenset[Kind]:
    """What the charted facts leave open beside the technique."""
    if given.route is Route.SC and given.method is Method.INFUSION:
        return frozenset({Kind.SUBCUTANEOUS})  # its minutes are another question
    if kind in (Kind.INFUSION, Kind.PUSH) and given.method in _PUMPS:
        return _pump(given, encounter)
    return frozenset()


def _pump(given: Administration, encounter: Encounter) -> frozenset[Kind]:
    """A portable or implanted pump whose ordered duration nobody knows may have been for long."""
    order = order_for(given, encounter)
    ordered = order.duration if order is not None else None
    is_long = ordered is None or ordered > PROLONGED_MINUTES
    return frozenset({Kind.PUMP}) if is_long else frozenset()


def _charted(given: Administration, encounter: Encounter, policy: Policy) -> frozenset[Kind]:
    """What one without a technique may be: its class and route tell, its times do not."""
    if given.method is Method.PORT_FLUSH:
        return frozenset({Kind.PORT})
    if given.method is Method.ON_BODY:
        return frozenset({Kind.ON_BODY})
    match given.drug_class:
        case DrugClass.UNCLASSIFIED:
            return _by_route(given, encounter) | (
                frozenset({Kind.HYDRATION, Kind.BLOOD}) if given.route is Route.IV else frozenset()
            )
        case DrugClass.BLOOD if given.route is Route.IV:
            return frozenset({Kind.BLOOD})
        case DrugClass.HYDRATION if given.route is Route.SC:
            return frozenset({Kind.SUBCUTANEOUS})
        case DrugClass.HYDRATION if given.route is Route.IV and given.method not in _BY_HAND:
            return frozenset({Kind.HYDRATION})
        case drug_class if drug_class in DRUGS and _is_open(given, encounter, policy):
            return _by_route(given, encounter)
    return frozenset()


def _is_open(given: Administration, encounter: Encounter, policy: Policy) -> bool:
    """Whether it has no technique for want of a time, or as it lies outside the window.

    What was pushed or injected before arrival is not the hospital's.
    """
    if given.route is Route.IA or (given.route is Route.SC and given.method is Method.INFUSION):
        return True  # chemotherapy that the coding rules leave to review
    if given.start is None:
        return not given.began_elsewhere or given.method not in _BY_HAND
    is_early = began_before_arrival(given, encounter)
    if given.method in _BY_HAND or given.route in (Route.IM, Route.SC):
        ends = encounter.window_end
        return not is_early and ends is not None and given.start.timestamp() >= ends.timestamp()
    if is_early or not has_full_times(given, policy) or stops_before_it_starts(given):
        return True
    ends, stop = encounter.window_end, given.stop
    return ends is not None and stop is not None and stop.timestamp() >= ends.timestamp()


def _by_route(given: Administration, encounter: Encounter) -> frozenset[Kind]:
    match given.route:
        case Route.IV if given.method in _BY_HAND:
            return frozenset({Kind.PUSH})
        case Route.IV:
            pump = _pump(given, encounter) if given.method in _PUMPS else frozenset()
            return frozenset({Kind.INFUSION, Kind.PUSH}) | pump
        case Route.SC if given.method is Method.INFUSION:
            return frozenset({Kind.SUBCUTANEOUS, Kind.INJECTION})
        case Route.SC | Route.IM:
            return frozenset({Kind.INJECTION})
        case Route.IA:
            return frozenset({Kind.INTRA_ARTERIAL})
    return frozenset()


def on_record(kind: Kind, encounter: Encounter, policy: Policy) -> tuple[Course, ...]:
    """The administrations that are of a kind or may be; once a drug for what G0498 includes."""
    courses = supported(encounter, policy).courses
    at_home = {
        course.administration.drug
        for course in courses
        if course.technique == "pump start" and is_continued_at_home(course.administration, policy)
    }
    return tuple(
        course
        for course in courses
        if kind in kinds_of(course, encounter, policy)
        and (course.technique != "none" or course.administration.drug not in at_home)
    )


def is_continued_at_home(given: Administration, policy: Policy) -> bool:
    """Whether G0498 names it: chemotherapy that the facility's pump goes on giving at home."""
    return given.method is Method.HOME_PUMP and is_chemo(given, policy)


def open_accesses(encounter: Encounter, policy: Policy) -> int:
    """How many accesses a part of the record speaks for, confirmed or not.

    Those are documented sites of which none replaced a line that failed, and lines that were
    placed while drugs are not tied to any.
    """
    record = site_record(encounter, policy)
    if record.restarted:
        return 1
    return max(1, len(record.sites), len(record.placed) if record.untied else 0)


def initials_on_record(encounter: Encounter, policy: Policy) -> list[ClaimLine]:
    """The billed initial services by rank that have a service of their kind on record.

    A line stands as often as it has units.  One that has no such service competes with none.
    """
    return [line for line in initial_lines(encounter) if _has_a_service(line, encounter, policy)]


def surplus_initials(encounter: Encounter, policy: Policy) -> list[ClaimLine]:
    """Those of them beyond the supported accesses."""
    accesses = len(supported(encounter, policy).access_sites)
    return initials_on_record(encounter, policy)[accesses:]


def _has_a_service(line: ClaimLine, encounter: Encounter, policy: Policy) -> bool:
    kind = kind_of(line.hcpcs)
    support = supported(encounter, policy)
    if kind is Kind.PUSH:
        return any(
            course.technique == "push" or course.administration.method in _BY_HAND
            for course in on_record(Kind.PUSH, encounter, policy)
        )
    codes = codes_of_kind(kind) if kind else ()
    return kind is None or support.units(*codes) > 0


@dataclass(frozen=True, slots=True)
class ByVein:
    """Drugs by vein as billed, beside those on record.

    ``pushed_as_infusion`` and ``infused_as_push`` are billed under the other technique,
    ``untimed_as_push`` are infusions without an accepted stop that are billed as pushes;
    ``pushes`` and ``infusions`` are the units that nothing stands behind.
    """

    pushed_as_infusion: tuple[Course, ...] = ()
    infused_as_push: tuple[Course, ...] = ()
    untimed_as_push: tuple[Course, ...] = ()
    pushes: int = 0
    infusions: int = 0

    def is_under_another_technique(self, given: Administration) -> bool:
        """Whether an administration is billed as what it is not."""
        swapped = (*self.pushed_as_infusion, *self.infused_as_push)
        return any(course.administration is given for course in swapped)


def by_vein(encounter: Encounter, policy: Policy) -> ByVein:
    """Lay the billed pushes and first hours of drugs beside the administrations.

    A push stands for one administration, a first hour for one infusion; a further hour may be a
    repeat where the infusions on record are too short for it.  What is left over of one technique
    is laid beside what is not billed of the other: first what has no times, then the rest.  Units
    of a second initial service of a kind that is on record are left to that question.
    """
    billed = billed_units(encounter)
    pushed = sum(billed[number] for number in PUSH_CODES)
    first = sum(billed[number] for number in _FIRST_HOURS)
    further = sum(billed[number] for number in _FURTHER_HOURS)
    if not pushed and not first:
        return ByVein()
    support = supported(encounter, policy)
    pushes = _of("push", support)
    infusions = _of("infusion", support)
    doubtful = [
        course
        for kind in (Kind.PUSH, Kind.INFUSION)
        for course in on_record(kind, encounter, policy)
        if course.technique == "none"
    ]
    open_pushes, untimed, unknown = _by_what_is_open(doubtful)
    repeats = [course for course in infusions if _is_short_repeat(course, infusions, support)]

    hours = first + max(0, further - sum(add(course.minutes) for course in infusions))
    spare = max(0, len(infusions) - hours)
    twice = Counter(kind_of(line.hcpcs) for line in surplus_initials(encounter, policy))

    over = pushed - len(pushes) - twice[Kind.PUSH] - len(open_pushes)
    from_repeats = _least(over, len(repeats), spare)
    over -= from_repeats
    free = max(0, len(untimed) - max(0, hours - len(infusions)))
    untimed_as_push = untimed[len(untimed) - _least(over, free) :] if over > 0 else []
    over -= len(untimed_as_push)
    whole = [course for course in infusions if course not in repeats]
    number = _least(over, spare - from_repeats, len(whole))
    infused_as_push = _not_billed(whole, number, INFUSION_CODES, billed, support)
    over -= len(infused_as_push) + len(unknown)

    beyond = first - len(infusions) - twice[Kind.INFUSION] - len(untimed)
    earning = [course for course in pushes if _codes_of(course, support)]
    number = _least(beyond, len(earning) - pushed)
    pushed_as_infusion = _not_billed(earning, number, PUSH_CODES, billed, support)
    beyond -= len(pushed_as_infusion) + len(unknown)
    return ByVein(
        pushed_as_infusion=tuple(pushed_as_infusion),
        infused_as_push=tuple(infused_as_push),
        untimed_as_push=tuple(
            course
            for course in untimed_as_push
            if not has_full_times(course.administration, policy)
        ),
        pushes=max(0, over),
        infusions=0 if infusions or untimed else max(0, beyond),
    )


def _least(*numbers: int) -> int:
    return max(0, min(numbers))


def _of(technique: str, support: Support) -> list[Course]:
    return [course for course in support.courses if course.technique == technique]


def _by_what_is_open(
    doubtful: Sequence[Course],
) -> tuple[list[Course], list[Course], list[Course]]:
    """Pushes without a time, infusions without one, and drugs that nobody classified."""
    once = list({id(course.administration): course for course in doubtful}.values())
    unknown = [c for c in once if c.administration.drug_class is DrugClass.UNCLASSIFIED]
    known = [course for course in once if course not in unknown]
    pushes = [course for course in known if course.administration.method in _BY_HAND]
    return pushes, [course for course in known if course not in pushes], unknown


def _codes_of(course: Course, support: Support) -> set[str]:
    return {line.code for line in support.lines if course.administration in line.administrations}


def _is_short_repeat(course: Course, infusions: Iterable[Course], support: Support) -> bool:
    """Whether a push code is, or was once asked, for it: 16 to 30 minutes of a drug once more."""
    codes = _codes_of(course, support)
    if codes:
        return codes <= PUSH_CODES
    return course.minutes <= 30 and any(
        other.administration.drug == course.administration.drug
        and (other.began or 0) < (course.began or 0)
        for other in infusions
    )


def _not_billed(
    courses: Sequence[Course],
    number: int,
    own: frozenset[str],
    billed: Counter[str],
    support: Support,
) -> list[Course]:
    """Of ``courses`` the ``number`` whose own codes the claim is most likely to lack."""

    def is_billed(course: Course) -> bool:
        codes = _codes_of(course, support) & own
        return bool(codes) and all(billed[n] >= support.units(n) for n in codes)

    return sorted(courses, key=is_billed)[:number]
