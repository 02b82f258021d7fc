"""The accesses that the record confirms, for claim lines that need a further one (H-03, H-04)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from auditor.coding.access import SiteRecord, site_record
from auditor.coding.encounter import supported
from auditor.coding.remembered import remembered
from auditor.coding.support import Course, Support, with_neighbours
from auditor.policy import Policy
from auditor.record import Administration, Encounter, Route
from auditor.tables.codes import INFUSION_CODES, PUSH_CODES, current
from auditor.tables.codes import code as code_entry
from auditor.tables.sites import label_of, says_need, says_rate, site_key


@dataclass(frozen=True, slots=True)
class Accesses:
    """The accesses of an encounter, each of which supports one initial service.

    ``record`` are the documented sites, ``labels`` the sites charted without a place, such as
    "IV #1".  ``through_both`` is a drug that ran through two lines at once where nothing else ran
    through the second and no need for it is documented; ``for_rate`` says that one line could not
    carry its rate.  ``further`` counts the supported units at further accesses by their kind.
    """

    count: int
    record: SiteRecord
    labels: tuple[str, ...]
    through_both: Administration | None
    for_rate: bool
    further: Counter[str]

    @property
    def is_told(self) -> bool:
        """Whether the access of every drug by vein, and of every documented site, is known."""
        if self.record.restarted:
            return True
        return not self.record.untied and len(self.record.sites) <= self.count

    @property
    def doubt(self) -> str | None:
        """What leaves the second of two accesses open (H-03), and what would tell."""
        if self.through_both is None:
            return None
        drug = self.through_both.drug
        if self.for_rate:
            return (
                f"the second line carried {drug} at a rate that one line could not, which is no "
                "second access; another need for it would tell"
            )
        return (
            f"{drug} ran through both lines at once, and a need for the second other than its "
            "rate would tell"
        )


@remembered
def accesses_of(encounter: Encounter, policy: Policy) -> Accesses:
    """What the record confirms of the accesses of an encounter."""
    support = supported(encounter, policy)
    both = _through_both(support)
    said = _said_of(both, encounter) if both else []
    for_rate = any(map(says_rate, said))
    return Accesses(
        count=len(support.access_sites),
        record=site_record(encounter, policy),
        labels=_labels(encounter),
        through_both=None if any(map(says_need, said)) and not for_rate else both,
        for_rate=for_rate,
        further=_at_further_accesses(support),
    )


def kind_of(code: str | None) -> str:
    """Which kind of supported units a code's are: pushes, infusions, hydration or others."""
    code = current(code or "")
    if code in PUSH_CODES:
        return "push"
    if code in INFUSION_CODES:
        return "infusion"
    entry = code_entry(code)
    return "hydration" if entry is not None and entry.family == "hydration" else "service"


def _at_further_accesses(support: Support) -> Counter[str]:
    further = {line.access for line in support.lines if line.modifiers}
    units: Counter[str] = Counter()
    for line in support.lines:
        if line.access in further:
            units[kind_of(line.code)] += line.units
    return units


def _through_both(support: Support) -> Administration | None:
    """What ran through both accesses at once, where all that ran through the second did."""
    if len(support.access_sites) != 2:
        return None
    second = [
        (course, [other for other in beside if other.access == 0])
        for course, beside in with_neighbours(support.courses)
        if course.access == 1
    ]
    if second and all(any(_same_at_once(a, b) for b in first) for a, first in second):
        return second[0][0].administration
    return None


def _same_at_once(one: Course, other: Course) -> bool:
    together = any(s < v and u < t for s, t in one.spans for u, v in other.spans)
    return together and one.administration.drug == other.administration.drug


def _said_of(drug: Administration, encounter: Encounter) -> list[str]:
    """What the record says of why the drug, and the lines, were used."""
    texts = [text for site in encounter.access_sites for text in (site.reason, site.description)]
    for given in encounter.administrations:
        if given.drug == drug.drug:
            texts += [given.reason, given.comments]
    return [text for text in texts if text]


def _labels(encounter: Encounter) -> tuple[str, ...]:
    """The sites of drugs by vein that only number a line, in the order of the record."""
    placed = {r.access_id for r in encounter.access_sites if site_key(r.site or r.description)}
    labels: dict[str, str] = {}
    for given in encounter.administrations:
        text = given.site or given.line
        label = label_of(text) if given.route is Route.IV and given.line not in placed else None
        if text and label:
            labels.setdefault(label, text)
    return tuple(labels.values())
