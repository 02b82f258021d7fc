"""Infusion lines at one access (coding.md, section 6, rules 1 to 3)."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.coding.collect import HIERARCHY, TIME, Collector, hours_in_words
from auditor.coding.courses import Given
from auditor.coding.hierarchy import Access
from auditor.coding.minutes import Span, add, length, local_date, minus, union, whole
from auditor.policy import Policy


def infusion_lines(access: Access, collector: Collector) -> None:
    """The initial first whatever its start; then the others by rank, then start.

    No minute is counted into two infusions' hours: what an infusion shares with those already
    taken, paid or not, is left out of its own.
    """
    taken: list[Span] = []
    order = sorted(
        access.infusions, key=lambda i: (i is not access.initial, not i.chemo, i.at, i.number)
    )
    for infusion in order:
        rest = minus(infusion.running, taken)
        if infusion is access.initial:
            _initial(infusion, access, collector)
        elif infusion.drug in collector.infused:
            _same_drug_again(infusion, rest, collector)
        else:
            _new_drug(infusion, rest, collector)
        collector.infused.add(infusion.drug)
        taken = union([*taken, *infusion.running])


def _initial(infusion: Given, access: Access, collector: Collector) -> None:
    minutes = infusion.minutes
    collector.mark_borderline(infusion, minutes, 16)
    first, further = ("96413", "96415") if infusion.chemo else ("96365", "96366")
    collector.hours(
        [first] + [further] * add(minutes),
        infusion.administrations,
        access.number,
        infusion.running,
        "6.1",
        f"{minutes} counted minutes, the initial service here: {hours_in_words(add(minutes))}.",
        HIERARCHY + TIME[1:],
        access.modifiers,
    )
    collector.report(infusion)


def _same_drug_again(infusion: Given, rest: Sequence[Span], collector: Collector) -> None:
    """Separate infusions of one drug are never added together (J5, T-15)."""
    minutes = length(rest) // 60
    policy = collector.policy
    for least in _earns_from(infusion, policy):
        collector.mark_borderline(infusion, minutes, least)
    hours = whole(minutes)
    if minutes >= 16 and not infusion.chemo:
        if policy.same_drug_sequential == "accept":
            _further_first_hour(infusion, rest, collector)
            return
        if not hours and policy.repeat_infusion_16_to_30 == "96376":
            collector.short_repeats.append(infusion)  # decided in time order with the pushes
            return
        if policy.repeat_infusion_16_to_30 == "96366":
            hours = max(hours, 1)
    elif minutes >= 16 and not hours:
        because = f"{minutes} minutes more of a chemotherapy drug infused before: no code fits."
        collector.review(infusion, because, "6.2")
    if not hours:
        because = f"{minutes} minutes more of a drug infused before earn no unit"
        collector.passed_over(infusion, because, "6.2")
        return
    collector.hours(
        ["96415" if infusion.chemo else "96366"] * hours,
        infusion.administrations,
        infusion.access,
        rest,
        "6.2",
        f"{minutes} counted minutes of a drug infused before: {hours} h more.",
    )
    collector.report(infusion)


def _earns_from(infusion: Given, policy: Policy) -> tuple[int, ...]:
    """The minutes from which more of a drug earns a code, or another one (J6, J7)."""
    if infusion.chemo:
        return (31,)
    if policy.same_drug_sequential == "accept":
        return (16,)
    match policy.repeat_infusion_16_to_30:
        case "96376":
            return 16, 31
        case "96366":
            return (16,)
        case _:
            return (31,)


def _new_drug(infusion: Given, rest: Sequence[Span], collector: Collector) -> None:
    """Sequential where 16 minutes of its own remain, else concurrent (T-06, T-07, J18)."""
    policy = collector.policy
    own = length(rest) // 60
    shared = (length(infusion.running) - length(rest)) // 60
    collector.mark_borderline(infusion, own, 16)
    by_overlap = own < 16 or policy.partial_overlap.startswith("concurrent")
    least = concurrent_minutes(policy)
    if by_overlap:
        collector.mark_borderline(infusion, shared, least, hours=False)
    if by_overlap and shared >= least:
        if infusion.chemo:
            because = "A second chemotherapy drug at the same time has no code of its own (96549)."
            collector.review(infusion, because, "6.3")
            collector.passed_over(infusion, "chemotherapy beside chemotherapy has no code", "6.3")
        else:
            collector.concurrent.append(infusion)
        return
    _further_first_hour(
        infusion, infusion.running if policy.partial_overlap == "full minutes" else rest, collector
    )


def concurrent_minutes(policy: Policy) -> int:
    """The minutes that two drugs must run together at one access to be concurrent (J18)."""
    return 1 if policy.partial_overlap == "concurrent" else 16


def _further_first_hour(infusion: Given, counted: Sequence[Span], collector: Collector) -> None:
    """A further first hour, and the hours after it."""
    minutes = length(counted) // 60
    first, further = ("96417", "96415") if infusion.chemo else ("96367", "96366")
    collector.hours(
        [first] + [further] * add(minutes),
        infusion.administrations,
        infusion.access,
        counted,
        "6.3",
        f"{minutes} counted minutes of a further drug: {hours_in_words(add(minutes))}.",
    )
    collector.report(infusion)


def concurrent_lines(collector: Collector) -> None:
    """96368 once an encounter, or once a date, for the earliest (J19)."""
    paid: set[object] = set()
    once_per = collector.policy.concurrent_once_per
    least = concurrent_minutes(collector.policy)
    beside = "a minute or more" if least == 1 else f"more than {least - 1} minutes"
    for infusion in sorted(collector.concurrent, key=lambda i: (i.at, i.number)):
        scope = local_date(infusion.at, collector.zone) if once_per == "date" else None
        if scope not in paid:
            paid.add(scope)
            because = f"Ran beside another drug at this access for {beside}."
            collector.once("96368", infusion, "6.3", because, TIME)
            collector.report(infusion)
        else:
            collector.passed_over(infusion, f"96368 counts once for the {once_per}", "6.3")
