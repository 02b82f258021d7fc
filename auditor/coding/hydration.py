"""Hydration that the record supports at one access (coding.md, section 6, rule 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.coding.courses import Given
from auditor.coding.minutes import Span, around, length, minus, neighbours, union
from auditor.policy import Policy

MINIMUM = 31  # minutes (T-03)


@dataclass(slots=True)
class Run:
    """One uninterrupted stretch of fluids; ``counted`` are the minutes left after deductions."""

    fluids: list[Given]
    counted: list[Span]

    @property
    def minutes(self) -> int:
        """Counted whole minutes."""
        return length(self.counted) // 60


def hydration_runs(courses: Sequence[Given], policy: Policy) -> list[Run]:
    """The runs at one access in time order, those under 31 minutes included.

    ``courses`` are all that was given there.  A drug infusion or transfusion splits a run; the
    documented minutes of a push only shorten it (J16).
    """
    fluids = [course for course in courses if course.technique == "hydration"]
    if not fluids:
        return []
    cuts = union(
        span
        for course in courses
        if course.technique in ("infusion", "transfusion")
        for span in course.running
    )
    pushes = union(
        span
        for course in courses
        if course.technique == "push" and policy.deduct_push_minutes
        for span in course.running
    )
    joined = union(span for fluid in fluids for span in fluid.running)
    runs = [minus(run, pushes) for run in _split(joined, cuts, policy.bag_change_gap * 60)]
    if policy.hydration_segments == "sum":
        runs = [[span for run in runs for span in run]]
    runs = [counted for counted in runs if counted]
    near = neighbours([around(spans) for spans in (*runs, *(fluid.running for fluid in fluids))])
    return [
        Run(_behind(counted, [fluids[n - len(runs)] for n in places if n >= len(runs)]), counted)
        for counted, places in zip(runs, near[: len(runs)], strict=True)
    ]


def _split(joined: Sequence[Span], cuts: Sequence[Span], gap: int) -> list[list[Span]]:
    """Runs of spans that follow within ``gap`` seconds, parted where a cut takes minutes away."""
    runs: list[list[Span]] = []
    previous: int | None = None  # end of the last span, while nothing has been cut since
    for span in joined:
        pieces = minus([span], cuts)
        for start, stop in pieces:
            follows = previous is not None and start == span[0] and start - previous <= gap
            if follows:
                runs[-1].append((start, stop))
            else:
                runs.append([(start, stop)])
            previous = stop if stop == span[1] else None
        if not pieces:
            previous = None
    return runs


def _behind(counted: Sequence[Span], fluids: Sequence[Given]) -> list[Given]:
    return [
        fluid
        for fluid in fluids
        if any(s < v and u < t for s, t in counted for u, v in fluid.running)
    ]
