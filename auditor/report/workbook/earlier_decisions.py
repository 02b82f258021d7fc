"""Earlier decisions: everything that was typed into the earlier workbooks, as it stood."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.report.decisions import (
    CONFLICT,
    FIELDS,
    GONE,
    Decided,
    Decisions,
    Earlier,
    Field,
    Told,
)
from auditor.report.workbook.column import LEGAL, Column, Plan

ELSEWHERE = "typed elsewhere"
_NOTHING = Told("", "", "", "", "")
_STYLES = {CONFLICT: "grave", GONE: "caution"}


def _typed_column(asked: Field) -> Column[Earlier]:
    return Column(
        asked.header,
        f"As it was typed. {asked.meaning}",
        asked.width,
        lambda r: r.decided.typed.get(asked.header),
        "day" if asked.is_date else "wrap",
    )


_COLUMNS: tuple[Column[Earlier], ...] = (
    Column(
        "What became of it",
        "Carried: it stands on the Worklist. Conflict: the workbooks differ in the columns named, "
        "which are empty there. Replaced: somebody typed another value since. Gone: this audit "
        "has no such finding; it is carried again when the finding comes back.",
        18,
        lambda r: r.became,
        "wrap",
        mark=lambda r: _STYLES.get(r.became.partition(":")[0]),
    ),
    Column("Finding", "Stable id.", 14, lambda r: r.decided.finding_id),
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.decided.told.encounter),
    Column("Check", "As it was called.", 26, lambda r: r.decided.told.check, "wrap"),
    Column("Result", "As it was then.", 13, lambda r: r.decided.told.result),
    Column("Finding in words", "As it was then.", 38, lambda r: r.decided.told.because, "wrap"),
    Column("Evidence", "As it was then.", 38, lambda r: r.decided.told.evidence, "wrap"),
    *map(_typed_column, FIELDS),
    Column(
        "Typed elsewhere",
        "What was typed beside the columns for it, or over a fact: the cell's text, or the row's.",
        40,
        lambda r: r.remark if r.became == ELSEWHERE else None,
        "wrap",
    ),
    Column(
        "Remark",
        "How the finding stands now, and what was typed outside the drop-downs.",
        26,
        lambda r: None if r.became == ELSEWHERE else r.remark,
        "wrap",
    ),
    Column("Where it stood", "File, sheet and row or cell.", 34, lambda r: r.decided.place, "wrap"),
)

PLAN = Plan(
    "Earlier decisions",
    "everything typed into the earlier workbooks, and what became of it",
    _COLUMNS,
    paper=LEGAL,
    pages_wide=2,
    fixed=2,
)


def earlier_rows(decisions: Decisions | None) -> Iterator[Earlier]:
    """The decisions, then what was typed elsewhere."""
    if decisions is None:
        return
    yield from decisions.earlier
    for typed in decisions.elsewhere:
        yield Earlier(Decided(typed.place, "", _NOTHING, {}), ELSEWHERE, typed.text)
