"""The fluids of which an order is asked, by what they count as and whether they are billed."""

from __future__ import annotations

from typing import NamedTuple

from auditor.coding.claim import lines_billing
from auditor.coding.encounter import supported
from auditor.coding.remembered import remembered
from auditor.coding.support import Support
from auditor.coding.timed import Family, came_in_running, codes_billing, family_of, has_full_times
from auditor.policy import Policy
from auditor.record import Administration, Encounter


class Fluids(NamedTuple):
    """The hydration fluids of an encounter, and of them those whose orders each check judges.

    ``as_given`` count as hydration, or fall short of it where hydration is billed; ``elsewhere``
    came in running and are billed, so that ``infusion_started_by_ems`` looks at them.
    """

    every: tuple[Administration, ...]
    as_given: tuple[Administration, ...]
    elsewhere: tuple[Administration, ...]


@remembered
def fluids_of(encounter: Encounter, policy: Policy) -> Fluids:
    """The hydration fluids of an encounter, billed or not."""
    support = supported(encounter, policy)
    is_billed = bool(lines_billing(encounter, *Family.HYDRATION.codes))
    every = tuple(a for a in encounter.administrations if family_of(a, policy) is Family.HYDRATION)
    elsewhere = tuple(
        fluid
        for fluid in every
        if came_in_running(fluid, encounter, policy) and codes_billing(fluid, encounter, policy)
    )
    as_given = tuple(
        fluid
        for fluid in every
        if fluid not in elsewhere
        and (_counts(fluid, support) or (is_billed and _falls_short(fluid, support, policy)))
    )
    return Fluids(every, as_given, elsewhere)


def _counts(fluid: Administration, support: Support) -> bool:
    return any(
        fluid in line.administrations
        for line in support.lines
        if line.code in Family.HYDRATION.codes
    )


def _falls_short(fluid: Administration, support: Support, policy: Policy) -> bool:
    """Whether it was given as hydration: it ran in the window, or its times are incomplete."""
    course = next(c for c in support.courses if c.administration is fluid)
    return course.technique == "hydration" or not has_full_times(fluid, policy)
