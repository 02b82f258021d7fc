"""What is to be done about the deficiencies, by whom: each request goes to who can meet it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.check import Responsible
from auditor.report.parties import PARTY_WORDS, mender_of
from auditor.report.text import count, listed, sentence_case
from auditor.report.weight import encounters_of, weight
from auditor.run import Finding
from auditor.verdict import Cure

_MOST_TITLES = 2  # in a sentence
_REQUESTS = {
    Cure.LATE_ENTRY: "Ask for a dated late entry by the person who gave it",
    Cure.ATTESTATION: "Ask for a signature attestation",
    Cure.ORDER: "Find the authenticated practitioner order from the time of service",
    Cure.REBILL: "Correct the claim",
    Cure.APPEAL: "Appeal with the record, which supports the units, where they are denied",
    Cure.RECORD: "Find the missing part of the record",
    Cure.NOTHING: "Correct the claim and refund, as nothing can be added to the record",
}


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of the corrective action table: one request to one party.

    ``titles`` are the checks that ask for it, each with its findings, the most first.
    """

    party: Responsible
    request: str
    titles: tuple[tuple[str, int], ...]
    findings: int
    encounters: int

    @property
    def words(self) -> str:
        """The party as a report names it."""
        return PARTY_WORDS[self.party]


def corrections_of(findings: Iterable[Finding]) -> tuple[Correction, ...]:
    """By party, the one with most to mend first, then by what weighs most."""
    grouped: dict[tuple[Responsible, Cure], list[Finding]] = {}
    for finding in findings:
        key = mender_of(finding), finding.verdict.cure or Cure.RECORD
        grouped.setdefault(key, []).append(finding)
    by_party: dict[Responsible, list[Finding]] = {}
    for (party, _), group in grouped.items():
        by_party.setdefault(party, []).extend(group)
    ordered = sorted(
        grouped.items(),
        key=lambda entry: (
            -weight(by_party[entry[0][0]]),
            entry[0][0],
            -weight(entry[1]),
            _REQUESTS[entry[0][1]],
        ),
    )
    return tuple(
        Correction(party, _REQUESTS[cure], _titles(group), len(group), len(encounters_of(group)))
        for (party, cure), group in ordered
    )


def action_sentences(findings: Sequence[Finding]) -> tuple[str, ...]:
    """One sentence for each party, the one with most to mend first."""
    grouped: dict[Responsible, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(mender_of(finding), []).append(finding)
    ordered = sorted(grouped.items(), key=lambda entry: (-weight(entry[1]), entry[0]))
    return tuple(_sentence(party, group) for party, group in ordered)


def _sentence(party: Responsible, findings: Sequence[Finding]) -> str:
    requests = [
        f"{lower(line.request)}, for {count(line.findings, 'finding')}"
        for line in corrections_of(findings)
    ]
    titles = _titles(findings)
    told = [title for title, _ in titles]
    if len(told) > _MOST_TITLES + 1:  # one more is not worth counting
        told[_MOST_TITLES:] = [count(len(told) - _MOST_TITLES, "further check")]
    encounters = count(len(encounters_of(findings)), "encounter")
    return (
        f"{sentence_case(PARTY_WORDS[party])}: {'; '.join(requests)}, in {encounters} "
        f"({listed(told)})."
    )


def lower(sentence: str) -> str:
    """The sentence with its first letter small, to go on from another."""
    return sentence[:1].lower() + sentence[1:]


def _titles(findings: Iterable[Finding]) -> tuple[tuple[str, int], ...]:
    titles = Counter(finding.check.title for finding in findings)
    return tuple(sorted(titles.items(), key=lambda entry: (-entry[1], entry[0])))
