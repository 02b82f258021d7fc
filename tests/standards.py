"""Files of the standards as hospitals send them: X12 interchanges, FHIR resources, HL7 messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from auditor.record import Administration, ClaimLine, Encounter, Method, Segment, StopEvidence

VERSION_837 = "005010X223A2"
VERSION_835 = "005010X221A1"


# ── X12 ───────────────────────────────────────────────────────────────────────────────────────


def interchange(
    *transactions: Sequence[str],
    version: str = VERSION_837,
    group: str = "HC",
    signs: str = "*^:~",
    between: str = "\n",
) -> str:
    """An interchange of transactions, each its segments from BHT or BPR to its last one.

    They are written with ``* ^ : ~`` and come out with the four ``signs``.
    """
    kind = "835" if group == "HP" else "837"
    head = [
        "ISA*00*          *00*          *ZZ*HOSPITAL       *ZZ*PAYER          *240930*1200*^*00501"
        "*000000907*0*P*:",
        f"GS*{group}*HOSPITAL*PAYER*20240930*1200*77*X*{version}",
    ]
    body = []
    for number, lines in enumerate(transactions, start=1):
        control = f"{number:04}"
        body += [f"ST*{kind}*{control}*{version}", *lines, f"SE*{len(lines) + 2}*{control}"]
    segments = [*head, *body, f"GE*{len(transactions)}*77", "IEA*1*000000907"]
    text = "".join(f"{segment}~{between}" for segment in segments)
    return text.translate(str.maketrans("*^:~", signs))


def subscriber(*claims: Sequence[str], payer: str = "MEDICARE") -> list[str]:
    """A transaction of one billing provider with a subscriber for each claim."""
    lines = [
        "BHT*0019*00*0123*20240930*1200*CH", "NM1*41*2*HOSPITAL*****46*1",
        "NM1*40*2*PAYER*****46*2", "HL*1**20*1", "NM1*85*2*HOSPITAL*****XX*1234567893",
    ]  # fmt: skip
    for number, claim in enumerate(claims, start=2):
        lines += [
            f"HL*{number}*1*22*0", "SBR*P*18*******MB", "NM1*IL*1*DOE*JANE****MI*1EG4TE5MK73",
            "DMG*D8*19500101*F", f"NM1*PR*2*{payer}*****PI*00435", *claim,
        ]  # fmt: skip
    return lines


def claim(
    account: str,
    *lines: Sequence[str],
    bill: str = "13:A:1",
    dates: str | None = "20240901",
    extra: Sequence[str] = (),
) -> list[str]:
    """A claim with its service lines, each the segments from SV2 on."""
    period = [f"DTP*434*{'RD8' if '-' in dates else 'D8'}*{dates}"] if dates else []
    numbered = (f"LX*{number}" for number in range(1, len(lines) + 1))
    body = [segment for lx, line in zip(numbered, lines, strict=True) for segment in (lx, *line)]
    return [f"CLM*{account}*100***{bill}*Y*A*Y*Y", *period, *extra, *body]


def service(
    code: str, units: object = 1, day: str = "20240901", revenue: str = "0260"
) -> list[str]:
    """A service line; ``code`` as ``96365`` or ``96365:59``, blank for none."""
    composite = f"HC:{code}" if code else ""
    return [f"SV2*{revenue}*{composite}*250.00*UN*{units}", f"DTP*472*D8*{day}"]


def remittance(*claims: Sequence[str], day: str = "20241015") -> list[str]:
    """A payment with its claims, each the segments from CLP on."""
    head = [f"BPR*I*100*C*ACH*CCP*01*1*DA*2*3**01*4*DA*5*{day}", "TRN*1*12345*1999999999",
            "N1*PR*MEDICARE", "N1*PE*HOSPITAL*XX*1234567893", "LX*1"]  # fmt: skip
    return [*head, *(segment for claim in claims for segment in claim)]


def as_837(encounters: Sequence[Encounter]) -> str:
    """The claims of encounters as one interchange."""
    return interchange(subscriber(*(c for e in encounters for c in _claims(e))), between="")


def _claims(encounter: Encounter) -> Iterator[list[str]]:
    for (_, bill), listed in groupby(
        encounter.claim_lines, lambda one: (one.claim_id, one.bill_type)
    ):
        lines = list(listed)
        days = sorted(line.service_date for line in lines if line.service_date)
        account = encounter.account_id or encounter.encounter_id
        yield claim(
            account,
            *map(_service, lines),
            bill=f"{(bill or '131')[:-1]}:A:{(bill or '131')[-1]}",
            dates=f"{days[0]:%Y%m%d}-{days[-1]:%Y%m%d}" if days else None,
            extra=[
                *([f"REF*EA*{encounter.patient_id}"] if encounter.patient_id else []),
                *_codes(lines[0]),
            ],
        )


def _codes(line: ClaimLine) -> list[str]:
    codes = [code.replace(".", "") for code in line.diagnosis_codes]
    principal = [f"HI*ABK:{code}" for code in codes[:1]]
    others = ["HI*" + "*".join(f"ABF:{code}" for code in codes[1:])] if codes[1:] else []
    conditions = "*".join(f"BG:{code}" for code in line.condition_codes)
    return [*principal, *others, *([f"HI*{conditions}"] if conditions else [])]


def _service(line: ClaimLine) -> list[str]:
    code = ":".join(("HC", line.hcpcs, *line.modifiers)) if line.hcpcs else ""
    assert line.service_date is not None
    return [
        f"SV2*{line.revenue_code}*{code}*{line.charge}*UN*{line.units}",
        f"DTP*472*D8*{line.service_date:%Y%m%d}",
        *([f"LIN**N4*{line.ndc}"] if line.ndc else []),
    ]


# ── FHIR ──────────────────────────────────────────────────────────────────────────────────────


def ndjson(path: Path, *resources: Mapping[str, Any]) -> Path:
    """A file with one resource a line."""
    path.write_text("".join(json.dumps(one) + "\n" for one in resources), encoding="utf-8")
    return path


def bundle(path: Path, *resources: Mapping[str, Any], **urls: str) -> Path:
    """A Bundle; ``urls`` gives a resource of that id an address of its own."""
    entries = [
        {"fullUrl": urls.get(one.get("id", ""), f"http://x/{one['resourceType']}/{one.get('id')}"),
         "resource": one}
        for one in resources
    ]  # fmt: skip
    document = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return path


def as_fhir(encounters: Sequence[Encounter]) -> list[dict[str, Any]]:
    """The administrations of encounters: a resource for each running segment, places beside them.

    Only a stop that somebody charted is an end; what the format has no place for is left out.
    """
    resources: list[dict[str, Any]] = []
    for encounter in encounters:
        for given in encounter.administrations:
            for segment in given.segments:
                first = segment is given.segments[0]  # a dose is said once
                resources.append(_administration(encounter, given, segment, with_dose=first))
    return resources


def _administration(
    encounter: Encounter, given: Administration, segment: Segment, with_dose: bool
) -> dict[str, Any]:
    """One running segment; those of one administration share its identifier."""
    charted = segment.stop_evidence in (StopEvidence.CHARTED, StopEvidence.IMPLIED)
    stop = segment.stop if charted else None
    timed = given.method is Method.INFUSION or stop is not None
    dosage: dict[str, Any] = {
        "route": {"text": " ".join(filter(None, (given.route.value, given.method)))}
    }
    if given.dose is not None and with_dose:
        dosage["dose"] = {"value": float(given.dose), "unit": given.dose_unit}
    if given.site:
        dosage["site"] = {"text": given.site}
    if segment.rates:
        dosage["rateQuantity"] = {"value": float(segment.rates[0][1]), "unit": "mL/h"}
    resource = {
        "resourceType": "MedicationAdministration",
        "identifier": [{"value": given.administration_id}],
        "status": "completed",
        "medicationCodeableConcept": {"text": given.drugs[0]},
        "subject": {"reference": f"Patient/{encounter.patient_id}"},
        "context": {"reference": f"Encounter/{encounter.encounter_id}"},
        "dosage": dosage,
    }
    if given.staff:
        resource["performer"] = [{"actor": {"identifier": {"value": given.staff}}}]
    if given.order_id:
        resource["request"] = {"reference": f"MedicationRequest/{given.order_id}"}
    if given.comments:
        resource["note"] = [{"text": given.comments}]
    if timed:
        ends = {"start": segment.start, "end": stop}
        resource["effectivePeriod"] = {k: m.isoformat() for k, m in ends.items() if m}
    elif segment.start:
        resource["effectiveDateTime"] = segment.start.isoformat()
    return resource


# ── HL7 ───────────────────────────────────────────────────────────────────────────────────────


def hl7(name: str, fields: Mapping[int, str]) -> str:
    """A segment by the numbers of its fields."""
    return "|".join([name, *(fields.get(place, "") for place in range(1, max(fields) + 1))])


def message(
    *segments: str,
    kind: str = "RAS^O17",
    version: str = "2.5.1",
    sent: str = "20240901120000",
    end: str = "\r",
) -> str:
    """A message about patient M1, account A1, visit E1."""
    head = [
        f"MSH|^~\\&|EHR|H|AUDIT|H|{sent}||{kind}|1|P|{version}",
        hl7("PID", {3: "X9^^^H^PI~M1^^^H^MR", 5: "DOE^JANE", 7: "19500101", 18: "A1^^^H^AN"}),
        hl7("PV1", {2: "O", 3: "ED^12^1^H", 19: "E1^^^H^VN"}),
    ]
    return "".join(f"{segment}{end}" for segment in (*head, *segments))
