"""The drugs that the pharmacy should classify, with what they may be meant to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.record import Administration
from auditor.report.case import Case
from auditor.report.text import printable
from auditor.tables.drugs import near_misses


@dataclass(frozen=True, slots=True)
class DrugRow:
    """One drug without a class: as charted, how often, what it resembles, and where it stands.

    ``resembles`` are only offered: a name that is nearly another drug's is never taken for it.
    """

    drug: str
    charted_as: str
    administrations: int
    encounters: int
    resembles: str
    first_row: str


def drug_rows(cases: Sequence[Case]) -> tuple[DrugRow, ...]:
    """A row for each drug without a class, the most frequent first."""
    given: dict[str, list[tuple[str, Administration]]] = {}
    for case in cases:
        for administration in case.support.undetermined:
            entry = (case.encounter.encounter_id, administration)
            given.setdefault(administration.drug, []).append(entry)
    rows = [_row(drug, entries) for drug, entries in given.items()]
    return tuple(sorted(rows, key=lambda row: (-row.administrations, row.drug)))


def _row(drug: str, entries: Sequence[tuple[str, Administration]]) -> DrugRow:
    names = dict.fromkeys(name for _, given in entries for name in given.drugs)
    sources = [source for _, given in entries for source in given.sources]
    return DrugRow(
        drug=printable(drug),
        charted_as=printable("; ".join(names)),
        administrations=len(entries),
        encounters=len({encounter_id for encounter_id, _ in entries}),
        resembles=", ".join(near_misses(drug)),
        first_row=printable(str(sources[0])) if sources else "",
    )
