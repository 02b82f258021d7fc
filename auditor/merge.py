"""Audits of parts of the encounters → one audit, whoever judged the parts and wherever."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from auditor.policy import Policy
from auditor.run import Audit, CheckResult, place_of, status


def merged(parts: Sequence[Audit]) -> Audit:
    """The audits of parts of the encounters as one: the same as of all of them at once.

    The parts have the same checks, policy and columns, no encounter in common, and stand in the
    order of their encounters' numbers.
    """
    first = parts[0]
    results = merged_results([part.results for part in parts], first.policy)
    kinds = (
        [part.findings for part in parts],
        [part.undetermined for part in parts],
        [part.notes for part in parts],
    )
    return Audit(
        first.policy,
        tuple(chain.from_iterable(part.encounters for part in parts)),
        results,
        *(tuple(sorted(chain(*kind), key=place_of)) for kind in kinds),
    )


def merged_results(
    parts: Sequence[Sequence[CheckResult]], policy: Policy
) -> tuple[CheckResult, ...]:
    """The counts of the same checks, in the same order, of parts of the encounters as one."""
    results = [CheckResult(result.check, missing=result.missing) for result in parts[0]]
    for part in parts:
        for result, more in zip(results, part, strict=True):
            result.include(more)
    for result in results:
        result.failed_encounters.sort()
        result.status = status(result, policy)
    return tuple(results)
