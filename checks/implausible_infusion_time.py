"""The charted times of an infusion cannot be right, or were charted in a way that casts doubt."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from math import inf

from auditor import (
    Administration,
    Cure,
    Encounter,
    Evidence,
    Method,
    Policy,
    Verdict,
    cell_of,
    check,
    clock,
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import DOCUMENTED, family_of


@check(
    title="Implausible infusion time",
    authority=("palmetto-a53778", "cpt-drug-administration"),
    severity="medium",
    responsible="nursing",
    examines="infusion with a charted time",
    needs=("administration.start", "administration.stop"),
)
def implausible_infusion_time(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Start and stop must be the actual times.

    Deficient where they cannot be: a stop before the start or after the minute of discharge, one
    run of more than 24 hours, segments that overlap, one bag in two rows that do.  Undetermined
    where they are suspicious: a stop a minute after the start or in the minute of discharge,
    several stops charted for one instant by one person, one order in two rows that overlap without
    their bags, charting long after the fact or after billing: on a day after a line of its date
    was paid.
    """
    infusions = [
        given
        for given in encounter.administrations
        if family_of(given, policy) is not None
        and (given.method is Method.INFUSION or given.stop is not None)
    ]
    stops = Counter((given.staff, given.stop) for given in infusions)
    infusions.sort(key=_begins)
    earlier: dict[tuple[str, str, str], list[tuple[float, Administration]]] = {}
    for given in infusions:
        names, ran = _bag_and_order(given), _ran(given)
        since = min((start for start, _ in ran), default=inf)
        until = max((stop for _, stop in ran), default=0)
        others = [one for name in names for end, one in earlier.get(name, ()) if end > since]
        beside = _running_twice(given, others)
        for name in names:
            earlier.setdefault(name, []).append((until, given))
        if given.start is None and given.stop is None:
            continue
        impossible = _impossible(given, encounter)
        if beside is not None and given.bag_id is not None and given.bag_id == beside.bag_id:
            impossible = impossible or "its bag ran in another row at the same time"
        evidence = (
            Evidence("start", clock(given.start), cell_of(given, "start")),
            Evidence("stop", clock(given.stop), cell_of(given, "stop")),
        )
        if impossible:
            yield deficient(
                given,
                because=f"The times of {given.drug} cannot be right: {impossible}.",
                cure=Cure.LATE_ENTRY,
                evidence=evidence,
            )
            continue
        doubtful = _doubtful(given, encounter, policy, stops[given.staff, given.stop])
        if beside is not None:
            doubtful = doubtful or "its order ran in another row at the same time, without a bag"
        if doubtful:
            yield undetermined(
                given,
                because=f"The times of {given.drug} are in doubt: {doubtful}; the pump's log or "
                "the nurse's note would tell.",
                evidence=evidence,
            )
        else:
            yield met(given)


def _begins(given: Administration) -> float:
    first = given.start or given.stop
    return first.timestamp() if first is not None else 0


def _bag_and_order(given: Administration) -> list[tuple[str, str, str]]:
    """What it shares with another row of itself: its drug and the bag or the order."""
    named = (("bag", given.bag_id), ("order", given.order_id))
    return [(given.drug, kind, number) for kind, number in named if number is not None]


def _running_twice(
    given: Administration, others: Sequence[Administration]
) -> Administration | None:
    """What ran beside it as the same bag or, where a bag is blank, as the same order.

    Two bags of one order may run at once, and one order at two sites.
    """
    for other in others:
        orders, bags, sites = (
            {getattr(one, name) for one in (given, other)}
            for name in ("order_id", "bag_id", "site")
        )
        if given.drug != other.drug or len(orders - {None}) > 1 or len(bags - {None}) > 1:
            continue
        may_be_one = None not in bags or (None not in orders and len(sites - {None}) < 2)
        if may_be_one and _ran_together(given, other):
            return other
    return None


def _ran_together(one: Administration, other: Administration) -> bool:
    return any(
        start < until and since < stop for start, stop in _ran(one) for since, until in _ran(other)
    )


def _ran(given: Administration) -> list[tuple[float, float]]:
    """When it ran by charted stops, in seconds: one that is worked out is no charted time."""
    return [
        (segment.start.timestamp(), segment.stop.timestamp())
        for segment in given.segments
        if segment.start and segment.stop and segment.stop_evidence in DOCUMENTED
    ]


def _impossible(given: Administration, encounter: Encounter) -> str | None:
    discharged = encounter.discharged_at
    previous = None
    for segment in given.segments:
        start = segment.start.timestamp() if segment.start else None
        stop = segment.stop.timestamp() if segment.stop else None
        if start is not None and stop is not None:
            if stop < start:
                return "it stops before it starts"
            if stop - start > 24 * 3600:
                return "it runs for more than 24 hours"
        if previous is not None and start is not None and start < previous:
            return "two of its running segments overlap"
        ends = stop if stop is not None else start
        if discharged and ends is not None and ends // 60 > discharged.timestamp() // 60:
            return "it runs after discharge"
        previous = stop
    return None


def _doubtful(
    given: Administration, encounter: Encounter, policy: Policy, same_stops: int
) -> str | None:
    if given.start is None or given.stop is None:
        return None
    minutes = (given.stop.timestamp() - given.start.timestamp()) // 60
    if minutes == 1:
        return "it lasts one minute, as an automatic stop would"
    discharged = encounter.discharged_at
    if discharged and given.stop.timestamp() // 60 == discharged.timestamp() // 60:
        return "it stops at the minute of discharge"
    if given.staff and same_stops >= policy.same_stops:
        return f"one person charted {same_stops} stops for one instant"
    if given.saved_at is not None:
        paid = _paid_on(given, encounter)
        if paid is not None and given.saved_at.date() > paid:
            return f"it was charted after its date had been billed and paid on {paid:%m/%d/%Y}"
        hours = (given.saved_at.timestamp() - given.stop.timestamp()) / 3600
        if hours > policy.late_charting_hours:
            return f"it was charted more than {count_of(policy.late_charting_hours, 'hour')} later"
    return None


def _paid_on(given: Administration, encounter: Encounter) -> date | None:
    """When a claim line of its dates was first paid: no file says when a claim was sent."""
    ran_on = {moment.date() for moment in (given.start, given.stop) if moment is not None}
    lines = (line for line in encounter.claim_lines if line.service_date in ran_on)
    return min((line.paid_date for line in lines if line.paid_date is not None), default=None)
