"""A push is billed as an infusion, or an infusion as a push."""

from collections.abc import Iterator
from dataclasses import replace

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Method,
    Policy,
    Verdict,
    cell_of,
    check,
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import Course, Kind, by_vein, codes_of_kind, kind_of, lines_billing, supported


@check(
    title="Push billed as infusion, or infusion as push",
    authority=("cpt-drug-administration", "palmetto-a53778"),
    severity="high",
    responsible="coding",
    examines="push or drug infusion by vein",
    needs=("administration.start", "claim_line.hcpcs"),
    payment="recoded",
    opened_by=("administration", "claim_line"),
    beyond_record=True,
)
def push_billed_as_infusion(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Up to 15 minutes is a push, 16 minutes or more an infusion, whatever the order called it.

    Under ``ordered_short = "as ordered"`` what was ordered for 15 minutes or less is a push.

    Judged by the administration's own technique, where the claim has more units of the one than
    the record has, and lacks one of the other.  An infusion without an accepted stop that is
    billed as a push is neither under the default policy; billed as an infusion it is judged by
    ``infusion_without_stop_time``.
    """
    if not any(kind_of(line.hcpcs) in (Kind.PUSH, Kind.INFUSION) for line in encounter.claim_lines):
        return
    support = supported(encounter, policy)
    drugs = by_vein(encounter, policy)
    for course in support.courses:
        given = course.administration
        if course in drugs.untimed_as_push:
            yield _without_a_stop(course, encounter, policy)
        elif course.technique not in ("push", "infusion"):
            continue
        elif not drugs.is_under_another_technique(given):
            yield met(given)
        elif support.undetermined:
            yield undetermined(
                given,
                because=f"{_said(course)}; a drug that nobody classified may be what is billed, "
                "its class would tell.",
            )
        else:
            is_push = course.technique == "push"
            yield deficient(
                given,
                because=f"{_said(course)}; {_rule(course)}.",
                cure=Cure.REBILL,
                evidence=(
                    Evidence("technique by the record", course.technique),
                    Evidence("counted minutes", str(course.minutes)),
                ),
                claim_lines=lines_billing(
                    encounter, *codes_of_kind(Kind.INFUSION if is_push else Kind.PUSH)
                ),
            )


def _said(course: Course) -> str:
    drug = course.administration.drug
    ran = f"ran {count_of(course.minutes, 'minute')}" if course.minutes else "was pushed"
    other = "an infusion" if course.technique == "push" else "a push"
    return f"The {drug} {ran} and is billed as {other}"


def _rule(course: Course) -> str:
    if course.technique == "infusion":
        return "16 or more are an infusion"
    if course.minutes >= 16:
        return "it was ordered for 15 or less, which the policy takes for a push"
    return "up to 15 minutes are a push"


def _without_a_stop(course: Course, encounter: Encounter, policy: Policy) -> Verdict:
    """Neither push nor infusion by its times; shows what it would be if it were a push (J1)."""
    given = course.administration
    pushes = codes_of_kind(Kind.PUSH)
    as_push = supported(encounter, replace(policy, missing_stop="push"))
    units = {code: as_push.units(code) for code in pushes}
    shown = ", ".join(f"{code} × {n}" for code, n in units.items() if n) or "none"
    evidence = (
        Evidence(
            "stop-time evidence",
            f"grade {given.stop_evidence}: {given.stop_evidence.words}",
            cell_of(given, "stop"),
        ),
        Evidence("pushes if a missing stop made a push", shown),
    )
    if given.method is not Method.INFUSION:
        return undetermined(
            given,
            because=f"The {given.drug} is billed as a push, and neither its stop nor how it was "
            "given is documented; either would tell.",
            evidence=evidence,
        )
    return deficient(
        given,
        because=f"The {given.drug} was infused and is billed as a push, and no stop shows that it "
        "ran 15 minutes or less.",
        cure=Cure.LATE_ENTRY,
        evidence=evidence,
        claim_lines=lines_billing(encounter, *pushes),
    )
