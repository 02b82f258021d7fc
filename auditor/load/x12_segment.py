"""One segment of an X12 file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment by its number in the file; ``elements`` begin with its name."""

    number: int
    elements: list[str]
    component: str = ":"
    repetition: str = "^"

    @property
    def name(self) -> str:
        """Its name, such as ``CLM`` or ``SV2``."""
        return self.elements[0].strip()

    def at(self, place: int) -> str | None:
        """An element by its number, ``None`` where it is not there or blank."""
        found = self.elements[place].strip() if place < len(self.elements) else ""
        return found or None

    def part(self, place: int, number: int) -> str | None:
        """A component of an element, both counted from 1."""
        parts = (self.at(place) or "").split(self.component)
        return (parts[number - 1].strip() if number <= len(parts) else "") or None

    def parts(self, place: int, first: int, last: int) -> list[str]:
        """The components of an element from one number to another that say something."""
        found = (self.part(place, number) for number in range(first, last + 1))
        return [part for part in found if part is not None]

    def dates(self, at: int = 3) -> tuple[str, str] | None:
        """First and last day of a date element, as written; the one before it says how."""
        stated = self.at(at)
        if stated is None:
            return None
        first, _, last = stated.partition("-") if self.at(at - 1) == "RD8" else (stated, "", "")
        return first[:8], (last or first)[:8]
