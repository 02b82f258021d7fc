"""An administration code is billed that was not in force on its service date."""

from collections.abc import Iterator

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    blank,
    cell_of,
    check,
    deficient,
    listed,
    met,
    undetermined,
)
from auditor.coding import administration_lines
from auditor.tables.codes import code, is_valid_on


@check(
    title="Code not valid on the service date",
    authority=("cpt-drug-administration",),
    severity="high",
    responsible="coding",
    examines="claim line of drug administration",
    needs=("claim_line.hcpcs", "claim_line.service_date"),
    payment="recoded",
)
def code_not_valid_on_service_date(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """A claim is judged by the code set of its service date; a deleted code names its successor.

    Where the dates of a code were not read in a published text, a code out of its dates is
    undetermined until a published list is read that has it no more. So are the lines whose date is
    blank, which are told together.
    """
    lines = administration_lines(encounter)
    undated = [line for line in lines if line.service_date is None]
    if undated:
        codes = listed(dict.fromkeys(line.hcpcs or "" for line in undated))
        yield undetermined(
            undated[0],
            because=f"The service date of {codes} is blank; it would tell whether the code was in "
            "force.",
            evidence=(blank("service date", undated[0], "service_date"),),
            claim_lines=undated,
        )
    for line in lines:
        entry = code(line.hcpcs)
        if entry is None or line.service_date is None:
            continue
        day = encounter.tables.true_day(line.service_date)
        if is_valid_on(entry.code, day):
            yield met(line)
            continue
        bounds = [
            f"{word} {day:%m/%d/%Y}"
            for word, day in (("from", entry.effective_from), ("before", entry.deleted_from))
            if day
        ]
        instead = f"; {' or '.join(entry.replaced_by)} took its place" if entry.replaced_by else ""
        because = f"{entry.code} is billed on {line.service_date:%m/%d/%Y}; it is valid "
        because += " and ".join(bounds)
        evidence = (
            Evidence(
                "service date", f"{line.service_date:%m/%d/%Y}", cell_of(line, "service_date")
            ),
            Evidence("source of the dates", entry.source),
        )
        if entry.dates_read or (entry.gone_by is not None and day >= entry.gone_by):
            yield deficient(
                line, because=f"{because}{instead}.", cure=Cure.REBILL, evidence=evidence
            )
        else:
            yield undetermined(
                line,
                because=f"{because} by general history{instead}; the code set of that year would "
                "tell.",
                evidence=evidence,
            )
