"""What stops a load, in the user's words."""

from __future__ import annotations

from collections.abc import Sequence


class InputError(Exception):
    """Nothing can be audited; ``problems`` holds every problem of every file, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the sentences; they name cells, headers and counts, never a patient's data."""
        self.problems = tuple(problems)
        count = len(self.problems)
        first = "Nothing was audited. Mend this and run again:"
        if count > 1:
            first = f"Nothing was audited. Mend these {count} problems and run again:"
        super().__init__("\n".join([first, *(f"- {problem}" for problem in self.problems)]))


class ProfileError(Exception):
    """A profile cannot be used; the text is one sentence that says where and why."""


class UnreadableFile(Exception):
    """A file that cannot be read at all; the text is one sentence for the user."""
