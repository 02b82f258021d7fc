"""Where each unit's form or EHR screen loses a required element of the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.coding import ELEMENTS, required_elements
from auditor.record import Administration
from auditor.report.case import Case
from auditor.report.rate import Rate
from auditor.report.text import printable

# An element that is read from a column of another name.
_COLUMNS = {"order": ("order_id",), "dose": ("dose", "volume"), "site": ("site", "line")}
_NOT_STATED = "not stated"

_Group = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class FormGap:
    """One element on one form: of the administrations that require it, those that lack it.

    ``form`` is the file and sheet that the unit's rows come from, ``column`` the letter of the
    element on it.  ``blank`` is ``None`` where no file has a column for the element: nobody can
    tell, and ``required`` counts the administrations all the same.
    """

    unit: str
    form: str
    kind: str
    element: str
    column: str
    required: int
    blank: Rate | None

    @property
    def share_words(self) -> str:
        """The share of blanks, ``too few`` or ``no column``."""
        return self.blank.share_words if self.blank else "no column"


@dataclass(slots=True)
class GapCounts:
    """How often an element is required and blank, by unit, form, kind and element.

    ``columns`` are the letters on the form, ``untold`` the elements without a column.
    """

    required: Counter[_Group] = field(default_factory=Counter)
    blank: Counter[_Group] = field(default_factory=Counter)
    columns: dict[_Group, str] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)

    def include(self, other: GapCounts) -> None:
        """Add the counts of further encounters."""
        self.required.update(other.required)
        self.blank.update(other.blank)
        self.columns = {**other.columns, **self.columns}
        self.untold |= other.untold


def gap_counts(cases: Iterable[Case]) -> GapCounts:
    """What the administrations of the cases require and lack."""
    counts = GapCounts()
    for case in cases:
        for given in case.encounter.administrations:
            form = _form(given)
            for element in required_elements(given, case.encounter):
                group = (*form, element.name)
                counts.required[group] += 1
                counts.blank[group] += element.blank
                counts.columns.setdefault(group, _column(given, element.name))
                if not element.supplied:
                    counts.untold.add(element.name)
    return counts


def form_gaps(counts: GapCounts) -> tuple[FormGap, ...]:
    """A row for each unit, form, kind of administration and required element; most blanks first."""
    gaps = [
        FormGap(
            *group,
            counts.columns[group],
            total,
            _rate(group, counts.blank[group], total, counts.untold),
        )
        for group, total in counts.required.items()
    ]
    return tuple(sorted(gaps, key=_by_blanks))


def _rate(group: _Group, blank: int, required: int, untold: set[str]) -> Rate | None:
    return None if group[-1] in untold else Rate(blank, required)


def _form(given: Administration) -> tuple[str, str, str]:
    """Unit, form and kind of an administration."""
    sheet = given.sources[0].sheet if given.sources else None
    form = _NOT_STATED
    if sheet is not None:
        form = f"{sheet.file} · {sheet.sheet}" if sheet.sheet else sheet.file
    unit = (given.department or "").strip() or _NOT_STATED
    return printable(unit), printable(form), given.method.value if given.method else _NOT_STATED


def _column(given: Administration, element: str) -> str:
    """The letter of the element's column on the form that the administration was charted on."""
    columns = given.sources[0].sheet.columns if given.sources else {}
    names = _COLUMNS.get(element, (element,))
    return " ".join(columns[name] for name in names if name in columns) or "none"


def _by_blanks(gap: FormGap) -> tuple[object, ...]:
    """Most blanks first, of as many the greater share; what nobody can tell comes last."""
    blanks = gap.blank.hits if gap.blank else 0
    place = ELEMENTS.index(gap.element)
    return gap.blank is None, -blanks, blanks and gap.required, gap.unit, gap.form, gap.kind, place
