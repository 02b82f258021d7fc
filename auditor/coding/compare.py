"""The claim beside the record: each difference once, with its one cause (coding.md, section 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from auditor.coding.support import Support, SupportedLine, Variance
from auditor.policy import Policy
from auditor.record import Administration, ClaimLine, Encounter
from auditor.tables.codes import (
    ADMINISTRATION_CODES,
    DISTINCT_SERVICE_MODIFIERS,
    INITIAL_BY_RANK,
    current,
)

_UNRELATED = "51"  # condition code: the hospital attests that the services are unrelated

# The forms that an initial service takes when another one is the initial.
_FURTHER = {
    "96413": ("96417", "96415"),
    "96409": ("96411",),
    "96365": ("96367", "96366", "96368"),
    "96374": ("96375", "96376"),
    "96360": ("96361",),
}
# Codes under which one administration can be billed by mistake: a unit billed of the one and a
# unit supported of the other are one difference.
_CONFUSED = (
    ("15 minutes or less are a push, 16 or more an infusion", ("96374", "96365")),
    ("15 minutes or less are a push, 16 or more an infusion", ("96375", "96376", "96367", "96366")),
    ("15 minutes or less are a push, 16 or more an infusion", ("96409", "96413")),
    ("15 minutes or less are a push, 16 or more an infusion", ("96411", "96417", "96415")),
    ("the drug's class decides between the families", ("96413", "96365")),
    ("the drug's class decides between the families", ("96409", "96374")),
    ("the drug's class decides between the families", ("96417", "96367")),
    ("the drug's class decides between the families", ("96415", "96366")),
    ("the drug's class decides between the families", ("96411", "96375", "96376")),
    ("the drug's class decides between the families", ("96401", "96402", "96372")),
    ("it was given before, or was not", ("96375", "96376")),
    ("it was given before, or was not", ("96417", "96415")),
    (
        "whether it is a new drug and what it ran beside decide",
        ("96368", "96367", "96366", "96376"),
    ),
    ("each access has one initial service", ("96360", "96361")),
    ("each access has one initial service", ("96365", "96367", "96366", "96368", "96376")),
    ("each access has one initial service", ("96374", "96375", "96376")),
    ("each access has one initial service", ("96413", "96417", "96415")),
    ("each access has one initial service", ("96409", "96411")),
    ("the highest-ranked service is the initial", tuple(_FURTHER)),
)


def administration_lines(encounter: Encounter) -> tuple[ClaimLine, ...]:
    """The claim lines that bill drug administration, deleted codes included."""
    return tuple(line for line in encounter.claim_lines if line.hcpcs in ADMINISTRATION_CODES)


def billed_units(encounter: Encounter) -> Counter[str]:
    """Units billed for each administration code; a blank units cell is one unit.

    A deleted code counts as the one that took its place: ``code_not_valid_on_service_date``
    judges whether it was in force.
    """
    units: Counter[str] = Counter()
    for line in administration_lines(encounter):
        units[current(line.hcpcs or "")] += line.unit_count
    return units


def initial_lines(encounter: Encounter) -> list[ClaimLine]:
    """The billed initial services by rank, a line as often as it has units, plain ones first."""
    return [
        line
        for code in INITIAL_BY_RANK
        for line in sorted(encounter.lines_billing(code), key=lambda line: len(line.modifiers))
        for _ in range(line.unit_count)
    ]


def in_payment_window(line: ClaimLine, encounter: Encounter, policy: Policy) -> bool:
    """Whether a line's service belongs on the inpatient claim of an admission (E-03)."""
    admitted = encounter.inpatient_at
    if admitted is None or line.service_date is None or not policy.payment_window_days:
        return False
    first = admitted.date() - timedelta(days=policy.payment_window_days)
    return first <= line.service_date <= admitted.date() and _UNRELATED not in line.condition_codes


def compare(encounter: Encounter, support: Support, policy: Policy) -> tuple[Variance, ...]:
    """Billed against supported units by code, over the whole encounter.

    A unit billed under one code and supported under another is one variance.  Codes whose units
    agree are compared by date.  Where a drug is unclassified every difference is undetermined.
    """
    billed = billed_units(encounter)
    supported = Counter[str]()
    for line in support.lines:
        supported[line.code] += line.units
    over, under = billed - supported, supported - billed
    unsure = bool(support.undetermined)
    variances = [
        *_wrong_initials(over, under, support, unsure),
        *_wrong_codes(over, under, support, unsure),
        *(_over(code, over[code], support, encounter, unsure) for code in sorted(+over)),
        *(_under(code, under[code], support, unsure) for code in sorted(+under)),
    ]
    for code in sorted(billed):
        if billed[code] == supported[code]:
            variances.extend(_wrong_dates(code, encounter, support, unsure))
            variances.extend(_missing_modifiers(code, encounter, support, policy, unsure))
    return tuple(variances)


def _wrong_initials(
    over: Counter[str], under: Counter[str], support: Support, unsure: bool
) -> Iterator[Variance]:
    """Two services that changed places are one difference; takes all four units away."""
    for billed, demoted in _FURTHER.items():
        for right, promoted in _FURTHER.items():
            follows = next((code for code in promoted if over[code]), None)
            becomes = next((code for code in demoted if under[code]), None)
            if over[billed] and under[right] and follows and becomes:
                over.subtract((billed, follows))
                under.subtract((right, becomes))
                because = (
                    f"{billed} is billed as the initial service where the record's is {right}; "
                    f"so {follows} and {becomes} change places too."
                )
                yield _wrong_code(billed, right, 1, support, because, unsure)


def _wrong_codes(
    over: Counter[str], under: Counter[str], support: Support, unsure: bool
) -> Iterator[Variance]:
    """Pair what is billed too much with what is billed too little; takes the units away."""
    for cause, codes in _CONFUSED:
        for billed in codes:
            for right in codes:
                units = min(over[billed], under[right])
                if units:
                    over[billed] -= units
                    under[right] -= units
                    because = f"{billed} is billed where the record supports {right}: {cause}."
                    yield _wrong_code(billed, right, units, support, because, unsure)


def _wrong_code(
    billed: str, right: str, units: int, support: Support, because: str, unsure: bool
) -> Variance:
    lines = _lines(right, support)
    day = lines[0].service_date
    return Variance("wrong code", billed, right, units, day, _behind(lines), because, unsure)


def _over(code: str, units: int, support: Support, encounter: Encounter, unsure: bool) -> Variance:
    lines = _lines(code, support)
    has = sum(line.units for line in lines)
    dates = [line.service_date for line in _billed_as(code, encounter)]
    return Variance(
        "over",
        code,
        None,
        units,
        dates[0] if dates else None,
        _behind(lines),
        f"{code} is billed with {has + units} {_unit(has + units)}; the record supports {has}.",
        unsure,
    )


def _under(code: str, units: int, support: Support, unsure: bool) -> Variance:
    lines = _lines(code, support)
    has = sum(line.units for line in lines)
    return Variance(
        "under",
        None,
        code,
        units,
        lines[0].service_date,
        _behind(lines),
        f"The record supports {has} {_unit(has)} of {code}; {has - units} billed.",
        unsure,
    )


def _wrong_dates(
    code: str, encounter: Encounter, support: Support, unsure: bool
) -> Iterator[Variance]:
    billed: Counter[date] = Counter()
    for line in _billed_as(code, encounter):
        if line.service_date is None:
            return
        billed[line.service_date] += line.unit_count
    supported: Counter[date] = Counter()
    for supported_line in _lines(code, support):
        supported[supported_line.service_date] += supported_line.units
    missing = supported - billed
    if missing:
        day = min(missing)
        wrong = ", ".join(str(d) for d in sorted(billed - supported))
        yield Variance(
            "wrong date",
            code,
            code,
            missing.total(),
            day,
            _behind(_lines(code, support)),
            f"{code} is billed on {wrong}; the record dates it {day}.",
            unsure,
        )


def _missing_modifiers(
    code: str, encounter: Encounter, support: Support, policy: Policy, unsure: bool
) -> Iterator[Variance]:
    """An initial at a second access needs the modifier that says so (J13)."""
    need = [line for line in _lines(code, support) if line.modifiers]
    have = [
        line
        for line in _billed_as(code, encounter)
        if not DISTINCT_SERVICE_MODIFIERS.isdisjoint(line.modifiers)
    ]
    if len(need) > len(have):
        day = need[0].service_date
        modifier = policy.separate_access_modifier
        because = (
            f"{code} at a second access is billed without {modifier} or another such modifier."
        )
        yield Variance(
            "modifier", code, code, len(need) - len(have), day, _behind(need), because, unsure
        )


def _billed_as(code: str, encounter: Encounter) -> list[ClaimLine]:
    """The claim lines of a code, those of deleted codes whose place it took included."""
    return [line for line in administration_lines(encounter) if current(line.hcpcs or "") == code]


def _lines(code: str, support: Support) -> list[SupportedLine]:
    return [line for line in support.lines if line.code == code]


def _behind(lines: list[SupportedLine]) -> tuple[Administration, ...]:
    unique = {a.administration_id: a for line in lines for a in line.administrations}
    return tuple(unique.values())


def _unit(count: int) -> str:
    return "unit" if count == 1 else "units"
