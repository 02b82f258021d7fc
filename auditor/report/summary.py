"""The only place that counts, orders and phrases what an audit says as a whole.

Every number is derived from the audit, every sentence from a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.authority import Authority, authority
from auditor.check import Check
from auditor.coding import open_questions
from auditor.coding.open_questions import OpenQuestion
from auditor.load.ledger import Ledger
from auditor.policy import policy_rows
from auditor.report.accuracy import Outcomes, outcomes_of
from auditor.report.actions import Correction, action_sentences, corrections_of, lower
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows
from auditor.report.decisions import Decisions
from auditor.report.few import LEAST, few_in
from auditor.report.findings import SEVERITIES
from auditor.report.gaps import FormGap, form_gaps, gap_counts
from auditor.report.money import METHOD, Direction, Money, money_of, money_sentence
from auditor.report.parties import PartyLine, party_lines
from auditor.report.pivots import Pivot, pivot_counts, pivots
from auditor.report.ranking import ProblemCode, code_counts, problem_codes
from auditor.report.rate import Rate
from auditor.report.received import enabling_column, limits_of
from auditor.report.risks import risks_of
from auditor.report.text import count, day, dollars, listed, printable, sentence_case
from auditor.run import Audit, CheckResult, Finding, Status

_MOST_EXAMPLES = 6
MASKED = (
    "Masked: identifiers, names and typed texts are replaced by pseudonyms of a key that the "
    "hospital keeps; the dates of each patient are shifted by 31 to 395 days, minutes and "
    f"intervals are true; counts under {LEAST} are hidden. This is no de-identified data set: "
    "patients are listed one by one."
)


@dataclass(frozen=True, slots=True)
class Headline:
    """How many of how many, and what is counted."""

    hits: int
    total: int
    label: str

    @property
    def value(self) -> str:
        """Both in words."""
        return f"{self.hits:,} of {self.total:,}"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check's result; ``rate`` is deficient over deficient and met, undetermined left out."""

    result: CheckResult
    examined: int
    rate: Rate
    encounters: int
    status: str

    @property
    def check(self) -> Check:
        """The check itself."""
        return self.result.check

    @property
    def is_incomplete(self) -> bool:
        """Whether it failed somewhere, or could not be evaluated."""
        result = self.result
        return bool(result.missing or result.unevaluated or result.failed_encounters)


@dataclass(frozen=True, slots=True)
class Unevaluated:
    """A check that could not be evaluated, or not on all: what it wants, and how to give it."""

    check: Check
    wants: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often claim and record agree, with its formula."""

    name: str
    rate: Rate
    formula: str


@dataclass(frozen=True, slots=True)
class MoneySection:
    """The money in words: ``rows`` are a direction, its encounters, and dollars in all and apart.

    ``reasons`` are those for which encounters have no dollars, each with how many.
    """

    rows: tuple[tuple[str, str, str, str, str], ...]
    notes: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    method: str


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the outputs say about the audit as a whole, counted, ordered and phrased."""

    title: str
    subtitle: str
    completeness: str
    complete: bool
    numbers: tuple[Headline, ...]
    risks: tuple[str, ...]
    actions: tuple[str, ...]
    money: str
    priced: MoneySection | None
    scope: tuple[tuple[str, str], ...]
    exclusions: tuple[str, ...]
    limits: tuple[str, ...]
    checks: tuple[CheckLine, ...]
    unevaluated: tuple[Unevaluated, ...]
    agreements: tuple[Agreement, ...]
    parties: tuple[PartyLine, ...]
    problem_codes: tuple[ProblemCode, ...]
    pivots: tuple[Pivot, ...]
    form_gaps: tuple[FormGap, ...]
    untold: str
    corrected_claims: str
    corrections: tuple[Correction, ...]
    decided: tuple[str, ...]
    outcomes: Outcomes | None
    masked: str
    examples: tuple[Case, ...]
    authorities: tuple[tuple[Authority, tuple[str, ...]], ...]
    policy: tuple[tuple[str, str, str, bool], ...]


def summarise(
    audit: Audit,
    cases: Sequence[Case],
    ledger: Ledger,
    decisions: Decisions | None = None,
    *,
    masked: bool = False,
) -> Summary:
    """Count and phrase an audit.

    ``cases`` are its encounters in its order, ``decisions`` what people decided earlier.  Of a
    ``masked`` audit small counts are hidden.
    """
    questions = [open_questions(case.encounter, case.support) for case in cases]
    compared = [case for case, asked in zip(cases, questions, strict=True) if not asked]
    rows = [row for case in compared for row in administration_rows(case)]
    checks = _check_lines(audit)
    gaps = form_gaps(gap_counts(cases))
    unevaluated = _unevaluated(audit, ledger)
    money = money_of(cases)
    summary = Summary(
        title="Infusion and injection claim audit",
        subtitle=_subtitle(cases, masked=masked),
        completeness=_completeness(audit, ledger),
        complete=audit.complete and not ledger.gaps,
        numbers=_numbers(audit, rows),
        risks=_risks(audit, ledger),
        actions=_actions(audit.findings, unevaluated),
        money=money_sentence(money, cases),
        priced=_money_section(money) if money.priced else None,
        scope=_scope(cases, masked=masked),
        exclusions=_exclusions(audit, [asked for asked in questions if asked]),
        limits=limits_of(ledger, cases, masked=masked),
        checks=checks,
        unevaluated=unevaluated,
        agreements=_agreements(compared, rows),
        parties=party_lines(audit.findings),
        problem_codes=problem_codes(code_counts(cases)),
        pivots=pivots(audit.results, pivot_counts(cases)),
        form_gaps=gaps,
        untold=_untold(gaps),
        corrected_claims=_corrected_claims(cases),
        corrections=corrections_of(audit.findings),
        decided=decisions.sentences if decisions else (),
        outcomes=outcomes_of(audit, cases, decisions) if decisions else None,
        masked=MASKED if masked else "",
        examples=_examples(checks, cases),
        authorities=_authorities(audit, cases),
        policy=tuple(policy_rows(audit.policy)),
    )
    return few_in(summary) if masked else summary


# -- the whole ---------------------------------------------------------------------------------


def _subtitle(cases: Sequence[Case], *, masked: bool) -> str:
    dates = "masked" if masked else _service_dates(cases)
    return printable(" · ".join(filter(None, [_facilities(cases), dates])))


def _facilities(cases: Sequence[Case]) -> str:
    return listed(sorted({case.encounter.facility for case in cases if case.encounter.facility}))


def _service_dates(cases: Iterable[Case]) -> str:
    dates = {
        line.service_date
        for case in cases
        for line in case.encounter.claim_lines
        if line.service_date is not None
    }
    if not dates:
        return ""
    first, last = day(min(dates)), day(max(dates))
    return f"services of {first}" if first == last else f"services of {first} to {last}"


def _completeness(audit: Audit, ledger: Ledger) -> str:
    statuses = Counter(result.status for result in audit.results)
    total = len(audit.results)
    if audit.complete and not ledger.gaps:
        looked = statuses[Status.EVALUATED]
        checks = count(total, "check")
        return f"Complete: {looked} of {checks} found something to look at; none failed."
    reasons = []
    if statuses[Status.NOT_EVALUATED]:
        reasons.append(
            f"{statuses[Status.NOT_EVALUATED]} could not be evaluated for want of columns or tables"
        )
    partly = sum(bool(result.examined and result.unevaluated) for result in audit.results)
    if partly:
        reasons.append(f"{partly} could not be evaluated on every date of service")
    if statuses[Status.FAILED]:
        reasons.append(f"{statuses[Status.FAILED]} failed")
    told = [f"of {count(total, 'check')}, {listed(reasons)}"] if reasons else []
    return (
        f"Incomplete: {'; '.join([*told, *ledger.gaps])}. "
        "What they look for may be present and is not counted here."
    )


def _numbers(audit: Audit, rows: Sequence[ClaimRow]) -> tuple[Headline, ...]:
    with_deficiency = len({f.encounter.encounter_id for f in audit.findings})
    billed = sum(row.billed or 0 for row in rows)
    over = sum(max((row.billed or 0) - (row.supported or 0), 0) for row in rows)
    under = sum(max((row.supported or 0) - (row.billed or 0), 0) for row in rows)
    examined = sum(result.examined for result in audit.results)
    return (
        Headline(
            with_deficiency,
            len(audit.encounters),
            "encounters have at least one deficiency",
        ),
        Headline(
            over,
            billed,
            "billed administration units are not what the record supports; "
            f"{count(under, 'supported unit is', 'supported units are')} not billed as such",
        ),
        Headline(
            len(audit.undetermined),
            examined,
            "results are undetermined: the record given cannot answer",
        ),
    )


def _risks(audit: Audit, ledger: Ledger) -> tuple[str, ...]:
    risks = [risk.sentence for risk in risks_of(audit.results, audit.findings)]
    if not audit.complete or ledger.gaps:
        risks.append(_completeness(audit, ledger))
    if audit.undetermined:
        risks.append(
            f"{count(len(audit.undetermined), 'result')} could turn out either way "
            "once the record is complete."
        )
    return tuple(risks[:3]) or ("No deficiency was found by the checks that could be evaluated.",)


def _actions(findings: Sequence[Finding], unevaluated: Iterable[Unevaluated]) -> tuple[str, ...]:
    actions = [
        *action_sentences(findings),
        *(
            f"Data feed: {lower(how)}, so that this can be checked: {gap.check.title}."
            for gap in unevaluated
            for _, how in gap.wants[:1]
        ),
    ]
    return tuple(actions[:3]) or ("No corrective action follows from this audit.",)


# -- scope ---------------------------------------------------------------------------------------


def _scope(cases: Sequence[Case], *, masked: bool) -> tuple[tuple[str, str], ...]:
    encounters = [case.encounter for case in cases]
    payers = {line.payer for e in encounters for line in e.claim_lines if line.payer}
    macs = {encounter.mac for encounter in encounters if encounter.mac}
    rows = (
        ("Facility", printable(_facilities(cases)) or "not stated"),
        ("Encounters", f"{len(encounters):,}"),
        ("Claim lines", f"{sum(len(e.claim_lines) for e in encounters):,}"),
        ("Administrations", f"{sum(len(e.administrations) for e in encounters):,}"),
        ("Orders", f"{sum(len(e.orders) for e in encounters):,}"),
        ("Access sites", f"{sum(len(e.access_sites) for e in encounters):,}"),
        (
            "Dates",
            "each patient's are shifted by a number of days of their own"
            if masked
            else sentence_case(_service_dates(cases)) or "no service date is stated",
        ),
        ("Payers", printable(listed(sorted(payers))) or "not stated"),
        ("Medicare contractor", printable(listed(sorted(macs))) or "not stated"),
        ("Selection", "every encounter supplied was audited; nothing was sampled"),
    )
    return rows


def _exclusions(audit: Audit, not_compared: Sequence[tuple[OpenQuestion, ...]]) -> tuple[str, ...]:
    skipped = [r.check.title for r in audit.results if r.status is Status.SKIPPED]
    idle = [r.check.title for r in audit.results if r.status is Status.NOT_APPLICABLE]
    sentences = [f"Left out by policy: {title}." for title in skipped]
    sentences += [f"Nothing to look at: {title}." for title in idle]
    if not_compared:
        reasons = sorted({question.reason for asked in not_compared for question in asked})
        left_out = f"{count(len(not_compared), 'encounter')} left out of the unit counts, the "
        sentences.append(
            f"{left_out}problem codes and the agreement, for claim and record are not both known: "
            f"{'; '.join(reasons)}."
        )
    return tuple(sentences)


# -- checks, parties, corrections ------------------------------------------------------------------


def _check_lines(audit: Audit) -> tuple[CheckLine, ...]:
    """The checks, those with the gravest and most deficiencies first."""
    encounters = Counter(
        check_id for check_id, _ in {(f.check.id, f.encounter.encounter_id) for f in audit.findings}
    )
    lines = [
        CheckLine(
            result,
            result.examined,
            Rate(result.deficient, result.deficient + result.met),
            encounters[result.check.id],
            _status_words(result),
        )
        for result in audit.results
    ]
    return tuple(sorted(lines, key=_by_weight))


def _by_weight(line: CheckLine) -> tuple[bool, int, int, str]:
    found = line.result.deficient
    return not found, SEVERITIES.index(line.check.severity), -found, line.check.id


def _status_words(result: CheckResult) -> str:
    if result.status is Status.FAILED:
        return f"failed on {count(len(result.failed_encounters), 'encounter')}"
    if result.examined and result.unevaluated:
        return f"not evaluated on {count(result.unevaluated.total(), 'subject')}"
    return result.status.value


def _unevaluated(audit: Audit, ledger: Ledger) -> tuple[Unevaluated, ...]:
    return tuple(
        Unevaluated(
            result.check,
            (
                *((need, enabling_column(need, ledger)) for need in result.missing),
                *(
                    (wanted, f"{_enabling(wanted, result, ledger)} for {count(number, 'subject')}")
                    for wanted, number in sorted(result.unevaluated.items())
                ),
            ),
        )
        for result in audit.results
        if result.status is Status.NOT_EVALUATED or result.unevaluated
    )


def _enabling(wanted: str, result: CheckResult, ledger: Ledger) -> str:
    """What to supply for subjects that want a public table or a column."""
    if wanted in result.check.needs_in_part:
        return enabling_column(wanted, ledger)
    return f"Load {wanted} (auditor tables add)"


def _untold(gaps: Iterable[FormGap]) -> str:
    """The elements of the record for which no file has a column, or nothing."""
    elements = dict.fromkeys(gap.element for gap in gaps if gap.blank is None)
    return f"No file has a column for {listed(elements)}: nobody can tell a blank." * bool(elements)


def _corrected_claims(cases: Sequence[Case]) -> str:
    """How many claims the record would have otherwise, and what it takes."""
    corrected = [case.corrected for case in cases if case.corrected]
    billed = sum(bool(case.encounter.claim_lines) for case in cases)
    if not corrected:
        return f"None of {count(billed, 'encounter')} with a claim needs a corrected line."
    actions = Counter(line.action for lines in corrected for line in lines)
    todo = listed(f"{count(actions[a], 'line')} to {a}" for a in ("change", "delete", "add"))
    waiting = sum(any(line.wait_for for line in lines) for lines in corrected)
    wait = f" Not to be corrected yet: {count(waiting, 'encounter')}." if waiting else ""
    of = f"{len(corrected):,} of {count(billed, 'encounter')} with a claim"
    return f"Corrected lines, in {of}: {todo}.{wait}"


def _agreements(cases: Sequence[Case], rows: Sequence[ClaimRow]) -> tuple[Agreement, ...]:
    concerned = {id(row.case) for row in rows}
    agreeing = sum(id(case) in concerned and not case.variances for case in cases)
    return (
        Agreement(
            "Code over code",
            Rate(sum(row.agrees for row in rows), len(rows)),
            "administration codes of an encounter with the same units and dates in claim and "
            "record ÷ administration codes billed or supported",
        ),
        Agreement(
            "Case over case",
            Rate(agreeing, len(concerned)),
            "encounters without any difference ÷ encounters with an administration code billed "
            "or supported",
        ),
    )


# -- money -----------------------------------------------------------------------------------------


def _money_section(money: Money) -> MoneySection:
    return MoneySection(
        rows=(
            _direction_row("Billed too much", money.overpaid, money),
            _direction_row("Billed too little", money.underpaid, money),
            _direction_row("Net: too much less too little", money.net, money),
        ),
        notes=tuple(_money_notes(money)),
        reasons=tuple((sentence_case(reason), f"{number:,}") for reason, number in money.reasons),
        method=METHOD,
    )


def _direction_row(name: str, direction: Direction, money: Money) -> tuple[str, str, str, str, str]:
    return (
        name,
        f"{direction.encounters:,} of {money.priced:,}",
        dollars(direction.total),
        dollars(direction.medicare),
        dollars(direction.copayment),
    )


def _money_notes(money: Money) -> Iterator[str]:
    differing = money.net.encounters
    yield (
        f"{money.priced:,} of {count(money.encounters, 'encounter')} could be priced; "
        f"{money.agreeing:,} of them without a difference."
    )
    if differing:
        yield (
            f"One finding alone explains the difference in {money.explained:,} of "
            f"{count(differing, 'encounter')}; elsewhere the money is the encounter's and no "
            "finding's."
        )
    if money.unsettled.encounters:
        yield (
            f"In {money.unsettled.encounters:,} of {count(differing, 'encounter')} with a "
            f"difference, net {dollars(money.unsettled.total)}, a result that bears on payment is "
            "undetermined and could change it."
        )
    if money.comprehensive:
        yield (
            f"{count(money.comprehensive, 'encounter')} of comprehensive observation "
            f"{'has' if money.comprehensive == 1 else 'have'} no difference: one payment takes "
            "the place of every line."
        )


# -- examples and authorities ----------------------------------------------------------------------


def _examples(checks: Iterable[CheckLine], cases: Sequence[Case]) -> tuple[Case, ...]:
    """Cases that show every check with findings, the gravest first.

    For a check that no chosen case shows yet: of its encounters, the one with most findings.
    """
    by_check: dict[str, list[Case]] = {}
    for case in cases:
        for check_id in _found_in(case):
            by_check.setdefault(check_id, []).append(case)
    chosen: list[Case] = []
    shown: set[str] = set()
    for line in checks:
        candidates = by_check.get(line.check.id)
        if candidates and line.check.id not in shown and len(chosen) < _MOST_EXAMPLES:
            richest = max(candidates, key=lambda case: len(case.findings))  # the first of equals
            chosen.append(richest)
            shown.update(_found_in(richest))
    return tuple(chosen)


def _found_in(case: Case) -> list[str]:
    return list(dict.fromkeys(finding.check.id for finding in case.findings))


def _authorities(
    audit: Audit, cases: Iterable[Case]
) -> tuple[tuple[Authority, tuple[str, ...]], ...]:
    """Each authority with the checks that rest on it, by document and section.

    Those of the coding rules, by which a code is supported, are among them.
    """
    resting: dict[str, tuple[Authority, list[str]]] = {
        key: (authority(key), [])
        for case in cases
        for line in case.support.lines
        for key in line.authorities
    }
    for result in audit.results:
        for text in result.check.authorities:
            resting.setdefault(text.id, (text, []))[1].append(result.check.title)
    ordered = sorted(resting.values(), key=lambda pair: (pair[0].document, pair[0].section))
    return tuple((text, tuple(titles)) for text, titles in ordered)
