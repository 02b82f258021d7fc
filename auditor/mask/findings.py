"""Finding ids under the key, so that decisions find their way through the mask."""

from __future__ import annotations

from itertools import count

from auditor.mask.mask import Mask
from auditor.run import Audit, finding_id, subject_key


def masked_ids(audit: Audit, mask: Mask) -> dict[str, str]:
    """By the id of each finding of a true audit, the id that it has in the masked one."""
    ids = {}
    for finding in (*audit.findings, *audit.undetermined, *audit.notes):
        check, encounter, subject = finding.check, finding.encounter, finding.verdict.subject
        own = check.id, encounter.encounter_id, subject_key(subject)
        nth = next(n for n in count(1) if finding_id(*own, n) == finding.finding_id)
        masked = subject_key(mask.subject(subject, encounter))
        ids[finding.finding_id] = finding_id(
            check.id, mask.name("E", encounter.encounter_id), masked, nth
        )
    return ids
