"""What the file of a standard says of its own rows, so that nothing about them is guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Left(NamedTuple):
    """What becomes of a row that its own file says is not to be used."""

    disposition: Literal["superseded", "rejected"]
    reason: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The kind of the rows of a sheet, what its columns are, and how its rows are numbered.

    ``fields`` and ``headers`` are by column number, ``numbers`` has for each row the number of its
    segment, line or entry, and ``left`` the rows that are not to be used.
    """

    kind: str
    fields: Mapping[int, str]
    headers: Mapping[int, str]
    numbers: Sequence[int]
    left: Mapping[int, Left]
