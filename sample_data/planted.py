"""What is wrong on purpose: each scenario is played twice, with its fault and without.

``findings`` names every check of the battery that the fault must trigger, by the text of the
checks.  The second stay differs in one fact and must not be found by any check.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scenarios import arm, port, visit
from stay import CLINIC, ED, ONCOLOGY, Stay

D, U = "deficient", "undetermined"

NO_ORDER = "hydration_without_order"
NO_START = "infusion_without_start_time"
NO_STOP = "infusion_without_stop_time"
ACCESS = "separate_access_site_unconfirmed"
BY_EMS = "infusion_started_by_ems"
CARRIED = "infusion_continued_into_observation"
MODIFIER = "modifier_59_unsupported"

INCOMPLETE = "incomplete_administration_record"
INITIALS = "more_than_one_initial_service"
NO_SITE = "access_site_not_documented"
DISTINCT = "distinct_service_modifiers_combined"


@dataclass(frozen=True)
class Plant:
    """One fault: how it is played (``fault`` true or false), what it is, what must find it."""

    scenario: Callable[[Stay, bool], None]
    unit: str
    diagnoses: tuple[str, ...]
    what: str
    findings: Mapping[str, str]


# ── hydration_without_order ───────────────────────────────────────────────────────────────────


def bolus_without_order(s: Stay, fault: bool) -> None:
    """A liter in the emergency department."""
    visit(s, "99284")
    arm(s)
    s.infuse("ns", 25, 75, order="" if fault else None)
    s.bill("96360", 25)


def other_fluid_ordered(s: Stay, fault: bool) -> None:
    """Saline runs under an order for lactated Ringer's."""
    visit(s, "99284")
    arm(s)
    order = s.order("lr" if fault else "ns", "infusion", 15)
    s.infuse("ns", 24, 95, order=order)
    s.bill_hours("96360", "96361", 24, 95)


def order_of_another_visit(s: Stay, fault: bool) -> None:
    """The order number on the MAR is of no order of this encounter."""
    visit(s, "99284")
    arm(s)
    s.infuse("lr", 27, 62, order=f"{8790000 + s.number:010d}" if fault else None)
    s.bill("96361", 27)
    s.push("ondansetron", 38)
    s.bill("96374", 38)


def clinic_fluid_without_order(s: Stay, fault: bool) -> None:
    """Scheduled hydration in the infusion clinic."""
    arm(s)
    s.infuse("lr", 20, 91, order="" if fault else None)
    s.bill_hours("96360", "96361", 20, 91)


def second_fluid_without_order(s: Stay, fault: bool) -> None:
    """Saline ordered, then lactated Ringer's after it."""
    visit(s, "99285")
    arm(s)
    s.infuse("ns", 22, 60)
    s.infuse("lr", 92, 60, order="" if fault else None)
    s.bill("96360", 22)
    s.bill("96361", 92)


# ── infusion_without_start_time ───────────────────────────────────────────────────────────────


def antibiotic_without_start(s: Stay, fault: bool) -> None:
    """Ceftriaxone whose bag was charted only when it was stopped."""
    visit(s, "99284")
    arm(s)
    s.infuse("ceftriaxone", 28, 30, charts_start=not fault)
    s.bill("96365", 28)


def fluid_without_start(s: Stay, fault: bool) -> None:
    """A liter whose start nobody charted."""
    visit(s, "99284")
    arm(s)
    s.infuse("ns", 24, 70, charts_start=not fault)
    s.bill("96360", 24)


def clinic_iron_without_start(s: Stay, fault: bool) -> None:
    """Iron sucrose with an empty start cell in the clinic's sheet."""
    arm(s)
    s.infuse("iron sucrose", 20, 95, charts_start=not fault)
    s.bill_hours("96365", "96366", 20, 95)


def chemotherapy_without_start(s: Stay, fault: bool) -> None:
    """Gemcitabine whose start nobody charted."""
    port(s)
    s.infuse("gemcitabine", 30, 40, charts_start=not fault)
    s.bill("96413", 30)


def second_antibiotic_without_start(s: Stay, fault: bool) -> None:
    """Vancomycin with both times, then cefepime without a start."""
    visit(s, "99285")
    arm(s)
    s.infuse("vancomycin", 30, 91)
    s.bill_hours("96365", "96366", 30, 91)
    s.infuse("cefepime", 127, 31, charts_start=not fault)
    s.bill("96367", 127)


# ── infusion_without_stop_time ────────────────────────────────────────────────────────────────


def vancomycin_without_stop(s: Stay, fault: bool) -> None:
    """Vancomycin that was started and never charted again."""
    visit(s, "99285")
    arm(s)
    s.infuse("vancomycin", 30, 100, charts_stop=not fault)
    s.bill_hours("96365", "96366", 30, 100)


def fluid_without_stop(s: Stay, fault: bool) -> None:
    """A liter without a stop, though rate and volume are charted."""
    visit(s, "99284")
    arm(s)
    s.infuse("ns", 24, 120, charts_stop=not fault)
    s.bill_hours("96360", "96361", 24, 120)


def clinic_magnesium_without_stop(s: Stay, fault: bool) -> None:
    """Magnesium with an empty stop cell in the clinic's sheet."""
    arm(s)
    s.infuse("magnesium", 19, 91, dose="4000", charts_stop=not fault)
    s.bill_hours("96365", "96366", 19, 91)


def stop_in_a_comment(s: Stay, fault: bool) -> None:
    """The stop stands only in the free text of the row."""
    visit(s, "99284")
    arm(s)
    stopped = f"{s.at(92):%H%M}"
    s.infuse(
        "azithromycin", 30, 62, charts_stop=not fault,
        comment=f"Tolerated well, stopped at {stopped}",
    )  # fmt: skip
    s.bill("96365", 30)


def first_of_two_doses_without_stop(s: Stay, fault: bool) -> None:
    """Two doses in observation twelve hours apart; the first has no stop."""
    visit(s, "99285")
    arm(s)
    s.observe(100, 24)
    s.infuse("vancomycin", 130, 85, charts_stop=not fault)
    s.bill("96365", 130)
    s.infuse("vancomycin", 850, 88)
    s.bill_whole("96366", 850, 88)


def chemotherapy_without_stop(s: Stay, fault: bool) -> None:
    """Docetaxel without a stop after its premedication."""
    port(s)
    s.infuse("dexamethasone", 15, 20)
    s.bill("96367", 15)
    s.infuse("docetaxel", 45, 62, charts_stop=not fault)
    s.bill("96413", 45)


# ── separate_access_site_unconfirmed and modifier_59_unsupported ──────────────────────────────


def second_initial_at_one_site(s: Stay, fault: bool) -> None:
    """Two antibiotics, one after the other, through one peripheral line."""
    visit(s, "99285")
    arm(s)
    s.infuse("piptazo", 26, 30)
    s.infuse("vancomycin", 64, 90)
    s.bill("96365", 64)
    if fault:
        s.bill("96365", 26, 1, "59")
    else:
        s.bill("96367", 26)


def second_initial_through_the_port(s: Stay, fault: bool) -> None:
    """Gemcitabine and zoledronic acid through one port."""
    port(s)
    s.infuse("gemcitabine", 25, 40)
    s.bill("96413", 25)
    s.infuse("zoledronic acid", 73, 20)
    if fault:
        s.bill("96365", 73, 1, "59")
    else:
        s.bill("96367", 73)


def second_initial_on_the_next_day(s: Stay, fault: bool) -> None:
    """An antibiotic in the emergency department, another on the second day, at one site."""
    visit(s, "99285")
    arm(s)
    s.infuse("ceftriaxone", 30, 30)
    s.observe(120, 24)
    s.infuse("azithromycin", 1080, 62)
    s.bill("96365", 1080)
    s.bill("96365" if fault else "96367", 30)


def two_lumens(s: Stay, fault: bool) -> None:
    """Two lumens of one PICC used at the same time; or one of them and an arm."""
    visit(s, "99285")
    first = s.place_line("Right upper arm PICC red lumen", description="PICC")
    second = s.place_line(
        "Right upper arm PICC white lumen" if fault else "Left forearm", 15,
        description="PICC" if fault else "Peripheral IV 20 G",
        reason="Second line: incompatible drugs must run simultaneously",
    )  # fmt: skip
    s.infuse("vancomycin", 30, 90, site=first)
    s.infuse("piptazo", 36, 60, site=second)
    s.bill("96365", 30)
    s.bill("96365", 36, 1, "59")


def restarted_after_infiltration(s: Stay, fault: bool) -> None:
    """The line in the other arm took the place of one that infiltrated, or was needed itself."""
    visit(s, "99285")
    s.place_line("Right forearm", 8, until=62, reason="IV access")
    restart = "Restarted: right forearm line infiltrated"
    need = "Second line: incompatible drugs, dedicated line"
    second = s.place_line("Left antecubital", 70, reason=restart if fault else need)
    s.infuse("cefepime", 26, 31)
    s.infuse("vancomycin", 78, 75, site=second)
    s.bill("96365", 78)
    s.bill("96365", 26, 1, "59")


def drugs_not_tied_to_lines(s: Stay, fault: bool) -> None:
    """Two lines were placed; whether the drugs ran through both, the MAR does not say."""
    visit(s, "99285")
    first = s.place_line("Right antecubital", 8)
    second = s.place_line(
        "Left forearm", 15, description="Peripheral IV 22 G",
        reason="Second line: incompatible drugs must run simultaneously",
    )  # fmt: skip
    s.infuse("vancomycin", 28, 90, site=first)
    s.infuse("piptazo", 33, 62, site="" if fault else second, flush=False)
    s.flush(96, second)
    s.bill("96365", 28)
    s.bill("96365", 33, 1, "59")


def two_sites_one_after_the_other(s: Stay, fault: bool) -> None:
    """Two arms, used one after the other, and no reason for the second."""
    visit(s, "99285")
    first = s.place_line("Right antecubital", 8)
    why = "IV access" if fault else "Second line: incompatible drugs, dedicated line"
    second = s.place_line("Left hand", 66, description="Peripheral IV 22 G", reason=why)
    s.infuse("cefepime", 25, 31, site=first)
    s.infuse("vancomycin", 80, 75, site=second)
    s.bill("96365", 25)
    s.bill("96365", 80, 1, "59")


def third_initial_for_two_accesses(s: Stay, fault: bool) -> None:
    """Two antibiotics through two arms, and a push through the first: no third access."""
    visit(s, "99285")
    first = s.place_line("Right antecubital", 8)
    second = s.place_line(
        "Left forearm", 19, description="Peripheral IV 22 G",
        reason="Second line: incompatible drugs must run simultaneously",
    )  # fmt: skip
    s.infuse("vancomycin", 28, 90, site=first)
    s.infuse("piptazo", 34, 35, site=second)
    s.push("ondansetron", 131, site=first)
    s.bill("96365", 28)
    s.bill("96365", 34, 1, "59")
    if fault:
        s.bill("96374", 131, 1, "59")
    else:
        s.bill("96375", 131)


# ── infusion_started_by_ems ───────────────────────────────────────────────────────────────────


def ambulance(s: Stay) -> None:
    """Brought in with a line in the arm."""
    s.arrival_mode = "Ambulance"
    visit(s, "99284")
    s.place_line("Left antecubital", -40, placed_by="EMS-0017", reason="Placed by EMS")


def billed_from_the_ambulance(s: Stay, fault: bool) -> None:
    """30 minutes in the ambulance and 85 in the hospital."""
    ambulance(s)
    s.order("ns", "infusion", 0, verbal=True)
    s.infuse("ns", -30, 115, ems=True, comment="Started by EMS before arrival")
    if fault:
        s.bill_hours("96360", "96361", 0, 115)
    else:
        s.bill("96360", 0)


def no_order_adopts_it(s: Stay, fault: bool) -> None:
    """The ambulance's fluid ran on for an hour without an order of the hospital."""
    ambulance(s)
    if not fault:
        s.order("ns", "infusion", 0, verbal=True)
    s.infuse(
        "ns", -24, 90, ems=True, order="" if fault else None,
        comment="Started by EMS before arrival",
    )  # fmt: skip
    s.bill("96360", 0)


def too_short_from_arrival(s: Stay, fault: bool) -> None:
    """Half an hour or less remains after arrival."""
    ambulance(s)
    s.order("lr", "infusion", 0, verbal=True)
    minutes = 26 if fault else 33
    s.infuse(
        "lr", -20, 20 + minutes, ems=True, flush=False, planned=50,
        comment="Started by EMS before arrival",
    )  # fmt: skip
    s.flush(34)
    s.bill("96360", 0)


def drug_from_another_hospital(s: Stay, fault: bool) -> None:
    """Magnesium begun by the transferring hospital."""
    ambulance(s)
    s.arrival_mode = "Transfer from another hospital"
    s.order("magnesium", "infusion", 0, verbal=True)
    s.infuse(
        "magnesium", -38, 90 + 38, ems=True,
        comment="Started at transferring facility before arrival",
    )  # fmt: skip
    s.bill("96365", 0)
    if fault:
        s.bill("96366", 60)


def arrival_not_charted(s: Stay, fault: bool) -> None:
    """Nothing says when the hospital took over."""
    ambulance(s)
    s.arrival_charted = not fault
    s.order("ns", "infusion", 0, verbal=True)
    s.infuse("ns", -15, 80, ems=True, comment="Started by EMS before arrival")
    s.bill("96360", 0)


# ── infusion_continued_into_observation ───────────────────────────────────────────────────────

HAND_OVER = "Running on transfer; received by observation RN"


def initial_again_in_observation(s: Stay, fault: bool) -> None:
    """Vancomycin over the transfer; observation bills a first hour of its own."""
    visit(s, "99285")
    arm(s)
    s.observe(90, 22)
    s.infuse("vancomycin", 40, 151, comment=HAND_OVER)
    s.bill("96365", 40)
    if fault:
        s.bill("96365", 100)
        s.bill("96366", 160)
    else:
        s.bill("96366", 100)
        s.bill("96366", 160)


def initial_again_with_59(s: Stay, fault: bool) -> None:
    """Fluid over the transfer; observation's first hour carries 59."""
    visit(s, "99284")
    arm(s)
    s.observe(80, 20)
    s.infuse("ns", 35, 200, comment=HAND_OVER)
    s.bill("96360", 35)
    if fault:
        s.bill("96360", 95, 1, "59")
        s.bill("96361", 155)
    else:
        s.bill("96361", 95)
        s.bill("96361", 155)


def minutes_billed_by_both(s: Stay, fault: bool) -> None:
    """Both departments billed the hours after the transfer."""
    visit(s, "99284")
    arm(s)
    s.observe(100, 20)
    s.infuse("lr", 40, 240, comment=HAND_OVER)
    s.bill_hours("96360", "96361", 40, 240)
    if fault:
        s.bill("96361", 100, 2)


def charted_anew_without_hand_over(s: Stay, fault: bool) -> None:
    """No stop in the emergency department; observation charted the fluid under a new order."""
    visit(s, "99284")
    arm(s)
    s.observe(95, 18)
    s.infuse("ns", 40, 50, flush=False, charts_stop=not fault)
    order = s.order("ns", "infusion", 92)
    s.infuse("ns", 99, 120, order=order)
    s.bill_hours("96360", "96361", 99, 120)
    s.bill("96361", 40)


def antibiotic_charted_anew(s: Stay, fault: bool) -> None:
    """The same with an antibiotic."""
    visit(s, "99285")
    arm(s)
    s.observe(75, 20)
    s.infuse("vancomycin", 30, 45, flush=False, charts_stop=not fault)
    order = s.order("vancomycin", "infusion", 78)
    s.infuse("vancomycin", 84, 70, order=order)
    s.bill("96365", 30)
    s.bill_whole("96366", 84, 70)


def initial_again_under_a_new_row(s: Stay, fault: bool) -> None:
    """Observation hangs its own bag when the old one ends, and bills a first hour of its own."""
    visit(s, "99284")
    arm(s)
    s.observe(100, 20)
    s.infuse("ns", 40, 60, flush=False)
    order = s.order("ns", "infusion", 98)
    s.infuse("ns", 100, 120, order=order)
    s.bill("96360", 40)
    s.bill("96360" if fault else "96361", 100)
    s.bill("96361", 160)


# ── modifier_59_unsupported ───────────────────────────────────────────────────────────────────


def modifier_on_a_push(s: Stay, fault: bool) -> None:
    """59 on the push of a new drug."""
    visit(s, "99283")
    arm(s)
    s.push("morphine", 22)
    s.bill("96374", 22)
    s.push("ondansetron", 33)
    s.bill("96375", 33, 1, *(("59",) if fault else ()))


def separate_encounter_claimed(s: Stay, fault: bool) -> None:
    """XE, and no other encounter that day."""
    visit(s, "99283")
    arm(s)
    s.push("metoclopramide", 25)
    s.bill("96374", 25, 1, *(("XE",) if fault else ()))


def separate_structure_claimed(s: Stay, fault: bool) -> None:
    """XS on hydration beside a push, all through one line."""
    visit(s, "99284")
    arm(s)
    s.infuse("ns", 22, 62)
    s.push("ondansetron", 30)
    s.bill("96374", 30)
    s.bill("96361", 22, 1, *(("XS",) if fault else ()))


def beside_a_contrast_scan(s: Stay, fault: bool) -> None:
    """59 on the only initial, with an imaging procedure on the same day."""
    visit(s, "99284")
    arm(s)
    s.push("hydromorphone", 24)
    s.bill("74177", 60)
    s.bill("96374", 24, 1, *(("59",) if fault else ()))


def beside_a_chest_film(s: Stay, fault: bool) -> None:
    """59 on the only initial; no drug administration is bundled into the film of that day."""
    visit(s, "99284")
    arm(s)
    s.push("hydromorphone", 24)
    s.bill("71046", 50)
    s.bill("96374", 24, 1, *(("59",) if fault else ()))


DRY = ("E86.0", "R11.2")
FEVER = ("L03.115", "R50.9")
CANCER = ("Z51.11", "C25.9")

_UNTIMED = {INCOMPLETE: D}
_ONE_SITE = {ACCESS: D, MODIFIER: D, INITIALS: D}

PLANTS = (
    Plant(bolus_without_order, ED, DRY,
          "A liter of saline is charted and billed, and nobody ordered it.",
          {NO_ORDER: D, INCOMPLETE: D}),
    Plant(other_fluid_ordered, ED, DRY,
          "Saline was given under an order for lactated Ringer's.",
          {NO_ORDER: D}),
    Plant(order_of_another_visit, ED, DRY,
          "The order number charted with the fluid belongs to no order of this encounter.",
          {NO_ORDER: D}),
    Plant(clinic_fluid_without_order, CLINIC, ("O21.1", "E86.0"),
          "Clinic hydration of 91 minutes without an order.",
          {NO_ORDER: D, INCOMPLETE: D}),
    Plant(second_fluid_without_order, ED, DRY,
          "The saline was ordered; the lactated Ringer's after it was not.",
          {NO_ORDER: D, INCOMPLETE: D}),
    Plant(antibiotic_without_start, ED, ("N39.0",),
          "Ceftriaxone is billed as an infusion; only its stop is charted.",
          {NO_START: D, **_UNTIMED}),
    Plant(fluid_without_start, ED, DRY,
          "Hydration is billed; only its stop is charted.",
          {NO_START: D, **_UNTIMED}),
    Plant(clinic_iron_without_start, CLINIC, ("D50.9",),
          "Iron sucrose is billed with an additional hour; the start cell is blank.",
          {NO_START: D, **_UNTIMED}),
    Plant(chemotherapy_without_start, ONCOLOGY, CANCER,
          "Gemcitabine is billed as an infusion; only its stop is charted.",
          {NO_START: D, **_UNTIMED}),
    Plant(second_antibiotic_without_start, ED, FEVER,
          "Cefepime is billed as sequential; its start is not charted.",
          {NO_START: D, **_UNTIMED}),
    Plant(vancomycin_without_stop, ED, FEVER,
          "Vancomycin is billed with an additional hour; no stop is charted.",
          {NO_STOP: D, **_UNTIMED}),
    Plant(fluid_without_stop, ED, DRY,
          "Hydration is billed for two hours; no stop is charted, only rate and volume.",
          {NO_STOP: D, **_UNTIMED}),
    Plant(clinic_magnesium_without_stop, CLINIC, ("E83.42",),
          "Magnesium is billed with an additional hour; the stop cell is blank.",
          {NO_STOP: D, **_UNTIMED}),
    Plant(stop_in_a_comment, ED, ("J18.9",),
          "Azithromycin is billed as an infusion; its stop stands only in a comment.",
          {NO_STOP: D, **_UNTIMED}),
    Plant(first_of_two_doses_without_stop, ED, FEVER,
          "Two doses are billed; the first has no stop.",
          {NO_STOP: D, **_UNTIMED}),
    Plant(chemotherapy_without_stop, ONCOLOGY, CANCER,
          "Docetaxel is billed as an infusion; no stop is charted.",
          {NO_STOP: D, **_UNTIMED}),
    Plant(second_initial_at_one_site, ED, FEVER,
          "A second 96365 with 59; both antibiotics ran through one peripheral line.",
          _ONE_SITE),
    Plant(second_initial_through_the_port, ONCOLOGY, CANCER,
          "96365 with 59 beside 96413; both drugs ran through one port.",
          _ONE_SITE),
    Plant(second_initial_on_the_next_day, ED, FEVER,
          "A second 96365 on the second day of one stay, at one site.",
          {INITIALS: D}),
    Plant(two_lumens, ED, FEVER,
          "A second 96365 with 59; the two accesses are two lumens of one PICC.",
          _ONE_SITE),
    Plant(restarted_after_infiltration, ED, FEVER,
          "A second 96365 with 59; the second site is a restart after infiltration.",
          _ONE_SITE),
    Plant(drugs_not_tied_to_lines, ED, FEVER,
          "A second 96365 with 59; two lines were placed, but the second drug has no site.",
          {ACCESS: U, MODIFIER: U, INITIALS: U, NO_SITE: D, INCOMPLETE: D}),
    Plant(two_sites_one_after_the_other, ED, FEVER,
          "A second 96365 with 59; two sites, neither used together nor with a documented need.",
          {ACCESS: U, MODIFIER: U, INITIALS: U}),
    Plant(billed_from_the_ambulance, ED, DRY,
          "115 minutes are billed; 30 of them ran before arrival.",
          {BY_EMS: D}),
    Plant(no_order_adopts_it, ED, DRY,
          "The ambulance's saline ran on for 66 minutes without an order of the hospital.",
          {BY_EMS: D, INCOMPLETE: D}),
    Plant(too_short_from_arrival, ED, DRY,
          "Hydration is billed; 26 minutes remain after arrival.",
          {BY_EMS: D}),
    Plant(drug_from_another_hospital, ED, ("E83.42",),
          "An additional hour of magnesium is billed that the transferring hospital gave.",
          {BY_EMS: D}),
    Plant(arrival_not_charted, ED, DRY,
          "The ambulance's saline is billed; the record has no arrival from which to count.",
          {BY_EMS: D}),
    Plant(initial_again_in_observation, ED, FEVER,
          "Vancomycin ran on into observation, which billed a first hour again.",
          {CARRIED: D}),
    Plant(initial_again_with_59, ED, DRY,
          "Saline ran on into observation, which billed a first hour again with 59.",
          {CARRIED: D, ACCESS: D, MODIFIER: D}),
    Plant(minutes_billed_by_both, ED, DRY,
          "Two hours after the transfer are billed twice.",
          {CARRIED: D}),
    Plant(charted_anew_without_hand_over, ED, DRY,
          "The emergency department's saline has no stop; observation charted it anew.",
          {CARRIED: D, **_UNTIMED}),
    Plant(antibiotic_charted_anew, ED, FEVER,
          "The emergency department's vancomycin has no stop; observation charted it anew.",
          {CARRIED: D, **_UNTIMED}),
    Plant(modifier_on_a_push, ED, ("R10.9", "R11.2"),
          "59 on the push of a second drug; one line, one encounter.",
          {MODIFIER: D}),
    Plant(separate_encounter_claimed, ED, ("G43.909",),
          "XE on the only push; the patient had no other encounter that day.",
          {MODIFIER: D, DISTINCT: D}),
    Plant(separate_structure_claimed, ED, DRY,
          "XS on hydration; everything went through one line.",
          {MODIFIER: D, ACCESS: D, DISTINCT: D}),
    Plant(beside_a_contrast_scan, ED, ("R10.9",),
          "59 on the only push; an imaging procedure of that day may be what it sets apart.",
          {MODIFIER: U}),
    Plant(third_initial_for_two_accesses, ED, FEVER,
          "A third initial, 96374 with 59, for two accesses; the push went through the first.",
          _ONE_SITE),
    Plant(initial_again_under_a_new_row, ED, DRY,
          "Saline went on in observation under a row of its own, which billed a first hour again.",
          {CARRIED: D}),
    Plant(beside_a_chest_film, ED, ("R07.9",),
          "59 on the only push; a chest film of that day is nothing that it could set apart.",
          {MODIFIER: D}),
)  # fmt: skip


# ── clean neighbours without a faulty twin ────────────────────────────────────────────────────


def verbal_order(s: Stay) -> None:
    """A verbal order, authenticated an hour and a half later."""
    visit(s, "99284")
    arm(s)
    s.order("ns", "infusion", 15, verbal=True)
    s.infuse("ns", 18, 60)
    s.bill("96360", 18)


def next_bag_ends_the_first(s: Stay) -> None:
    """The second bag implies the end of the first."""
    visit(s, "99284")
    arm(s)
    s.infuse("lr", 25, 240, bags=2)
    s.bill_hours("96360", "96361", 25, 240)


def morning_visit(s: Stay) -> None:
    """The first of two visits on one day."""
    visit(s, "99283")
    arm(s)
    s.push("metoclopramide", 25)
    s.bill("96374", 25)


def evening_visit(s: Stay) -> None:
    """The patient came back: XE for the separate encounter."""
    visit(s, "99284")
    arm(s)
    s.push("ketorolac", 22)
    s.bill("96374", 22, 1, "XE")


def injection_beside_a_push(s: Stay) -> None:
    """An intramuscular injection is at a site of its own."""
    visit(s, "99283")
    arm(s)
    s.push("ondansetron", 25)
    s.bill("96374", 25)
    s.inject("haloperidol", 44)
    s.bill("96372", 44, 1, "59")


def begun_before_the_clerk(s: Stay) -> None:
    """A walk-in whose bag hung two minutes before the clerk wrote the arrival."""
    visit(s, "99284")
    arm(s)
    s.infuse("ns", -2, 65)
    s.bill("96360", 0)


@dataclass(frozen=True)
class Neighbour:
    """A clean encounter close to a fault; ``after`` is the patient's earlier visit that day."""

    scenario: Callable[[Stay], None]
    what: str
    after: Callable[[Stay], None] | None = None


NEIGHBOURS = (
    Neighbour(verbal_order, "hydration under a verbal order that was authenticated later"),
    Neighbour(next_bag_ends_the_first, "a first bag whose end the next bag implies"),
    Neighbour(morning_visit, "the first of two visits on one day"),
    Neighbour(evening_visit, "XE on the second of two visits on one day", after=morning_visit),
    Neighbour(begun_before_the_clerk, "a bag begun two minutes before a walk-in's check-in"),
    Neighbour(injection_beside_a_push, "59 on an intramuscular injection beside a push"),
)
