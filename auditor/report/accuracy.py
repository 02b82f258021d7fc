"""What the decisions say of coders and rebuttals: accuracy, overturn rate, root causes.

Only what coding or charge set-up can mend is an error of coding, whoever billed it; the root cause
that a person gave goes before the check's.  A fault of nursing, order or data feed never counts
against a coder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from auditor.coding import administration_lines
from auditor.record import ClaimLine
from auditor.report.case import Case
from auditor.report.decisions import (
    DECISION,
    RESPONSE,
    ROOT_CAUSE,
    RULING,
    Decisions,
    Typed,
    words,
)
from auditor.report.findings import claim_lines_of
from auditor.report.parties import origin_of
from auditor.report.pivots import NOT_STATED, said
from auditor.report.rate import Rate
from auditor.report.text import count
from auditor.run import Audit, Finding

Standing = Literal["stands", "falls", "open"]

EVERYBODY = "all coders"
STANDING = (
    "A finding stands when the auditor agrees and the coder does not disagree, or when the manager "
    "upholds or amends it. It falls when the auditor disagrees or finds it not applicable, or when "
    "the manager overturns it. Else it is open."
)
CODE_OVER_CODE = (
    "drug administration lines without a coding error ÷ drug administration lines and coding "
    "errors on no such line (a service not billed, a drug line)"
)
CASE_OVER_CASE = "encounters without a coding error ÷ encounters with such a line or error"
OVERTURNED = "rulings “overturned” ÷ rulings on findings with which the coder disagrees"
ROOT_CAUSES = "findings that stand with the root cause ÷ findings that stand"
_CODING = ("coding", "charge set-up")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How much of what a coder billed is right.

    ``least`` takes the open findings for errors, ``most`` does not; once none is open they agree.
    """

    coder: str
    name: str
    least: Rate
    most: Rate
    formula: str

    @property
    def words(self) -> str:
        """The accuracy in one phrase, its two bounds where findings are open."""
        if self.least == self.most:
            return self.most.words
        return f"between {self.least.words} and {self.most.words}"


@dataclass(frozen=True, slots=True)
class RootCause:
    """How many of the standing findings have one root cause."""

    cause: str
    share: Rate


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the decisions come to.

    ``stands``, ``falls`` and ``open`` count the deficiencies; ``rebuttals`` those with which the
    coder disagrees, ``overturned`` of those that the manager ruled on.
    """

    stands: int
    falls: int
    open: int
    rebuttals: int
    overturned: Rate
    accuracies: tuple[Accuracy, ...]
    root_causes: tuple[RootCause, ...]

    @property
    def progress(self) -> str:
        """How far the review has come, in a sentence."""
        total = self.stands + self.falls + self.open
        return (
            f"Of {count(total, 'deficiency', 'deficiencies')}: {self.stands:,} standing, "
            f"{self.falls:,} fallen, {self.open:,} open."
        )


def outcomes_of(audit: Audit, cases: Sequence[Case], decisions: Decisions) -> Outcomes:
    """Count the decisions on the deficiencies of an audit; ``cases`` are its encounters."""
    typed = {f.finding_id: decisions.of(f.finding_id).typed for f in audit.findings}
    standings = {key: standing(values) for key, values in typed.items()}
    counted = Counter(standings.values())
    rebutted = [values for values in typed.values() if words(values.get(RESPONSE)) == "disagrees"]
    rulings = [words(values.get(RULING)) for values in rebutted if words(values.get(RULING))]
    return Outcomes(
        stands=counted["stands"],
        falls=counted["falls"],
        open=counted["open"],
        rebuttals=len(rebutted),
        overturned=Rate(rulings.count("overturned"), len(rulings)),
        accuracies=tuple(_accuracies(cases, typed, standings)),
        root_causes=tuple(_root_causes(typed, standings)),
    )


def standing(typed: Mapping[str, Typed]) -> Standing:
    """Whether a finding stands, by what was typed of it; see :data:`STANDING`."""
    match words(typed.get(RULING)):
        case "upheld" | "amended":
            return "stands"
        case "overturned":
            return "falls"
    match words(typed.get(DECISION)):
        case "agree":
            disputed = words(typed.get(RESPONSE)) in ("disagrees", "needs record")
            return "open" if disputed else "stands"
        case "disagree" | "not applicable":
            return "falls"
    return "open"


def is_coding_error(finding: Finding, typed: Mapping[str, Typed]) -> bool:
    """Whether it is one of coding: by the root cause that was typed, else by where it arose."""
    return (words(typed.get(ROOT_CAUSE)) or origin_of(finding)) in _CODING


@dataclass(slots=True)
class _Tally:
    """Lines and encounters of one coder: all, and those with an error that stands or may stand."""

    lines: int = 0
    wrong_lines: int = 0
    doubtful_lines: int = 0
    others: int = 0
    open_others: int = 0
    cases: int = 0
    wrong_cases: int = 0
    doubtful_cases: int = 0

    def accuracies(self, coder: str) -> tuple[Accuracy, Accuracy]:
        """Code over code and case over case."""
        right, total = self.lines - self.wrong_lines, self.lines + self.others
        return (
            Accuracy(
                coder,
                "Code over code",
                Rate(right - self.doubtful_lines, total + self.open_others),
                Rate(right, total),
                CODE_OVER_CODE,
            ),
            Accuracy(
                coder,
                "Case over case",
                Rate(self.cases - self.wrong_cases - self.doubtful_cases, self.cases),
                Rate(self.cases - self.wrong_cases, self.cases),
                CASE_OVER_CASE,
            ),
        )


def _accuracies(
    cases: Iterable[Case],
    typed: Mapping[str, Mapping[str, Typed]],
    standings: Mapping[str, Standing],
) -> Iterable[Accuracy]:
    """Those of all coders together, then each coder's by name."""
    tallies: dict[str, _Tally] = {EVERYBODY: _Tally()}
    for case in cases:
        errors = [
            finding
            for finding in case.findings
            if is_coding_error(finding, typed[finding.finding_id])
            and standings[finding.finding_id] != "falls"
        ]
        lines = administration_lines(case.encounter)
        coders = {said(line.coder) for line in lines}.union(*(_coders(f) for f in errors))
        for coder in (EVERYBODY, *coders):
            theirs = [line for line in lines if coder in (EVERYBODY, said(line.coder))]
            concerning = [f for f in errors if coder == EVERYBODY or coder in _coders(f)]
            _add(tallies.setdefault(coder, _Tally()), theirs, concerning, standings)
    for coder in sorted(tallies, key=lambda coder: (coder != EVERYBODY, coder)):
        yield from tallies[coder].accuracies(coder)


def _coders(finding: Finding) -> set[str]:
    """Whose lines an error concerns; one on no line concerns the whole claim."""
    lines = claim_lines_of(finding.verdict) or finding.encounter.claim_lines
    return {said(line.coder) for line in lines}


def _add(
    tally: _Tally,
    lines: Sequence[ClaimLine],
    errors: Iterable[Finding],
    standings: Mapping[str, Standing],
) -> None:
    """Count one encounter's lines and errors."""
    own = {id(line) for line in lines}
    wrong, doubtful = set[int](), set[int]()
    others = Counter[Standing]()
    for finding in errors:
        stands = standings[finding.finding_id]
        concerned = {id(line) for line in claim_lines_of(finding.verdict)} & own
        (wrong if stands == "stands" else doubtful).update(concerned)
        others[stands] += not concerned
    doubtful -= wrong
    tally.lines += len(own)
    tally.wrong_lines += len(wrong)
    tally.doubtful_lines += len(doubtful)
    tally.others += others["stands"]
    tally.open_others += others["open"]
    is_wrong, is_doubtful = wrong or others["stands"], doubtful or others["open"]
    tally.cases += bool(own or others.total())
    tally.wrong_cases += bool(is_wrong)
    tally.doubtful_cases += bool(is_doubtful and not is_wrong)


def _root_causes(
    typed: Mapping[str, Mapping[str, Typed]], standings: Mapping[str, Standing]
) -> Iterable[RootCause]:
    """The root causes of what stands, the most frequent first."""
    causes = Counter(
        words(typed[key].get(ROOT_CAUSE)) or NOT_STATED
        for key, stands in standings.items()
        if stands == "stands"
    )
    total = causes.total()
    for cause in sorted(causes, key=lambda cause: (-causes[cause], cause)):
        yield RootCause(cause, Rate(causes[cause], total))
