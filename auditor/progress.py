"""How far a long piece of work has come, for whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum


class Step(Enum):
    """What is being done, and what is counted."""

    READ = ("Reading the files", "MB")
    ROWS = ("Reading their rows", "rows")
    OWN = ("Finding the encounter of each row", "rows")
    LOOK = ("Looking for what other files need", "pieces")
    CUT = ("Finding the encounter of each row", "files")
    KEEP = ("Setting the rows aside", "parts")
    ASSEMBLE = ("Putting the administrations together", "encounters")
    JUDGE = ("Judging the encounters", "encounters")

    @property
    def words(self) -> str:
        """What is being done."""
        return self.value[0]

    @property
    def unit(self) -> str:
        """What is counted."""
        return self.value[1]


Tell = Callable[[Step, float, float], None]
"""Takes the step, how much of it is done, and how much there is."""


def silent(step: Step, done: float, total: float) -> None:
    """Tell nobody."""
