"""Counts too small to be shown: in a masked audit no number from 1 to 10 stands in a table.

CMS lets no cell of 1 to 10 be shown, nor one that others give away.  So a part is hidden with the
sum that it belongs to, a group with the next smallest where it would be the only one, and a rate
with its count.  A count that is hidden is :data:`HIDDEN`, and so is whatever is reckoned with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from auditor.report.rate import HIDDEN, Hidden, Rate
from auditor.report.text import sentence_case

if TYPE_CHECKING:
    from auditor.report.pivots import Pivot, PivotRow
    from auditor.report.ranking import ProblemCode
    from auditor.report.summary import CheckLine, Summary

LEAST = 11  # CMS's cell size suppression policy
_FEWER = f"fewer than {LEAST}"
_OF = re.compile(r"(\d[\d,]*) of (\d[\d,]*)\b(?! check)")
_IN_PARENTHESES = re.compile(r"\((\d{1,2})\)")
_COUNTED = re.compile(
    r"(?<![\w.,$-])(?:[1-9]|10) (?=(?:\w+ )?(?:encounter|finding|result|deficienc|administration|"
    r"line|unit|supported|subject|claim|drug|with|had|have|of|new|changed|as before|gone))"
)
_ALONE = re.compile(r"[1-9]|10")
# The judged and the undetermined are the examined: with the one the other is told.
_JUDGED = re.compile(rf"of [\d,]+ (judged \((?:{_FEWER}|a hidden number) of )")
_SHARE = re.compile(r",? ?\d+\.\d% \(95% interval [^)]*\)")
_Group = TypeVar("_Group")


def hide(count: int) -> int:
    """The count, or :data:`HIDDEN`."""
    return HIDDEN if 0 < count < LEAST else count


def hide_rate(rate: Rate) -> Rate:
    """The rate, without what is small or what its complement would tell."""
    if isinstance(rate.hits, Hidden) or isinstance(rate.total, Hidden):
        return rate
    if hide(rate.total) is HIDDEN:
        return Rate(HIDDEN, HIDDEN)
    small = hide(rate.hits) is HIDDEN or hide(rate.total - rate.hits) is HIDDEN
    return Rate(HIDDEN, rate.total) if small else rate


def hide_in(value: Any) -> Any:
    """A row of a table, or several, with every small count hidden; texts stay as they are."""
    if isinstance(value, Rate):
        return hide_rate(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return hide(value)
    if isinstance(value, tuple):
        return tuple(map(hide_in, value))
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: hide_in(getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changed)
    return value


def few_words(text: str) -> str:
    """A sentence without small counts, and without the shares that would tell them."""
    if _ALONE.fullmatch(text):
        return _FEWER
    told = _OF.sub(_without, text)
    told = _IN_PARENTHESES.sub(lambda found: f"({_number(found[1])})", told)
    told = _COUNTED.sub(f"{_FEWER} ", told)
    if told == text:
        return text
    told = _SHARE.sub("", _JUDGED.sub(r"of those \1", told))
    return sentence_case(told) if text[0].isdigit() else told


def few_in(summary: Summary) -> Summary:
    """The summary of a masked audit, every table and sentence of it."""

    def told(sentences: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(few_words, sentences))

    def rows(table: Iterable[Iterable[str]]) -> tuple[Any, ...]:
        return tuple(map(told, table))

    money = summary.priced
    return replace(
        summary,
        completeness=few_words(summary.completeness),
        numbers=tuple(
            replace(hide_in(number), label=few_words(number.label)) for number in summary.numbers
        ),
        risks=told(summary.risks),
        actions=told(summary.actions),
        money=few_words(summary.money),
        priced=money
        and replace(
            money,
            rows=rows(money.rows),
            notes=told(money.notes),
            reasons=rows(money.reasons),
        ),
        scope=tuple((name, few_words(value)) for name, value in summary.scope),
        exclusions=told(summary.exclusions),
        limits=told(summary.limits),
        checks=tuple(map(_check, summary.checks)),
        unevaluated=tuple(replace(gap, wants=rows(gap.wants)) for gap in summary.unevaluated),
        agreements=hide_in(summary.agreements),
        parties=hide_in(summary.parties),
        problem_codes=tuple(map(_code, summary.problem_codes)),
        pivots=tuple(map(_pivot, summary.pivots)),
        form_gaps=hide_in(_large(summary.form_gaps, lambda gap: gap.required)),
        corrected_claims=few_words(summary.corrected_claims),
        corrections=hide_in(summary.corrections),
        decided=told(summary.decided),
        outcomes=hide_in(summary.outcomes),
    )


def _check(line: CheckLine) -> CheckLine:
    """Deficient, met and undetermined add up to the examined: what is hidden of them is 11 or more.

    Where that would not be so, the next largest of the three is hidden, too.
    """
    result = line.result
    parts = {"deficient": result.deficient, "met": result.met, "undetermined": result.undetermined}
    largest = sorted(parts, key=lambda name: -parts[name])
    gone = [name for name in largest if hide(parts[name]) is HIDDEN]
    for name in largest:
        told = len(gone) < 2 or sum(parts[part] for part in gone) < LEAST
        if gone and told and name not in gone:
            gone.append(name)
    shown = {name: HIDDEN if name in gone and parts[name] else parts[name] for name in parts}
    kept = replace(
        result,
        deficient=shown["deficient"],
        met=shown["met"],
        undetermined=shown["undetermined"],
        unevaluated=Counter({table: hide(n) for table, n in result.unevaluated.items()}),
    )
    judged = Rate(kept.deficient, kept.deficient + kept.met)
    encounters, status = hide(line.encounters), few_words(line.status)
    return replace(
        line,
        result=kept,
        examined=hide(line.examined),
        rate=judged,
        encounters=encounters,
        status=status,
    )


def _code(code: ProblemCode) -> ProblemCode:
    """What is billed less what is supported is over less under: with one the others are hidden."""
    kept: ProblemCode = replace(hide_in(code), cause=few_words(code.cause))
    if isinstance(kept.difference, Hidden):
        return replace(kept, supported=HIDDEN, over=HIDDEN, under=HIDDEN)
    return kept


def _pivot(pivot: Pivot) -> Pivot:
    groups = [row for row in pivot.rows if row.encounters is not None]
    large = set(_large(groups, lambda row: row.encounters or 0))
    rows = [row for row in pivot.rows if row.encounters is None or row in large]
    left_out = len(pivot.rows) - len(rows)
    note = f" Not shown: {left_out:,} with fewer than {LEAST} encounters." if left_out else ""
    return replace(pivot, rows=tuple(map(_pivot_row, rows)), note=pivot.note + note)


def _pivot_row(row: PivotRow) -> PivotRow:
    kept: PivotRow = hide_in(row)
    rate = row.rate and hide_rate(row.rate)
    return replace(kept, deficient=rate.hits) if rate else kept


def _large(groups: Sequence[_Group], size: Callable[[_Group], int]) -> tuple[_Group, ...]:
    """The groups that are not small; one small group takes the next smallest with it."""
    ordered = sorted(groups, key=size)
    small = sum(size(group) < LEAST for group in ordered)
    gone = {id(group) for group in ordered[: max(small, 2) if small else 0]}
    return tuple(group for group in groups if id(group) not in gone)


def _without(found: re.Match[str]) -> str:
    hits, total = (int(number.replace(",", "")) for number in found.groups())
    if hide(total) is HIDDEN or hide(total - hits) is HIDDEN:
        return "a hidden number of" if hide(total) is HIDDEN else f"a hidden number of {found[2]}"
    return f"{_FEWER} of {found[2]}" if hide(hits) is HIDDEN else found[0]


def _number(digits: str) -> str:
    return "hidden" if hide(int(digits)) is HIDDEN else digits
