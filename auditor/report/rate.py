"""A rate with its denominator and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

TOO_FEW = 30  # groups smaller than this get no rate
_Z = 1.959964  # two-sided 95 %


class Hidden(int):
    """A count that a masked audit does not show; what is added to it is hidden with it."""

    def __bool__(self) -> bool:
        """It is not nothing."""
        return True

    def __format__(self, spec: str) -> str:
        """What stands in its place."""
        return "hidden"

    def __str__(self) -> str:
        """What stands in its place."""
        return "hidden"

    def __add__(self, other: int) -> int:
        """As little is known of the sum."""
        return self

    __radd__ = __sub__ = __rsub__ = __add__


HIDDEN = Hidden()


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95% score interval of ``hits`` in ``total`` as two shares; ``total`` is at least 1.

    E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
    """
    share, spread = hits / total, _Z**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``total``; the share and its interval exist from 30 on."""

    hits: int
    total: int

    @property
    def is_hidden(self) -> bool:
        """Whether one of the two is not shown."""
        return isinstance(self.hits, Hidden) or isinstance(self.total, Hidden)

    @property
    def share(self) -> float | None:
        """Hits over total, or ``None`` where there are too few or one is hidden."""
        return None if self.is_hidden or self.total < TOO_FEW else self.hits / self.total

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% Wilson interval, or ``None`` where there are too few."""
        return None if self.share is None else wilson(self.hits, self.total)

    @property
    def share_words(self) -> str:
        """The share alone: ``12.5%``, ``too few``, or ``–`` where there is nothing to count."""
        if self.is_hidden:
            return "hidden"
        if self.share is None:
            return "too few" if self.total else "–"
        return f"{self.share:.1%}"

    @property
    def interval_words(self) -> str:
        """The interval alone, such as ``5.0–28.1%``, or nothing."""
        if self.interval is None:
            return ""
        low, high = self.interval
        return f"{100 * low:.1f}–{100 * high:.1f}%"

    @property
    def words(self) -> str:
        """Share, denominator and interval in one phrase."""
        if not self.total:
            return "nothing to count"
        of = f"{self.hits:,} of {self.total:,}"
        if self.is_hidden:
            return of
        if self.share is None:
            return f"{of}; too few for a rate"
        return f"{self.share_words} ({of}; 95% interval {self.interval_words})"
