"""The ordinary month: what happened, and the claim that the record supports, scenario by scenario.

Every scenario bills by plain arithmetic from its own minutes, so that the auditor can be held to
it.  ``t`` counts minutes from arrival.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stay import ARMS, CLINIC, ED, ONCOLOGY, PORT, Stay

Scenario = Callable[[Stay], None]


@dataclass(frozen=True)
class Kind:
    """One ordinary kind of encounter: how often it comes, where, and with which diagnoses."""

    scenario: Scenario
    count: int
    unit: str
    diagnoses: tuple[str, ...]


def arm(s: Stay) -> str:
    """A peripheral line soon after arrival."""
    return s.place_line(s.random.choice(ARMS), s.random.randint(6, 12))


def port(s: Stay) -> str:
    """The implanted port, placed months ago."""
    return s.place_line(PORT, description="Implanted port, single lumen", reason="Chemotherapy")


def visit(s: Stay, code: str) -> None:
    """The emergency department visit, separate from the services, and the usual blood tests."""
    s.bill(code, 0, 1, "25")
    if s.random.random() < 0.4:
        s.bill("80053", 0)
        s.bill("85025", 0)


# ── emergency department ──────────────────────────────────────────────────────────────────────


def hydration_alone(s: Stay) -> None:
    """A liter over a measured time, and nothing else by vein."""
    visit(s, "99284")
    arm(s)
    t = s.random.randint(20, 35)
    minutes = s.random.choice((31, 45, 60, 75, 90, 91, 120, 150, 151, 180))
    s.infuse(s.random.choice(("ns", "ns", "lr")), t, minutes)
    s.bill_hours("96360", "96361", t, minutes)


def pushes_alone(s: Stay) -> None:
    """Two or three drugs pushed, morphine sometimes again after 45 minutes."""
    visit(s, "99284")
    arm(s)
    drugs = s.random.sample(("ondansetron", "ketorolac", "famotidine", "pantoprazole"), 2)
    t = 20
    s.push("morphine", t)
    s.bill("96374", t)
    for drug in drugs[: s.random.randint(1, 2)]:
        t += s.random.randint(6, 12)
        s.push(drug, t)
        s.bill("96375", t)
    if s.random.random() < 0.5:
        s.push("morphine", 65)
        s.bill("96376", 65)
    if s.random.random() < 0.3:
        s.tablet("acetaminophen", 50, s.random.choice(("Refused", "Held", "Missed")))


def hydration_with_pushes(s: Stay) -> None:
    """A liter running while antiemetic and analgesic are pushed: the push is the initial."""
    visit(s, "99284")
    arm(s)
    t = s.random.randint(20, 30)
    minutes = s.random.choice((31, 60, 90, 91, 125, 150, 175))
    s.infuse("ns", t, minutes)
    s.bill_whole("96361", t, minutes)
    s.push("ondansetron", t + 7)
    s.bill("96374", t + 7)
    s.push(s.random.choice(("ketorolac", "metoclopramide")), t + 19)
    s.bill("96375", t + 19)


def antibiotic_after_fluid(s: Stay) -> None:
    """Fluid first, then an antibiotic: the infusion is the initial whatever came first."""
    visit(s, "99285")
    arm(s)
    t = s.random.randint(18, 25)
    fluid = s.random.choice((31, 45, 60, 90, 95))
    s.infuse("lr", t, fluid)
    s.bill_whole("96361", t, fluid)
    s.push("ondansetron", t + 9)
    s.bill("96375", t + 9)
    t += fluid + s.random.randint(4, 9)
    drug, minutes = s.random.choice(
        (("ceftriaxone", 16), ("ceftriaxone", 30), ("vancomycin", 90), ("vancomycin", 91),
         ("cefepime", 31), ("azithromycin", 62))
    )  # fmt: skip
    s.infuse(drug, t, minutes)
    s.bill_hours("96365", "96366", t, minutes)


def piggyback_in_fluid(s: Stay) -> None:
    """An antibiotic beside running fluid takes its minutes out of the hydration."""
    visit(s, "99285")
    arm(s)
    t = 22
    before = s.random.choice((25, 31, 40, 60))
    antibiotic = s.random.choice((30, 35, 60))
    after = s.random.choice((20, 31, 45, 91))
    s.infuse("ns", t, before + antibiotic + after)
    s.infuse("ceftriaxone", t + before, antibiotic)
    s.bill_hours("96365", "96366", t + before, antibiotic)
    s.bill_whole("96361", t, before)
    s.bill_whole("96361", t + before + antibiotic, after)


def two_antibiotics(s: Stay) -> None:
    """Ceftriaxone, then vancomycin: the longer is the initial, the other is sequential."""
    visit(s, "99285")
    arm(s)
    t, first = 24, s.random.choice((20, 30))
    s.infuse("ceftriaxone", t, first)
    s.bill("96367", t)
    t += first + 6
    minutes = s.random.choice((60, 90, 91, 120))
    s.infuse("vancomycin", t, minutes)
    s.bill_hours("96365", "96366", t, minutes)


def bolus_then_drip(s: Stay) -> None:
    """A diltiazem bolus, then its infusion: the infusion is initial, the bolus a repeat push."""
    visit(s, "99285")
    arm(s)
    t = s.random.randint(18, 24)
    s.push("diltiazem", t)
    s.bill("96376", t)
    minutes = s.random.choice((75, 90, 91, 140, 170))
    s.infuse("diltiazem", t + 6, minutes, dose="125")
    s.bill_hours("96365", "96366", t + 6, minutes)


def injections(s: Stay) -> None:
    """Intramuscular or subcutaneous injections only."""
    visit(s, "99283")
    drug, route, where = s.random.choice(
        (
            ("ketorolac", "IM", "Left deltoid"),
            ("enoxaparin", "SubQ", "Abdomen"),
            ("haloperidol", "IM", "Right ventrogluteal"),
        )
    )
    s.inject(drug, 31, route, where=where)
    s.bill("96372", 31)
    if s.random.random() < 0.4:
        s.inject("lorazepam", 44, "IM", where="Right deltoid")
        s.bill("96372", 44)


def short_bolus(s: Stay) -> None:
    """A 20-minute bolus is no hydration; the pushes beside it are billed."""
    visit(s, "99283")
    arm(s)
    s.infuse("ns", 20, s.random.choice((20, 25, 30)))
    s.push("ondansetron", 24)
    s.bill("96374", 24)
    if s.random.random() < 0.6:
        s.push("famotidine", 33)
        s.bill("96375", 33)


def bag_over_15_minutes(s: Stay) -> None:
    """A bag of 15 minutes or less is a push."""
    visit(s, "99283")
    arm(s)
    s.infuse("famotidine", 24, s.random.choice((10, 12, 15)))
    s.bill("96374", 24)
    s.push("ondansetron", 46)
    s.bill("96375", 46)


def paused_for_imaging(s: Stay) -> None:
    """The bag stood still during the scan: its running minutes are one infusion."""
    visit(s, "99285")
    arm(s)
    minutes = s.random.choice((60, 90, 91))
    pause = s.random.randint(18, 30)
    s.infuse("vancomycin", 30, minutes, pauses=[(55, 55 + pause)], comment="Paused for imaging")
    s.bill("96365", 30)
    if minutes == 91:
        s.bill("96366", 30 + 60 + pause)


def two_at_once(s: Stay) -> None:
    """Two antibiotics in separate bags on one line at the same time: one is concurrent."""
    visit(s, "99285")
    arm(s)
    minutes = s.random.choice((60, 75))
    s.infuse("metronidazole", 25, minutes, flush=False)
    s.infuse("ceftriaxone", 31, 30)
    s.bill("96365", 25)
    s.bill("96368", 31)
    s.flush(25 + minutes + 1)


def partly_at_once(s: Stay) -> None:
    """Ten shared minutes go to the longer infusion; the rest of the other is sequential."""
    visit(s, "99285")
    arm(s)
    s.infuse("cefepime", 24, 30)
    minutes = s.random.choice((90, 120, 151))
    s.infuse("vancomycin", 44, minutes)
    s.bill_hours("96365", "96366", 44, minutes)
    s.bill("96367", 24)


def tablets_only(s: Stay) -> None:
    """Nothing by vein or needle."""
    visit(s, "99282")
    s.tablet("acetaminophen", 26)


def two_sites(s: Stay) -> None:
    """Incompatible antibiotics run together through two arms: two initials, the second with 59."""
    visit(s, "99285")
    first = s.place_line("Right antecubital", 8)
    second = s.place_line(
        "Left forearm", 19, description="Peripheral IV 22 G",
        reason="Second line: incompatible drugs must run simultaneously",
    )  # fmt: skip
    minutes = s.random.choice((90, 120))
    s.infuse("vancomycin", 28, minutes, site=first, reason="Incompatible with piperacillin")
    s.infuse("piptazo", 34, 35, site=second, reason="Incompatible with vancomycin")
    s.bill_hours("96365", "96366", 28, minutes)
    s.bill("96365", 34, 1, "59")


def begun_by_ambulance(s: Stay) -> None:
    """The ambulance's saline runs on under an ED order: billed from arrival."""
    s.arrival_mode = "Ambulance"
    visit(s, "99284")
    s.place_line("Left antecubital", -24, placed_by="EMS-0017", reason="Placed by EMS")
    s.order("ns", "infusion", 0, verbal=True)
    minutes = s.random.choice((45, 65, 95))
    s.infuse("ns", -20, 20 + minutes, ems=True, comment="Started by EMS before arrival")
    s.bill_hours("96360", "96361", 0, minutes)


# ── observation ───────────────────────────────────────────────────────────────────────────────


def fluid_then_antibiotic_next_day(s: Stay) -> None:
    """ED fluid on day one, an antibiotic on day two: one encounter, one initial."""
    visit(s, "99285")
    arm(s)
    s.infuse("ns", 25, 60)
    s.bill_whole("96361", 25, 60)
    s.observe(140, 26)
    t = s.random.randint(1080, 1200)
    minutes = s.random.choice((30, 45, 60))
    s.infuse("ceftriaxone", t, minutes)
    s.bill("96365", t)


def repeated_short_antibiotic(s: Stay) -> None:
    """Piperacillin-tazobactam every six hours: each bag stands alone, 30 minutes is a repeat."""
    visit(s, "99285")
    arm(s)
    s.observe(150, 24)
    s.infuse("piptazo", 40, 30)
    s.bill("96365", 40)
    for dose in range(1, s.random.randint(3, 4)):
        t = 40 + dose * 360 + s.random.randint(-9, 9)
        minutes = s.random.choice((30, 30, 31, 35))
        s.infuse("piptazo", t, minutes)
        s.bill("96376" if minutes <= 30 else "96366", t)


def repeated_vancomycin(s: Stay) -> None:
    """Vancomycin every twelve hours: first hour once, every later hour an add-on."""
    visit(s, "99285")
    arm(s)
    s.observe(180, 28)
    first, second = s.random.choice(((90, 90), (91, 95), (120, 91), (75, 62)))
    s.infuse("vancomycin", 35, first)
    s.bill_hours("96365", "96366", 35, first)
    s.infuse("vancomycin", 760, second)
    s.bill_whole("96366", 760, second)


def fluid_overnight(s: Stay) -> None:
    """Fluid through midnight, in two bags: each hour dated by the minute in which it begins."""
    visit(s, "99284")
    arm(s)
    minutes = s.random.choice((390, 421, 480))
    s.observe(90, 16)
    s.infuse("lr", 120, minutes, bags=2)
    s.bill_hours("96360", "96361", 120, minutes)


def pushes_through_the_night(s: Stay) -> None:
    """The same antiemetic again and again: one initial in the whole stay, then repeats."""
    visit(s, "99284")
    arm(s)
    s.observe(120, 18)
    s.push("ondansetron", 30)
    s.bill("96374", 30)
    s.push("morphine", 42)
    s.bill("96375", 42)
    for dose in range(1, s.random.randint(3, 4)):
        t = 30 + dose * 240 + s.random.randint(-7, 7)
        s.push("ondansetron", t)
        s.bill("96376", t)
        if s.random.random() < 0.5:
            s.push("morphine", t + 21)
            s.bill("96376", t + 21)


def carried_into_observation(s: Stay) -> None:
    """ED fluid that runs on in observation: one initial, add-on hours dated by day."""
    visit(s, "99284")
    arm(s)
    s.observe(100, 20)
    minutes = s.random.choice((180, 211, 270))
    s.infuse("ns", 40, minutes, comment="Running on transfer; received by observation RN")
    s.bill_hours("96360", "96361", 40, minutes)


# ── infusion clinic ───────────────────────────────────────────────────────────────────────────


def biologic_infusion(s: Stay) -> None:
    """Infliximab with premedication, by the therapeutic codes."""
    arm(s)
    s.tablet("acetaminophen", 10)
    s.push("methylprednisolone", 16)
    s.bill("96375", 16)
    s.push("diphenhydramine", 26)
    s.bill("96375", 26)
    minutes = s.random.choice((120, 125, 151))
    s.infuse("infliximab", 48, minutes)
    s.bill_hours("96365", "96366", 48, minutes)


def biologic_short(s: Stay) -> None:
    """Vedolizumab over half an hour."""
    arm(s)
    minutes = s.random.choice((30, 33, 40))
    s.infuse("vedolizumab", 22, minutes)
    s.bill("96365", 22)


def biologic_long(s: Stay) -> None:
    """Ocrelizumab over hours, after a steroid."""
    arm(s)
    s.push("methylprednisolone", 15)
    s.bill("96375", 15)
    minutes = s.random.choice((150, 211, 215))
    s.infuse("ocrelizumab", 45, minutes)
    s.bill_hours("96365", "96366", 45, minutes)


def iron(s: Stay) -> None:
    """Iron sucrose over an hour and a half."""
    arm(s)
    minutes = s.random.choice((90, 91, 95, 100))
    s.infuse("iron sucrose", 18, minutes)
    s.bill_hours("96365", "96366", 18, minutes)


def bone_agent(s: Stay) -> None:
    """Zoledronic acid over 16 to 30 minutes."""
    arm(s)
    minutes = s.random.choice((16, 20, 30))
    s.infuse("zoledronic acid", 20, minutes)
    s.bill("96365", 20)


def clinic_injection(s: Stay) -> None:
    """A subcutaneous or intramuscular injection in the clinic."""
    drug, route, where = s.random.choice(
        (("denosumab", "SubQ", "Left upper arm"), ("cyanocobalamin", "IM", "Right deltoid"))
    )
    s.inject(drug, 14, route, where=where)
    s.bill("96372", 14)


def clinic_hydration(s: Stay) -> None:
    """Scheduled hydration."""
    arm(s)
    minutes = s.random.choice((60, 90, 120, 151))
    s.infuse("lr", 18, minutes)
    s.bill_hours("96360", "96361", 18, minutes)


def clinic_magnesium(s: Stay) -> None:
    """Magnesium for a deficiency is a drug, not hydration."""
    arm(s)
    minutes = s.random.choice((60, 91, 120))
    s.infuse("magnesium", 18, minutes, dose="4000")
    s.bill_hours("96365", "96366", 18, minutes)


def transfusion(s: Stay) -> None:
    """One unit of red cells."""
    arm(s)
    s.infuse("red cells", 30, s.random.choice((110, 125, 140)))
    s.bill("36430", 30)


# ── oncology ──────────────────────────────────────────────────────────────────────────────────


def carboplatin_paclitaxel(s: Stay) -> None:
    """Three premedications, paclitaxel three hours, carboplatin after it."""
    port(s)
    s.infuse("dexamethasone", 15, 20)
    s.bill("96367", 15)
    s.push("famotidine", 40)
    s.bill("96375", 40)
    s.push("diphenhydramine", 50)
    s.bill("96375", 50)
    minutes = s.random.choice((180, 185, 211))
    s.infuse("paclitaxel", 70, minutes)
    s.bill_hours("96413", "96415", 70, minutes)
    t, second = 70 + minutes + 6, s.random.choice((45, 60, 91))
    s.infuse("carboplatin", t, second)
    s.bill_hours("96417", "96415", t, second)


def oxaliplatin_leucovorin(s: Stay) -> None:
    """Leucovorin beside oxaliplatin is concurrent; fluorouracil is pushed after them."""
    port(s)
    s.push("ondansetron", 12, dose="8")
    s.bill("96375", 12)
    minutes = s.random.choice((120, 125))
    s.infuse("oxaliplatin", 40, minutes, flush=False)
    s.infuse("leucovorin", 42, minutes - 4)
    s.bill_hours("96413", "96415", 40, minutes)
    s.bill("96368", 42)
    s.flush(40 + minutes + 1)
    s.push("fluorouracil", 40 + minutes + 9)
    s.bill("96411", 40 + minutes + 9)


def leucovorin_fluorouracil(s: Stay) -> None:
    """A pushed antineoplastic outranks a two-hour infusion of its modulator."""
    port(s)
    minutes = s.random.choice((90, 120))
    s.infuse("leucovorin", 20, minutes)
    s.bill_hours("96367", "96366", 20, minutes)
    s.push("fluorouracil", 20 + minutes + 8)
    s.bill("96409", 20 + minutes + 8)


def rituximab(s: Stay) -> None:
    """Titrated, paused for a reaction and resumed: the running minutes are one infusion."""
    port(s)
    s.push("diphenhydramine", 14)
    s.bill("96375", 14)
    minutes, pause = s.random.choice(((200, 25), (215, 20), (241, 35)))
    s.infuse(
        "rituximab", 40, minutes, pauses=[(120, 120 + pause)], titrate=True,
        comment="Paused for rigors; resumed when settled",
    )  # fmt: skip
    s.bill("96413", 40)
    s.bill("96415", 40, (minutes + 29) // 60 - 1)


def antibody(s: Stay) -> None:
    """One antineoplastic antibody."""
    port(s)
    drug, minutes = s.random.choice(
        (("trastuzumab", 30), ("trastuzumab", 90), ("pembrolizumab", 30), ("pembrolizumab", 34))
    )
    s.infuse(drug, 25, minutes)
    s.bill_hours("96413", "96415", 25, minutes)


def cisplatin_magnesium(s: Stay) -> None:
    """Weekly cisplatin with magnesium before it."""
    port(s)
    s.push("ondansetron", 10, dose="8")
    s.bill("96375", 10)
    s.infuse("magnesium", 22, 45)
    s.bill("96367", 22)
    minutes = s.random.choice((60, 91))
    s.infuse("cisplatin", 75, minutes)
    s.bill_hours("96413", "96415", 75, minutes)


def taxane(s: Stay) -> None:
    """Docetaxel over an hour after dexamethasone."""
    port(s)
    s.infuse("dexamethasone", 15, s.random.choice((16, 20)))
    s.bill("96367", 15)
    minutes = s.random.choice((60, 70))
    s.infuse("docetaxel", 45, minutes)
    s.bill("96413", 45)


def oncology_injection(s: Stay) -> None:
    """Bortezomib under the skin, or leuprolide into a muscle."""
    if s.random.random() < 0.5:
        s.inject("bortezomib", 15, "SubQ", where="Abdomen")
        s.bill("96401", 15)
    else:
        s.inject("leuprolide", 15, "IM", where="Right ventrogluteal")
        s.bill("96402", 15)


DRY = ("E86.0", "R11.2")
INFECTED = ("N39.0", "R50.9")
SEPTIC = ("A41.9", "E86.0")
PAIN = ("R10.9", "R11.2")

ORDINARY = (
    Kind(hydration_alone, 17, ED, DRY),
    Kind(pushes_alone, 27, ED, PAIN),
    Kind(hydration_with_pushes, 25, ED, DRY),
    Kind(antibiotic_after_fluid, 16, ED, SEPTIC),
    Kind(piggyback_in_fluid, 10, ED, SEPTIC),
    Kind(two_antibiotics, 10, ED, ("L03.115", "R50.9")),
    Kind(bolus_then_drip, 8, ED, ("I48.91",)),
    Kind(injections, 14, ED, ("M54.50",)),
    Kind(short_bolus, 10, ED, PAIN),
    Kind(bag_over_15_minutes, 8, ED, ("K30", "R11.2")),
    Kind(paused_for_imaging, 7, ED, ("L03.115",)),
    Kind(two_at_once, 7, ED, ("K57.32",)),
    Kind(partly_at_once, 6, ED, ("J18.9",)),
    Kind(tablets_only, 6, ED, ("R51.9",)),
    Kind(two_sites, 5, ED, ("A41.9",)),
    Kind(begun_by_ambulance, 6, ED, DRY),
    Kind(fluid_then_antibiotic_next_day, 7, ED, ("N39.0", "E86.0")),
    Kind(repeated_short_antibiotic, 7, ED, ("K57.32",)),
    Kind(repeated_vancomycin, 7, ED, ("L03.115",)),
    Kind(fluid_overnight, 7, ED, DRY),
    Kind(pushes_through_the_night, 7, ED, PAIN),
    Kind(carried_into_observation, 7, ED, DRY),
    Kind(biologic_infusion, 11, CLINIC, ("K50.90",)),
    Kind(biologic_short, 6, CLINIC, ("K51.90",)),
    Kind(biologic_long, 5, CLINIC, ("G35",)),
    Kind(iron, 9, CLINIC, ("D50.9",)),
    Kind(bone_agent, 5, CLINIC, ("C79.51",)),
    Kind(clinic_injection, 8, CLINIC, ("M81.0",)),
    Kind(clinic_hydration, 6, CLINIC, ("O21.1", "E86.0")),
    Kind(clinic_magnesium, 5, CLINIC, ("E83.42",)),
    Kind(transfusion, 4, CLINIC, ("D64.9",)),
    Kind(carboplatin_paclitaxel, 7, ONCOLOGY, ("Z51.11", "C56.9")),
    Kind(oxaliplatin_leucovorin, 7, ONCOLOGY, ("Z51.11", "C18.9")),
    Kind(leucovorin_fluorouracil, 5, ONCOLOGY, ("Z51.11", "C18.9")),
    Kind(rituximab, 6, ONCOLOGY, ("Z51.12", "C82.90")),
    Kind(antibody, 8, ONCOLOGY, ("Z51.12", "C50.919")),
    Kind(cisplatin_magnesium, 4, ONCOLOGY, ("Z51.11", "C53.9")),
    Kind(taxane, 5, ONCOLOGY, ("Z51.11", "C50.919")),
    Kind(oncology_injection, 6, ONCOLOGY, ("C90.00",)),
)
