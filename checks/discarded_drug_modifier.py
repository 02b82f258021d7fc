"""JW or JZ on a drug line does not say what the record says was thrown away."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from auditor import (
    Administration,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    cell_of,
    check,
    count_of,
    deficient,
    met,
    not_evaluated,
    undetermined,
    units_billed,
    unread_cell,
)
from auditor.coding import DrugService, drug_services
from auditor.record import Product

JW_REQUIRED_FROM = date(2017, 1, 1)  # Pub. 100-04, chapter 17, section 40
JZ_REQUIRED_FROM = date(2023, 7, 1)  # the same
_MARKS = {"JW", "JZ"}
SEPARATELY_PAID = ("G", "K", "K1")  # status indicators of drugs that Addendum B pays apart


@check(
    title="Discarded drug without its modifier, or the reverse",
    authority=("cms-cpm-17-40",),
    severity="medium",
    responsible="charge set-up",
    examines="drug code and date, from a single-dose container or with JW or JZ",
    needs=("claim_line.hcpcs", "claim_line.modifiers", "claim_line.service_date"),
    needs_in_part=("drug.container",),
    opened_by=("claim_line", "administration"),
    beyond_record=True,
)
def discarded_drug_modifier(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """JW bills what was thrown away of a single-dose container; JZ says that nothing was.

    JW is required from 2017, JZ from 2023-07-01, of drugs that are paid separately: Addendum B of
    the quarter tells which. Waste that the rounding up of the dose already bills needs no JW. The
    units with JW are those of the waste on record; neither modifier is for a container of several
    doses. JZ is in doubt where whole containers of the formulary hold more than the dose, and where
    nobody supplied waste.
    """
    for service in drug_services(encounter):
        says_none = any("JZ" in one.modifiers for one in service.lines)
        product = encounter.formulary.billed_as(service.hcpcs)
        single = product is not None and product.single_dose
        if not single and not service.discarded and not says_none:
            if "drug.container" not in encounter.supplied and _wants_a_mark(service, encounter):
                yield not_evaluated(service.lines[0], wants="drug.container")
            continue
        wasted = _beyond_the_rounding(service)
        if encounter.formulary.is_multi_dose(service.hcpcs):
            yield _of_several_doses(service)
        elif service.discarded and says_none:
            yield _judge_both(service)
        elif (service.discarded or says_none) and (undated := service.undated(encounter)):
            yield _without_a_date(service, undated)
        elif service.discarded:
            yield _judge_discarded(service, wasted, encounter)
        elif wasted:
            yield _judge_waste(service, wasted, says_none, encounter)
        elif says_none:
            yield _judge_none(service, product, encounter)
        elif service.day >= JZ_REQUIRED_FROM:
            yield _judge_silence(service, encounter)


def _beyond_the_rounding(service: DrugService) -> Decimal | None:
    """Documented waste in billing units that the units of the dose do not hold already."""
    if service.wasted is None:
        return None
    if service.given is None:  # the rounding holds less than a unit
        return service.wasted if service.wasted >= 1 else None
    room = service.given.to_integral_value(ROUND_CEILING) - service.given
    return max(service.wasted - room, Decimal(0))


def _judge_discarded(service: DrugService, wasted: Decimal | None, encounter: Encounter) -> Verdict:
    line = service.discarded[0]
    if wasted and "claim_line.units" not in encounter.supplied:
        return undetermined(
            line,
            because=f"{line.code_with_modifiers} bills a discarded amount that is on record; a "
            "column of units would tell whether it is as much.",
            evidence=_waste_on_record(service),
        )
    if wasted:
        return _judge_amount(service, wasted)
    if not encounter.administrations:
        return undetermined(
            line,
            because=f"{line.code_with_modifiers} bills a discarded amount, and the files have no "
            "administration of this encounter; its record would tell.",
        )
    if not _has_waste_column(service, encounter):
        return undetermined(
            line,
            because=f"{line.code_with_modifiers} bills a discarded amount; a column of wasted "
            "amounts, or charted waste, would tell whether it is documented.",
        )
    if cell := _unread_waste(service):
        return undetermined(
            line,
            because=f"{line.code_with_modifiers} bills a discarded amount, and the amount wasted "
            f"cannot be read ({cell}).",
            administrations=service.administrations,
        )
    if wasted is None and service.charted_waste:
        return undetermined(
            line,
            because=f"{line.code_with_modifiers} bills a discarded amount, and waste is on record; "
            "the dose and its unit of measure would tell how much of the code that is.",
        )
    return deficient(
        line,
        because=f"{line.code_with_modifiers} bills a discarded amount, and the record documents "
        "none beyond the units of the dose.",
        cure=Cure.RECORD,
        evidence=[
            replace(units_billed([line]), name="discarded units billed"),
            Evidence("waste on record", "none" if wasted is None else "within the rounded dose"),
        ],
        administrations=service.administrations,
    )


def _judge_amount(service: DrugService, wasted: Decimal) -> Verdict:
    """The units with JW beside the waste on record; a part of a unit may be billed or not."""
    line = service.discarded[0]
    billed = sum(one.unit_count for one in service.discarded)
    least, most = (int(wasted.to_integral_value(way)) for way in (ROUND_FLOOR, ROUND_CEILING))
    if service.given is None or least <= billed <= most:
        return met(line)
    evidence = [
        replace(units_billed(service.discarded), name="discarded units billed"),
        *_waste_on_record(service),
    ]
    said = f"{line.code_with_modifiers} bills {count_of(billed, 'discarded unit')}"
    if any(dose.wasted is None for _, dose in service.doses):
        return undetermined(
            line,
            because=f"{said}, and the record has no waste of some doses of that date; their waste "
            "would tell.",
            evidence=evidence,
            administrations=service.administrations,
        )
    return deficient(
        line,
        because=f"{said}; the waste on record beyond the units of the dose is {most}.",
        cure=Cure.REBILL,
        evidence=evidence,
        claim_lines=service.discarded,
        administrations=service.administrations,
    )


def _of_several_doses(service: DrugService) -> Verdict:
    """JW or JZ on a drug whose containers are not for one dose."""
    marked = [one for one in (*service.discarded, *service.lines) if _MARKS & set(one.modifiers)]
    line = marked[0]
    return deficient(
        line,
        because=f"{line.code_with_modifiers} is from a container of several doses, to which "
        "neither JW nor JZ applies.",
        cure=Cure.REBILL,
        evidence=[Evidence("billed as", line.code_with_modifiers, cell_of(line, "modifiers"))],
        claim_lines=marked,
    )


def _judge_both(service: DrugService) -> Verdict:
    """JZ beside JW: of one dose something was discarded or nothing."""
    line = service.discarded[0]
    none = next(one for one in service.lines if "JZ" in one.modifiers)
    said = f"{line.code_with_modifiers} bills a discarded amount beside {none.code_with_modifiers}"
    if len(service.doses) != 1:
        return undetermined(
            line,
            because=f"{said}; which dose had waste, the charge's detail would tell.",
            administrations=service.administrations,
        )
    return deficient(
        line,
        because=f"{said}, which says that nothing was discarded.",
        cure=Cure.REBILL,
        evidence=[
            Evidence("billed as", one.code_with_modifiers, cell_of(one, "modifiers"))
            for one in (none, line)
        ],
        claim_lines=[none, line],
        administrations=service.administrations,
    )


def _without_a_date(service: DrugService, undated: Sequence[Administration]) -> Verdict:
    """JW or JZ, where a dose of the drug has no time at all."""
    line = next(one for one in (*service.discarded, *service.lines) if _MARKS & set(one.modifiers))
    return undetermined(
        line,
        because=f"{line.code_with_modifiers} says what was discarded on {service.day:%m/%d/%Y}, "
        "and the record has a dose of its drug without a date; its times would tell.",
        administrations=(*service.administrations, *undated),
    )


def _waste_on_record(service: DrugService) -> list[Evidence]:
    return [
        Evidence(
            f"wasted of {dose.drug}",
            f"{dose.wasted.normalize():f} {dose.wasted_unit or dose.unit or ''}".strip(),
            cell_of(dose, "wasted"),
        )
        for _, dose in service.doses
        if dose.wasted is not None
    ]


def _judge_waste(
    service: DrugService, wasted: Decimal, says_none: bool, encounter: Encounter
) -> Verdict:
    line = service.lines[0]
    evidence = _waste_on_record(service)
    if says_none:
        return deficient(
            line,
            because=f"{line.code_with_modifiers} says that nothing was discarded; the record "
            "documents waste.",
            cure=Cure.REBILL,
            evidence=evidence,
            administrations=service.administrations,
        )
    paid = _is_paid_separately(service, encounter)
    if paid is False or service.day < JW_REQUIRED_FROM:
        return met(line, f"{service.hcpcs} is packaged: its waste is not billed.")
    if paid is None:
        return undetermined(
            line,
            because=f"The record documents waste of {service.hcpcs} and no JW is billed; Addendum "
            "B of the quarter would tell whether it is paid separately.",
            evidence=evidence,
        )
    return deficient(
        line,
        because=f"The record documents waste of {service.hcpcs}, and no line bills it with JW.",
        cure=Cure.REBILL,
        evidence=evidence,
        administrations=service.administrations,
    )


def _judge_none(service: DrugService, product: Product | None, encounter: Encounter) -> Verdict:
    """JZ, where the record documents no waste beyond the units of the dose."""
    line = next(one for one in service.lines if "JZ" in one.modifiers)
    wanted = None
    left = service.left_over(product) if product is not None else None
    documented = all(dose.wasted is not None for _, dose in service.doses)
    if not service.doses:
        wanted = "the record has no dose of its drug on that date, whose waste would tell"
    elif cell := _unread_waste(service):
        wanted = f"the amount wasted cannot be read ({cell})"
    elif service.charted_waste and service.wasted is None:
        wanted = "waste is on record, whose unit of measure would tell whether it is billed"
    elif service.charted_waste and service.given is None:
        wanted = "waste is on record; the dose and its unit of measure would tell whether the "
        wanted += "rounding bills it"
    elif left and not documented:
        wanted = f"whole containers hold {left.normalize():f} of its units beyond those of the "
        wanted += "dose; the containers opened, or the amount wasted, would tell"
    elif left is None and not documented and not _has_waste_column(service, encounter):
        wanted = "a column of wasted amounts, or charted waste, would tell"
    if wanted is None:
        return met(line)
    return undetermined(
        line,
        because=f"{line.code_with_modifiers} says that nothing was discarded; {wanted}.",
        evidence=_waste_on_record(service),
        administrations=service.administrations,
    )


def _has_waste_column(service: DrugService, encounter: Encounter) -> bool:
    """Whether a blank waste says that there was none, for each of the doses."""
    lacking = any(given.lacks_column("wasted") for given in service.administrations)
    return "administration.wasted" in encounter.supplied and not lacking


def _unread_waste(service: DrugService) -> str | None:
    """The cell of an amount wasted that says something and could not be read."""
    cells = (unread_cell(given, "wasted") for given in service.administrations)
    return next(filter(None, cells), None)


def _judge_silence(service: DrugService, encounter: Encounter) -> Verdict:
    """Neither JW nor JZ on a drug from a single-dose container."""
    line = service.lines[0]
    paid = _is_paid_separately(service, encounter)
    if paid is False:
        return met(line, f"{service.hcpcs} is packaged: neither JW nor JZ applies.")
    if paid is None:
        return undetermined(
            line,
            because=f"{service.hcpcs} from a single-dose container has neither JW nor JZ; Addendum "
            "B of the quarter would tell whether it is paid separately.",
        )
    return deficient(
        line,
        because=f"{service.hcpcs} from a single-dose container has neither JW nor JZ.",
        cure=Cure.REBILL,
        evidence=[Evidence("billed as", line.code_with_modifiers, cell_of(line, "modifiers"))],
    )


def _wants_a_mark(service: DrugService, encounter: Encounter) -> bool:
    """Whether the code wants JW or JZ, if its container is for one dose."""
    if service.day < JZ_REQUIRED_FROM or not service.names_its_drug(encounter):
        return False
    return _is_paid_separately(service, encounter) is not False


def _is_paid_separately(service: DrugService, encounter: Encounter) -> bool | None:
    """By the status of the quarter; ``None`` where no Addendum B lists the code."""
    rates = encounter.tables.on(service.day).addendum_b
    rate = rates.get(service.hcpcs) if rates is not None else None
    return None if rate is None else rate.status in SEPARATELY_PAID
