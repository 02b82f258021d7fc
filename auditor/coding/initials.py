"""The billed initial services beside the accesses of the record."""

from __future__ import annotations

from auditor.coding.claim import initial_lines
from auditor.coding.encounter import supported
from auditor.coding.kinds import Kind, codes_of_kind, kind_of, may_bill, on_record
from auditor.coding.remembered import remembered
from auditor.coding.second_access import accesses_of
from auditor.policy import Policy
from auditor.record import ClaimLine, Encounter, Method


def open_accesses(encounter: Encounter, policy: Policy) -> int:
    """How many accesses the record confirms or speaks for in part.

    A part are documented sites of which none replaced a line that failed and, while drugs are
    not tied to any, lines that were placed and sites that only number a line.  Without a record of
    lines in any file each drug without a site may have had a line of its own.
    """
    accesses = accesses_of(encounter, policy)
    record = accesses.record
    if record.restarted:
        return accesses.count
    sites = len(record.sites)
    if not record.untied:
        return max(accesses.count, sites)
    further = record.untied if accesses.count > 1 or not record.has_line_record else 0
    numbered = sites + len(accesses.labels)
    return max(accesses.count + further, numbered, len(record.placed))


@remembered
def initials_on_record(encounter: Encounter, policy: Policy) -> tuple[ClaimLine, ...]:
    """The billed initial services by rank that have a service of their kind on record.

    A line stands as often as it has units.  One that has no such service competes with none.
    """
    lines = initial_lines(encounter)
    return tuple(line for line in lines if _has_a_service(line, encounter, policy))


def surplus_initials(encounter: Encounter, policy: Policy) -> tuple[ClaimLine, ...]:
    """Those of them beyond the supported accesses."""
    accesses = len(supported(encounter, policy).access_sites)
    return initials_on_record(encounter, policy)[accesses:]


def _has_a_service(line: ClaimLine, encounter: Encounter, policy: Policy) -> bool:
    """Whether something of its kind and family is on record that would earn a unit."""
    kind = kind_of(line.hcpcs)
    if kind is None:
        return True
    if kind is Kind.HYDRATION:
        return supported(encounter, policy).units(*codes_of_kind(kind)) > 0
    techniques = ("push", "infusion")
    return any(
        may_bill(line.hcpcs, course, policy)
        for course in on_record(kind, encounter, policy)
        if course.technique in techniques
        or (kind is Kind.PUSH and course.administration.method in (Method.PUSH, Method.INJECTION))
    )
