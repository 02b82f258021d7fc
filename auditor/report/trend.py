"""Month beside month: counted, compared and phrased from what the history holds of one facility.

A change is shown only where it is beyond noise and both months were judged by the same rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from auditor.history.entry import (
    Capture,
    CheckMonth,
    CheckRule,
    KeptMonth,
    Month,
    Rules,
    Run,
    Sums,
    standing,
)
from auditor.report.change import FEWEST_MONTHS, MOST_MONTHS, Band, band_of, beyond_noise, fisher
from auditor.report.findings import SEVERITIES
from auditor.report.pivots import NOT_STATED, SHIFTS
from auditor.report.rate import TOO_FEW, Rate
from auditor.report.text import count, dollars, listed, printable, sentence_case
from auditor.run import Status, Tally

MONTHS = 12  # shown unless somebody asks for another number
_NAME, _SKIP = (
    "name",
    "skip",
)  # choices that judge nothing: what the policy is called, what it skips
_ACROSS = 6
_HASH = 12  # letters of a hash that tell two apart


class Change(StrEnum):
    """What became of a check's rate since the month before; what is not told is said why."""

    ROSE = "rose"
    FELL = "fell"
    STEADY = "within noise"
    FEW = "too few encounters"
    RULE = "rule changed"
    POLICY = "policy changed"
    PROGRAM = "program changed"
    UNCOMPARED = ""


UNLIKE = (Change.RULE, Change.POLICY, Change.PROGRAM)
ARROWS = {Change.ROSE: "▲", Change.FELL: "▼"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One check in one month.

    ``rate`` is deficient over deficient and met.  ``p`` is that of the comparison with the month
    before; ``band`` the percentiles of the months before by the same rules, ``place`` where the
    rate lies beyond them.
    """

    status: str
    tally: Tally
    rate: Rate
    change: Change = Change.UNCOMPARED
    p: float | None = None
    band: Band | None = None
    place: str = ""

    @property
    def arrow(self) -> str:
        """An arrow where the change is beyond noise."""
        return ARROWS.get(self.change, "")

    @property
    def encounters(self) -> Rate:
        """Encounters with a deficiency of those judged: what is compared."""
        return Rate(self.tally.deficient_encounters, self.tally.encounters)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else is to be said of it, besides an arrow."""
        is_rate = self.rate.share is not None
        said = self.change is Change.RULE or (self.change is Change.FEW and is_rate)
        return tuple(filter(None, (self.change.value if said else "", self.place)))

    @property
    def words(self) -> str:
        """The rate, or why there is none."""
        if self.rate.total:
            return self.rate.share_words
        return "–" if self.status in (Status.EVALUATED, Status.NOT_APPLICABLE) else self.status


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One check through the months; ``cells`` are those of the months shown."""

    check_id: str
    title: str
    severity: str
    cells: tuple[Cell, ...]

    @property
    def is_found(self) -> bool:
        """Whether a month shown has a deficiency."""
        return any(cell.tally.deficient for cell in self.cells)


@dataclass(frozen=True, slots=True)
class TrendMonth:
    """A month shown; ``audits`` counts those that the history has of it.

    ``unlike`` says why no check can be compared with the month before.
    """

    month: date
    encounters: int
    audits: int
    money: Sums | None
    unlike: str = ""

    @property
    def words(self) -> str:
        """Such as ``September 2026``."""
        return f"{self.month:%B %Y}"

    @property
    def money_words(self) -> tuple[str, str, str]:
        """Billed too much, too little, and the one less the other."""
        if self.money is None:
            return ("not priced", "", "")
        return (
            dollars(self.money.too_much),
            dollars(self.money.too_little),
            dollars(self.money.net),
        )

    @property
    def short(self) -> str:
        """Such as ``Sep 2026``."""
        return f"{self.month:%b %Y}"


@dataclass(frozen=True, slots=True)
class StopLine:
    """Stops on record of a unit's shift, a rate for each month shown."""

    unit: str
    shift: str
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What ruled otherwise than in the month before: ``between`` names both."""

    between: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """One facility's months, the last of them last."""

    facility: str
    months: tuple[TrendMonth, ...]
    lines: tuple[TrendLine, ...]
    stops: tuple[StopLine, ...]
    changes: tuple[RuleChange, ...]
    sentence: str
    notes: tuple[str, ...]

    @property
    def found(self) -> tuple[TrendLine, ...]:
        """The checks with a deficiency in a month shown."""
        return tuple(line for line in self.lines if line.is_found)

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """Where the months are cut so that a page holds them side by side; the latest first."""
        return tuple(
            (max(0, last - _ACROSS), last) for last in range(len(self.months), 0, -_ACROSS)
        )

    @property
    def priced(self) -> bool:
        """Whether any month has money."""
        return any(month.money for month in self.months)


METHOD = (
    "A month is the month of service: an encounter belongs to that of its first service date "
    "billed. Of several audits of a month the latest counts, unless it has less than half of the "
    "encounters.",
    "The rate is deficient ÷ (deficient + met) with its 95% Wilson interval; below "
    f"{TOO_FEW} it is too few for a rate. What is undetermined is in no rate.",
    "▲ rose, ▼ fell: encounters with a deficiency, of those judged, differ from the month before "
    "by more than chance (Fisher’s exact test, 5% for all checks of a month together, by Holm’s "
    f"procedure). Both months need {TOO_FEW} encounters judged, and the same rule, policy and "
    "program; otherwise no arrow is drawn, and it says why.",
    "Above 80th, below 20th: the rate lies beyond these percentiles of the facility’s own "
    f"earlier months ({FEWEST_MONTHS} to {MOST_MONTHS}, by the same rules), the limits at which "
    "Medicare’s PEPPER marks a hospital among its peers. About two months in five lie there "
    "without any change: a reason to look, and no finding.",
)


def trends_with(
    kept: Mapping[str, Sequence[KeptMonth]], run: Run, months: int = MONTHS
) -> tuple[Trend, ...]:
    """The trend of each facility of a run that has at least two months, up to the run's last one.

    ``kept`` is what the history has of each facility of the run, which need not be in it.
    """
    trends = []
    for facility in dict.fromkeys(month.facility for month in run.months):
        own = [month for month in run.months if month.facility == facility]
        earlier = [one for one in kept[facility] if one.identity != run.identity]
        number = max((one.number for one in earlier), default=0) + 1
        latest = (KeptMonth(number, run.identity, run.rules, month) for month in own)
        everything = [*earlier, *latest]
        counted = [month for month, one in standing(everything).items() if one.number == number]
        trend = trend_of(everything, months, until=max(counted, default=own[-1].month))
        if trend is not None and len(trend.months) > 1:
            trends.append(trend)
    return tuple(trends)


def trend_of(
    kept: Sequence[KeptMonth], months: int = MONTHS, until: date | None = None
) -> Trend | None:
    """The last ``months`` of a facility; ``None`` where the history has none.

    ``kept`` are all its months in the order of their audits, ``until`` the last month to show.
    """
    counted = [one for month, one in standing(kept).items() if until is None or month <= until]
    if not counted:
        return None
    audits = Counter(one.month.month for one in kept)
    by_check = _lines(counted)
    shown = counted[-months:]
    last = counted[-1]
    lines = [
        TrendLine(
            check_id,
            (rule := _rule(shown, check_id)).title,
            rule.severity,
            tuple(cells[-len(shown) :]),
        )
        for check_id, cells in by_check.items()
        if any(check_id in one.rules.checks for one in shown)
    ]
    lines.sort(key=_by_weight)
    return Trend(
        facility=last.month.facility,
        months=tuple(
            TrendMonth(
                one.month.month,
                one.month.encounters,
                audits[one.month.month],
                one.month.money,
                (before and _unlike(before.rules, one.rules)) or "",
            )
            for before, one in list(zip((None, *counted), counted, strict=False))[-months:]
        ),
        lines=tuple(lines),
        stops=_stops([one.month for one in shown]),
        changes=tuple(
            RuleChange(
                f"{before.month.month:%B %Y} and {after.month.month:%B %Y}", tuple(sentences)
            )
            for before, after in pairwise(shown)
            if (sentences := _differences(before, after))
        ),
        sentence=_sentence(shown, lines),
        notes=_notes(shown, lines, audits),
    )


# ── check by check ────────────────────────────────────────────────────────────────────────────


def _lines(counted: Sequence[KeptMonth]) -> dict[str, list[Cell]]:
    """Each check's cells, a month after the other."""
    checks = sorted({check_id for one in counted for check_id in one.month.results})
    cells: dict[str, list[Cell]] = {check_id: [] for check_id in checks}
    for place, one in enumerate(counted):
        before = counted[place - 1] if place else None
        changes = _changes(before, one) if before else {}
        for check_id in checks:
            result = one.month.results.get(check_id)
            if result is None:
                cells[check_id].append(Cell("not a check then", Tally(), Rate(0, 0)))
                continue
            rate = _rate(result)
            earlier = [
                cell.rate.share
                for cell, then in zip(cells[check_id], counted, strict=False)
                if cell.rate.share is not None and unlike(check_id, then.rules, one.rules) is None
            ]
            band = None if rate.share is None else band_of(earlier[-MOST_MONTHS:])
            change, p = changes.get(check_id, (Change.UNCOMPARED, None))
            cells[check_id].append(
                Cell(result.status, result.tally, rate, change, p, band, _place(rate, band))
            )
    return cells


def _changes(before: KeptMonth, after: KeptMonth) -> dict[str, tuple[Change, float | None]]:
    """What became of each check since the month before, with the p-value where it was tested."""
    found: dict[str, tuple[Change, float | None]] = {}
    tested: dict[str, float] = {}
    for check_id, now in after.month.results.items():
        then = before.month.results.get(check_id)
        if then is None or not now.tally.encounters or not then.tally.encounters:
            continue
        reason = unlike(check_id, before.rules, after.rules)
        if reason is not None:
            found[check_id] = (reason, None)
        elif min(now.tally.encounters, then.tally.encounters) < TOO_FEW:
            found[check_id] = (Change.FEW, None)
        else:
            tested[check_id] = fisher(
                now.tally.deficient_encounters,
                now.tally.encounters,
                then.tally.deficient_encounters,
                then.tally.encounters,
            )
    # what no month found cannot have changed: by the margins alone it takes no part (Tarone)
    surely = beyond_noise(
        {
            check_id: p
            for check_id, p in tested.items()
            if any(one.month.results[check_id].tally.deficient for one in (before, after))
        }
    )
    for check_id, p in tested.items():
        direction = _direction(before.month.results[check_id], after.month.results[check_id])
        found[check_id] = (direction if check_id in surely else Change.STEADY, p)
    return found


def unlike(check_id: str, before: Rules, after: Rules) -> Change | None:
    """Why a check's counts under two sets of rules cannot be compared; ``None`` where they can."""
    rules = [rules.checks.get(check_id) for rules in (before, after)]
    if rules[0] is None or rules[1] is None or rules[0].sha256 != rules[1].sha256:
        return Change.RULE
    return _unlike(before, after)


def _unlike(before: Rules, after: Rules) -> Change | None:
    """Why no check at all can be compared; ``None`` where nothing stands against it."""
    if _judgement(before) != _judgement(after):
        return Change.POLICY
    return Change.PROGRAM if before.judging != after.judging else None


def _judgement(rules: Rules) -> dict[str, str]:
    return {name: value for name, value in rules.policy.items() if name not in (_NAME, _SKIP)}


def _direction(then: CheckMonth, now: CheckMonth) -> Change:
    """Up or down, where encounters and subjects say the same."""
    by_encounter = _compared(
        Rate(now.tally.deficient_encounters, now.tally.encounters),
        Rate(then.tally.deficient_encounters, then.tally.encounters),
    )
    by_subject = _compared(_rate(now), _rate(then))
    if by_encounter == by_subject:
        return Change.ROSE if by_encounter > 0 else Change.FELL
    return Change.STEADY


def _compared(one: Rate, other: Rate) -> int:
    difference = one.hits * other.total - other.hits * one.total
    return (difference > 0) - (difference < 0)


def _rate(result: CheckMonth) -> Rate:
    return Rate(result.tally.deficient, result.tally.deficient + result.tally.met)


def _place(rate: Rate, band: Band | None) -> str:
    if rate.share is None or band is None:
        return ""
    if rate.share > band.high:
        return "above 80th"
    return "below 20th" if rate.share < band.low else ""


def _rule(shown: Sequence[KeptMonth], check_id: str) -> CheckRule:
    return next(
        one.rules.checks[check_id] for one in reversed(shown) if check_id in one.rules.checks
    )


def _by_weight(line: TrendLine) -> tuple[bool, int, int, str]:
    found = sum(cell.tally.deficient for cell in line.cells)
    gravity = SEVERITIES.index(line.severity) if line.severity in SEVERITIES else len(SEVERITIES)
    return not found, gravity, -found, line.check_id


# ── months, stops, rules ──────────────────────────────────────────────────────────────────────


def _stops(shown: Iterable[Month]) -> tuple[StopLine, ...]:
    """Unit by unit and shift by shift, the most stops missing in the last month first."""
    months = list(shown)
    places = {place for month in months for place in month.stops}
    rates = {
        place: tuple(Rate(*month.stops.get(place, Capture(0, 0))) for month in months)
        for place in places
    }
    missing = Counter[str]()
    for (unit, _), of_months in rates.items():
        missing[unit] += of_months[-1].total - of_months[-1].hits
    shifts = (*SHIFTS, NOT_STATED)
    ordered = sorted(places, key=lambda p: (-missing[p[0]], p[0], shifts.index(p[1])))
    return tuple(StopLine(unit, shift, rates[unit, shift]) for unit, shift in ordered)


def _differences(earlier: KeptMonth, later: KeptMonth) -> list[str]:
    """What ruled on the later month otherwise than on the earlier one."""
    before, after = earlier.rules, later.rules
    old_tables, new_tables = earlier.month.tables, later.month.tables
    sentences = []
    if before.program != after.program:
        sentences.append(f"Program: {before.program}, then {after.program}.")
    elif before.judging != after.judging:
        sentences.append(
            f"Program: its rules of reading and coding changed within {after.program} "
            f"({before.judging[:_HASH]}, then {after.judging[:_HASH]})."
        )
    for verb, titles in _check_differences(before, after):
        if titles:
            sentences.append(f"{verb}: {listed(titles)}.")
    for name in dict.fromkeys((*before.policy, *after.policy)):
        old, new = before.policy.get(name, "no such choice"), after.policy.get(name, "gone")
        if old != new:
            sentences.append(f"Policy: {name.replace('_', ' ')} was {old}, then {new}.")
    if old_tables != new_tables:
        sentences.append(
            f"Public tables: {listed(old_tables) or 'none'}; then {listed(new_tables) or 'none'}."
        )
    if before.profile != after.profile:
        sentences.append("The hospital’s settings (its profile) changed.")
    return [printable(sentence) for sentence in sentences]


def _check_differences(before: Rules, after: Rules) -> Iterable[tuple[str, list[str]]]:
    old, new = before.checks, after.checks
    yield "New checks", [new[key].title for key in new if key not in old]
    yield "Checks no longer there", [old[key].title for key in old if key not in new]
    yield (
        "Rules changed of",
        [new[key].title for key in new if key in old and new[key].sha256 != old[key].sha256],
    )


def _sentence(shown: Sequence[KeptMonth], lines: Sequence[TrendLine]) -> str:
    """The last month against the one before it."""
    if len(shown) < 2:
        return f"{shown[-1].month.month:%B %Y} is the only month in the history; a trend needs two."
    now, then = (f"{shown[place].month.month:%B %Y}" for place in (-1, -2))
    cells = [(line, line.cells[-1]) for line in lines]
    compared = sum(cell.p is not None for _, cell in cells)
    moved = [
        f"{count(len(titles), 'check')} {change.value} beyond noise ({listed(titles)})"
        for change in (Change.ROSE, Change.FELL)
        if (titles := [line.title for line, cell in cells if cell.change is change])
    ]
    if moved:
        told = f"{sentence_case(listed(moved))}, of {compared:,} compared."
    elif compared:
        told = f"No rate changed beyond noise, of {count(compared, 'check')} compared."
    else:
        told = "No check could be compared."
    return f"{now} beside {then}: {told[:1].lower()}{told[1:]}"


def _notes(
    shown: Sequence[KeptMonth], lines: Sequence[TrendLine], audits: Mapping[date, int]
) -> tuple[str, ...]:
    notes = []
    idle = [line for line in lines if not line.is_found]
    if idle:
        judged = sum(any(cell.rate.total for cell in line.cells) for line in idle)
        notes.append(
            f"{count(len(idle), 'check has', 'checks have')} no deficiency in these months: "
            f"{judged:,} judged something, {len(idle) - judged:,} did not."
        )
    again = [
        f"{one.month.month:%B %Y} ({audits[one.month.month]:,} times)"
        for one in shown
        if audits[one.month.month] > 1
    ]
    if again:
        notes.append(f"Audited more than once: {listed(again)}.")
    withheld = [line for line in lines if len(line.cells) > 1 and line.cells[-1].change in UNLIKE]
    if withheld:
        before = shown[-2].month.month
        notes.append(
            f"{count(len(withheld), 'check is', 'checks are')} not compared with {before:%B %Y}, "
            "because other rules judged it. To compare, audit that month again with the program "
            "and policy of today."
        )
    return tuple(notes)
