"""What falls due in a Medicare review, by the date of the paper from which the days run."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Deadline:
    """One due date: ``days`` calendar days from the date of ``paper``.

    With ``receipt`` they run from the presumed receipt, so many days after that date; with
    ``first_day`` the date is itself day 1.  ``paper`` is a name of the table, ``paper_words`` says
    it; ``authority`` is an id of the authority table.
    """

    what: str
    paper: str
    paper_words: str
    days: int
    authority: str
    receipt: int = 0
    first_day: bool = False

    def due(self, on: date) -> date:
        """The last day, for a paper of that date; weekends and holidays move nothing."""
        return on + timedelta(days=self.receipt + self.days - self.first_day)

    @property
    def rule(self) -> str:
        """How the days are counted, in words."""
        if self.first_day:
            return f"day {self.days}, the date of {self.paper_words} being day 1"
        if self.receipt:
            return (
                f"{self.days} days after receipt of {self.paper_words}, presumed {self.receipt} "
                "days after its date"
            )
        return f"{self.days} days after the date of {self.paper_words}"


@cache
def deadlines() -> tuple[Deadline, ...]:
    """Every due date, in the order in which a review comes to it."""
    text = files("auditor.tables").joinpath("deadlines.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return tuple(
        Deadline(**entry, paper_words=table["papers"][entry["paper"]])
        for entry in table["deadlines"]
    )
