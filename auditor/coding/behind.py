"""Which administrations stand behind the billed pushes, infusions and other single services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.coding.claim import administration_lines, billed_units
from auditor.coding.courses import is_chemo
from auditor.coding.encounter import supported
from auditor.coding.initials import surplus_initials
from auditor.coding.kinds import (
    Kind,
    is_chemotherapy,
    is_push_of_a_drug_counted_once,
    kind_of,
    may_bill,
    on_record,
)
from auditor.coding.minutes import add
from auditor.coding.remembered import remembered
from auditor.coding.support import Course, Support
from auditor.coding.timed import has_full_times
from auditor.policy import Policy
from auditor.record import Administration, ClaimLine, DrugClass, Encounter, Method
from auditor.tables.codes import INFUSION_CODES, INITIAL_CODES, PUSH_CODES, code, current

_BY_HAND = (Method.PUSH, Method.INJECTION)
_FURTHER_HOURS = ("96366", "96415")
_FIRST_HOURS = {False: ("96365", "96367", "96368"), True: ("96413", "96417")}  # by chemotherapy
_ADDED = ("additional hour", "extra set-up")
# Kinds of which each administration earns a unit, so that each unit needs its own.
_EACH_ITS_OWN = (Kind.INJECTION, Kind.INTRA_ARTERIAL, Kind.PUMP, Kind.ON_BODY)


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


@remembered
def by_vein(encounter: Encounter, policy: Policy) -> ByVein:
    """Lay the billed pushes and first hours of drugs beside the administrations.

    A push stands for one administration, a first hour for one infusion; a further hour may be a
    repeat where the infusions on record are too short for it.  What is left over of one technique
    is laid beside what is not billed of the other: first what has no times, then the rest.  Units
    of a second initial service of a kind that is on record are left to that question, first hours
    of a family that is on record to that of time.
    """
    billed = billed_units(encounter)
    pushed = sum(billed[number] for number in PUSH_CODES)
    first = sum(billed[number] for numbers in _FIRST_HOURS.values() for number in numbers)
    further = sum(billed[number] for number in _FURTHER_HOURS)
    if not pushed and not first:
        return ByVein()
    support = supported(encounter, policy)
    pushes = [
        course
        for course in support.courses
        if course.technique == "push"
        and not is_push_of_a_drug_counted_once(course, support, policy)
    ]
    infusions = [course for course in support.courses if course.technique == "infusion"]
    doubtful = [
        course
        for kind in (Kind.PUSH, Kind.INFUSION)
        for course in on_record(kind, encounter, policy)
        if course.technique == "none"
    ]
    open_pushes, untimed, unknown = _by_what_is_open(doubtful)
    firsts = _firsts(infusions)
    repeats = [
        course
        for course in infusions
        if not is_chemo(course.administration, policy) and _is_short_repeat(course, firsts, support)
    ]

    hours = first + max(0, further - sum(add(course.minutes) for course in infusions))
    spare = max(0, len(infusions) - hours)
    twice = Counter(kind_of(line.hcpcs) for line in surplus_initials(encounter, policy))

    over = pushed - len(pushes) - twice[Kind.PUSH] - len(open_pushes)
    from_repeats = _least(over, len(repeats), spare)
    over -= from_repeats
    free = max(0, len(untimed) - max(0, hours - len(infusions)))
    untimed_as_push = untimed[len(untimed) - _least(over, free) :] if over > 0 else []
    over -= len(untimed_as_push)
    again = set(map(id, repeats))
    whole = [course for course in infusions if id(course) not in again]
    number = _least(over, spare - from_repeats, len(whole))
    infused_as_push = _not_billed(whole, number, INFUSION_CODES, billed, support)
    over -= len(infused_as_push) + len(unknown)

    beyond = first - len(infusions) - twice[Kind.INFUSION] - len(untimed)
    earning = [course for course in pushes if _codes_of(course, support)]
    number = _least(beyond, len(earning) - pushed)
    pushed_as_infusion = _not_billed(earning, number, PUSH_CODES, billed, support)
    beyond = hours - first + beyond - len(pushed_as_infusion) - len(unknown)
    own = {
        is_chemo(course.administration, policy)
        for course in (*infusions, *untimed, *pushed_as_infusion)
    }
    foreign = sum(
        billed[number]
        for chemo, numbers in _FIRST_HOURS.items()
        if chemo not in own
        for number in numbers
    )
    return ByVein(
        pushed_as_infusion=tuple(c for c in pushed_as_infusion if not _is_cut_short(c)),
        infused_as_push=tuple(infused_as_push),
        untimed_as_push=tuple(
            course
            for course in untimed_as_push
            if not has_full_times(course.administration, policy)
        ),
        pushes=max(0, over),
        infusions=_least(beyond, foreign),
    )


def _is_cut_short(push: Course) -> bool:
    """Whether it is an infusion of which only some minutes lie in the outpatient window."""
    charted = sum(
        segment.stop.timestamp() - segment.start.timestamp()
        for segment in push.administration.segments
        if segment.start and segment.stop
    )
    return push.administration.method not in _BY_HAND and push.minutes < 16 <= charted // 60


def _least(*numbers: int) -> int:
    return max(0, min(numbers))


def _by_what_is_open(
    doubtful: Sequence[Course],
) -> tuple[list[Course], list[Course], list[Course]]:
    """Pushes without a time, infusions without one, and drugs that nobody classified."""
    once = list({id(course.administration): course for course in doubtful}.values())
    unknown = [c for c in once if c.administration.drug_class is DrugClass.UNCLASSIFIED]
    known = [course for course in once if course not in unknown]
    pushes = [course for course in known if course.administration.method in _BY_HAND]
    return pushes, [course for course in known if course not in pushes], unknown


@remembered
def _codes(support: Support) -> dict[int, set[str]]:
    """The codes of the lines that each administration earns, by its identity."""
    codes: dict[int, set[str]] = {}
    for line in support.lines:
        for given in line.administrations:
            codes.setdefault(id(given), set()).add(line.code)
    return codes


def _codes_of(course: Course, support: Support) -> set[str]:
    return _codes(support).get(id(course.administration), set())


def _firsts(infusions: Iterable[Course]) -> dict[str, int]:
    """When the first infusion of each drug began."""
    firsts: dict[str, int] = {}
    for course in infusions:
        drug, began = course.administration.drug, course.began or 0
        firsts[drug] = min(began, firsts.get(drug, began))
    return firsts


def _is_short_repeat(course: Course, firsts: Mapping[str, int], support: Support) -> bool:
    """Whether a push code is, or was once asked, for it: 16 to 30 minutes of a drug once more."""
    codes = _codes_of(course, support)
    if codes:
        return codes <= PUSH_CODES
    return course.minutes <= 30 and firsts[course.administration.drug] < (course.began or 0)


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


def is_added(line: ClaimLine) -> bool:
    """Whether a line adds to a service that another unit began."""
    entry = code(current(line.hcpcs or ""))
    return entry is not None and entry.role in _ADDED


@remembered
def nothing_behind(encounter: Encounter, policy: Policy) -> tuple[ClaimLine, ...]:
    """The claim lines of which a unit has no administration of its kind, dates left aside.

    Of several lines the initial services are served first, and those of a family (chemotherapy
    or not) that is on record.  A line that adds to a service needs one of its kind at all.
    """
    lines = [line for line in administration_lines(encounter) if line.unit_count > 0]
    without: list[ClaimLine] = []
    for kind in dict.fromkeys(kind_of(line.hcpcs) for line in lines):
        if kind is None:
            continue
        given = on_record(kind, encounter, policy)
        of_kind = [line for line in lines if kind_of(line.hcpcs) is kind]
        begun = sum(line.unit_count for line in of_kind if not is_added(line))
        left = _units_behind(kind, begun, given, encounter, policy)
        for line in sorted(of_kind, key=lambda line: _served(line, given, policy)):
            if is_added(line):
                stands = _is_begun(line, of_kind, without, given, policy)
            else:
                stands, left = line.unit_count <= left, max(0, left - line.unit_count)
            if not stands:
                without.append(line)
    return tuple(without)


def _served(line: ClaimLine, given: Sequence[Course], policy: Policy) -> tuple[bool, bool, bool]:
    """The order in which lines of a kind take of what is on record."""
    is_own = any(may_bill(line.hcpcs, course, policy) for course in given)
    return is_added(line), not is_own, current(line.hcpcs or "") not in INITIAL_CODES


def _is_begun(
    line: ClaimLine,
    lines: Iterable[ClaimLine],
    without: Sequence[ClaimLine],
    given: Iterable[Course],
    policy: Policy,
) -> bool:
    """Whether an added line has something of its family, on record or billed with cause.

    An infusion without its times may be what it adds to, whatever its family.
    """
    if any(c.technique == "none" or may_bill(line.hcpcs, c, policy) for c in given):
        return True
    chemo = is_chemotherapy(line.hcpcs)
    return any(
        is_chemotherapy(other.hcpcs) is chemo and not is_added(other) and other not in without
        for other in lines
    )


def _units_behind(
    kind: Kind, begun: int, given: Sequence[Course], encounter: Encounter, policy: Policy
) -> int:
    """How many of the units that begin a service have an administration."""
    if kind in _EACH_ITS_OWN:
        return len(given)
    if kind is Kind.PUSH:
        return begun - by_vein(encounter, policy).pushes
    if kind is Kind.INFUSION:
        return begun - by_vein(encounter, policy).infusions
    return begun if given else 0
