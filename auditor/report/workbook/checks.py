"""Checks: what each found, of how many it examined, and the authority behind it."""

from __future__ import annotations

from auditor.report.summary import CheckLine
from auditor.report.workbook.column import LEGAL, SEVERITY_STYLES, Column, Plan, share

_COLUMNS: tuple[Column[CheckLine], ...] = (
    Column("Check", "What the check looks for.", 34, lambda r: r.check.title, "wrap"),
    Column(
        "Severity",
        "How grave it is.",
        9,
        lambda r: r.check.severity,
        mark=lambda r: SEVERITY_STYLES.get(r.check.severity),
    ),
    Column("Responsible", "Who can mend it.", 14, lambda r: r.check.responsible),
    Column(
        "Status",
        "Whether it could speak. Not applicable: it found nothing to look at.",
        18,
        lambda r: r.status,
        "wrap",
        mark=lambda r: "caution" if r.is_incomplete else None,
    ),
    Column("Deficient", "Examined and not supported.", 10, lambda r: r.result.deficient, "count"),
    Column("Met", "Examined and in order.", 8, lambda r: r.result.met, "count"),
    Column(
        "Undetermined",
        "Examined, and the record given cannot answer.",
        13,
        lambda r: r.result.undetermined,
        "count",
    ),
    Column(
        "Examined",
        "Deficient, met and undetermined together.",
        10,
        lambda r: r.examined,
        "count",
    ),
    Column("Each one", "What one of the examined is.", 22, lambda r: r.check.examines, "wrap"),
    Column(
        "Rate",
        "Deficient ÷ (deficient + met); too few below 30.",
        9,
        lambda r: share(r.rate),
        "share",
    ),
    Column(
        "95% interval", "Wilson score interval of the rate.", 13, lambda r: r.rate.interval_words
    ),
    Column("Encounters", "Encounters with a deficiency.", 11, lambda r: r.encounters, "count"),
    Column(
        "Missing",
        "Columns that no file supplied, and public tables that are not loaded.",
        24,
        lambda r: ", ".join((*r.result.missing, *sorted(r.result.unevaluated))),
        "wrap",
    ),
    Column(
        "Authority",
        "Document, section and date.",
        76,
        lambda r: "; ".join(a.citation for a in r.check.authorities),
        "wrap",
    ),
    Column(
        "Text",
        "Leads to the first authority.",
        9,
        lambda r: "open" if _url(r) else "",
        mark=lambda r: "link" if _url(r) else None,
        link=lambda r: _url(r),
    ),
    Column(
        "Id", "The check's name in the program and in the data files.", 34, lambda r: r.check.id
    ),
)

PLAN = Plan(
    "Checks",
    "each check: found, examined, rate, authority",
    _COLUMNS,
    paper=LEGAL,
    pages_wide=2,
)


def _url(row: CheckLine) -> str | None:
    return next((authority.url for authority in row.check.authorities), None)
