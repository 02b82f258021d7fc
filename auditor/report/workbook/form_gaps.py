"""Form gaps: where each unit's form or EHR screen loses a required element."""

from __future__ import annotations

from auditor.report.gaps import FormGap
from auditor.report.workbook.column import Column, Plan, share

_COLUMNS: tuple[Column[FormGap], ...] = (
    Column("Unit", "Where it was given.", 24, lambda r: r.unit, "wrap"),
    Column(
        "Form",
        "File and sheet of its rows: the form or EHR screen exported.",
        38,
        lambda r: r.form,
        "wrap",
    ),
    Column("Kind", "Infusion, push or injection, as charted.", 14, lambda r: r.kind, "wrap"),
    Column(
        "Element",
        "What the kind of administration requires; the site, where more than one line was placed. "
        "A fluid's volume stands for its dose, and volume with a stop for its rate.",
        12,
        lambda r: r.element,
    ),
    Column(
        "Column",
        "Its letter on this form; none: the form cannot take it down.",
        9,
        lambda r: r.column,
        mark=lambda r: "caution" if r.column == "none" else None,
    ),
    Column("Required", "Administrations that require it.", 10, lambda r: r.required, "count"),
    Column(
        "Blank",
        "Of these, those without it. Empty where no file has a column for it.",
        9,
        lambda r: r.blank.hits if r.blank else None,
        "count",
    ),
    Column(
        "Share",
        "Blank ÷ required; too few below 30. No column: nobody can tell a blank.",
        11,
        lambda r: share(r.blank) if r.blank else "no column",
        "share",
    ),
    Column(
        "95% interval",
        "Wilson score interval.",
        13,
        lambda r: r.blank.interval_words if r.blank else None,
    ),
)

PLAN = Plan(
    "Form gaps",
    "where each unit's form or EHR screen loses a required element",
    _COLUMNS,
    fixed=4,
)
