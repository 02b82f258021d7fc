"""Charted drug names → identity and class: tables that a pharmacist or coder can correct."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.record import DrugClass
from auditor.tables.drugs import classify, drugs, identify, near_misses, normalise
from auditor.tables.names import filed_key

CHEMO = DrugClass.ANTINEOPLASTIC
BIOLOGIC = DrugClass.BIOLOGIC
THERAPEUTIC = DrugClass.THERAPEUTIC
FLUID = DrugClass.HYDRATION
CARRIER = DrugClass.CARRIER
NONE = DrugClass.NOT_REPORTABLE
UNKNOWN = DrugClass.UNCLASSIFIED

SPELLINGS = [
    # drugs as electronic records chart them
    ("ondansetron", "ondansetron", THERAPEUTIC),
    ("ONDANSETRON HCl", "ondansetron", THERAPEUTIC),
    ("ondansetron HCl (PF) (ZOFRAN) injection 4 mg", "ondansetron", THERAPEUTIC),
    ("ondansetron HCl/PF 4 mg/2 mL", "ondansetron", THERAPEUTIC),
    ("Zofran 4mg IVP", "ondansetron", THERAPEUTIC),
    ("cefTRIAXone (ROCEPHIN) 1 g in sodium chloride 0.9 % 50 mL IVPB", "ceftriaxone", THERAPEUTIC),
    ("cefTRIAXone in dextrose,iso-os 1 gram/50 mL", "ceftriaxone", THERAPEUTIC),
    ("cefTRIAXone 350 mg/mL in lidocaine (PF) 1 % injection", "ceftriaxone", THERAPEUTIC),
    ("ceftriaxone 2 g-D5W 50ml duplex", "ceftriaxone", THERAPEUTIC),
    ("vancomycin 1.25 g/250 mL NS", "vancomycin", THERAPEUTIC),
    ("vancomycin HCl in 5 % dextrose", "vancomycin", THERAPEUTIC),
    ("D5W 250 mL with vancomycin 1 g", "vancomycin", THERAPEUTIC),
    ("piperacillin sodium/tazobactam sodium", "piperacillin-tazobactam", THERAPEUTIC),
    ("Pip/Tazo 3.375 GM", "piperacillin-tazobactam", THERAPEUTIC),
    ("ampicillin sodium-sulbactam sodium 3 g", "ampicillin-sulbactam", THERAPEUTIC),
    ("ertapenem 1 g in 0.9% sodium chloride 50 mL MINI-BAG plus", "ertapenem", THERAPEUTIC),
    ("morphine sulfate 4 mg/mL syringe", "morphine", THERAPEUTIC),
    ("HYDROmorphone (DILAUDID) 0.5 mg", "hydromorphone", THERAPEUTIC),
    ("levETIRAcetam in NaCl (iso-os) 1,000 mg/100 mL", "levetiracetam", THERAPEUTIC),
    ("famotidine in NaCl,iso-osm/PF", "famotidine", THERAPEUTIC),
    ("nitroglycerin in 5 % dextrose 50 mg/250 mL", "nitroglycerin", THERAPEUTIC),
    ("insulin regular (HumuLIN R, NovoLIN R) 100 units/mL", "insulin regular", THERAPEUTIC),
    ("iron sucrose (VENOFER) 200 mg in NS 100 mL", "iron sucrose", THERAPEUTIC),
    ("immune globulin (human) (PRIVIGEN) 10% infusion 30 g", "immune globulin", THERAPEUTIC),
    ("IVIG", "immune globulin", THERAPEUTIC),
    ("zoledronic acid-mannitol-water 4 mg/100 mL", "zoledronic acid", THERAPEUTIC),
    ("  Ketorolac\u00a0 15 mg ", "ketorolac", THERAPEUTIC),
    ("k\u00e9torolac", "ketorolac", THERAPEUTIC),
    ("pip\u2013tazo", "piperacillin-tazobactam", THERAPEUTIC),
    ("heparin (porcine) 25,000 units in dextrose 5% 250 mL infusion", "heparin", THERAPEUTIC),
    ("norepi", "norepinephrine", THERAPEUTIC),
    ("nitro gtt", "nitroglycerin", THERAPEUTIC),
    ("MVI/thiamine/folate", "multivitamin-thiamine-folic acid", THERAPEUTIC),
    ("Campath", "alemtuzumab", BIOLOGIC),
    # two drugs in one name; a fluid is what they are in
    ("leucovorin + 5FU", "fluorouracil + leucovorin", CHEMO),
    ("morphine & ondansetron", "morphine + ondansetron", THERAPEUTIC),
    ("cefepime + vancomycin + NS", "cefepime + vancomycin", THERAPEUTIC),
    ("morphine + foobaril", "morphine foobaril", UNKNOWN),
    # potassium in a liter is maintenance fluid; salt by mouth is none
    (
        "0.9% NaCl + 20 mEq KCl/L",
        "0.9% sodium chloride with potassium chloride",
        FLUID,
    ),
    ("sodium chloride tablets", "sodium chloride enteral", UNKNOWN),
    ("NaCl 1 g tab", "sodium chloride enteral", UNKNOWN),
    # chemotherapy and what protects from it
    ("fluorouracil (ADRUCIL) 2,400 mg/m2 = 4,500 mg CADD pump", "fluorouracil", CHEMO),
    ("5-FU", "fluorouracil", CHEMO),
    ("5 FU", "fluorouracil", CHEMO),
    ("CARBOplatin AUC 5", "carboplatin", CHEMO),
    ("PACLitaxel (TAXOL) 300 mg in NaCl 0.9% 500 mL chemo infusion", "paclitaxel", CHEMO),
    ("methotrexate PF 25 mg/mL", "methotrexate", CHEMO),
    ("interferon alfa-2b", "interferon alfa-2b", CHEMO),
    ("trastuzumab-anns (KANJINTI)", "trastuzumab", CHEMO),
    ("bevacizumab-awwb", "bevacizumab", CHEMO),
    ("leucovorin calcium 350 mg vial", "leucovorin", THERAPEUTIC),
    ("mesna (MESNEX) in D5W", "mesna", THERAPEUTIC),
    ("dexrazoxane HCl", "dexrazoxane", THERAPEUTIC),
    ("leuprolide acetate (LUPRON DEPOT) 22.5 mg", "leuprolide", DrugClass.HORMONAL),
    ("fulvestrant 500 mg/10 mL", "fulvestrant", DrugClass.HORMONAL),
    # biologics: a maker's suffix is no other drug
    ("infliximab", "infliximab", BIOLOGIC),
    ("inFLIXimab-dyyb (INFLECTRA) 500 mg in NS 250 mL", "infliximab", BIOLOGIC),
    ("Renflexis", "infliximab", BIOLOGIC),
    ("ravulizumab-cwvz", "ravulizumab", BIOLOGIC),
    ("vedolizumab (ENTYVIO)", "vedolizumab", BIOLOGIC),
    ("epoetin alfa-epbx (RETACRIT)", "epoetin alfa", THERAPEUTIC),
    ("pegfilgrastim-cbqv", "pegfilgrastim", THERAPEUTIC),
    # fluids: the percentage tells them apart
    ("0.9 % NaCl", "0.9% sodium chloride", FLUID),
    ("sodium chloride 0.9 % bolus 1,000 mL", "0.9% sodium chloride", FLUID),
    ("Sodium Chloride", "0.9% sodium chloride", FLUID),
    ("NS 1L", "0.9% sodium chloride", FLUID),
    ("N.S. 1000 ml", "0.9% sodium chloride", FLUID),
    ("1/2 NS", "0.45% sodium chloride", FLUID),
    ("half-normal saline", "0.45% sodium chloride", FLUID),
    ("NaCl .45%", "0.45% sodium chloride", FLUID),
    ("sodium chloride 3% 250 mL", "hypertonic sodium chloride", THERAPEUTIC),
    ("sodium chloride 23.4 %", "hypertonic sodium chloride", THERAPEUTIC),
    ("sodium chloride 4 mEq/mL", "sodium chloride additive", UNKNOWN),
    ("D5W", "5% dextrose", FLUID),
    ("dextrose 5 % in water (D5W) 1000 mL", "5% dextrose", FLUID),
    ("dextrose 10 % infusion", "dextrose 10%", UNKNOWN),  # left to the formulary
    ("dextrose 50 % in water (D50W) syringe 25 g", "concentrated dextrose", THERAPEUTIC),
    ("D5 1/2NS", "5% dextrose in 0.45% sodium chloride", FLUID),
    ("D5\u00bdNS", "5% dextrose in 0.45% sodium chloride", FLUID),
    ("dextrose 5 %-0.45 % sod.chlor", "5% dextrose in 0.45% sodium chloride", FLUID),
    ("D5LR", "5% dextrose in lactated ringer's", FLUID),
    ("Lactated Ringer\u2019s", "lactated ringer's", FLUID),
    ("LR bolus 500 mL", "lactated ringer's", FLUID),
    ("Plasma-Lyte 148", "plasma-lyte", FLUID),
    ("Normosol-R pH 7.4", "normosol", FLUID),
    # carriers
    ("sodium chloride (PF) 0.9 % flush injection 10 mL", "saline flush", CARRIER),
    ("NS flush", "saline flush", CARRIER),
    ("Heparin lock flush (porcine) 10 unit/mL", "heparin flush", CARRIER),
    ("heparin 100 units/mL flush 5 mL", "heparin flush", CARRIER),
    ("NS KVO 20 mL/hr", "keep vein open fluid", CARRIER),
    ("sterile water for injection", "sterile water", CARRIER),
    # other classes
    ("PRBC", "red blood cells", DrugClass.BLOOD),
    ("Transfuse RBC leukoreduced 1 unit", "red blood cells", DrugClass.BLOOD),
    ("albumin human 25 %", "albumin", THERAPEUTIC),
    ("iohexol (OMNIPAQUE) 350 mg iodine/mL injection 100 mL", "iohexol", DrugClass.CONTRAST),
    ("Isovue-370", "iopamidol", DrugClass.CONTRAST),
    (
        "tetanus-diphth-acell pertussis (BOOSTRIX) injection 0.5 mL",
        "tetanus-diphtheria-pertussis vaccine",
        DrugClass.VACCINE,
    ),
    ("lidocaine-EPINEPHrine 1 %-1:100,000", "lidocaine-epinephrine", NONE),
    ("propofol (DIPRIVAN) 10 mg/mL", "propofol", NONE),
    # unknown: cleaned, never guessed
    ("foobaril 500 mg in NS 100 mL", "foobaril", UNKNOWN),
    ("ondansetrn", "ondansetrn", UNKNOWN),
    ("study drug (pembrolizumab or placebo)", "study drug pembrolizumab or placebo", UNKNOWN),
    ("foobaril (sodium chloride)", "foobaril", UNKNOWN),
    ("sodium chloride irrigation", "sodium chloride irrigation", UNKNOWN),
    ("lidocaine 1 % injection", "lidocaine", UNKNOWN),  # left to the formulary
    ("100 mg", "100 mg", UNKNOWN),
    ("", "", UNKNOWN),
]


@pytest.mark.parametrize(("name", "identity", "drug_class"), SPELLINGS)
def test_a_charted_name_has_this_identity_and_class(name, identity, drug_class):
    assert classify(name, {}) == (identity, drug_class)
    assert normalise(identity) == identity  # a reported name can be put into a formulary


SALTS_THAT_STAY = [
    ("sodium bicarbonate 8.4 %", "sodium bicarbonate"),
    ("sodium bicarbonate 150 mEq in dextrose 5 % 1,000 mL", "sodium bicarbonate"),
    ("sodium acetate", "sodium acetate"),
    ("calcium chloride 10%", "calcium chloride"),
    ("calcium gluconate 1 g in NS 50 ml", "calcium gluconate"),
    ("magnesium sulfate in D5W 1 g/100 mL", "magnesium sulfate"),
    ("potassium phosphate 15 mmol", "potassium phosphate"),
    ("methylPREDNISolone acetate (DEPO-Medrol)", "methylprednisolone acetate"),
    ("methylPREDNISolone sod suc(PF) (SOLU-Medrol)", "methylprednisolone"),
    ("haloperidol decanoate", "haloperidol decanoate"),
    ("haloperidol lactate", "haloperidol"),
    ("penicillin G benzathine", "penicillin g benzathine"),
    ("penicillin G potassium", "penicillin g"),
]


@pytest.mark.parametrize(("name", "identity"), SALTS_THAT_STAY)
def test_a_salt_is_dropped_only_where_it_does_not_make_another_drug(name, identity):
    assert normalise(name) == identity


# KCl as an additive of a fluid is hydration; a rider in its own small bag is a drug (N-06, J21).
POTASSIUM = [
    ("potassium chloride 10 mEq in 100 mL IVPB", THERAPEUTIC),
    ("potassium chloride 10 mEq in sodium chloride 0.9% 100 mL", THERAPEUTIC),
    ("potassium chloride 20 mEq/50 mL in sterile water", THERAPEUTIC),
    ("potassium chloride 20 mEq in NS 499 mL", THERAPEUTIC),
    ("potassium chloride 20 mEq in NS 500 mL", FLUID),
    ("potassium chloride 40 mEq in sodium chloride 0.9% 1,000 mL", FLUID),
    ("potassium chloride in 0.9%NaCl 20 mEq/L", FLUID),
    ("0.9 % NaCl with KCl 20 mEq infusion", FLUID),
    ("D5 1/2NS + 20 KCl", FLUID),
    ("pot chloride/d5-0.45nacl", FLUID),
    ("dextrose 5% 100 mL with KCl 10 mEq", THERAPEUTIC),
    ("potassium chloride 20 mEq in sodium chloride 0.9%", UNKNOWN),  # the volume decides
    ("multivitamin 10 mL, thiamine 100 mg, folic acid 1 mg in NS 1,000 mL", THERAPEUTIC),
    ("magnesium sulfate 2 g in NS 1,000 mL", THERAPEUTIC),
]


@pytest.mark.parametrize(("name", "drug_class"), POTASSIUM)
def test_an_additive_makes_a_fluid_a_drug_or_leaves_it_hydration(name, drug_class):
    assert classify(name, {})[1] is drug_class


NEVER_ONE_DRUG = [
    ("vinCRIStine", "vinBLAStine"),
    ("vincristine", "vincristine liposomal"),
    ("DAUNOrubicin", "DOXOrubicin"),
    ("DOXOrubicin", "DOXOrubicin liposomal"),
    ("DOXOrubicin (ADRIAMYCIN)", "DOXOrubicin (DOXIL)"),
    ("PACLitaxel", "PACLitaxel protein-bound"),
    ("PACLitaxel (TAXOL)", "PACLitaxel (ABRAXANE)"),
    ("amphotericin B", "amphotericin B liposomal"),
    ("amphotericin B liposomal", "amphotericin B lipid complex"),
    ("trastuzumab", "ado-trastuzumab emtansine"),
    ("trastuzumab", "trastuzumab-hyaluronidase-oysk"),
    ("filgrastim", "pegfilgrastim"),
    ("carboplatin", "cisplatin"),
    ("hydroxyzine", "hydralazine"),
    ("morphine", "hydromorphone"),
    ("cefazolin", "cefoxitin"),
    ("dopamine", "dobutamine"),
    ("epinephrine", "norepinephrine"),
    ("hepatitis A vaccine", "hepatitis B vaccine"),
    ("Tdap", "DTaP"),
    ("Tdap", "Td"),
    ("heparin", "heparin flush"),
    ("sodium chloride 0.9%", "sodium chloride 0.45%"),
    ("D5W", "D50W"),
    ("alteplase", "alteplase (CATHFLO)"),
    ("factor 8", "factor 9"),
    ("foobaril 2", "foobaril 3"),
]


@pytest.mark.parametrize(("one", "other"), NEVER_ONE_DRUG)
def test_these_are_never_one_drug(one, other):
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("name", ["vinCRIStine (VELBAN)", "ketorolac (TORADOL, ZOFRAN)"])
def test_a_name_that_contradicts_itself_names_no_drug(name):
    assert identify(name) is None
    assert classify(name, {})[1] is UNKNOWN


def test_the_formulary_wins_under_any_spelling():
    formulary = {normalise("Diprivan"): THERAPEUTIC, normalise("foobaril 10 mg vial"): CHEMO}
    assert classify("propofol 1,000 mg/100 mL", formulary) == ("propofol", THERAPEUTIC)
    assert classify("FOOBARIL 500 mg in NS 100 mL", formulary) == ("foobaril", CHEMO)
    assert classify("ketorolac", formulary) == ("ketorolac", THERAPEUTIC)


def test_near_misses_are_shown_and_never_used():
    assert "ondansetron" in near_misses("ondansetrn 4 mg")
    assert identify("ondansetrn 4 mg") is None
    assert near_misses("zzzzzz") == ()


def test_the_table_is_wide_and_every_class_is_in_it():
    counts = Counter(drug.drug_class for drug in drugs().values())
    assert counts.total() >= 270
    assert set(counts) == set(DrugClass) - {UNKNOWN}
    assert counts[CHEMO] >= 90
    assert counts[THERAPEUTIC] >= 120


def test_no_key_stands_for_two_drugs_and_no_alias_stands_twice():
    owners = defaultdict(list)
    for drug in drugs().values():
        for name in (drug.name, *drug.aliases):
            owners[filed_key(name)].append((drug.name, name))
    assert [names for names in owners.values() if len(names) > 1] == []


def test_every_listed_name_leads_to_its_drug():
    wrong = [
        (drug.name, name)
        for drug in drugs().values()
        for name in (drug.name, *drug.aliases)
        if identify(name) is not drug or normalise(name) != drug.name
    ]
    assert wrong == []


def test_every_class_has_its_reason_its_source_and_its_date():
    for drug in drugs().values():
        assert drug.because, drug.name
        assert drug.source, drug.name
        assert drug.as_of.year >= 2026, drug.name


@given(st.text(max_size=80))
def test_any_text_has_an_identity(name):
    identity, drug_class = classify(name, {})
    assert identity or not any(sign.isalnum() for sign in name)
    assert identify(name) is not None or drug_class is UNKNOWN
