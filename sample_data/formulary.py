"""The drugs and fluids that Harbor Street Hospital gives, as its pharmacy lists them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Drug:
    """One product: how it is charted and ordered, its usual dose, and how it is charged.

    ``per_unit`` is the amount of one HCPCS unit in ``dose_unit``, as the CMS NDC-HCPCS crosswalk
    of January 2026 gives it.  ``container`` is the content of one single-dose vial of a drug that
    Medicare pays separately: its claim line then carries JZ, since whole vials are given.
    """

    charted: str
    ordered: str
    dose: Decimal
    dose_unit: str
    kind: str = "therapeutic"
    volume: int = 0
    hcpcs: str = ""
    per_unit: Decimal = Decimal(1)
    container: Decimal | None = None
    price: Decimal = Decimal(12)


def _drug(
    charted: str,
    ordered: str,
    dose: str,
    unit: str,
    hcpcs: str = "",
    per_unit: str = "1",
    *,
    kind: str = "therapeutic",
    volume: int = 0,
    vial: str = "",
    price: str = "12",
) -> Drug:
    return Drug(
        charted,
        ordered,
        Decimal(dose),
        unit,
        kind,
        volume,
        hcpcs,
        Decimal(per_unit),
        Decimal(vial) if vial else None,
        Decimal(price),
    )


HYDRATION = "hydration fluid"
CARRIER = "carrier, flush or KVO"
CHEMO = "antineoplastic"
HORMONAL = "hormonal antineoplastic"
BIOLOGIC = "complex biologic"
BLOOD = "blood"
UNKNOWN = "in no formulary"

DRUGS = {
    # fluids
    "ns": _drug("0.9 % sodium chloride infusion", "0.9% sodium chloride", "1000", "mL",
                kind=HYDRATION, volume=1000, price="86"),
    "lr": _drug("lactated Ringer's infusion", "lactated Ringer's", "1000", "mL",
                kind=HYDRATION, volume=1000, price="92"),
    "flush": _drug("sodium chloride 0.9 % flush", "sodium chloride 0.9 % flush", "10", "mL",
                   kind=CARRIER, price="0"),
    # pushes and injections of the emergency department and observation
    "ondansetron": _drug("ondansetron HCl injection", "ondansetron", "4", "mg", "J2405", "1"),
    "ketorolac": _drug("ketorolac injection", "ketorolac", "15", "mg", "J1885", "15", vial="15"),
    "morphine": _drug("morphine sulfate injection", "morphine", "4", "mg", "J2270", "10"),
    "hydromorphone": _drug("hydromorphone injection", "hydromorphone", "0.5", "mg", "J1171", "0.1"),
    "metoclopramide": _drug("metoclopramide injection", "metoclopramide", "10", "mg",
                            "J2765", "10"),
    "famotidine": _drug("famotidine injection", "famotidine", "20", "mg", "J1308", "0.25",
                        volume=50),
    "pantoprazole": _drug("pantoprazole injection", "pantoprazole", "40", "mg"),
    "lorazepam": _drug("lorazepam injection", "lorazepam", "1", "mg", "J2060", "2"),
    "diphenhydramine": _drug("diphenhydramine injection", "diphenhydramine", "25", "mg",
                             "J1200", "50"),
    "methylprednisolone": _drug("methylprednisolone sodium succinate injection",
                                "methylprednisolone", "125", "mg", "J2919", "5", vial="125"),
    "enoxaparin": _drug("enoxaparin injection", "enoxaparin", "80", "mg", "J1650", "10"),
    "haloperidol": _drug("haloperidol injection", "haloperidol", "5", "mg", "J1630", "5"),
    "furosemide": _drug("furosemide injection", "furosemide", "40", "mg", "J1938", "1"),
    "diltiazem": _drug("diltiazem injection", "diltiazem", "20", "mg", volume=125),
    "acetaminophen": _drug("acetaminophen tablet", "acetaminophen", "650", "mg"),
    # infusions of the emergency department and observation
    "ceftriaxone": _drug("ceftriaxone IVPB", "ceftriaxone", "1000", "mg", "J0696", "250",
                         volume=50, price="48"),
    "vancomycin": _drug("vancomycin IVPB", "vancomycin", "1250", "mg", "J3373", "10",
                        volume=250, price="140"),
    "piptazo": _drug("piperacillin-tazobactam IVPB", "piperacillin-tazobactam", "3.375", "g",
                     "J2543", "1.125", volume=100, price="96"),
    "cefepime": _drug("cefepime IVPB", "cefepime", "2000", "mg", "J0692", "500",
                      volume=100, price="88"),
    "metronidazole": _drug("metronidazole IVPB", "metronidazole", "500", "mg", "J1836", "10",
                           volume=100, price="41"),
    "azithromycin": _drug("azithromycin IVPB", "azithromycin", "500", "mg", "J0456", "500",
                          volume=250, price="77"),
    "magnesium": _drug("magnesium sulfate IVPB", "magnesium sulfate", "2000", "mg",
                       "J3475", "500", volume=50, price="35"),
    # infusion clinic
    "infliximab": _drug("INFLIXIMAB", "infliximab", "400", "mg", "J1745", "10",
                        kind=BIOLOGIC, volume=250, vial="100", price="4120"),
    "vedolizumab": _drug("VEDOLIZUMAB", "vedolizumab", "300", "mg", "J3380", "1",
                         kind=BIOLOGIC, volume=250, vial="300", price="9850"),
    "ocrelizumab": _drug("OCRELIZUMAB", "ocrelizumab", "600", "mg", "J2350", "1",
                         kind=BIOLOGIC, volume=500, vial="300", price="39400"),
    "iron sucrose": _drug("IRON SUCROSE", "iron sucrose", "300", "mg", "J1756", "1",
                          volume=250, price="410"),
    "zoledronic acid": _drug("ZOLEDRONIC ACID", "zoledronic acid", "4", "mg", "J3489", "1",
                             volume=100, price="390"),
    "denosumab": _drug("DENOSUMAB", "denosumab", "60", "mg", "J0897", "1",
                       kind=BIOLOGIC, vial="60", price="2380"),
    "cyanocobalamin": _drug("CYANOCOBALAMIN", "cyanocobalamin", "1000", "mcg", "J3420", "1000"),
    "red cells": _drug("RED BLOOD CELLS", "red blood cells", "300", "mL", kind=BLOOD, volume=300,
                       price="540"),
    # oncology
    "dexamethasone": _drug("dexamethasone IVPB", "dexamethasone", "10", "mg", "J1100", "1",
                           volume=50),
    "paclitaxel": _drug("paclitaxel infusion", "paclitaxel", "300", "mg", "J9267", "1",
                        kind=CHEMO, volume=500, price="980"),
    "carboplatin": _drug("carboplatin infusion", "carboplatin", "450", "mg", "J9045", "50",
                         kind=CHEMO, volume=250, price="610"),
    "cisplatin": _drug("cisplatin infusion", "cisplatin", "70", "mg", "J9060", "10",
                       kind=CHEMO, volume=500, price="330"),
    "docetaxel": _drug("docetaxel infusion", "docetaxel", "130", "mg", "J9171", "1",
                       kind=CHEMO, volume=250, price="1240"),
    "gemcitabine": _drug("gemcitabine infusion", "gemcitabine", "1800", "mg", "J9201", "200",
                         kind=CHEMO, volume=250, price="720"),
    "oxaliplatin": _drug("oxaliplatin infusion", "oxaliplatin", "150", "mg", "J9263", "0.5",
                         kind=CHEMO, volume=500, price="860"),
    "fluorouracil": _drug("fluorouracil injection", "fluorouracil", "700", "mg", "J9190", "500",
                          kind=CHEMO, price="95"),
    "leucovorin": _drug("leucovorin infusion", "leucovorin", "700", "mg", "J0640", "50",
                        volume=250, price="160"),
    "rituximab": _drug("rituximab infusion", "rituximab", "700", "mg", "J9312", "10",
                       kind=CHEMO, volume=500, vial="100", price="8200"),
    "trastuzumab": _drug("trastuzumab infusion", "trastuzumab", "450", "mg", "J9355", "10",
                         kind=CHEMO, volume=250, vial="150", price="6900"),
    "pembrolizumab": _drug("pembrolizumab infusion", "pembrolizumab", "200", "mg", "J9271", "1",
                           kind=CHEMO, volume=100, vial="100", price="14600"),
    "bortezomib": _drug("bortezomib injection", "bortezomib", "2.5", "mg", "J9041", "0.1",
                        kind=CHEMO, price="540"),
    "leuprolide": _drug("leuprolide acetate injection", "leuprolide", "22.5", "mg",
                        "J9217", "7.5", kind=HORMONAL, vial="22.5", price="2150"),
    "study drug": _drug("HSH-417 injection (study)", "HSH-417", "10", "mg", kind=UNKNOWN),
    "study infusion": _drug("HSH-902 infusion (study)", "HSH-902", "200", "mg",
                            kind=UNKNOWN, volume=250),
}  # fmt: skip

WITHOUT_LINE = frozenset({"flush", "acetaminophen"})
"""Supplies and self-administered tablets: nothing on the claim."""

INDICATIONS = {
    "study drug": "Research protocol 417",
    "study infusion": "Research protocol 902",
    "flush": "Maintain patency",
    "ns": "Dehydration, vomiting",
    "lr": "Volume depletion, poor oral intake",
    "ondansetron": "Nausea and vomiting",
    "ketorolac": "Flank pain",
    "morphine": "Severe pain",
    "hydromorphone": "Severe pain",
    "metoclopramide": "Migraine with vomiting",
    "famotidine": "Dyspepsia",
    "pantoprazole": "Upper GI bleeding, suspected",
    "lorazepam": "Agitation",
    "diphenhydramine": "Premedication",
    "methylprednisolone": "Premedication",
    "enoxaparin": "Deep vein thrombosis",
    "haloperidol": "Agitation",
    "furosemide": "Fluid overload",
    "diltiazem": "Atrial fibrillation with rapid rate",
    "acetaminophen": "Fever",
    "ceftriaxone": "Urinary tract infection",
    "vancomycin": "Cellulitis",
    "piptazo": "Intra-abdominal infection",
    "cefepime": "Pneumonia",
    "metronidazole": "Diverticulitis",
    "azithromycin": "Pneumonia",
    "magnesium": "Hypomagnesemia",
    "infliximab": "Crohn disease",
    "vedolizumab": "Ulcerative colitis",
    "ocrelizumab": "Multiple sclerosis",
    "iron sucrose": "Iron deficiency anemia",
    "zoledronic acid": "Bone metastases",
    "denosumab": "Osteoporosis",
    "cyanocobalamin": "Vitamin B12 deficiency",
    "red cells": "Symptomatic anemia",
    "dexamethasone": "Premedication",
    "paclitaxel": "Ovarian cancer",
    "carboplatin": "Ovarian cancer",
    "cisplatin": "Cervical cancer",
    "docetaxel": "Breast cancer",
    "gemcitabine": "Pancreatic cancer",
    "oxaliplatin": "Colon cancer",
    "fluorouracil": "Colon cancer",
    "leucovorin": "Colon cancer",
    "rituximab": "Follicular lymphoma",
    "trastuzumab": "Breast cancer",
    "pembrolizumab": "Lung cancer",
    "bortezomib": "Multiple myeloma",
    "leuprolide": "Prostate cancer",
}
