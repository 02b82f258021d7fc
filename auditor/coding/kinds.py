"""What an administration code stands for, and which administrations on record are that."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from auditor.coding.courses import DRUGS, PROLONGED_MINUTES, is_chemo
from auditor.coding.encounter import supported
from auditor.coding.orders import order_for
from auditor.coding.remembered import remembered
from auditor.coding.support import Course, Support
from auditor.coding.timed import (
    began_before_arrival,
    has_full_times,
    stops_before_it_starts,
)
from auditor.policy import Policy
from auditor.record import Administration, DrugClass, Encounter, Method, Route
from auditor.tables.codes import (
    ADMINISTRATION_CODES,
    CHEMOTHERAPY_CODES,
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


@cache
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


@cache
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
            kinds = _by_route(given, encounter)
            is_clocked = has_full_times(given, policy) and not _is_after_the_order(given, encounter)
            return kinds - {Kind.PUSH} if Kind.INFUSION in kinds and is_clocked else kinds
    return frozenset()


def _is_open(given: Administration, encounter: Encounter, policy: Policy) -> bool:
    """Whether it has no technique for want of a time, or as it lies outside the window.

    What was pushed or injected before arrival, or after discharge, is not the hospital's.
    """
    if given.route is Route.IA or (given.route is Route.SC and given.method is Method.INFUSION):
        return True  # chemotherapy that the coding rules leave to review
    if given.start is None:
        return not given.began_elsewhere or given.method not in _BY_HAND
    is_early = began_before_arrival(given, encounter)
    if given.method in _BY_HAND or given.route in (Route.IM, Route.SC):
        return not is_early and _is_after_the_order(given, encounter)
    if is_early or not has_full_times(given, policy) or stops_before_it_starts(given):
        return True
    ends, stop = encounter.window_end, given.stop
    return ends is not None and stop is not None and stop.timestamp() >= ends.timestamp()


def _is_after_the_order(given: Administration, encounter: Encounter) -> bool:
    admitted, start = encounter.inpatient_at, given.start
    return admitted is not None and start is not None and start.timestamp() >= admitted.timestamp()


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


@remembered
def _kinds_on_record(
    encounter: Encounter, policy: Policy
) -> tuple[tuple[Course, frozenset[Kind]], ...]:
    return tuple(
        (course, kinds_of(course, encounter, policy))
        for course in supported(encounter, policy).courses
    )


@remembered
def on_record(kind: Kind, encounter: Encounter, policy: Policy) -> tuple[Course, ...]:
    """The administrations that are of a kind or may be, each of which can stand for a unit.

    G0498 includes all of its drug, and the pushes of a chemotherapy drug count once.
    """
    support = supported(encounter, policy)
    at_home = {
        course.administration.drug
        for course in support.courses
        if course.technique == "pump start" and is_continued_at_home(course.administration, policy)
    }
    return tuple(
        course
        for course, kinds in _kinds_on_record(encounter, policy)
        if kind in kinds
        and (course.technique != "none" or course.administration.drug not in at_home)
        and not is_push_of_a_drug_counted_once(course, support, policy)
    )


def is_push_of_a_drug_counted_once(course: Course, support: Support, policy: Policy) -> bool:
    """Whether it is a further push of a chemotherapy drug, which earns nothing (rule 4)."""
    return (
        course.technique == "push"
        and is_chemo(course.administration, policy)
        and not any(course.administration in line.administrations for line in support.lines)
    )


def is_continued_at_home(given: Administration, policy: Policy) -> bool:
    """Whether G0498 names it: chemotherapy that the facility's pump goes on giving at home."""
    return given.method is Method.HOME_PUMP and is_chemo(given, policy)


def is_chemotherapy(number: str | None) -> bool:
    """Whether a code is one of chemotherapy."""
    return current(number or "") in CHEMOTHERAPY_CODES


def may_bill(number: str | None, course: Course, policy: Policy) -> bool:
    """Whether a code's family, chemotherapy or not, can be that of an administration of its kind.

    Complex biologics and drugs that nobody classified can be of either.
    """
    given = course.administration
    if given.drug_class in (DrugClass.BIOLOGIC, DrugClass.UNCLASSIFIED):
        return True
    return is_chemo(given, policy) is is_chemotherapy(number)
