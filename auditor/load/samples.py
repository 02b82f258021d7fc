"""Sample values for a person who decides what a column states; nothing in them names a patient."""

from __future__ import annotations

from auditor.load.cells import Cells

_SAMPLES = 3
# Types of field whose values alone tell of no patient; others are shown by their shape.
_HARMLESS = frozenset(
    {
        *("bill_type", "codes", "duration", "flag", "hcpcs", "modifiers", "money", "name"),
        *("number", "quantity", "revenue_code", "volume", "word"),
    }
)


def samples(cells: Cells, type_: str | None) -> tuple[str, ...]:
    """Up to three distinct values of a column read as ``type_``, or as nothing."""
    return tuple(_shown(value, type_) for value in cells.distinct()[:_SAMPLES])


def _shown(value: str, type_: str | None) -> str:
    """A sample value, or its shape (``MRN-0042`` as ``XXX-9999``) where it may name a patient."""
    if type_ in _HARMLESS:
        return value
    return "".join("9" if c.isdigit() else "X" if c.isalpha() else c for c in value)
