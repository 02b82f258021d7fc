"""The claim beside the record: each difference once, with its one cause (coding.md, section 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product

from auditor.coding.claim import billed_units, in_units, lines_billing
from auditor.coding.distinct import distinct_lines
from auditor.coding.open_questions import open_questions
from auditor.coding.remembered import remembered
from auditor.coding.support import Support, SupportedLine, Variance
from auditor.policy import Policy
from auditor.record import Administration, ClaimLine, Encounter
from auditor.tables.codes import DISTINCT_SERVICE_MODIFIERS, INITIAL_CODES, LEFT_TO_A_PERSON

# The forms that an initial service takes when another one is the initial.
_FURTHER = {
    "96413": ("96417", "96415"),
    "96409": ("96411",),
    "96365": ("96367", "96366", "96368"),
    "96374": ("96375", "96376"),
    "96360": ("96361",),
}
_TECHNIQUE = "15 minutes or less, or by hand, are a push; 16 or more an infusion"
_SHORT_REPEAT = "16 to 30 minutes more of a drug infused before are 96376"
_INITIAL = "each access has one initial service"
_CLASS = "the drug's class decides between the families"
_FLUID = "fluid for its own sake is hydration, a drug is not"
_PUSHES = ("96374", "96375", "96376")
_INFUSIONS = ("96365", "96366", "96367", "96368")
_CHEMO_PUSHES = ("96409", "96411")
_CHEMO_INFUSIONS = ("96413", "96415", "96417")
# First hours, by the hour that adds to them; and the pushes of a drug that nothing else gave.
_HOURS = ((("96365", "96367", "96368"), "96366"), (("96413", "96417"), "96415"))
_NEW_PUSHES = ("96374", "96375", "96409", "96411")
# What decides between two codes: a unit billed of the one and a unit supported of the other are one
# difference.  What is most alike comes first: one technique, then two, then two families, so that
# no pair is taken for a rarer mistake.
_CONFUSED = (
    ("a drug that the encounter has elsewhere is 96376, any other 96375", ("96375",), ("96376",)),
    ("a new drug is 96367, more of a drug already infused 96366", ("96366",), ("96367",)),
    ("what runs beside another drug is 96368, minutes of its own 96367", ("96367",), ("96368",)),
    ("what runs beside another drug is 96368, a further hour 96366", ("96366",), ("96368",)),
    ("a new drug is 96417, more of a drug already infused 96415", ("96415",), ("96417",)),
    (_INITIAL, ("96365",), ("96366", "96367", "96368")),
    (_INITIAL, ("96374",), ("96375", "96376")),
    (_INITIAL, ("96413",), ("96415", "96417")),
    (_INITIAL, ("96409",), ("96411",)),
    (_INITIAL, ("96360",), ("96361",)),
    ("the first infusion under the skin is 96369, further hours 96370", ("96369",), ("96370",)),
    (_TECHNIQUE, ("96374",), ("96365",)),
    (_TECHNIQUE, ("96375", "96376"), ("96367", "96366", "96368")),
    (_TECHNIQUE, ("96409",), ("96413",)),
    (_TECHNIQUE, ("96411",), ("96417", "96415")),
    (
        "15 minutes or less under the skin are an injection, 16 or more an infusion",
        ("96372",),
        ("96369", "96370"),
    ),
    (_TECHNIQUE, _PUSHES, _INFUSIONS),
    (_TECHNIQUE, _CHEMO_PUSHES, _CHEMO_INFUSIONS),
    (_CLASS, ("96365",), ("96413",)),
    (_CLASS, ("96374",), ("96409",)),
    (_CLASS, ("96367",), ("96417",)),
    (_CLASS, ("96366",), ("96415",)),
    (_CLASS, ("96375", "96376"), ("96411",)),
    (_CLASS, ("96372",), ("96401", "96402")),
    (_CLASS, ("96401",), ("96402",)),
    (_FLUID, ("96360",), ("96365",)),
    (_FLUID, ("96361",), ("96366", "96367", "96368")),
    (_FLUID, ("96360", "96361"), _INFUSIONS),
    ("the highest-ranked service is the initial", tuple(_FURTHER), tuple(_FURTHER)),
)


@remembered
def compare(encounter: Encounter, support: Support, policy: Policy) -> tuple[Variance, ...]:
    """Billed against supported units by code, over the whole encounter.

    A unit billed under one code and supported under another is one variance.  Codes whose units
    agree are compared by date.  Every difference is undetermined where something of the record is
    wanted; where it is of the claim, only a unit too many is certain.
    """
    billed = +billed_units(encounter)  # a line that takes back what no file has bills nothing
    supported = Counter[str]()
    for line in support.lines:
        supported[line.code] += line.units
    over, under = billed - supported, supported - billed
    asked = open_questions(encounter, support)
    may_support_more = any(question.of_record for question in asked)
    unsure = bool(asked)
    variances = [
        *_wrong_initials(over, under, support, unsure),
        *_wrong_codes(over, under, support, unsure),
        *(_over(code, over[code], support, encounter, may_support_more) for code in sorted(+over)),
        *(_under(code, under[code], support, encounter, unsure) for code in sorted(+under)),
    ]
    agreeing = [code for code in sorted(billed) if billed[code] == supported[code]]
    for code in agreeing:
        variances.extend(_wrong_dates(code, encounter, support, unsure))
    variances.extend(_modifiers(agreeing, encounter, support, policy, unsure))
    return tuple(variances)


def lines_of(variances: Iterable[Variance], encounter: Encounter) -> dict[ClaimLine, Variance]:
    """The claim lines on which the units of variances stand, of several the last ones."""
    found: dict[ClaimLine, Variance] = {}
    for variance in variances:
        left = variance.units
        for line in reversed(lines_billing(encounter, variance.billed or "")):
            if left > 0 and line not in found:
                found[line] = variance
                left -= line.unit_count
    return found


def _wrong_initials(
    over: Counter[str], under: Counter[str], support: Support, unsure: bool
) -> Iterator[Variance]:
    """Two services that changed places are one difference; takes all four units away."""
    for billed, demoted in _FURTHER.items() if over and under else ():
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
    for cause, some, others in _CONFUSED if over and under else ():
        for billed, right in (*product(some, others), *product(others, some)):
            units = min(over[billed], under[right], _of_one_administration(billed, right, support))
            if units > 0:
                over[billed] -= units
                under[right] -= units
                why = _SHORT_REPEAT if _is_short_repeat(right, support) else cause
                because = f"{billed} is billed where the record supports {right}: {why}."
                yield _wrong_code(billed, right, units, support, because, unsure)


def _of_one_administration(billed: str, right: str, support: Support) -> int:
    """How many units of two codes one administration each could explain (section 7).

    A further hour is no push of another drug where it adds to an infusion on record; and a push is
    no further hour of an infusion whose first hour is a line of its own.
    """
    for first_hours, hour in _HOURS:
        if billed == hour and right in _NEW_PUSHES and support.units(*first_hours):
            return 0
        if right == hour and billed in (*_PUSHES, *_CHEMO_PUSHES):
            begun = _behind([line for code in first_hours for line in _lines(code, support)])
            return sum(
                line.units
                for line in _lines(hour, support)
                if not any(given in begun for given in line.administrations)
            )
    return support.units(right)


def _is_short_repeat(code: str, support: Support) -> bool:
    """Whether every unit of 96376 is an infusion's and none a push's (J6)."""
    return code == "96376" and all(line.rule == "6.2" for line in _lines(code, support))


def _wrong_code(
    billed: str, right: str, units: int, support: Support, because: str, unsure: bool
) -> Variance:
    lines = _lines(right, support)
    day = lines[0].service_date
    return Variance("wrong code", billed, right, units, day, _behind(lines), because, unsure)


def _over(code: str, units: int, support: Support, encounter: Encounter, unsure: bool) -> Variance:
    billed = lines_billing(encounter, code)
    because = f"{code} is billed with {in_units(billed_units(encounter)[code])}; "
    because += f"the record supports {support.units(code)}."
    if code in LEFT_TO_A_PERSON:
        because = f"{code} is billed; whether the record supports it is left to a person."
        unsure = True
    behind = _behind(_lines(code, support))
    return Variance("over", code, None, units, billed[0].service_date, behind, because, unsure)


def _under(code: str, units: int, support: Support, encounter: Encounter, unsure: bool) -> Variance:
    lines = _lines(code, support)
    because = f"The record supports {in_units(support.units(code))} of {code}; "
    because += f"{billed_units(encounter)[code]} billed."
    day = lines[0].service_date
    return Variance("under", None, code, units, day, _behind(lines), because, unsure)


def _wrong_dates(
    code: str, encounter: Encounter, support: Support, unsure: bool
) -> Iterator[Variance]:
    billed: Counter[date] = Counter()
    for line in lines_billing(encounter, code):
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


def _modifiers(
    codes: list[str], encounter: Encounter, support: Support, policy: Policy, unsure: bool
) -> Iterator[Variance]:
    """An initial at a second access needs the modifier that says so, and no other has it (J13).

    Where it stands on another initial than the record's, that is one difference: the lack of it.
    """
    initials = [code for code in codes if code in INITIAL_CODES]
    needed = {code: [x for x in _lines(code, support) if x.modifiers] for code in initials}
    had = {code: _distinct_lines(code, encounter) for code in initials}
    spare = sum(len(had[code]) - len(needed[code]) for code in initials)
    accesses = 1 + sum(bool(line.modifiers) for line in support.lines)
    unsupported = [d.line for d in distinct_lines(encounter, policy) if d.holds is False]
    for code in initials:
        lacking = len(needed[code]) - len(had[code])
        if lacking > 0:
            because = f"{code} at a second access is billed without "
            because += f"{policy.separate_access_modifier} or another such modifier."
            yield _modifier(code, lacking, needed[code], because, unsure)
        lines = [line for line in had[code] if accesses > 1 or line in unsupported]
        too_many = min(-lacking, spare, len(lines))
        if too_many > 0:
            spare -= too_many
            because = f"{code} is billed with {_distinct(lines)} as a distinct service; the record "
            because += f"supports {_accesses(accesses)}."
            yield _modifier(code, too_many, _lines(code, support), because, unsure)


def _distinct_lines(code: str, encounter: Encounter) -> list[ClaimLine]:
    """The claim lines that call a code a distinct service, a line as often as it has units."""
    return [
        line
        for line in lines_billing(encounter, code)
        if not DISTINCT_SERVICE_MODIFIERS.isdisjoint(line.modifiers)
        for _ in range(line.unit_count)
    ]


def _distinct(lines: list[ClaimLine]) -> str:
    """The modifiers by which lines are called distinct."""
    given = {modifier for line in lines for modifier in line.modifiers}
    return " and ".join(sorted(given & DISTINCT_SERVICE_MODIFIERS))


def _modifier(
    code: str, units: int, lines: list[SupportedLine], because: str, unsure: bool
) -> Variance:
    day = lines[0].service_date
    return Variance("modifier", code, code, units, day, _behind(lines), because, unsure)


def _lines(code: str, support: Support) -> list[SupportedLine]:
    return [line for line in support.lines if line.code == code]


def _behind(lines: list[SupportedLine]) -> tuple[Administration, ...]:
    unique = {a.administration_id: a for line in lines for a in line.administrations}
    return tuple(unique.values())


def _accesses(count: int) -> str:
    return "one access" if count == 1 else f"{count} accesses"
