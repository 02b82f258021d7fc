"""Each administration as the hospital-outpatient window sees it: clipped, with its technique.

coding.md, sections 1 and 2.  Clip first: technique, start, order and dates are those of the
counted minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from auditor.coding.borderline import borderline_reviews
from auditor.coding.minutes import Span, clip, length, minus, seconds, union
from auditor.coding.orders import order_for
from auditor.coding.support import Review
from auditor.policy import Policy
from auditor.record import (
    Administration,
    DrugClass,
    Encounter,
    Method,
    Route,
    Segment,
)

DRUGS = frozenset(
    {DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL, DrugClass.BIOLOGIC, DrugClass.THERAPEUTIC}
)
_PUMPS = (Method.PORTABLE_PUMP, Method.HOME_PUMP)
SHORT = "15 minutes or less"  # why an infusion is a push or an injection
ORDERED_SHORT = "ordered for 15 minutes or less"
_ORDERED_AS = {"infusion": "push", "subcutaneous infusion": "injection"}
_SIXTEEN = 16 * 60  # seconds of the shortest infusion (T-01)
PROLONGED_MINUTES = 480  # "more than 8 hours" ordered (T-11)


@dataclass(slots=True)
class Given:
    """One administration, or several that the policy adds together, as it is to be coded.

    ``at`` is the second at which its counted part begins (see :class:`Technique` for what is no
    service), ``number`` its place in the record, ``running`` its counted spans (for a push, its
    documented minutes), ``rule`` the section that ``because`` rests on.
    """

    number: int
    administrations: tuple[Administration, ...]
    technique: str
    at: int
    running: list[Span]
    because: str
    chemo: bool
    rule: str = "2"
    access: int = 0
    drug: str = field(init=False)
    minutes: int = field(init=False)

    def __post_init__(self) -> None:
        """The identity that "same drug" compares, and the counted whole minutes."""
        self.drug = self.administrations[0].drug
        self.minutes = length(self.running) // 60

    @property
    def end(self) -> int:
        """The second at which its counted part ends; its own moment where no time is charted."""
        return self.running[-1][1] if self.running else self.at


class Technique(NamedTuple):
    """How something counts: ``"none"`` with the reason, or a technique from a second on.

    With ``"none"``, ``at`` is when the hospital gave what it may not bill, and 0 where it gave
    nothing.
    """

    name: str
    at: int = 0
    running: Sequence[Span] = ()
    because: str = ""
    rule: str = "2"


@dataclass(frozen=True, slots=True)
class Window:
    """Seconds between which the encounter is hospital outpatient; either end may be open."""

    start: int | None
    stop: int | None

    def holds(self, at: int) -> bool:
        """Whether a push or injection at this second is the hospital's outpatient service."""
        return (self.start is None or at >= self.start) and (self.stop is None or at < self.stop)


def window_of(encounter: Encounter) -> Window:
    """Arrival or registration to the earlier of inpatient order and discharge (E-01, E-03)."""
    start, stop = encounter.window_start, encounter.window_end
    return Window(
        None if start is None else seconds(start), None if stop is None else seconds(stop)
    )


def courses_of(encounter: Encounter, policy: Policy, reviews: list[Review]) -> list[Given]:
    """The encounter's administrations in record order, each with its technique."""
    window = window_of(encounter)
    courses = []
    for number, administration in enumerate(encounter.administrations):
        technique = _technique(administration, encounter, window, policy)
        course = Given(
            number,
            (administration,),
            technique.name,
            technique.at,
            list(technique.running),
            technique.because,
            is_chemo(administration, policy),
            technique.rule,
        )
        courses.append(course)
        reviews.extend(_reviews(course, encounter, policy))
    techniques = {course.technique for course in courses}
    if "transfusion" in techniques:
        _judge_premedication(courses, policy, reviews)
    if "pump start" in techniques:
        _leave_out_drugs_of_home_pumps(courses, policy)
    return courses


def _judge_premedication(courses: list[Given], policy: Policy, reviews: list[Review]) -> None:
    """A drug that the record calls the premedication of a transfusion (J25)."""
    if policy.blood_premedication == "billable":
        return
    for course in courses:
        administration = course.administrations[0]
        said = f"{administration.reason or ''} {administration.comments or ''}".casefold()
        if course.technique not in ("push", "infusion") or "premed" not in said:
            continue
        if policy.blood_premedication == "integral":
            course.technique, course.because = "none", "premedication is part of the transfusion"
        else:
            because = "The premedication of a transfusion is counted: is it more than protocol?"
            reviews.append(Review(administration, because, "2"))


def is_chemo(administration: Administration, policy: Policy) -> bool:
    """Whether the chemotherapy family applies (D-05, J24); subcutaneous hormones have their own."""
    if administration.drug_class is DrugClass.BIOLOGIC:
        listed = administration.drug in policy.biologic_as_chemo
        return listed or administration.complexity_documented
    return administration.drug_class in (DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL)


def _technique(
    administration: Administration, encounter: Encounter, window: Window, policy: Policy
) -> Technique:
    drug_class, route, method = (
        administration.drug_class,
        administration.route,
        administration.method,
    )
    if route is Route.OTHER and method not in (Method.ON_BODY, Method.PORT_FLUSH):
        return Technique("none", because="not an injection or infusion")
    if drug_class is DrugClass.UNCLASSIFIED:
        return Technique("none", because="the drug is not classified", rule="1")
    if method is Method.PORT_FLUSH:
        return _at_a_moment("port flush", administration, window)
    if drug_class is DrugClass.BLOOD:
        return _transfusion(administration, window, policy)
    if drug_class is DrugClass.HYDRATION:
        return _hydration(administration, window, policy)
    if drug_class not in DRUGS:
        return Technique("none", because=f"{drug_class}: no administration code of its own")
    if method is Method.ON_BODY:
        return _at_a_moment("on-body injector", administration, window)
    if route is Route.IV and method in _PUMPS:
        return _pump(administration, encounter, window, policy)
    if route is Route.IA:
        if is_chemo(administration, policy):
            return _left_to_review("intra-arterial chemotherapy", administration, window)
        return _at_a_moment("injection", administration, window)
    if route is Route.IM or (route is Route.SC and method not in (Method.INFUSION, *_PUMPS)):
        return _at_a_moment("injection", administration, window)
    if route is Route.IV and method in (Method.PUSH, Method.INJECTION):
        push = _at_a_moment("push", administration, window)
        documented = _running(_closed(administration, window, policy), window, policy)
        return push._replace(running=documented) if documented else push
    return _ordered_infusion(administration, encounter, window, policy)


def _ordered_infusion(
    administration: Administration, encounter: Encounter, window: Window, policy: Policy
) -> Technique:
    """What ran, or the push or injection that was ordered (J35)."""
    infusion = _infusion(administration, window, policy)
    ordered = _ORDERED_AS.get(infusion.name)
    if policy.ordered_short == "as it ran" or ordered is None:
        return infusion
    if not _is_ordered_short(administration, encounter):
        return infusion
    return infusion._replace(name=ordered, because=ORDERED_SHORT)


def _is_ordered_short(administration: Administration, encounter: Encounter) -> bool:
    """Whether its order wants it in over 15 minutes or less (J35)."""
    order = order_for(administration, encounter)
    return order is not None and order.duration is not None and order.duration <= 15


def _pump(
    administration: Administration, encounter: Encounter, window: Window, policy: Policy
) -> Technique:
    """A pump that goes home with its chemotherapy (G0498), or one ordered for over 8 hours.

    Without the ordered duration nobody can tell a prolonged infusion from an ordinary one.
    """
    if _continues_at_home(administration, policy):
        return _at_a_moment("pump start", administration, window)
    order = order_for(administration, encounter)
    if order is None or order.duration is None:
        because = "a portable pump without an ordered duration"
        return _left_to_review(because, administration, window)
    if order.duration > PROLONGED_MINUTES:
        return _at_a_moment("pump start", administration, window)
    return _ordered_infusion(administration, encounter, window, policy)


def _continues_at_home(administration: Administration, policy: Policy) -> bool:
    """Whether it is what G0498 names: chemotherapy that the facility's pump gives at home."""
    return administration.method is Method.HOME_PUMP and is_chemo(administration, policy)


def _at_a_moment(name: str, administration: Administration, window: Window) -> Technique:
    if administration.start is None:
        return Technique("none", because="no time is charted", rule="1")
    at = seconds(administration.start)
    if not window.holds(at):
        return Technique("none", because="outside the hospital-outpatient window", rule="1")
    return Technique(name, at)


def _left_to_review(what: str, administration: Administration, window: Window) -> Technique:
    return _given_for_nothing(f"{what} is left to review", administration, window)


def _given_for_nothing(
    because: str, administration: Administration, window: Window, rule: str = "2"
) -> Technique:
    """What the hospital gave without a service of its own, at its moment where one is charted."""
    at = _at_a_moment("none", administration, window).at
    return Technique("none", at, because=because, rule=rule)


def _closed(administration: Administration, window: Window, policy: Policy) -> list[Span]:
    """The segments whose start and accepted stop are both in the record, as charted."""
    closed = []
    for segment in administration.segments:
        start = _start_of(segment, administration, window)
        if start is None or segment.stop is None:
            continue
        stop = seconds(segment.stop)
        if segment.stop_evidence in policy.accepted_stop_evidence and start <= stop:
            closed.append((start, stop))
    return closed


def _start_of(segment: Segment, administration: Administration, window: Window) -> int | None:
    """The charted start; what came in running from elsewhere starts at arrival (E-01)."""
    if segment.start is not None:
        return seconds(segment.start)
    return window.start if administration.began_elsewhere else None


def _still_infusing(administration: Administration) -> list[Span]:
    """The first 16 minutes of a run without a stop that a later charted rate shows to go on (J3).

    Once for the infusion: the rate shows that it is one, and nothing of its hours.
    """
    return [
        (seconds(segment.start), seconds(segment.start) + _SIXTEEN)
        for segment in administration.segments
        if segment.start
        and segment.stop is None
        and any(seconds(at) >= seconds(segment.start) + _SIXTEEN for at, _ in segment.rates)
    ][:1]


def _running(closed: list[Span], window: Window, policy: Policy) -> list[Span]:
    """When it ran within the window, by the segments that have both times, disjoint, in order."""
    return clip(_ran(closed, policy), window.start, window.stop) if closed else []


def _ran(closed: list[Span], policy: Policy) -> list[Span]:
    """The same, window or not; pauses count where the policy does not deduct them (J17)."""
    ran = union(closed)
    if ran and not policy.deduct_pauses:
        return [(ran[0][0], ran[-1][1])]
    return ran


def _transfusion(administration: Administration, window: Window, policy: Policy) -> Technique:
    if administration.route is not Route.IV:
        return Technique("none", because="blood that is not given by vein")
    running = _running(_closed(administration, window, policy), window, policy)
    if running:
        return Technique("transfusion", running[0][0], running)
    return _at_a_moment("transfusion", administration, window)


def _hydration(administration: Administration, window: Window, policy: Policy) -> Technique:
    """Fluids count only as infusions, and only above the rate that keeps a vein open (N-03)."""
    if administration.route is not Route.IV:
        return _left_to_review("fluid that is not given by vein", administration, window)
    if administration.method in (Method.PUSH, Method.INJECTION):
        return Technique("none", because="a fluid pushed by hand is a flush")
    closed = _closed(administration, window, policy)
    if not closed:
        because = "no accepted stop time: no hydration is supported (J4)"
        return _given_for_nothing(because, administration, window, "1")
    running = minus(
        _running(closed, window, policy),
        _spans_at_rate(administration, lambda rate: rate <= policy.kvo_rate),
    )
    if not running:
        because = "nothing remains above the keep-vein-open rate in the window"
        return Technique("none", because=because, rule="6.5")
    return Technique("hydration", running[0][0], running)


def _spans_at_rate(administration: Administration, holds: Callable[[Decimal], bool]) -> list[Span]:
    """When a charted rate for which ``holds`` is true was in force: until another is charted."""
    rates = [change for segment in administration.segments for change in segment.rates]
    stops = [segment.stop for segment in administration.segments if segment.stop]
    if not stops or not any(holds(rate) for _, rate in rates):
        return []
    begins = [seconds(at) for at, _ in rates]
    ends = [*begins[1:], max(map(seconds, stops))]
    return union(
        (begin, end)
        for begin, end, (_, rate) in zip(begins, ends, rates, strict=True)
        if holds(rate)
    )


def _infusion(administration: Administration, window: Window, policy: Policy) -> Technique:
    """A drug infusion by vein or under the skin: 16 minutes or more, else a push (T-01)."""
    subcutaneous = administration.route is Route.SC
    short = "injection" if subcutaneous else "push"
    closed = _closed(administration, window, policy)
    if not closed and policy.still_infusing == "reaches 16 minutes":
        closed = _still_infusing(administration)
    if not closed:
        if policy.missing_stop == "push" and not subcutaneous:
            push = _at_a_moment("push", administration, window)
            return push._replace(because=push.because or "no accepted stop time: coded as a push")
        return _given_for_nothing("no accepted stop time", administration, window, "1")
    running = _running(closed, window, policy)
    if not running:
        moments = [start for start, stop in closed if start == stop and window.holds(start)]
        if moments and length(closed) == 0:
            return Technique(short, min(moments), because="it stops when it starts")
        return Technique("none", because="outside the hospital-outpatient window", rule="1")
    minutes = length(running) // 60
    if minutes == 0 and running != _ran(closed, policy):
        because = "less than a minute in the hospital-outpatient window"
        return Technique("none", because=because, rule="1")
    if minutes <= 15:
        return Technique(short, running[0][0], running, SHORT)
    if subcutaneous:
        if is_chemo(administration, policy):
            because = "subcutaneous chemotherapy infusion is left to review"
            return Technique("none", running[0][0], because=because)
        return Technique("subcutaneous infusion", running[0][0], running)
    return Technique("infusion", running[0][0], running)


def _leave_out_drugs_of_home_pumps(courses: list[Given], policy: Policy) -> None:
    """G0498 excludes every other administration code for its drug (section 2)."""
    pumps: dict[str, Given] = {}
    for course in sorted(courses, key=lambda course: (course.at, course.number)):
        if course.technique == "pump start" and _continues_at_home(
            course.administrations[0], policy
        ):
            pumps.setdefault(course.drug, course)
    for course in courses:
        if pumps.get(course.drug, course) is not course and course.technique != "none":
            course.technique = "none"
            course.because = "G0498 includes every administration of the drug"


def _reviews(course: Given, encounter: Encounter, policy: Policy) -> Iterator[Review]:
    """What of one administration the rules leave to a person."""
    administration = course.administrations[0]
    if course.because.endswith("left to review"):
        yield Review(administration, f"{course.because.capitalize()}.", "2")
    if administration.drug_class is DrugClass.BIOLOGIC and not course.chemo:
        because = "A complex biologic is coded as therapeutic: neither the policy nor the record "
        yield Review(administration, because + "supports the chemotherapy codes.", "5")
    if course.because == SHORT or course.technique in ("infusion", "subcutaneous infusion"):
        yield from borderline_reviews(
            course.administrations, course.minutes, 16, policy, hours=False
        )
    if course.technique in _ORDERED_AS and _is_ordered_short(administration, encounter):
        because = f"Ordered for 15 minutes or less, and ran {course.minutes}: a pattern of such "
        yield Review(administration, because + "minutes would be asked about.", "2")
    if course.technique == "infusion" and _longest_pause(course) > policy.pause_review:
        because = f"A pause of more than {policy.pause_review} minutes in one infusion."
        yield Review(administration, because, "1")
    if course.technique == "hydration" and _spans_at_rate(
        administration, lambda rate: policy.kvo_rate < rate < policy.hydration_review_rate
    ):
        because = f"Hydration counted above {policy.kvo_rate} and below "
        because += f"{policy.hydration_review_rate} mL/h: does the rate replenish?"
        yield Review(administration, because, "6.5")


def _longest_pause(course: Given) -> int:
    """Minutes between two running segments of one infusion."""
    running = course.running
    return max(((after[0] - before[1]) // 60 for before, after in pairwise(running)), default=0)
