"""The risks behind the deficiencies: checks that share their encounters are one risk, not many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.report.findings import SEVERITIES
from auditor.report.rate import Rate
from auditor.report.text import count, listed
from auditor.report.weight import encounters_of, weight
from auditor.run import CheckResult, Finding

_MOST_TITLES = 3  # beside the gravest


@dataclass(frozen=True, slots=True)
class Risk:
    """Checks of which each has half of its encounters or more in common with the others.

    ``head`` is the gravest, ``others`` the rest with their deficiencies, the most first;
    ``shared`` of the ``encounters`` have deficiencies of several.
    """

    head: CheckResult
    others: tuple[tuple[str, int], ...]
    encounters: int
    shared: int
    weight: int

    @property
    def sentence(self) -> str:
        """The risk in words, with the base of every number."""
        check = self.head.check
        told = f"{check.title}: {base_words(self.head)}; {check.severity} severity."
        if not self.others:
            return f"{told} In {count(self.encounters, 'encounter')}."
        named = [f"{title} ({found:,})" for title, found in self.others]
        if len(named) > _MOST_TITLES + 1:  # one more is not worth counting
            named[_MOST_TITLES:] = [count(len(named) - _MOST_TITLES, "further check")]
        return (
            f"{told} Much in the same encounters: {listed(named)}. "
            f"{count(self.encounters, 'encounter')} together, {self.shared:,} with more than one "
            "of these."
        )


def base_words(result: CheckResult) -> str:
    """Deficient of how many, the rate, and what of the examined is in neither."""
    judged = Rate(result.deficient, result.deficient + result.met)
    if not result.undetermined:
        words = f"{judged.hits:,} of {judged.total:,} examined"
    else:
        words = (
            f"{judged.hits:,} of {judged.total:,} judged "
            f"({result.undetermined:,} of {result.examined:,} examined undetermined)"
        )
    if judged.share is None:
        return f"{words}, too few for a rate"
    return f"{words}, {judged.share_words} (95% interval {judged.interval_words})"


def risks_of(results: Iterable[CheckResult], findings: Sequence[Finding]) -> tuple[Risk, ...]:
    """The risks, the heaviest first.

    A check joins the risk with which it shares most encounters, if those are half of its own or
    more, and takes in every risk that has half of its encounters or more in it.
    """
    by_check: dict[str, list[Finding]] = {}
    for finding in findings:
        by_check.setdefault(finding.check.id, []).append(finding)
    groups: list[list[Finding]] = []
    for own in sorted(by_check.values(), key=_heaviest_first):
        joined = _to_join(own, groups)
        rest = [group for group in groups if not any(group is other for other in joined)]
        groups = [*rest, [finding for group in joined for finding in group] + own]
    judged = {result.check.id: result for result in results}
    risks = [_risk(group, judged) for group in groups]
    return tuple(sorted(risks, key=lambda risk: (-risk.weight, risk.head.check.id)))


def _to_join(own: Sequence[Finding], groups: Sequence[list[Finding]]) -> list[list[Finding]]:
    encounters = encounters_of(own)
    shared = [len(encounters & encounters_of(group)) for group in groups]
    most = max(shared, default=0)
    within = most * 2 >= len(encounters)
    nearest = shared.index(most) if within else None
    return [
        group
        for number, group in enumerate(groups)
        if number == nearest or shared[number] * 2 >= len(encounters_of(group))
    ]


def _heaviest_first(findings: Sequence[Finding]) -> tuple[int, str]:
    return -weight(findings), findings[0].check.id


def _risk(findings: Sequence[Finding], results: dict[str, CheckResult]) -> Risk:
    found = Counter(finding.check.id for finding in findings)
    checks = {finding.check.id: finding.check for finding in findings}
    head = min(found, key=lambda key: (SEVERITIES.index(checks[key].severity), -found[key], key))
    others = sorted((key for key in found if key != head), key=lambda key: (-found[key], key))
    several = Counter(
        encounter for encounter, _ in {(f.encounter.encounter_id, f.check.id) for f in findings}
    )
    return Risk(
        results[head],
        tuple((checks[key].title, found[key]) for key in others),
        len(several),
        sum(number > 1 for number in several.values()),
        weight(findings),
    )
