"""The faults that the rest of the battery must find, played like those of ``planted.py``."""

from __future__ import annotations

from collections.abc import Callable

from planted import CANCER, DRY, FEVER, D, Plant
from scenarios import arm, port, visit
from stay import CLINIC, ED, ONCOLOGY, Stay

PAIN = ("R10.9", "R11.2")
CHEST = ("R07.9",)

# ── hydration ─────────────────────────────────────────────────────────────────────────────────


def fluid_by_protocol(s: Stay, fault: bool) -> None:
    """A liter of saline, ordered for this patient or by the chest pain protocol."""
    visit(s, "99284")
    arm(s)
    s.order("ns", "infusion", 15, basis="Protocol" if fault else "Individual")
    s.infuse("ns", 24, 62)
    s.bill("96360", 24)


def fluid_by_standing_order(s: Stay, fault: bool) -> None:
    """Lactated Ringer's beside a push, ordered for this patient or standing."""
    visit(s, "99284")
    arm(s)
    s.order("lr", "infusion", 15, basis="Standing" if fault else "Individual")
    s.infuse("lr", 22, 70)
    s.push("ondansetron", 30)
    s.bill("96374", 30)
    s.bill("96361", 22)


def fluid_without_a_reason(s: Stay, fault: bool) -> None:
    """A liter over 500 minutes for chest pain; nobody says why."""
    visit(s, "99284")
    arm(s)
    s.order("ns", "infusion", 15, indication="" if fault else "Poor oral intake")
    s.infuse("ns", 24, 500)
    s.bill_hours("96360", "96361", 24, 500)


def fluid_while_fasting(s: Stay, fault: bool) -> None:
    """Fluid because the patient was NPO, and nothing else."""
    visit(s, "99284")
    arm(s)
    s.order("lr", "infusion", 15, indication="NPO" if fault else "NPO two days, dehydration")
    s.infuse("lr", 26, 490)
    s.bill_hours("96360", "96361", 26, 490)


def fluid_of_half_an_hour(s: Stay, fault: bool) -> None:
    """30 minutes or 31."""
    visit(s, "99284")
    arm(s)
    s.infuse("ns", 24, 30 if fault else 31, flush=False)
    s.flush(56)
    s.bill("96360", 24)


def fluid_cut_by_an_antibiotic(s: Stay, fault: bool) -> None:
    """What is left before the antibiotic, 30 minutes or 31; 20 are left after it."""
    visit(s, "99285")
    arm(s)
    s.order("ns", "infusion", 16)
    begun = 23 if fault else 22
    s.infuse("ns", begun, 108 - begun, planned=90)
    s.infuse("ceftriaxone", 53, 35)
    s.bill("96365", 53)
    s.bill("96361", 22)


def fluid_twice_half_an_hour(s: Stay, fault: bool) -> None:
    """Hydration with a pause: 28 and 30 minutes, or 28 and 31."""
    visit(s, "99284")
    arm(s)
    s.infuse("lr", 20, 58 if fault else 59, pauses=[(48, 78)], flush=False)
    s.flush(110)
    s.bill("96360", 78)


def fluid_beside_vancomycin(s: Stay, fault: bool) -> None:
    """Saline through the line in which vancomycin ran, or after it."""
    visit(s, "99285")
    arm(s)
    s.infuse("vancomycin", 25, 90)
    s.bill("96365", 25)
    s.order("ns", "infusion", 15)
    t = 25 if fault else 120
    s.infuse("ns", t, 90, flush=False)
    s.flush(211)
    s.bill_whole("96361", t, 90)


def fluid_beside_magnesium(s: Stay, fault: bool) -> None:
    """The same in the clinic."""
    arm(s)
    s.infuse("magnesium", 18, 60, dose="4000")
    s.bill("96365", 18)
    s.order("lr", "infusion", 10)
    t = 18 if fault else 82
    s.infuse("lr", t, 60, flush=False)
    s.flush(143)
    s.bill_whole("96361", t, 60)


# ── times and access ──────────────────────────────────────────────────────────────────────────


def stopped_after_discharge(s: Stay, fault: bool) -> None:
    """The stop is charted 20 minutes after the patient left, or when the line was removed."""
    visit(s, "99284")
    arm(s)
    s.infuse("ceftriaxone", 28, 45 if fault else 16, flush=False, planned=30)
    s.bill("96365", 28)
    s.discharged = s.at(53)


def ran_over_a_day(s: Stay, fault: bool) -> None:
    """One bag that ran a minute more than 24 hours, or 24 hours."""
    visit(s, "99285")
    arm(s)
    s.observe(60, 27)
    s.infuse("diltiazem", 90, 1441 if fault else 1440, dose="125", flush=False)
    s.flush(1535)
    s.bill_hours("96365", "96366", 90, 1440)


def push_without_a_site(s: Stay, fault: bool) -> None:
    """Two lines in use, and a push without a site."""
    visit(s, "99285")
    first = s.place_line("Right antecubital", 8)
    second = s.place_line(
        "Left forearm", 15, description="Peripheral IV 22 G",
        reason="Second line: incompatible drugs must run simultaneously",
    )  # fmt: skip
    s.infuse("vancomycin", 28, 90, site=first)
    s.infuse("piptazo", 33, 62, site=second)
    s.push("ondansetron", 100, site="" if fault else first, flush=False)
    s.flush(101, first)
    s.bill("96365", 28)
    s.bill("96365", 33, 1, "59")
    s.bill("96375", 100)


def no_flush_between_pushes(s: Stay, fault: bool) -> None:
    """Morphine, then ondansetron four minutes later, with a flush between or without."""
    visit(s, "99283")
    arm(s)
    s.push("morphine", 22, flush=not fault)
    s.bill("96374", 22)
    s.push("ondansetron", 26)
    s.bill("96375", 26)


def no_flush_between_bags(s: Stay, fault: bool) -> None:
    """Two antibiotics, one after the other, with a flush between or without."""
    visit(s, "99285")
    arm(s)
    s.infuse("ceftriaxone", 24, 30, flush=not fault)
    s.bill("96367", 24)
    s.infuse("vancomycin", 58, 90)
    s.bill("96365", 58)


def bag_not_identified(s: Stay, fault: bool) -> None:
    """Two antibiotics at once; the bag of the second has no number."""
    visit(s, "99285")
    arm(s)
    s.infuse("metronidazole", 25, 60, flush=False)
    second = s.infuse("ceftriaxone", 31, 30)
    if fault:
        second.containers = ("",)
    s.bill("96365", 25)
    s.bill("96368", 31)
    s.flush(86)


def bag_of_the_modulator_not_identified(s: Stay, fault: bool) -> None:
    """Leucovorin beside oxaliplatin; its bag has no number."""
    port(s)
    s.infuse("oxaliplatin", 40, 120, flush=False)
    second = s.infuse("leucovorin", 42, 110)
    if fault:
        second.containers = ("",)
    s.bill_hours("96413", "96415", 40, 120)
    s.bill("96368", 42)
    s.flush(161)


# ── the stay ──────────────────────────────────────────────────────────────────────────────────


def ran_into_the_admission(s: Stay, fault: bool) -> None:
    """Admitted a week later, or while the infusion ran, whose hours are all billed."""
    visit(s, "99285")
    arm(s)
    s.infuse("vancomycin", 40, 151, flush=False)
    s.bill_hours("96365", "96366", 40, 151)
    if fault:
        s.inpatient = s.at(100)


def pushed_after_the_admission(s: Stay, fault: bool) -> None:
    """The push after the inpatient order is billed outpatient."""
    visit(s, "99285")
    arm(s)
    s.push("morphine", 30)
    s.bill("96374", 30)
    s.push("ketorolac", 140)
    s.bill("96375", 140)
    if fault:
        s.inpatient = s.at(120)


def observation_with_a_drip(s: Stay, fault: bool) -> None:
    """Three hours of a titrated drip, taken out of the hours of observation or not."""
    visit(s, "99285")
    arm(s)
    s.infuse("diltiazem", 140, 180, dose="125", titrate=True)
    s.bill_hours("96365", "96366", 140, 180)
    s.observe(100, 24, hours_billed=25 if fault else 20)


def observation_with_chemotherapy(s: Stay, fault: bool) -> None:
    """Paclitaxel in observation, taken out of its hours or not."""
    visit(s, "99285")
    arm(s)
    s.infuse("paclitaxel", 200, 180)
    s.bill_hours("96413", "96415", 200, 180)
    s.observe(100, 24, hours_billed=25 if fault else 20)


# ── edits and codes ───────────────────────────────────────────────────────────────────────────


def line_start_billed(s: Stay, fault: bool) -> None:
    """The start of the line is billed beside the infusion."""
    visit(s, "99284")
    arm(s)
    s.infuse("ceftriaxone", 28, 30)
    s.bill("96365", 28)
    if fault:
        s.bill("36000", 10)


def line_start_billed_beside_a_push(s: Stay, fault: bool) -> None:
    """The same beside a push."""
    visit(s, "99283")
    arm(s)
    s.push("ketorolac", 24)
    s.bill("96374", 24)
    if fault:
        s.bill("36000", 8)


def seven_new_drugs(s: Stay, fault: bool) -> None:
    """Seven further drugs pushed on one date, or six."""
    visit(s, "99285")
    arm(s)
    s.push("morphine", 20)
    s.bill("96374", 20)
    drugs = ("ondansetron", "ketorolac", "famotidine", "pantoprazole", "metoclopramide",
             "diphenhydramine", "lorazepam")  # fmt: skip
    for number, drug in enumerate(drugs if fault else drugs[:6]):
        s.push(drug, 28 + 8 * number, flush=number < 6)
        s.bill("96375", 28 + 8 * number)


def two_concurrent_services(s: Stay, fault: bool) -> None:
    """Two concurrent services on one date, or one."""
    visit(s, "99285")
    arm(s)
    s.infuse("metronidazole", 25, 75, flush=False)
    s.infuse("ceftriaxone", 31, 30)
    s.bill("96365", 25)
    s.bill("96368", 31, 2 if fault else 1)
    s.flush(101)


def push_as_the_initial(s: Stay, fault: bool) -> None:
    """A push billed as the initial, the infusion as a further drug's."""
    visit(s, "99285")
    arm(s)
    s.push("ondansetron", 22)
    s.infuse("ceftriaxone", 40, 40)
    s.bill("96374" if fault else "96375", 22)
    s.bill("96367" if fault else "96365", 40)


def hydration_as_the_initial(s: Stay, fault: bool) -> None:
    """Hydration billed as the initial beside a push."""
    visit(s, "99284")
    arm(s)
    s.infuse("ns", 22, 60)
    s.push("ketorolac", 31)
    s.bill("96360" if fault else "96361", 22)
    s.bill("96375" if fault else "96374", 31)


def an_hour_too_many(s: Stay, fault: bool) -> None:
    """90 minutes are one hour, 91 two."""
    visit(s, "99285")
    arm(s)
    s.infuse("vancomycin", 30, 90 if fault else 91, flush=False)
    s.flush(122)
    s.bill("96365", 30)
    s.bill("96366", 90)


def clinic_hour_too_many(s: Stay, fault: bool) -> None:
    """150 minutes of iron are two hours, 151 three."""
    arm(s)
    s.infuse("iron sucrose", 18, 150 if fault else 151, flush=False)
    s.flush(170)
    s.bill("96365", 18)
    s.bill("96366", 78)
    s.bill("96366", 138)


def short_bag_as_infusion(s: Stay, fault: bool) -> None:
    """A bag of 15 minutes billed as an infusion."""
    visit(s, "99283")
    arm(s)
    s.infuse("famotidine", 24, 15 if fault else 16, flush=False)
    s.flush(41)
    s.bill("96365", 24)


def short_bag_after_another(s: Stay, fault: bool) -> None:
    """A second bag of 15 minutes billed as a further infusion."""
    visit(s, "99285")
    arm(s)
    s.infuse("vancomycin", 26, 75)
    s.bill("96365", 26)
    s.infuse("famotidine", 108, 15 if fault else 16, flush=False)
    s.flush(125)
    s.bill("96367", 108)


def concurrent_twice(s: Stay, fault: bool) -> None:
    """96368 on both days of one stay."""
    visit(s, "99285")
    arm(s)
    s.observe(150, 26)
    s.infuse("metronidazole", 25, 60, flush=False)
    s.infuse("ceftriaxone", 31, 30)
    s.flush(86)
    s.bill("96365", 25)
    s.bill("96368", 31)
    s.infuse("metronidazole", 1465, 62, flush=False)
    s.infuse("ceftriaxone", 1470, 30)
    s.flush(1528)
    s.bill("96366", 1465)
    if fault:
        s.bill("96368", 1470)


def concurrent_without_a_second_drug(s: Stay, fault: bool) -> None:
    """96368 for ceftriaxone that ran after metronidazole, or beside it."""
    visit(s, "99285")
    arm(s)
    s.infuse("metronidazole", 25, 75, flush=False)
    s.flush(101)
    s.order("ceftriaxone", "infusion", 20)
    t = 106 if fault else 31
    s.infuse("ceftriaxone", t, 30, flush=False)
    s.flush(137)
    s.bill("96365", 25)
    s.bill("96368", t)


def morphine_after_half_an_hour(s: Stay, fault: bool) -> None:
    """The same drug again after 30 minutes, or 31."""
    visit(s, "99284")
    arm(s)
    s.push("morphine", 20)
    s.bill("96374", 20)
    t = 20 + (30 if fault else 31)
    s.push("morphine", t, flush=False)
    s.flush(53)
    s.bill("96376", t)


def antiemetic_after_twenty_minutes(s: Stay, fault: bool) -> None:
    """Ondansetron again after 20 minutes, or 45."""
    visit(s, "99284")
    arm(s)
    s.push("ondansetron", 22)
    s.bill("96374", 22)
    t = 22 + (20 if fault else 45)
    s.push("ondansetron", t, flush=False)
    s.flush(70)
    s.bill("96376", t)


def code_of_2008(s: Stay, fault: bool) -> None:
    """The code that 96365 replaced in 2009."""
    visit(s, "99284")
    arm(s)
    s.infuse("cefepime", 26, 31)
    s.bill("90765" if fault else "96365", 26)


def hydration_code_of_2008(s: Stay, fault: bool) -> None:
    """The code that 96360 replaced in 2009."""
    visit(s, "99284")
    arm(s)
    s.infuse("ns", 26, 60)
    s.bill("90760" if fault else "96360", 26)


def injection_that_was_refused(s: Stay, fault: bool) -> None:
    """An injection is billed that the record says was refused."""
    visit(s, "99283")
    arm(s)
    s.push("ondansetron", 24)
    s.bill("96374", 24)
    injected = s.inject("haloperidol", 40)
    s.bill("96372", 40, 1, "59")
    if fault:
        injected.action = "Refused"
        s.charged_all_the_same = True


def transfusion_that_was_not_given(s: Stay, fault: bool) -> None:
    """A transfusion is billed; the record has only saline."""
    arm(s)
    s.infuse("ns", 30, 90)
    s.bill("96360", 30)
    if fault:
        s.bill("36430", 30)


def push_not_billed(s: Stay, fault: bool) -> None:
    """The push of a second drug is not on the claim."""
    visit(s, "99284")
    arm(s)
    s.push("morphine", 22)
    s.bill("96374", 22)
    s.push("ondansetron", 34)
    if not fault:
        s.bill("96375", 34)


def hour_not_billed(s: Stay, fault: bool) -> None:
    """The second hour of vancomycin is not on the claim."""
    visit(s, "99285")
    arm(s)
    s.infuse("vancomycin", 30, 100)
    s.bill("96365", 30)
    if not fault:
        s.bill("96366", 90)


def antibiotic_as_chemotherapy(s: Stay, fault: bool) -> None:
    """Iron sucrose billed with the chemotherapy code."""
    arm(s)
    s.infuse("iron sucrose", 18, 60)
    s.bill("96413" if fault else "96365", 18)


def bone_agent_as_chemotherapy(s: Stay, fault: bool) -> None:
    """Zoledronic acid billed with the chemotherapy code."""
    arm(s)
    s.infuse("zoledronic acid", 20, 20)
    s.bill("96413" if fault else "96365", 20)


# ── drugs ─────────────────────────────────────────────────────────────────────────────────────


def units_by_the_vial(s: Stay, fault: bool) -> None:
    """Four vials of infliximab billed as four units."""
    arm(s)
    s.infuse("infliximab", 30, 120)
    s.bill_hours("96365", "96366", 30, 120)
    if fault:
        s.drug_units["infliximab"] = 4


def a_unit_too_many(s: Stay, fault: bool) -> None:
    """5 mg of ondansetron billed; 4 were given."""
    visit(s, "99283")
    arm(s)
    s.push("ondansetron", 24)
    s.bill("96374", 24)
    if fault:
        s.drug_units["ondansetron"] = 5


def drug_without_its_injection(s: Stay, fault: bool) -> None:
    """Denosumab is billed; its injection is not."""
    s.inject("denosumab", 14, "SubQ", where="Left upper arm")
    if not fault:
        s.bill("96372", 14)


def push_without_its_drug(s: Stay, fault: bool) -> None:
    """A push is billed and no drug."""
    visit(s, "99283")
    arm(s)
    s.push("ketorolac", 24)
    s.bill("96374", 24)
    if fault:
        s.drugs_off = True


def discarded_and_not_wasted(s: Stay, fault: bool) -> None:
    """Five units of infliximab are billed as discarded; nobody charted waste."""
    arm(s)
    given = s.infuse("infliximab", 30, 120, dose="350")
    s.bill_hours("96365", "96366", 30, 120)
    s.drug_modifiers["infliximab"] = ()
    s.discarded["infliximab"] = 5
    if not fault:
        given.wasted = 50


def wasted_and_nothing_discarded(s: Stay, fault: bool) -> None:
    """50 mg of a further vial of infliximab were thrown away; JZ says that nothing was."""
    arm(s)
    given = s.infuse("infliximab", 30, 120, dose="400")
    s.bill_hours("96365", "96366", 30, 120)
    if fault:
        given.wasted = 50


def study_drug_pushed(s: Stay, fault: bool) -> None:
    """A study drug that no pharmacist has classified."""
    visit(s, "99284")
    arm(s)
    s.push("study drug" if fault else "ketorolac", 24)
    s.bill("96374", 24)


def study_drug_infused(s: Stay, fault: bool) -> None:
    """The same as a bag in oncology."""
    port(s)
    s.infuse("study infusion" if fault else "dexamethasone", 24, 40)
    s.bill("96365", 24)


# ── orders ────────────────────────────────────────────────────────────────────────────────────


def ordered_after_the_push(s: Stay, fault: bool) -> None:
    """The order for morphine was entered 20 minutes after it was given."""
    visit(s, "99284")
    arm(s)
    s.order("morphine", "push", 42 if fault else 15)
    s.push("morphine", 22)
    s.bill("96374", 22)


def ordered_after_the_start(s: Stay, fault: bool) -> None:
    """The order for ceftriaxone was entered while it ran."""
    visit(s, "99284")
    arm(s)
    s.order("ceftriaxone", "infusion", 40 if fault else 20)
    s.infuse("ceftriaxone", 28, 30)
    s.bill("96365", 28)


def _plant(
    scenario: Callable[[Stay, bool], None],
    unit: str,
    diagnoses: tuple[str, ...],
    what: str,
    *checks: str,
) -> Plant:
    """A fault that each of the checks must call deficient."""
    return Plant(scenario, unit, diagnoses, what, dict.fromkeys(checks, D))


BATTERY = (
    _plant(fluid_by_protocol, ED, DRY, "Billed saline whose only basis is a protocol.",
           "hydration_by_protocol_only"),
    _plant(fluid_by_standing_order, ED, DRY,
           "Billed lactated Ringer's whose only basis is a standing order.",
           "hydration_by_protocol_only"),
    _plant(fluid_without_a_reason, ED, CHEST,
           "A liter over 500 minutes, without indication or supporting diagnosis.",
           "hydration_without_medical_necessity"),
    _plant(fluid_while_fasting, ED, CHEST,
           "Fluid whose only indication is that the patient was NPO.",
           "hydration_without_medical_necessity"),
    _plant(fluid_of_half_an_hour, ED, DRY, "96360 for 30 minutes.", "hydration_under_31_minutes"),
    _plant(fluid_cut_by_an_antibiotic, ED, FEVER,
           "96361; the antibiotic leaves 30 and 20 minutes.",
           "hydration_concurrent_with_infusion"),
    _plant(fluid_twice_half_an_hour, ED, DRY,
           "96360 for 28 minutes, half an hour's pause, and 30 minutes.",
           "hydration_under_31_minutes"),
    _plant(fluid_beside_vancomycin, ED, FEVER,
           "Saline billed for the 90 minutes in which vancomycin ran through the same line.",
           "hydration_concurrent_with_infusion"),
    _plant(fluid_beside_magnesium, CLINIC, ("E83.42", "E86.0"),
           "Lactated Ringer's billed for the hour in which magnesium ran.",
           "hydration_concurrent_with_infusion"),
    _plant(stopped_after_discharge, ED, ("N39.0",),
           "Ceftriaxone is charted to have stopped 20 minutes after discharge.",
           "implausible_infusion_time"),
    _plant(ran_over_a_day, ED, ("I48.91",),
           "One bag is charted to have run a minute more than 24 hours.",
           "implausible_infusion_time"),
    _plant(push_without_a_site, ED, FEVER,
           "Two lines are in use, and the push between them has no site.",
           "access_site_not_documented", "incomplete_administration_record"),
    _plant(no_flush_between_pushes, ED, PAIN, "Two drugs four minutes apart, and no flush.",
           "line_flush_not_documented"),
    _plant(no_flush_between_bags, ED, FEVER, "Two bags four minutes apart, and no flush.",
           "line_flush_not_documented"),
    _plant(bag_not_identified, ED, ("K57.32",),
           "Two antibiotics at once; one bag has no number.", "mixture_indeterminate"),
    _plant(bag_of_the_modulator_not_identified, ONCOLOGY, ("Z51.11", "C18.9"),
           "Leucovorin beside oxaliplatin; its bag has no number.", "mixture_indeterminate"),
    _plant(ran_into_the_admission, ED, FEVER,
           "Vancomycin is billed beyond the inpatient order.",
           "infusion_continued_into_inpatient_stay"),
    _plant(pushed_after_the_admission, ED, PAIN,
           "A push after the inpatient order is billed outpatient.",
           "infusion_continued_into_inpatient_stay"),
    _plant(observation_with_a_drip, ED, ("I48.91",),
           "Three hours of a titrated drip are billed as observation too.",
           "observation_hours_include_monitored_infusion"),
    _plant(observation_with_chemotherapy, ED, ("C56.9",),
           "Three hours of paclitaxel are billed as observation too.",
           "observation_hours_include_monitored_infusion"),
    _plant(line_start_billed, ED, ("N39.0",), "36000 beside 96365, without a modifier.",
           "ncci_pair_unbundled"),
    _plant(line_start_billed_beside_a_push, ED, PAIN, "36000 beside 96374, without a modifier.",
           "ncci_pair_unbundled"),
    _plant(seven_new_drugs, ED, PAIN, "Seven units of 96375 on one date.", "units_over_mue"),
    _plant(two_concurrent_services, ED, ("K57.32",), "Two units of 96368 on one date.",
           "units_over_mue", "concurrent_service_repeated"),
    _plant(push_as_the_initial, ED, FEVER, "A push is the initial, the infusion is not.",
           "initial_service_out_of_hierarchy"),
    _plant(hydration_as_the_initial, ED, DRY, "Hydration is the initial, the push is not.",
           "initial_service_out_of_hierarchy"),
    _plant(an_hour_too_many, ED, FEVER, "A second hour for 90 minutes.",
           "units_exceed_documented_time"),
    _plant(clinic_hour_too_many, CLINIC, ("D50.9",), "A third hour for 150 minutes.",
           "units_exceed_documented_time"),
    _plant(short_bag_as_infusion, ED, PAIN, "15 minutes billed as an infusion.",
           "push_billed_as_infusion"),
    _plant(short_bag_after_another, ED, FEVER, "A further 15 minutes billed as an infusion.",
           "push_billed_as_infusion"),
    _plant(concurrent_twice, ED, ("K57.32",), "96368 on both days of one stay.",
           "concurrent_service_repeated"),
    _plant(concurrent_without_a_second_drug, ED, ("K57.32",),
           "96368 for a drug that ran after the other.", "concurrent_service_repeated"),
    _plant(morphine_after_half_an_hour, ED, PAIN, "96376 after 30 minutes.",
           "repeat_push_within_30_minutes"),
    _plant(antiemetic_after_twenty_minutes, ED, PAIN, "96376 after 20 minutes.",
           "repeat_push_within_30_minutes"),
    _plant(code_of_2008, ED, ("J18.9",), "90765, deleted in 2009.",
           "code_not_valid_on_service_date"),
    _plant(hydration_code_of_2008, ED, DRY, "90760, deleted in 2009.",
           "code_not_valid_on_service_date"),
    _plant(injection_that_was_refused, ED, PAIN,
           "96372 and its drug for an injection that was refused.",
           "billed_service_without_administration", "drug_units_mismatch"),
    _plant(transfusion_that_was_not_given, CLINIC, ("D64.9", "E86.0"),
           "36430, and the record has only saline.", "billed_service_without_administration"),
    _plant(push_not_billed, ED, PAIN, "A push is not billed.", "administration_not_billed"),
    _plant(hour_not_billed, ED, FEVER, "The second hour is not billed.",
           "administration_not_billed"),
    _plant(antibiotic_as_chemotherapy, CLINIC, ("D50.9",),
           "Iron sucrose with the chemotherapy code.", "chemotherapy_code_for_other_drug"),
    _plant(bone_agent_as_chemotherapy, CLINIC, ("C79.51",),
           "Zoledronic acid with the chemotherapy code.", "chemotherapy_code_for_other_drug"),
    _plant(units_by_the_vial, CLINIC, ("K50.90",), "Infliximab billed by the vial.",
           "drug_units_mismatch"),
    _plant(a_unit_too_many, ED, PAIN, "5 units of ondansetron for 4 mg.", "drug_units_mismatch"),
    _plant(drug_without_its_injection, CLINIC, ("M81.0",), "Denosumab without its injection.",
           "drug_without_administration_code", "administration_not_billed"),
    _plant(push_without_its_drug, ED, PAIN, "A push without a drug on the claim.",
           "drug_without_administration_code"),
    _plant(discarded_and_not_wasted, CLINIC, ("K50.90",), "JW, and no waste on record.",
           "discarded_drug_modifier"),
    _plant(wasted_and_nothing_discarded, CLINIC, ("K50.90",), "Waste on record, and JZ.",
           "discarded_drug_modifier"),
    _plant(study_drug_pushed, ED, PAIN, "A study drug that nobody classified.",
           "drug_not_classified"),
    _plant(study_drug_infused, ONCOLOGY, CANCER, "A study infusion that nobody classified.",
           "drug_not_classified"),
    _plant(ordered_after_the_push, ED, PAIN, "Morphine was ordered after it was given.",
           "order_after_administration"),
    _plant(ordered_after_the_start, ED, ("N39.0",), "Ceftriaxone was ordered while it ran.",
           "order_after_administration"),
)  # fmt: skip
