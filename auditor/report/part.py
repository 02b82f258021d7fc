"""Some encounters as the data files have them; parts of an audit become one again.

A part holds texts and counts and no record, so that it is small, and whoever judges encounters can
send it: another process, or another machine.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from auditor.merge import merged_results
from auditor.policy import Policy
from auditor.report.case import Case
from auditor.report.data import (
    DataCounts,
    FindingText,
    corrected_cells,
    data_counts,
    encounter_json,
    finding_texts,
)
from auditor.run import Audit, CheckResult


class EncounterText(NamedTuple):
    """One encounter in audit.json, and its rows of corrected_lines.csv."""

    encounter_id: str
    json: str
    corrected: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class DataPart:
    """Findings in the order of the worklist, encounters in that of their numbers, and counts."""

    policy: Policy
    results: tuple[CheckResult, ...]
    findings: tuple[FindingText, ...]
    encounters: tuple[EncounterText, ...]
    counts: DataCounts


def part_of(audit: Audit, cases: Sequence[Case]) -> DataPart:
    """An audit as the data files have it; ``cases`` are its encounters in its order."""
    return DataPart(
        audit.policy,
        audit.results,
        tuple(finding_texts(audit, cases)),
        tuple(
            EncounterText(case.encounter.encounter_id, encounter_json(case), corrected_cells(case))
            for case in cases
        ),
        data_counts(cases),
    )


def merged(parts: Sequence[DataPart]) -> DataPart:
    """The parts as one: the same as of all their encounters at once.

    The parts have the same checks, policy and columns, and no encounter in common.
    """
    policy, counts = parts[0].policy, data_counts(())
    for part in parts:
        counts.include(part.counts)
    return DataPart(
        policy,
        merged_results([part.results for part in parts], policy),
        tuple(heapq.merge(*(part.findings for part in parts), key=lambda one: one.place)),
        tuple(heapq.merge(*(part.encounters for part in parts), key=lambda one: one.encounter_id)),
        counts,
    )
