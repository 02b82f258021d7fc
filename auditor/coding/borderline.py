"""Counted minutes so close to a threshold that another clock might decide otherwise (J33)."""

from __future__ import annotations

from auditor.coding.support import Review
from auditor.policy import Policy
from auditor.record import Administration


def borderline_reviews(
    administrations: tuple[Administration, ...],
    minutes: int,
    least: int,
    policy: Policy,
    *,
    hours: bool = True,
) -> list[Review]:
    """Leave minutes to a person that a clock ``policy.borderline`` minutes out codes otherwise.

    ``least`` are the minutes from which the service is earned: 16 for a drug, 31 for hydration and
    for an hour that is an add-on.  With ``hours`` further units begin at 91, 151 … minutes.
    """
    within = policy.borderline
    if not (_is_near(minutes, least, within) or (hours and _is_near_an_hour(minutes, within))):
        return []
    because = f"{minutes} counted minutes: a clock {within} min out would code them otherwise."
    return [Review(administration, because, "3") for administration in administrations]


def _is_near(minutes: int, threshold: int, within: int) -> bool:
    """16 itself is one minute from the other side of its threshold, and so is 15."""
    return -within <= minutes - threshold < within


def _is_near_an_hour(minutes: int, within: int) -> bool:
    past = (minutes - 31) % 60
    return minutes >= 91 - within and (past < within or past >= 60 - within)
