"""Where a deficiency arose and who mends it: seldom the same person, and never mixed up.

A cause counts against a party; a cure only asks for its work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from auditor.check import Responsible
from auditor.report.rate import Rate
from auditor.run import Finding
from auditor.verdict import Cure

PARTIES: tuple[Responsible, ...] = get_args(Responsible)
PARTY_WORDS: dict[Responsible, str] = {
    "nursing": "nursing",
    "provider order": "ordering provider",
    "coding": "coding",
    "charge set-up": "charge set-up",
    "data feed": "data feed",
}

# Who can do what a cure asks for; what is not here, whoever owns the missing part.
_MENDERS: dict[Cure, Responsible] = {
    Cure.LATE_ENTRY: "nursing",
    Cure.ORDER: "provider order",
    Cure.REBILL: "coding",
    Cure.APPEAL: "coding",
    Cure.NOTHING: "coding",
}


def origin_of(finding: Finding) -> Responsible:
    """Where the deficiency arose: an order that is wanted was never nursing's to write."""
    return "provider order" if finding.verdict.cure is Cure.ORDER else finding.check.responsible


def mender_of(finding: Finding) -> Responsible:
    """Who does what the cure asks for."""
    cure = finding.verdict.cure
    return _MENDERS.get(cure, origin_of(finding)) if cure else origin_of(finding)


@dataclass(frozen=True, slots=True)
class PartyLine:
    """One party: the share of all deficiencies that arose with it, and what it has to mend.

    ``encounters`` and ``most``, the check with most of them, are of those that arose with it.
    """

    party: Responsible
    share: Rate
    encounters: int
    most: str
    mends: int

    @property
    def words(self) -> str:
        """The party as a report names it."""
        return PARTY_WORDS[self.party]


def party_lines(findings: Sequence[Finding]) -> tuple[PartyLine, ...]:
    """The parties with something that arose or is to be mended; the most that arose first."""
    mends = Counter(map(mender_of, findings))
    lines = []
    for party in PARTIES:
        theirs = [finding for finding in findings if origin_of(finding) == party]
        if theirs or mends[party]:
            titles = Counter(finding.check.title for finding in theirs)
            most = min(titles, key=lambda title: (-titles[title], title), default="")
            encounters = len({finding.encounter.encounter_id for finding in theirs})
            share = Rate(len(theirs), len(findings))
            lines.append(PartyLine(party, share, encounters, most, mends[party]))
    return tuple(sorted(lines, key=lambda line: (-line.share.hits, line.party)))
