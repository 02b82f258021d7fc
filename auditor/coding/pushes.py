"""Push lines, and short repeats of an infused drug (coding.md, section 6, rules 2 and 4)."""

from __future__ import annotations

from auditor.coding.collect import HIERARCHY, TIME, Collector
from auditor.coding.courses import Given
from auditor.coding.hierarchy import Access, Rank

TOO_SOON = "within 30 minutes of the drug's last dose"


def push_lines(
    accesses: list[Access], collector: Collector, pushes_before_arrival: list[tuple[str, int]]
) -> None:
    """All pushes of the encounter and the 16–30 minute repeats, in one time order."""
    initials = {id(access.initial): access for access in accesses}
    chemo_pushed = {
        access.initial.drug
        for access in accesses
        if access.rank is Rank.CHEMO_PUSH and isinstance(access.initial, Given)
    }
    pushed: set[str] = set()
    for drug, at in pushes_before_arrival:
        pushed.add(drug)
        collector.report_dose(drug, at, push=True, end=at)
    doses = [push for access in accesses for push in access.pushes] + collector.short_repeats
    doses.sort(key=lambda d: (d.at // 60, d.technique == "infusion", d.at, d.number))
    for dose in doses:
        initial = initials.get(id(dose))
        if dose.technique == "infusion":
            _short_repeat(dose, collector)
        elif initial is not None:
            code = "96409" if dose.chemo else "96374"
            because = "The highest-ranked service at its access: the initial push."
            collector.once(code, dose, "6.4", because, HIERARCHY, initial.modifiers)
            collector.report(dose)
        elif dose.chemo:
            if dose.drug not in chemo_pushed:
                because = "A further chemotherapy push, once for its drug."
                collector.once("96411", dose, "6.4", because)
                collector.report(dose)
            else:
                collector.passed_over(dose, "a chemotherapy push counts once for its drug", "6.4")
            chemo_pushed.add(dose.drug)
        else:
            _further_push(dose, dose.drug in pushed, collector)
        pushed.add(dose.drug)


def _short_repeat(infusion: Given, collector: Collector) -> None:
    if collector.clock_allows(infusion, collector.last_reported(infusion)):
        because = "16 to 30 minutes of a drug infused before, over 30 minutes after its last dose."
        collector.once("96376", infusion, "6.2", because, TIME)
        collector.report(infusion)
    else:
        collector.passed_over(infusion, TOO_SOON, "6.2")


def _further_push(push: Given, pushed_before: bool, collector: Collector) -> None:
    """A new drug, or the same one over 30 minutes after its last reported dose (T-08, T-09)."""
    last = collector.last_reported(push)
    if not pushed_before and push.drug not in collector.infused:
        code, because = "96375", "A push of a further drug."
    elif last is None:
        code = collector.policy.bolus_before_infusion
        because = "A push of a drug that is infused as well, with no reported dose before it."
    elif collector.clock_allows(push, last):
        code, because = "96376", "A push of the same drug over 30 minutes after its last dose."
    else:
        collector.passed_over(push, TOO_SOON, "6.4")
        return
    collector.once(code, push, "6.4", because)
    collector.report(push)
