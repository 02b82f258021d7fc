"""Random small encounters in which the coding rules collide, and random policies over them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from auditor.policy import Policy
from auditor.record import (
    AccessSite,
    Administration,
    DrugClass,
    Encounter,
    Method,
    Order,
    Route,
    Segment,
    StopEvidence,
)
from tests.cases import EVERY_FIELD

ZONE = ZoneInfo("America/New_York")

DRUGS = {
    "ondansetron": DrugClass.THERAPEUTIC,
    "morphine": DrugClass.THERAPEUTIC,
    "ceftriaxone": DrugClass.THERAPEUTIC,
    "cefepime + vancomycin": DrugClass.THERAPEUTIC,
    "fluorouracil": DrugClass.ANTINEOPLASTIC,
    "cisplatin": DrugClass.ANTINEOPLASTIC,
    "fulvestrant": DrugClass.HORMONAL,
    "infliximab": DrugClass.BIOLOGIC,
    "rituximab": DrugClass.BIOLOGIC,
    "sodium chloride": DrugClass.HYDRATION,
    "lactated ringers": DrugClass.HYDRATION,
    "saline flush": DrugClass.CARRIER,
    "red cells": DrugClass.BLOOD,
    "iohexol": DrugClass.CONTRAST,
    "influenza vaccine": DrugClass.VACCINE,
    "lidocaine": DrugClass.NOT_REPORTABLE,
    "study drug": DrugClass.UNCLASSIFIED,
}
ORDERED = (
    *(DrugClass.THERAPEUTIC, DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL, DrugClass.BIOLOGIC),
    DrugClass.HYDRATION,
)
DRUG_WEIGHTS = (
    (9, 7, 9, 4, 6, 4, 2, 3, 3, 9, 5, 2, 2, 1, 1, 1, 1),  # any outpatient department
    (2, 0, 1, 0, 9, 9, 4, 2, 6, 4, 0, 1, 1, 0, 0, 0, 0),  # an oncology clinic
)
LENGTHS = (0, 1, 5, 10, 14, 15, 16, 17, 20, 25, 29, 30, 31, 32, 40, 45, 46, 59, 60, 61, 75)
LONG_LENGTHS = (89, 90, 91, 92, 105, 120, 150, 151, 180, 210, 211, 240, 271, 500, 900)
STEPS = (0, 0, 0, 0, 0, 1, 4, 5, 6, 10, 14, 15, 16, 20, 29, 30, 31, 40, 45, 60, 61, 90)
BRINKS = (0, 0, 0, 14, 15, 16, 17, 29, 30, 31, 32, 45, 46, 47)
FAR_STEPS = (120, 180, 300, 480, 720, 1440)
PAUSES = (0, 1, 5, 6, 20, 61)
RATES = (20, 50, 51, 100, 125, 500)
SITES = (
    "left antecubital",
    "left AC 20g",
    "left arm",
    "left hand",
    "right hand",
    "right forearm",
    "PICC red lumen",
    "PICC white lumen",
    "chest port",
)
REASONS = (
    None,
    None,
    "incompatible drugs, second access required",
    "infiltrated, restarted",
    "routine",
    "no infiltration, site intact",
    "old line occluded; second line for incompatible drugs",
    "not incompatible",
)
PREMEDICATION = "premedication before transfusion"
DAYS = (  # an ordinary day, and the nights on which the clocks change
    date(2026, 9, 14),
    date(2026, 3, 7),
    date(2026, 3, 8),
    date(2026, 10, 31),
    date(2026, 11, 1),
)
Techniques = dict[tuple[Route, Method | None], int]  # each with its weight
TECHNIQUES: Techniques = {
    (Route.IV, Method.INFUSION): 18,
    (Route.IV, None): 4,
    (Route.IV, Method.PUSH): 14,
    (Route.IV, Method.INJECTION): 1,
    (Route.IV, Method.PORTABLE_PUMP): 1,
    (Route.IV, Method.HOME_PUMP): 1,
    (Route.SC, Method.INJECTION): 1,
    (Route.SC, Method.INFUSION): 2,
    (Route.SC, Method.ON_BODY): 1,
    (Route.IM, Method.INJECTION): 1,
    (Route.IA, Method.INJECTION): 1,
    (Route.OTHER, None): 1,
}
TIDY_TECHNIQUES: Techniques = {(Route.IV, Method.INFUSION): 3, (Route.IV, Method.PUSH): 1}
FLUID_TECHNIQUES: Techniques = {
    (Route.IV, Method.INFUSION): 16,
    (Route.IV, None): 8,
    (Route.IV, Method.PUSH): 1,
    (Route.SC, None): 1,
}
BLOOD_TECHNIQUES: Techniques = {(Route.IV, Method.INFUSION): 9, (Route.SC, Method.INFUSION): 1}
FLUSH_TECHNIQUES: Techniques = {
    (Route.IV, Method.INFUSION): 1,
    (Route.IV, Method.PUSH): 1,
    (Route.IV, Method.PORT_FLUSH): 1,
}
AT_AN_INSTANT = (Method.PUSH, Method.INJECTION, Method.ON_BODY, Method.PORT_FLUSH)

CHOICES: dict[str, tuple[Any, ...]] = {
    "accepted_stop_evidence": (
        frozenset({StopEvidence.CHARTED}),
        frozenset(StopEvidence) - {StopEvidence.INDIRECT, StopEvidence.NONE},
        frozenset(StopEvidence) - {StopEvidence.NONE},
    ),
    "missing_stop": ("push",),
    "still_infusing": ("reaches 16 minutes",),
    "deduct_pauses": (False,),
    "same_drug_infusions": ("add per date",),
    "repeat_infusion_16_to_30": ("96366", "none"),
    "same_drug_sequential": ("accept",),
    "partial_overlap": ("full minutes", "concurrent over 15", "concurrent"),
    "concurrent_once_per": ("date",),
    "bolus_before_infusion": ("96375",),
    "repeat_push_after": ("30 or more",),
    "repeat_push_from": ("end",),
    "repeat_push_since": ("given",),
    "midnight": ("start date",),
    "add_on_needs": ("date",),
    "ordered_short": ("as ordered",),
    "deduct_push_minutes": (False,),
    "hydration_segments": ("sum",),
    "bag_change_gap": (0, 1, 20),
    "kvo_rate": (0, 20, 100),
    "hydration_review_rate": (0, 300),
    "chemo_hydration": ("counted", "integral"),
    "blood_premedication": ("billable", "integral"),
    "borderline": (0, 5),
    "pause_review": (0,),
    "ems_push_starts_clock": (True,),
    "second_site_after_removal": (True,),
    "access_needs_documented_need": ("any second site",),
    "separate_access_modifier": ("XS", "XU"),
    "biologic_as_chemo": (frozenset({"rituximab"}),),
}


def random_policy(rng: random.Random) -> Policy:
    """About a third of the choices that bear on the coding made otherwise than by default."""
    changed = {n: rng.choice(values) for n, values in CHOICES.items() if rng.random() < 0.3}
    return replace(Policy(), **changed)


def random_encounter(rng: random.Random) -> Encounter:
    """One to nine administrations of few drugs at few sites, each close to another in time.

    Half of the records have times to the second, in thirds of a minute.
    """
    opening = later(datetime.combine(rng.choice(DAYS), time(), ZONE), rng.randrange(24 * 12) * 5)
    weights = rng.choices(DRUG_WEIGHTS, (3, 1))[0]
    palette = rng.choices(tuple(DRUGS), weights, k=rng.randint(1, 4))
    tidy = rng.random() < 0.5
    thirds = rng.choice(((0,), (0, 20, 40)))
    ordered = [drug.split(" + ")[0] for drug in palette if DRUGS[drug] in ORDERED]
    sites = random_sites(rng)
    anchors = [opening]
    administrations = tuple(
        with_a_reason(rng, at_a_site(rng, one, sites), palette)
        for number in range(1, rng.randint(1, 9) + 1)
        for one in [
            random_administration(rng, str(number), rng.choice(palette), anchors, tidy, thirds)
        ]
    )
    arrival = later(opening, rng.choice((-60, -60, -1, 0, 5, 31, 60)), rng.choice(thirds))
    arrived, registered = rng.choice(
        ((arrival, arrival), (arrival, None), (arrival, opening), (None, arrival), (None, None))
    )
    inpatient, discharged = (
        later(rng.choice(anchors), rng.choice(STEPS), rng.choice(thirds))
        if rng.random() < chance
        else None
        for chance in (0.2, 0.3)
    )
    return Encounter(
        encounter_id="E1",
        administrations=administrations,
        orders=tuple(
            Order(
                order_id=name,
                drug=rng.choice((None, *ordered)),
                ordered_at=rng.choice((None, later(rng.choice(anchors), -5))),
                duration=rng.choice((None, 15, 16, 480, 481, 481, 2760, 2760)),
            )
            for name in ("order A", "order B")
        ),
        access_sites=tuple(access_site(rng, site) for site in sites if site and rng.random() < 0.6),
        arrived_at=arrived,
        registered_at=registered,
        inpatient_at=inpatient,
        discharged_at=discharged,
        supplied=EVERY_FIELD,
    )


def random_sites(rng: random.Random) -> tuple[str | None, ...]:
    """Half of the records name no site, a quarter one, a quarter two or three."""
    count = rng.choice((0, 0, 1, rng.randint(2, 3)))
    unnamed = (None,) if count == 0 or rng.random() < 0.3 else ()
    return (*rng.sample(SITES, count), *unnamed)


def access_site(rng: random.Random, site: str) -> AccessSite:
    """The record of a line, which names its site in one field or another."""
    reason = rng.choice(REASONS)
    if rng.random() < 0.8:
        return AccessSite(f"line in {site}", site=site, reason=reason)
    return AccessSite(f"line in {site}", description=f"peripheral, {site}", reason=reason)


def at_a_site(
    rng: random.Random, given: Administration, sites: tuple[str | None, ...]
) -> Administration:
    """The administration at one of ``sites``; now and then by its line."""
    site = rng.choice(sites)
    if site and rng.random() < 0.1:
        return replace(given, line=rng.choice((site, f"line in {site}")))
    return replace(given, site=site)


def with_a_reason(rng: random.Random, given: Administration, palette: list[str]) -> Administration:
    """Now and then with a reason; beside blood often as its premedication."""
    if "red cells" in palette and rng.random() < 0.3:
        return replace(given, reason=PREMEDICATION)
    return replace(given, reason=rng.choice(REASONS)) if rng.random() < 0.1 else given


def random_administration(
    rng: random.Random,
    name: str,
    drug: str,
    anchors: list[datetime],
    tidy: bool,
    thirds: tuple[int, ...],
) -> Administration:
    """One administration that starts near a moment already in ``anchors``, and adds its own.

    A ``tidy`` record holds infusions and pushes by vein; each infusion runs once, its stop is
    charted, and most times stand at a brink, so that what two infusions share does too.
    """
    drug_class = DRUGS[drug]
    route, method = random_technique(rng, drug_class, tidy)
    step = rng.choice((BRINKS if tidy else STEPS) if rng.random() < 0.9 else FAR_STEPS)
    start = later(rng.choice(anchors), step if rng.random() < 0.8 else -step, rng.choice(thirds))
    anchors.append(start)
    segments = []
    if method in AT_AN_INSTANT:
        stop = None
        if rng.random() < 0.4:
            stop = later(start, rng.choice((1, 3, 5, 20)), rng.choice(thirds))
        grade = StopEvidence.CHARTED if stop else StopEvidence.NONE
        segments.append(Segment(start, stop, grade))
    else:
        for _ in range(1 if tidy else rng.choice((1, 1, 2, 3))):
            usual = BRINKS if tidy else LENGTHS
            length = rng.choice(usual if rng.random() < 0.75 else LONG_LENGTHS)
            third = rng.choice(thirds)
            segments.append(random_segment(rng, start, length, third, drug_class, tidy))
            anchors.append(later(start, length, third))
            start = later(start, length + rng.choice(PAUSES), third + rng.choice(thirds))
    elsewhere = False
    if not tidy and rng.random() < 0.05:
        segments[0] = replace(segments[0], start=None)
        elsewhere = rng.random() < 0.5
    return Administration(
        administration_id=name,
        drug=drug,
        drugs=tuple(drug.split(" + ")),
        drug_class=drug_class,
        route=route,
        method=method,
        segments=tuple(segments),
        order_id=rng.choice((None, "order A", "order B")),
        began_elsewhere=elsewhere,
        complexity_documented=drug_class is DrugClass.BIOLOGIC and rng.random() < 0.3,
        extra_pump_setup=route is Route.SC and rng.random() < 0.3,
    )


def random_technique(
    rng: random.Random, drug_class: DrugClass, tidy: bool
) -> tuple[Route, Method | None]:
    if drug_class is DrugClass.BLOOD:
        techniques = BLOOD_TECHNIQUES
    elif drug_class is DrugClass.HYDRATION:
        techniques = FLUID_TECHNIQUES
    elif drug_class is DrugClass.CARRIER:
        techniques = FLUSH_TECHNIQUES
    else:
        techniques = TIDY_TECHNIQUES if tidy else TECHNIQUES
    return rng.choices(tuple(techniques), tuple(techniques.values()))[0]


def random_segment(
    rng: random.Random,
    start: datetime,
    length: int,
    third: int,
    drug_class: DrugClass,
    tidy: bool,
) -> Segment:
    grade = rng.choices(tuple(StopEvidence), (1, 0, 0, 0, 0) if tidy else (24, 4, 4, 3, 5))[0]
    stop = None if grade is StopEvidence.NONE else later(start, length, third)
    rates = []
    if drug_class is DrugClass.HYDRATION and rng.random() < 0.5:
        changes = sorted(rng.sample((0, 0, 5, 6, 20, 31), rng.choice((1, 1, 2))))
        rates = [(later(start, m), Decimal(rng.choice(RATES))) for m in changes if m < length]
    elif stop is None and rng.random() < 0.5:  # still infusing by then
        rates = [(later(start, rng.choice((5, 15, 16, 60))), Decimal(100))]
    return Segment(start, stop, grade, tuple(rates))


def later(moment: datetime, minutes: int, seconds: int = 0) -> datetime:
    """So much elapsed time later, on the facility's wall."""
    passed = timedelta(minutes=minutes, seconds=seconds)
    return (moment.astimezone(UTC) + passed).astimezone(ZONE)
