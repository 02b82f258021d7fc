"""What each type of FHIR resource says, as the fields of a row or as facts for those that refer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from auditor.load.fhir_json import Resource
from auditor.load.fhir_paths import (
    Link,
    Told,
    coded,
    contained,
    every,
    first,
    first_node,
    named,
    number,
    quantity,
    rate,
    remarks,
    spells,
    target,
    texts,
    when,
    words,
)
from auditor.load.grid import standards
from auditor.load.layout import Left
from auditor.load.vocabulary import words as word_lists

Facts = dict[str, Any]
Row = dict[str, Told]


# ── facts for those that refer ────────────────────────────────────────────────────────────────


def facts(resource: Resource) -> Facts:
    """What others may ask of a resource by reference."""
    match resource["resourceType"]:
        case "Medication":
            return {"drug": named(resource, "code"), "ndc": _ndc(resource, "code")}
        case "MedicationRequest":
            return {"number": number(resource), **_medication(resource)}
        case "Encounter":
            return {
                "number": number(resource),
                "account": link(resource, "account", "number"),
                "places": [
                    (
                        first(place, "period.start"),
                        first(place, "period.end"),
                        _link(resource, first_node(place, "location"), "name"),
                    )
                    for place in every(resource, "location")
                ],
            }
        case "Location" | "Organization":
            return {"name": first(resource, "name") or first(resource, "alias")}
        case _:
            return {"number": number(resource)}


def link(resource: Resource, path: str, fact: str, at: str | None = None) -> Told:
    """A fact of what the first reference at a path points to."""
    return _link(resource, first_node(resource, path), fact, at)


def _link(resource: Resource, node: object, fact: str, at: str | None = None) -> Told:
    """A fact behind a reference; one to a resource inside this one is known at once."""
    stated, logical, shown = target(node), first(node, "identifier.value"), first(node, "display")
    if stated is None:
        return logical or (shown if fact in ("name", "drug") else None)
    inside = contained(resource, stated)
    if inside is not None:
        known: Told = facts(inside).get(fact)
        return known
    if fact == "number":
        shown = logical or stated.rpartition("|")[2].rpartition("/")[2].rpartition(":")[2]
    elif fact not in ("name", "drug"):
        shown = None
    return Link(stated, fact, shown, at)


def _medication(resource: Resource) -> Facts:
    concept = "medicationCodeableConcept"
    if every(resource, concept):
        return {"drug": named(resource, concept), "ndc": _ndc(resource, concept)}
    return {name: link(resource, "medicationReference", name) for name in ("drug", "ndc")}


def _ndc(resource: Resource, path: str) -> str | None:
    return coded(resource, path, standards()["fhir"]["ndc"])


# ── rows ──────────────────────────────────────────────────────────────────────────────────────


class Kind(NamedTuple):
    """Of which kind the rows of a type of resource are, and how one is made."""

    rows: str
    read: Callable[[Resource], Iterator[Row]]
    many: bool = False


def _administration(resource: Resource) -> Iterator[Row]:
    table = standards()["fhir"]
    moment = first(resource, "effectiveDateTime")
    start = moment or first(resource, "effectivePeriod.start")
    performers = [
        performer
        for performer in every(resource, "performer")
        if first(performer, "function.coding.code") not in table["onlookers"]
    ]
    medication = _medication(resource)
    if not any(medication.values()):
        medication = {name: link(resource, "request", name) for name in ("drug", "ndc")}
    dosage = first_node(resource, "dosage")
    encounter = "context" if every(resource, "context") else "encounter"
    yield {
        "encounter_id": link(resource, encounter, "number"),
        "patient_id": link(resource, "subject", "number"),
        "order_id": link(resource, "request", "number"),
        "administration_id": number(resource),
        **medication,
        "dose": quantity(dosage, "dose"),
        "route": _route(dosage),
        "site": words(dosage, "site"),
        "rate": rate(dosage),
        "start": when(start),
        "stop": when(first(resource, "effectivePeriod.end")),
        "department": link(resource, encounter, "place", start),
        "staff": _link(resource, first_node(performers[:1], "actor"), "number"),
        "reason": words(resource, "reasonCode") or words(resource, "statusReason"),
        "comments": remarks(resource, "note.text"),
    }


def _order(resource: Resource) -> Iterator[Row]:
    dosage = first_node(resource, "dosageInstruction")
    dose = first_node(dosage, "doseAndRate")
    amount = quantity(dose, "doseQuantity")
    unit = (amount or "").partition(" ")[2]
    repeat = first_node(dosage, "timing.repeat")
    duration = (first(repeat, "duration"), first(repeat, "durationUnit"))
    yield {
        "encounter_id": link(resource, "encounter", "number"),
        "patient_id": link(resource, "subject", "number"),
        "order_id": number(resource),
        **_medication(resource),
        "ordered_at": when(first(resource, "authoredOn")),
        "provider": link(resource, "requester", "number"),
        "indication": words(resource, "reasonCode"),
        "route": _route(dosage),
        "rate": rate(dose),
        "volume": amount if unit.casefold() in word_lists().volume_units else None,
        "duration": " ".join(map(str, duration)) if all(duration) else None,
    }


def _route(dosage: object) -> str | None:
    """The route with the method, which says push or infusion."""
    return " ".join(filter(None, (words(dosage, "route"), words(dosage, "method")))) or None


def _encounter(resource: Resource) -> Iterator[Row]:
    """A stay; its classes say when it was of the emergency department, observed, or inpatient."""
    table = standards()["fhir"]
    begun, ended = (when(first(resource, f"period.{end}")) for end in ("start", "end"))
    now = first(resource, "class.code")
    history = list(spells(resource, "classHistory", "class.code"))
    classes = history or ([(now, begun, ended)] if now else [])
    arrived = [s for status, s, _ in spells(resource, "statusHistory", "status")
               if status == "arrived"]  # fmt: skip
    emergency, observed, admitted = (
        [(start, end) for held, start, end in classes if held in table[name]]
        for name in ("emergency", "observation", "inpatient")
    )
    if not admitted and now in table["inpatient"] and history:
        admitted = [(history[-1][2], None)]  # the class that followed the last one
    yield {
        "encounter_id": number(resource),
        "account_id": link(resource, "account", "number") or _identifier(resource, "AN"),
        "patient_id": link(resource, "subject", "number"),
        "arrived_at": next(iter([*arrived, *(start for start, _ in emergency)]), None),
        "registered_at": begun,
        "arrival_mode": _arrival_mode(resource),
        "ed_departed_at": emergency[-1][1] if emergency else None,
        "observation_start": observed[0][0] if observed else None,
        "observation_end": observed[-1][1] if observed else None,
        "inpatient_at": admitted[0][0] if admitted else None,
        "discharged_at": ended,
        "facility": link(resource, "serviceProvider", "name"),
    }


def _identifier(resource: Resource, kind: str) -> str | None:
    found = every(resource, "identifier")
    return next((first(i, "value") for i in found if first(i, "type.coding.code") == kind), None)


def _arrival_mode(resource: Resource) -> str | None:
    for extension in every(resource, "extension"):
        if first(extension, "url") == standards()["fhir"]["mode_of_arrival"]:
            return first(extension, "valueCoding.display") or first(extension, "valueCoding.code")
    return None


def _claim_lines(resource: Resource) -> Iterator[Row]:
    """The items of a Claim or ExplanationOfBenefit; a benefit says which claim it explains."""
    is_benefit = resource["resourceType"] == "ExplanationOfBenefit"
    claim = link(resource, "claim", "number") if is_benefit else None
    bill_type = next(
        (
            words(info, "code")
            for info in every(resource, "supportingInfo")
            if first(info, "category.coding.code") == "typeofbill"
        ),
        None,
    )
    diagnoses = texts(resource, "diagnosis.diagnosisCodeableConcept.coding.code")
    for item in every(resource, "item"):
        day = first(item, "servicedDate") or first(item, "servicedPeriod.start")
        yield {
            "encounter_id": _link(resource, first_node(item, "encounter"), "number"),
            "patient_id": link(resource, "patient", "number"),
            "claim_id": claim or number(resource),
            "payer": link(resource, "insurer", "name"),
            "bill_type": bill_type,
            "line_number": first(item, "sequence"),
            "revenue_code": first(item, "revenue.coding.code"),
            "hcpcs": first(item, "productOrService.coding.code"),
            "modifiers": ",".join(texts(item, "modifier.coding.code")) or None,
            "units": first(item, "quantity.value"),
            "charge": _adjudicated(item, "submitted") or first(item, "net.value"),
            "service_date": day[:10] if day else None,
            "paid_amount": _adjudicated(item, "paid"),
            "paid_date": first(resource, "payment.date"),
            "diagnosis_codes": ",".join(diagnoses) or None,
            "ndc": _ndc(item, "productOrService"),
        }


def _adjudicated(item: object, name: str) -> str | None:
    for wanted in standards()["fhir"][name]:
        for one in every(item, "adjudication"):
            if first(one, "category.coding.code") == wanted:
                return first(one, "amount.value")
    return None


KINDS: Mapping[str, Kind] = {
    "MedicationAdministration": Kind("administration", _administration),
    "MedicationRequest": Kind("order", _order),
    "Encounter": Kind("encounter", _encounter),
    "Claim": Kind("claim_line", _claim_lines, many=True),
    "ExplanationOfBenefit": Kind("claim_line", _claim_lines, many=True),
}


def left(resource: Resource) -> Left | None:
    """What the resource itself says against its use."""
    table = standards()["fhir"]
    status, intent = first(resource, "status"), first(resource, "intent")
    if status in table["void"]:
        return Left("superseded", f"the record marks it “{status}”")
    if intent in table["no_order"]:
        return Left("superseded", f"is a {intent} and no order")
    if resource["resourceType"] in ("Claim", "ExplanationOfBenefit"):
        kind, use = first(resource, "type.coding.code"), first(resource, "use")
        if kind is not None and kind not in table["claim_types"]:
            return Left("superseded", "is of a claim that is not institutional")
        if use not in (None, "claim"):
            return Left("superseded", "is of a request and no claim")
    return None
