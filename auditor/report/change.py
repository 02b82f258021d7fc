"""Whether two shares differ by more than chance, and where a month stands among earlier ones.

Shares are compared by encounters, because the subjects of one encounter share its fate, so that
counting them apart would take one event for several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, lgamma, sqrt
from statistics import quantiles
from typing import NamedTuple

LEVEL = 0.05
"""How often at most any check of a month is called changed although none did."""

FEWEST_MONTHS, MOST_MONTHS = 5, 12
"""Of how many earlier months the percentiles are taken: fewer would be the extremes alone."""

_SAME = 1 + 1e-7  # two tables as probable as each other differ by rounding


class Band(NamedTuple):
    """The 20th and the 80th percentile of earlier months' shares."""

    low: float
    high: float


def fisher(hits: int, total: int, earlier_hits: int, earlier_total: int) -> float:
    """The two-sided p-value of Fisher's exact test that two shares are one.

    R. A. Fisher, The logic of inductive inference, Journal of the Royal Statistical Society 98
    (1935), 39-82; the tables that are no more probable than the one observed count against it.
    """
    both, everyone = hits + earlier_hits, total + earlier_total
    mean = both * total / everyone
    spread = sqrt(mean * (everyone - both) / everyone * earlier_total / max(everyone - 1, 1))
    near = int(12 * spread) + 2  # farther off nothing is left that a double could hold
    least = max(0, both - earlier_total, int(mean) - near)
    most = min(both, total, int(mean) + near)

    def log_weight(k: int) -> float:
        return _log_choose(total, k) + _log_choose(earlier_total, both - k)

    weights = [log_weight(k) for k in range(least, most + 1)]
    top = max(weights)
    shares = [exp(weight - top) for weight in weights]
    bound = exp(log_weight(hits) - top) * _SAME
    return min(1.0, sum(share for share in shares if share <= bound) / sum(shares))


def _log_choose(total: int, some: int) -> float:
    return lgamma(total + 1) - lgamma(some + 1) - lgamma(total - some + 1)


def beyond_noise(p_values: Mapping[str, float]) -> frozenset[str]:
    """The names whose differences stand at LEVEL for all together.

    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6 (1979), 65-70: the least p-value is held to LEVEL ÷ their number, the next to
    LEVEL ÷ one less, until one fails.
    """
    standing = []
    ordered = sorted(p_values.items(), key=lambda item: (item[1], item[0]))
    for place, (name, p) in enumerate(ordered):
        if p > LEVEL / (len(ordered) - place):
            break
        standing.append(name)
    return frozenset(standing)


def band_of(shares: Sequence[float]) -> Band | None:
    """The 20th and 80th percentile, interpolated between neighbours; ``None`` of too few months.

    The percentiles are those at which Medicare's PEPPER marks a hospital among its peers; here a
    month is set among the hospital's own.
    """
    if len(shares) < FEWEST_MONTHS:
        return None
    fifths = quantiles(
        shares, n=5
    )  # at (n + 1) ÷ 5: a month like the others lies above one in five
    return Band(fifths[0], fifths[-1])
