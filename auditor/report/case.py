"""One audited encounter with everything that the outputs show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.coding.compare import compare
from auditor.coding.correction import CorrectedLine, corrected_lines
from auditor.coding.support import Support, Variance
from auditor.money import Impact, impact_of
from auditor.policy import Policy
from auditor.record import Encounter
from auditor.run import Audit, Finding, Judged


@dataclass(frozen=True, slots=True)
class Case:
    """An encounter: what its record supports, how the claim differs, what the checks said.

    ``corrected`` are the administration lines of the corrected claim, none where nothing differs;
    ``impact`` is what the differences change of the claim's payment.
    """

    encounter: Encounter
    support: Support
    variances: tuple[Variance, ...]
    corrected: tuple[CorrectedLine, ...]
    findings: tuple[Finding, ...]
    undetermined: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    impact: Impact


def cases_of(audit: Audit, supports: Mapping[str, Support]) -> tuple[Case, ...]:
    """The audit's encounters in its order; ``supports`` by encounter id, one for each."""
    findings = _by_encounter(audit.findings)
    undetermined = _by_encounter(audit.undetermined)
    notes = _by_encounter(audit.notes)
    return tuple(
        case_of(
            encounter,
            supports[key],
            Judged(*(tuple(kind.get(key, ())) for kind in (findings, undetermined, notes))),
            audit.policy,
        )
        for encounter in audit.encounters
        for key in [encounter.encounter_id]
    )


def case_of(encounter: Encounter, support: Support, judged: Judged, policy: Policy) -> Case:
    """One encounter with all that follows from its support and from what the checks said."""
    variances = compare(encounter, support, policy)
    return Case(
        encounter,
        support,
        variances,
        corrected_lines(encounter, support, variances, policy),
        *judged,
        impact_of(encounter, support, judged.findings, judged.undetermined, policy),
    )


def _by_encounter(findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.encounter.encounter_id, []).append(finding)
    return grouped
