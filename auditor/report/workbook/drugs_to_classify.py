"""Drugs to classify: drugs whose class nobody gave, for the pharmacy."""

from __future__ import annotations

from auditor.report.unclassified import DrugRow
from auditor.report.workbook.column import Column, Plan

_COLUMNS: tuple[Column[DrugRow], ...] = (
    Column(
        "Drug", "As the coding rules compare it; it may go into a formulary.", 32, lambda r: r.drug
    ),
    Column("Charted as", "The names in the record.", 44, lambda r: r.charted_as, "wrap"),
    Column("Administrations", "How often it was given.", 15, lambda r: r.administrations),
    Column("Encounters", "In how many encounters.", 12, lambda r: r.encounters),
    Column(
        "Resembles", "Known names; only offered, never used.", 40, lambda r: r.resembles, "wrap"
    ),
    Column("First row", "Where it first stands.", 34, lambda r: r.first_row, "wrap"),
)

PLAN = Plan(
    "Drugs to classify",
    "drugs whose class nobody gave, for the pharmacy",
    _COLUMNS,
    nothing="None: every drug of the files has a class.",
)
