"""Whether masked records are judged as the true ones are: it is looked at in every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from auditor.coding.support import Support
from auditor.mask.mask import Mask
from auditor.run import Audit, Finding

_Judged = Counter[tuple[object, ...]]


def judged_otherwise(
    audit: Audit,
    masked: Audit,
    mask: Mask,
    supports: Mapping[str, Support],
    masked_supports: Mapping[str, Support],
) -> tuple[str, ...]:
    """The pseudonyms of the encounters whose findings or supported lines differ, in order."""
    true, shown = _judged(audit, supports), _judged(masked, masked_supports)
    names = {key: mask.name("E", key) for key in true}
    return tuple(sorted(name for key, name in names.items() if true[key] != shown[name]))


def _judged(audit: Audit, supports: Mapping[str, Support]) -> dict[str, _Judged]:
    judged: dict[str, _Judged] = {e.encounter_id: Counter() for e in audit.encounters}
    for finding in _all(audit):
        verdict, encounter = finding.verdict, finding.encounter
        facts = (
            *encounter.claim_lines,
            *encounter.administrations,
            *encounter.orders,
            *encounter.access_sites,
        )
        place = next((n for n, fact in enumerate(facts) if fact is verdict.subject), None)
        said = (verdict.outcome, place, verdict.cure, len(verdict.evidence))
        judged[encounter.encounter_id][finding.check.id, *said] += 1
    for result in audit.results:
        for key in result.failed_encounters:
            judged[key][result.check.id, "failed"] += 1
    for key, support in supports.items():
        for number, line in enumerate(support.lines):
            units = (line.units, line.modifiers, line.minutes, line.access)
            judged[key][number, line.code, *units] += 1
    return judged


def _all(audit: Audit) -> Iterable[Finding]:
    return (*audit.findings, *audit.undetermined, *audit.notes)
