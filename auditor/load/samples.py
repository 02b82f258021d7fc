"""Sample values for a person who decides what a column states; nothing in them names a patient."""

from __future__ import annotations

from auditor.load.cells import Cells
from auditor.load.vocabulary import Field, action_tokens, tokens

_SAMPLES = 3
# Types of field whose values alone tell of no patient; others are shown by their shape.
_HARMLESS = frozenset(
    {
        *("bill_type", "codes", "duration", "flag", "hcpcs", "modifiers", "money", "name"),
        *("number", "quantity", "revenue_code", "volume", "word"),
    }
)


def samples(cells: Cells, field: Field | None) -> tuple[str, ...]:
    """Up to three distinct values of a column read as ``field``, or as nothing."""
    return tuple(_shown(value, field) for value in cells.distinct(_SAMPLES))


def _shown(value: str, field: Field | None) -> str:
    """A sample value, or its shape (``MRN-0042`` as ``XXX-9999``) where it may name a patient."""
    harmless = field is not None and field.type in _HARMLESS
    if field is not None and field.name == "action":  # where some write whatever happened
        harmless = action_tokens().issuperset(tokens(value))
    if harmless:
        return value
    return "".join("9" if c.isdigit() else "X" if c.isalpha() else c for c in value)
