"""Timeline: every charted segment, and which of its minutes count."""

from __future__ import annotations

from auditor.report.findings import drug_words, rows_words
from auditor.report.segments import SegmentRow
from auditor.report.workbook.column import LEGAL, Column, Plan

_COLUMNS: tuple[Column[SegmentRow], ...] = (
    Column("Encounter", "Registration to discharge.", 15, lambda r: r.case.encounter.encounter_id),
    Column("Access", "The access that it counts at.", 24, lambda r: r.access, "wrap"),
    Column(
        "Drug",
        "As charted; a mixture's drugs joined.",
        26,
        lambda r: drug_words(r.course.administration),
        "wrap",
    ),
    Column(
        "Class",
        "What the drug is for the choice of codes.",
        18,
        lambda r: r.course.administration.drug_class.value,
    ),
    Column("Route", "The way in.", 7, lambda r: r.course.administration.route.value),
    Column(
        "Counts as",
        "Technique by the coding rules; none: no service of its own.",
        15,
        lambda r: r.course.technique,
    ),
    Column("Charted start", "As the record says.", 16, lambda r: r.segment.start, "moment"),
    Column(
        "Charted stop",
        "The best stop that the record offers.",
        16,
        lambda r: r.segment.stop,
        "moment",
    ),
    Column(
        "Stop evidence",
        "Grade A to E of the stop, in words.",
        22,
        lambda r: f"{r.segment.stop_evidence.value}: {r.segment.stop_evidence.words}",
        "wrap",
    ),
    Column(
        "Counted from",
        "After clipping to the hospital outpatient window.",
        16,
        lambda r: r.counted_from,
        "moment",
    ),
    Column("Counted to", "After clipping.", 16, lambda r: r.counted_to, "moment"),
    Column(
        "Minutes", "Counted whole minutes of the segment.", 9, lambda r: r.counted_minutes, "count"
    ),
    Column(
        "Not counted",
        "Why the segment, or a part of it, does not count.",
        34,
        lambda r: r.clipped,
        "wrap",
    ),
    Column("Unit", "Where it was given.", 14, lambda r: r.course.administration.department or ""),
    Column("Staff", "Who charted it.", 12, lambda r: r.course.administration.staff or ""),
    Column(
        "Source rows",
        "File, sheet and row.",
        30,
        lambda r: rows_words(r.course.administration.sources),
        "wrap",
    ),
)

PLAN = Plan(
    "Timeline",
    "every charted segment, and which of its minutes count",
    _COLUMNS,
    paper=LEGAL,
    pages_wide=2,
)
