"""How heavily deficiencies weigh: by the encounters that they are in and their severity."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.check import Severity
from auditor.run import Finding

_WEIGHTS: dict[Severity, int] = {"high": 3, "medium": 2, "low": 1}
WEIGHING = "An encounter weighs by the gravest of its deficiencies: high 3, medium 2, low 1."


def weight(findings: Iterable[Finding]) -> int:
    """The sum over encounters of the weight of the gravest deficiency of each."""
    gravest: dict[str, int] = {}
    for finding in findings:
        key, own = finding.encounter.encounter_id, _WEIGHTS[finding.check.severity]
        gravest[key] = max(gravest.get(key, 0), own)
    return sum(gravest.values())


def encounters_of(findings: Iterable[Finding]) -> set[str]:
    """The encounters in which the deficiencies are."""
    return {finding.encounter.encounter_id for finding in findings}
