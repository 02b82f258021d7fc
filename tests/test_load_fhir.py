"""FHIR R4: what each resource says, references, versions, places, and damage."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from loading import CLAIM, PROFILE, book, clock, only, runs
from standards import bundle, ndjson

from auditor.load import InputError, Loaded, load
from auditor.record import Administration, Method, Order, Route

ZONE = ZoneInfo("America/New_York")
DAY = "2024-09-01T"
Resource = dict[str, Any]


def coded(*codings: tuple[str, str, str], text: str | None = None) -> Resource:
    listed = [{"system": s, "code": c, "display": d} for s, c, d in codings]
    return {k: v for k, v in {"coding": listed, "text": text}.items() if v}


NDC, RXNORM = "http://hl7.org/fhir/sid/ndc", "http://www.nlm.nih.gov/research/umls/rxnorm"
GIVEN: Resource = {
    "resourceType": "MedicationAdministration",
    "id": "a1",
    "status": "completed",
    "medicationCodeableConcept": {"text": "ceftriaxone"},
    "subject": {"reference": "Patient/p1"},
    "context": {"reference": "Encounter/E1"},
    "effectivePeriod": {"start": DAY + "08:00:00-04:00", "end": DAY + "08:45:00-04:00"},
    "dosage": {"route": {"text": "IVPB"}},
}
ORDERED: Resource = {
    "resourceType": "MedicationRequest",
    "id": "r1",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "sodium chloride 0.9 %"},
    "subject": {"reference": "Patient/p1"},
    "encounter": {"reference": "Encounter/E1"},
    "authoredOn": DAY + "07:30:00-04:00",
}
STAY: Resource = {
    "resourceType": "Encounter",
    "id": "E1",
    "status": "finished",
    "class": {"code": "AMB"},
    "period": {"start": DAY + "07:00:00-04:00", "end": "2024-09-02T12:00:00-04:00"},
}


def read(folder: Path, *resources: Mapping[str, Any]) -> Loaded:
    claims = book(folder / "claims.xlsx", {"claims": CLAIM})
    return load([claims, ndjson(folder / "record.ndjson", *resources)], PROFILE)


def given(result: Loaded) -> tuple[Administration, ...]:
    return only(result).administrations


def fates(result: Loaded) -> list[tuple[int, str, str]]:
    return [(row.row, row.disposition, row.reason) for row in result.ledger.rows]


# ── administrations ───────────────────────────────────────────────────────────────────────────


def test_every_element_of_an_administration_finds_its_field(tmp_path: Path) -> None:
    resource = GIVEN | {
        "identifier": [{"value": "old", "use": "old"}, {"value": "ADM-9"}],
        "medicationCodeableConcept": coded(
            (RXNORM, "309090", "ceftriaxone"), (NDC, "00409-7332-01", "x"), text="cefTRIAXone"
        ),
        "performer": [
            {"function": coded(("f", "witness", "w")), "actor": {"reference": "Practitioner/n1"}},
            {"actor": {"reference": "Practitioner/n2"}},
        ],
        "request": {"reference": "MedicationRequest/r9"},
        "reasonCode": [{"text": "sepsis"}],
        "note": [{"text": "hung by EMS"}, {"text": "slow"}],
        "dosage": {
            "route": coded(("http://snomed.info/sct", "47625008", "Intravenous route")),
            "method": {"text": "Infusion"},
            "site": {"text": "Left forearm"},
            "dose": {"value": 1.50, "unit": "g"},
            "rateRatio": {
                "numerator": {"value": 100, "unit": "mL"},
                "denominator": {"value": 0.5, "unit": "h"},
            },
        },
    }
    result = read(tmp_path, {"resourceType": "Patient", "id": "p1"}, resource)
    (one,) = given(result)
    assert one == Administration(
        administration_id="ADM-9", drug=one.drug, drugs=("cefTRIAXone",),
        drug_class=one.drug_class, route=Route.IV, method=Method.INFUSION, segments=one.segments,
        order_id="r9", dose=Decimal("1.5"), dose_unit="g", doses=one.doses, site="Left forearm",
        staff="n2", reason="sepsis", comments="hung by EMS; slow", began_elsewhere=True,
        sources=one.sources,
    )  # fmt: skip
    assert runs(one) == "08:00-08:45A"
    assert one.segments[0].rates == ((one.start, Decimal(200)),)
    assert one.doses[0].ndc == "00409-7332-01"
    assert str(one.sources[0]) == "record.ndjson · MedicationAdministration · row 2"
    assert only(result).patient_id == "p1"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"effectiveDateTime": DAY + "08:00:00-04:00"}, "08:00--E"),
        ({"effectivePeriod": {"start": DAY + "08:00:00-04:00"}}, "08:00--E"),
        ({"effectivePeriod": {"start": DAY + "12:00:00.125Z", "end": DAY + "13:00:00+00:00"}},
         "08:00-09:00A"),
        ({"effectivePeriod": {"start": "2024-11-03T05:50:00Z", "end": "2024-11-03T06:10:00Z"}},
         "03 01:50-03 01:10A"),
        ({"effectiveDateTime": "2024-09-02T04:00:00Z"}, "02 00:00--E"),
    ],
)  # fmt: skip
def test_instants_become_the_wall_clock_of_the_facility(
    tmp_path: Path, when: Resource, expected: str
) -> None:
    resource = {k: v for k, v in GIVEN.items() if k != "effectivePeriod"} | when
    result = read(tmp_path, resource)
    (one,) = given(result)
    assert runs(one) == expected
    assert not any("the clocks repeat" in problem for problem in result.ledger.problems)
    if "11-03" in str(when):  # twenty minutes over the hour that the clocks repeat
        assert one.start is not None and one.stop is not None
        assert one.stop.timestamp() - one.start.timestamp() == 20 * 60


@pytest.mark.parametrize("when", ["2024", "2024-09", "2024-09-01"])
def test_a_time_without_its_clock_is_rejected(tmp_path: Path, when: str) -> None:
    result = read(tmp_path, GIVEN | {"effectivePeriod": {"start": when}}, GIVEN | {"id": "a2"})
    assert len(given(result)) == 1
    (fate,) = fates(result)
    assert fate[1] == "rejected"


@pytest.mark.parametrize(
    ("medication", "expected"),
    [
        ({"medicationCodeableConcept": coded((RXNORM, "309090", ""))}, "RxNorm 309090"),
        ({"medicationCodeableConcept": coded(("x", "12", "ketorolac"))}, "ketorolac"),
        ({"medicationReference": {"reference": "#m"},
          "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "inside"}}]},
         "inside"),
        ({"medicationReference": {"reference": "Medication/m1"}}, "by reference"),
        ({"medicationReference": {"reference": "https://h/fhir/Medication/m1/_history/3"}},
         "by reference"),
        ({"medicationReference": {"reference": "Medication/none", "display": "shown"}}, "shown"),
        ({"medicationReference": {"display": "shown alone"}}, "shown alone"),
        ({"request": {"reference": "MedicationRequest/r1"}}, "sodium chloride 0.9 %"),
    ],
)  # fmt: skip
def test_the_drug_wherever_it_is_named(tmp_path: Path, medication: Resource, expected: str) -> None:
    resource = {k: v for k, v in GIVEN.items() if k != "medicationCodeableConcept"} | medication
    known = {"resourceType": "Medication", "id": "m1", "code": {"text": "by reference"}}
    assert given(read(tmp_path, resource, ORDERED, known))[0].drugs == (expected,)


@pytest.mark.parametrize("status", ["entered-in-error", "not-done"])
def test_what_was_not_given_or_never_was_is_superseded(tmp_path: Path, status: str) -> None:
    result = read(tmp_path, GIVEN, GIVEN | {"id": "a2", "status": status})
    assert len(given(result)) == 1
    assert fates(result) == [(2, "superseded", f"the record marks it “{status}”")]


def test_the_last_version_of_a_resource_stands(tmp_path: Path) -> None:
    late = GIVEN | {"meta": {"lastUpdated": "2024-09-03T00:00:00Z"}}
    early = GIVEN | {"meta": {"lastUpdated": "2024-09-02T00:00:00Z"}, "dosage": {}}
    result = read(tmp_path, late, early)
    assert [one.route for one in given(result)] == [Route.IV]
    reason = "a later version is record.ndjson · MedicationAdministration · entry 1"
    assert fates(result) == [(2, "superseded", reason)]


def test_resources_that_share_an_identifier_are_segments_of_one(tmp_path: Path) -> None:
    number = {"identifier": [{"value": "ADM-1"}]}
    later = {"start": DAY + "09:00:00-04:00", "end": DAY + "09:30:00-04:00"}
    result = read(tmp_path, GIVEN | number, GIVEN | number | {"id": "a2", "effectivePeriod": later})
    assert [runs(one) for one in given(result)] == ["08:00-08:45A 09:00-09:30A"]


def test_the_department_is_where_the_patient_was(tmp_path: Path) -> None:
    stay = STAY | {
        "location": [
            {"location": {"reference": "Location/ed"},
             "period": {"start": DAY + "07:00:00-04:00", "end": DAY + "09:00:00-04:00"}},
            {"location": {"display": "Ward 4"}, "period": {"start": DAY + "09:00:00-04:00"}},
        ]
    }  # fmt: skip
    place = {"resourceType": "Location", "id": "ed", "name": "Emergency"}
    later = GIVEN | {"id": "a2", "effectivePeriod": {"start": DAY + "09:00:00-04:00"}}
    result = read(tmp_path, later, GIVEN, stay, place)
    assert [one.department for one in given(result)] == ["Emergency", "Ward 4"]


# ── orders, stays ─────────────────────────────────────────────────────────────────────────────


def test_every_element_of_an_order_finds_its_field(tmp_path: Path) -> None:
    resource = ORDERED | {
        "identifier": [{"value": "x"}, {"type": coded(("t", "PLAC", "")), "value": "ORD-7"}],
        "requester": {"reference": "Practitioner/d5"},
        "reasonCode": [{"text": "dehydration"}],
        "dosageInstruction": [
            {
                "route": {"text": "IV"},
                "timing": {"repeat": {"duration": 8, "durationUnit": "h"}},
                "doseAndRate": [
                    {
                        "doseQuantity": {"value": 1000, "unit": "mL"},
                        "rateQuantity": {"value": 125, "unit": "mL/h"},
                    }
                ],
            }
        ],
    }
    doctor = {"resourceType": "Practitioner", "id": "d5", "identifier": [{"value": "NPI5"}]}
    result = read(
        tmp_path, resource, doctor, GIVEN | {"request": {"reference": "MedicationRequest/r1"}}
    )
    (one,) = only(result).orders
    assert one == Order(
        order_id="ORD-7", drug="sodium chloride 0.9 %", provider="NPI5", indication="dehydration",
        ordered_at=datetime(2024, 9, 1, 7, 30, tzinfo=ZONE), route="IV", rate="125 mL/h",
        volume=Decimal(1000), duration=480, source=one.source,
    )  # fmt: skip
    assert given(result)[0].order_id == "ORD-7"


@pytest.mark.parametrize(
    ("said", "fate"),
    [
        ({"status": "entered-in-error"}, ("superseded", "the record marks it “entered-in-error”")),
        ({"status": "cancelled"}, ("superseded", "the record marks it “cancelled”")),
        ({"intent": "proposal"}, ("superseded", "is a proposal and no order")),
    ],
)
def test_what_is_no_order(tmp_path: Path, said: Resource, fate: tuple[str, str]) -> None:
    result = read(tmp_path, GIVEN, ORDERED | said)
    assert only(result).orders == ()
    assert fates(result) == [(2, *fate)]


def test_every_element_of_a_stay_finds_its_field(tmp_path: Path) -> None:
    hours = [DAY + f"{hour:02}:00:00-04:00" for hour in range(24)]
    stay = STAY | {
        "identifier": [{"value": "z"}, {"type": coded(("t", "VN", "")), "value": "CSN1"}],
        "class": {"code": "IMP"},
        "account": [{"reference": "Account/c1"}],
        "subject": {"reference": "Patient/p1"},
        "serviceProvider": {"display": "Harbor Street"},
        "statusHistory": [{"status": "arrived", "period": {"start": hours[6]}}],
        "classHistory": [
            {"class": {"code": "EMER"}, "period": {"start": hours[7], "end": hours[10]}},
            {"class": {"code": "OBSENC"}, "period": {"start": hours[10], "end": hours[20]}},
        ],
        "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/encounter-modeOfArrival",
             "valueCoding": {"code": "A", "display": "Ambulance"}}
        ],
    }  # fmt: skip
    account = {"resourceType": "Account", "id": "c1", "identifier": [{"value": "ACCT1"}]}
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"value": "ssn"}, {"type": coded(("t", "MR", "")), "value": "MRN1"}],
    }
    one = only(read(tmp_path, GIVEN, stay, account, patient), "CSN1")
    assert (one.account_id, one.patient_id, one.facility) == ("ACCT1", "MRN1", "Harbor Street")
    assert one.arrival_mode == "Ambulance"
    times = (one.arrived_at, one.registered_at, one.ed_departed_at, one.observation_start,
             one.observation_end, one.inpatient_at, one.discharged_at)  # fmt: skip
    assert [clock(moment) for moment in times] == [
        "06:00", "07:00", "10:00", "10:00", "20:00", "20:00", "02 12:00",
    ]  # fmt: skip
    assert len(one.administrations) == 1


@pytest.mark.parametrize(
    ("kind", "arrived", "observed", "admitted"),
    [
        ("AMB", None, None, None),
        ("EMER", "07:00", None, None),
        ("OBSENC", None, "07:00", None),
        ("IMP", None, None, "07:00"),
    ],
)
def test_a_stay_of_one_class(
    tmp_path: Path, kind: str, arrived: str | None, observed: str | None, admitted: str | None
) -> None:
    one = only(read(tmp_path, GIVEN, STAY | {"class": {"code": kind}}))
    found = (one.arrived_at, one.observation_start, one.inpatient_at)
    assert [clock(m) for m in found] == [clock_ or "-" for clock_ in (arrived, observed, admitted)]
    assert clock(one.registered_at) == "07:00"


# ── claims ────────────────────────────────────────────────────────────────────────────────────

ITEM: Resource = {
    "sequence": 1,
    "revenue": coded(("r", "0260", "")),
    "productOrService": coded(("https://www.cms.gov/codes", "96365", "")),
    "modifier": [coded(("m", "59", "")), coded(("m", "XU", ""))],
    "quantity": {"value": 2},
    "net": {"value": 250.50, "currency": "USD"},
    "servicedPeriod": {"start": "2024-09-01", "end": "2024-09-01"},
    "encounter": [{"reference": "Encounter/E1"}],
}
BILLED: Resource = {
    "resourceType": "Claim",
    "id": "c1",
    "status": "active",
    "use": "claim",
    "type": coded(("t", "institutional", "")),
    "patient": {"reference": "Patient/p1"},
    "insurer": {"display": "Medicare"},
    "supportingInfo": [
        {"category": coded(("c", "typeofbill", "")), "code": coded(("b", "131", ""))}
    ],
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": coded(("i", "E86.0", ""))}],
    "item": [ITEM, ITEM | {"sequence": 2, "servicedDate": "2024-09-02"}],
}
EXPLAINED: Resource = BILLED | {
    "resourceType": "ExplanationOfBenefit",
    "id": "e1",
    "claim": {"reference": "Claim/c1"},
    "payment": {"date": "2024-10-15"},
    "item": [
        ITEM | {"adjudication": [
            {"category": coded(("a", "submitted", "")), "amount": {"value": 250.50}},
            {"category": coded(("a", "benefit", "")), "amount": {"value": 180.25}},
        ]}
    ],
}  # fmt: skip


def claimed(folder: Path, *resources: Resource) -> Loaded:
    return load([ndjson(folder / "all.ndjson", GIVEN, *resources)], PROFILE)


def test_every_element_of_a_claim_finds_its_field(tmp_path: Path) -> None:
    one, two = only(claimed(tmp_path, BILLED)).claim_lines
    assert (one.claim_id, one.line_number, one.hcpcs, one.modifiers) == (
        "c1", "1", "96365", ("59", "XU"),
    )  # fmt: skip
    assert (one.units, one.charge, one.service_date) == (
        Decimal(2), Decimal("250.5"), date(2024, 9, 1),
    )  # fmt: skip
    assert (one.revenue_code, one.payer, one.bill_type) == ("0260", "Medicare", "131")
    assert (one.diagnosis_codes, two.service_date) == (("E86.0",), date(2024, 9, 2))
    assert str(two.source) == "all.ndjson · Claim items · row 2"


def test_an_explanation_takes_the_place_of_its_claim(tmp_path: Path) -> None:
    result = claimed(tmp_path, BILLED, EXPLAINED)
    (one,) = only(result).claim_lines
    assert (one.claim_id, one.paid_amount, one.paid_date) == (
        "c1", Decimal("180.25"), date(2024, 10, 15),
    )  # fmt: skip
    assert [fate[1] for fate in fates(result)] == ["superseded", "superseded"]


@pytest.mark.parametrize(
    "said",
    [{"type": coded(("t", "professional", ""))}, {"use": "preauthorization"}, {"status": "draft"}],
)
def test_other_claims_are_left_out(tmp_path: Path, said: Resource) -> None:
    result = claimed(tmp_path, BILLED, BILLED | {"id": "c2"} | said)
    assert {line.claim_id for line in only(result).claim_lines} == {"c1"}
    assert len(fates(result)) == 2


# ── files ─────────────────────────────────────────────────────────────────────────────────────


def test_references_reach_over_files_and_bundles(tmp_path: Path) -> None:
    address = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    medication = {"resourceType": "Medication", "id": "m1", "code": {"text": "in a bundle"}}
    resource = {k: v for k, v in GIVEN.items() if k != "medicationCodeableConcept"}
    resource |= {"medicationReference": {"reference": address}}
    first = bundle(tmp_path / "one.json", resource, medication, m1=address)
    stays = ndjson(tmp_path / "Encounter.ndjson", STAY | {"identifier": [{"value": "CSN9"}]})
    claims = book(tmp_path / "claims.xlsx", {"claims": CLAIM})
    result = load([claims, first, stays], PROFILE)
    (one,) = only(result, "CSN9").administrations
    assert one.drugs == ("in a bundle",)
    assert str(one.sources[0]) == "one.json · MedicationAdministration · row 1"


def test_bundles_one_a_line_have_a_number_for_each_entry(tmp_path: Path) -> None:
    lines = [{"resourceType": "Bundle", "entry": [{"resource": GIVEN | {"id": f"a{n}{m}"}}
              for m in range(2)]} for n in range(2)]  # fmt: skip
    result = read(tmp_path, *lines)
    rows = [source.row for one in given(result) for source in one.sources]
    assert sorted([*rows, *(fate[0] for fate in fates(result))]) == [1, 2, 3, 4]


def test_a_list_of_resources_and_one_alone(tmp_path: Path) -> None:
    claims = book(tmp_path / "claims.xlsx", {"claims": CLAIM})
    (tmp_path / "a.json").write_text(json.dumps([GIVEN, STAY]))
    (tmp_path / "b.json").write_text("\ufeff" + json.dumps(GIVEN | {"id": "b1"}, indent=2))
    result = load([claims, tmp_path / "a.json", tmp_path / "b.json"], PROFILE)
    assert {str(s) for one in given(result) for s in one.sources} & {
        "a.json · MedicationAdministration · row 1"
    }


def test_other_resources_and_broken_lines_are_counted(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "record.ndjson", {"resourceType": "Observation"}, GIVEN,
                  {"resourceType": "Observation"}, {"resourceType": "Doe Jane"})  # fmt: skip
    with path.open("a") as file:
        file.write('{"resourceType": "Medic\n[1, 2, 3]\n"text"\nnull\n' + "[" * 100_000 + "\n")
        file.write('{"resourceType": "Patient", "id": ' + "9" * 10_000 + "}\n")
    result = load([book(tmp_path / "claims.xlsx", {"claims": CLAIM}), path], PROFILE)
    assert len(given(result)) == 1
    said = [problem for problem in result.ledger.problems if problem.startswith("record.ndjson: ")]
    assert said == [
        "record.ndjson: Observation resources, which are not needed (2 in all, first at entry 1).",
        "record.ndjson: other resources, which are not needed (1 in all, first at entry 4).",
        "record.ndjson: lines that are no JSON, passed over (2 in all, first at line 5).",
    ]


def test_anything_in_the_place_of_anything_is_no_crash(tmp_path: Path) -> None:
    odd: list[object] = [None, 7, True, "x", [], {}, [[]], [{}], {"reference": 5}, ["a", 1]]
    resources = [GIVEN]
    for kind in (GIVEN, ORDERED, STAY, BILLED, EXPLAINED):
        for name in kind:
            if name != "resourceType":
                resources += [
                    kind | {name: value, "id": f"{name}{n}"} for n, value in enumerate(odd)
                ]
    resources += [GIVEN | {"dosage": {"dose": value, "rateRatio": value}} for value in odd]
    resources += [GIVEN | {"id": value} for value in odd]
    result = read(tmp_path, *resources)
    for sheet in result.ledger.sheets:
        assert sheet.rows_read == sheet.used + sheet.superseded + sheet.rejected


def test_references_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    around = {k: v for k, v in ORDERED.items() if k != "medicationCodeableConcept"}
    around |= {"medicationReference": {"reference": "MedicationRequest/r1"}}
    resource = {k: v for k, v in GIVEN.items() if k != "medicationCodeableConcept"}
    result = read(tmp_path, resource | {"request": {"reference": "MedicationRequest/r1"}}, around,
                  GIVEN | {"id": "a2"})  # fmt: skip
    assert len(given(result)) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{\n"resourceType": "Bundle",\n"entry": [', "is cut off or damaged at line 3"),
        ("[" + "[" * 100_000, "is nested deeper than any health record"),
        ('{"a": 1}', "is JSON, but no FHIR resource (resourceType) is in it"),
        ('<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"/>', "is a health record as XML"),
        ('<Patient xmlns="http://hl7.org/fhir"></Patient>', "is a health record as XML"),
    ],
)
def test_a_broken_file_gets_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mar.json").write_text(text)
    with pytest.raises(InputError) as refused:
        load([tmp_path / "mar.json"], PROFILE)
    (problem,) = refused.value.problems
    assert problem.startswith(f"mar.json: {says}")


def test_one_huge_document_is_refused_and_a_huge_line_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.load.fhir_json._LONGEST", 2_000)
    huge = GIVEN | {"id": "a2", "note": [{"text": "x" * 3_000}]}
    result = read(tmp_path, GIVEN, huge)
    assert len(given(result)) == 1
    (tmp_path / "a.json").write_text(json.dumps(huge, indent=1))
    with pytest.raises(InputError, match="one a line"):
        load([tmp_path / "a.json"], PROFILE)
