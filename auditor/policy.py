"""The judgement calls: one documented field for each choice on which published authorities differ.

The defaults are those of the coding rules; a TOML file overrides any of them, and every report
prints the values in force.  The tags J1 … J35 and T-01 … name the disagreement in
``docs/decisions.md``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge

from auditor.record import StopEvidence

Minutes = Annotated[int, Ge(0)]
Rate = Annotated[int, Ge(0)]


_TAG = re.compile(r"[A-Z]-?\d{1,2}")


class PolicyError(Exception):
    """A policy file cannot be used; the text says which field and why."""


def _choice(default: Any, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices in force for one audit.  Minutes are whole minutes, rates mL/h."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str = _choice("default", "what this set of choices is called in reports")

    accepted_stop_evidence: frozenset[StopEvidence] = _choice(
        frozenset({StopEvidence.CHARTED, StopEvidence.IMPLIED}),
        "grades of stop-time evidence that count as a documented stop (J2, T-14)",
    )
    missing_stop: Literal["unbillable", "push"] = _choice(
        "unbillable",
        "an IV drug infusion without an accepted stop supports nothing, or a push (J1)",
    )
    still_infusing: Literal["reject", "reaches 16 minutes"] = _choice(
        "reject",
        "a rate charted 16 minutes or more after the start of an infusion without a stop supports "
        "nothing, or its first 16 minutes (J3)",
    )
    deduct_pauses: bool = _choice(True, "pauses within one infusion are not counted (J17, T-12)")
    same_drug_infusions: Literal["never add", "add per date"] = _choice(
        "never add", "separate infusions of one drug stand alone, or add up (J5, T-15)"
    )
    repeat_infusion_16_to_30: Literal["96376", "96366", "none"] = _choice(
        "96376", "what a repeated 16–30 minute infusion of one drug supports (J6)"
    )
    same_drug_sequential: Literal["error", "accept"] = _choice(
        "error", "a repeated infusion of one drug is never 96367, or is 96367 (J7, T-15)"
    )
    partial_overlap: Literal["deduct", "full minutes", "concurrent over 15", "concurrent"] = (
        _choice(
            "deduct",
            "overlapping minutes of a second drug are deducted, counted in full, or make it "
            "concurrent once more than 15 of them, or any, overlap (J18, T-07)",
        )
    )
    concurrent_once_per: Literal["encounter", "date"] = _choice(
        "encounter", "96368 counts once an encounter, or once a date (J19)"
    )
    bolus_before_infusion: Literal["96376", "96375"] = _choice(
        "96376", "a push of a drug whose reported infusion comes later (T-08)"
    )
    repeat_push_after: Literal["more than 30", "30 or more"] = _choice(
        "more than 30", "minutes after which a push of the same drug is reported again (J22, T-08)"
    )
    repeat_push_from: Literal["start", "end"] = _choice(
        "start", "those minutes run from the start or from the end of the dose before (J22)"
    )
    repeat_push_since: Literal["reported", "given"] = _choice(
        "reported", "the dose before is the last reported or the last given one (J22)"
    )
    midnight: Literal["split", "start date"] = _choice(
        "split", "each unit is dated by its running hour, or all by the start (J8)"
    )
    add_on_needs: Literal["encounter", "date"] = _choice(
        "encounter",
        "an hour, drug or dose that is added needs a first service in its encounter, or on its own "
        "date of service (J9)",
    )
    ordered_short: Literal["as it ran", "as ordered"] = _choice(
        "as it ran",
        "an infusion ordered for 15 minutes or less that ran longer is what ran, and marked, or "
        "the push that was ordered (J35)",
    )
    deduct_push_minutes: bool = _choice(
        True, "documented push minutes are removed from hydration (J16)"
    )
    hydration_segments: Literal["each over 30", "sum"] = _choice(
        "each over 30",
        "each uninterrupted hydration run must reach 31 minutes, or their sum (J34)",
    )
    bag_change_gap: Minutes = _choice(
        5, "minutes between two fluid bags that still make one run (judgement)"
    )
    kvo_rate: Rate = _choice(
        50, "mL/h at or below which a fluid only keeps the vein open (J15, N-03)"
    )
    hydration_review_rate: Rate = _choice(
        125, "mL/h below which counted hydration is marked for review (J15, N-03)"
    )
    hydration_needs_rate: bool = _choice(
        False,
        "hydration is shown to be needed only at a rate that replenishes, whatever the indication "
        "(N-03)",
    )
    hydration_review_volume: Annotated[int, Ge(0)] = _choice(
        250, "mL below which hydration is marked for review (N-03, judgement)"
    )
    observation_carve_out: Literal["chemotherapy and titrated", "all infusions", "none"] = _choice(
        "chemotherapy and titrated",
        "whose minutes are no hours of observation, because they are monitored (J26, E-04)",
    )
    monitored_drugs: frozenset[str] = _choice(
        frozenset(), "drugs, by name, whose infusions are monitored besides these (J26, E-04)"
    )
    chemo_hydration: Literal["review", "counted", "integral"] = _choice(
        "review",
        "hydration at the access of chemotherapy is counted and marked, counted, or "
        "integral to the drug and not counted (J14, N-04)",
    )
    blood_premedication: Literal["review", "billable", "integral"] = _choice(
        "review",
        "a drug by vein charted as premedication of a transfusion is counted and marked, counted, "
        "or part of the transfusion (J25)",
    )
    borderline: Minutes = _choice(
        2,
        "counted minutes that a clock so many minutes out would carry over a threshold, up or "
        "down, are marked for review: with 2, an infusion of 14 to 17 minutes (J33)",
    )
    pause_review: Minutes = _choice(
        60, "minutes of pause within one infusion above which it is marked (T-15)"
    )
    ems_push_starts_clock: bool = _choice(
        False, "a push before arrival starts the 30-minute clock of its drug (J23)"
    )
    second_site_after_removal: bool = _choice(
        False, "a line removed and restarted elsewhere is a second access (J11)"
    )
    access_needs_documented_need: Literal["overlap or need", "any second site"] = _choice(
        "overlap or need",
        "a second site counts when its use overlaps or its need is documented, or always (J10)",
    )
    separate_access_modifier: Literal["59", "XS", "XU"] = _choice(
        "59", "modifier of the lower-ranked initial at a second access (J13)"
    )
    biologic_as_chemo: frozenset[str] = _choice(
        frozenset(),
        "complex biologics, by drug name, coded as chemotherapy (J24, D-05)",
    )
    payment_window_days: Literal[3, 1, 0] = _choice(
        3,
        "calendar days before an admission whose services belong on the inpatient claim: 3 in a "
        "hospital under inpatient prospective payment, 1 in others, 0 where exempt (E-03)",
    )
    payment_system: Literal["OPPS", "critical access", "Maryland"] = _choice(
        "OPPS",
        "how Medicare pays the hospital; only under OPPS is a claim priced (P-06)",
    )
    rural_sole_community: bool = _choice(
        False,
        "a rural sole community hospital: its excepted off-campus departments are paid drug "
        "administration in full from 2026 on (P-05)",
    )
    hand_over: Minutes = _choice(
        60,
        "minutes around the start of observation, and after the row before, within which a new row "
        "of the same drug charts the same infusion (judgement)",
    )
    arrival_tolerance: Minutes = _choice(
        10,
        "minutes before arrival within which a start, without a sign of an ambulance or transfer, "
        "is a late check-in and no infusion begun elsewhere (judgement)",
    )
    drug_rounding: Literal["per date", "per dose"] = _choice(
        "per date", "the doses of one date are added and rounded up once, or each dose is (J27)"
    )
    flush_gap: Minutes = _choice(
        15, "minutes between two drugs within which a flush must be charted"
    )
    late_charting_hours: Annotated[int, Ge(1)] = _choice(
        24, "hours after an administration from which its charting counts as late (judgement)"
    )
    same_stops: Annotated[int, Ge(2)] = _choice(
        3, "stops charted by one person for one instant from which they are in doubt (judgement)"
    )
    skip: frozenset[str] = _choice(frozenset(), "checks that this audit leaves out, by their ids")


def policy_from(choices: dict[str, Any]) -> Policy:
    """The defaults with these choices; PolicyError names the field that is wrong."""
    from pydantic import TypeAdapter, ValidationError  # here, so that the command starts quickly

    try:
        return TypeAdapter(Policy).validate_python(choices)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{name}: {first['msg']}.") from None


def published_views() -> dict[str, Path]:
    """The policy files of published views that come with the program, by name."""
    folder = Path(__file__).parent / "policies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load_policy(path: Path | None) -> Policy:
    """Read a policy from a TOML file or a published view's name; the defaults for ``None``.

    PolicyError names what is wrong.
    """
    if path is None:
        return Policy()
    file = path if path.exists() else published_views().get(str(path), path)
    try:
        return policy_from(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        views = ", ".join(published_views())
        raise PolicyError(
            f"{file.name}: cannot be read ({error.strerror}); the views by name are {views}."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{file.name}: is not valid TOML ({error}).") from None
    except PolicyError as error:
        raise PolicyError(f"{file.name}: {error}") from None


def require_known_checks(policy: Policy, known: Sequence[str]) -> None:
    """PolicyError where ``skip`` names what is no check: it would leave out nothing, unnoticed."""
    for name in sorted(policy.skip - frozenset(known)):
        nearest = ", ".join(get_close_matches(name, known, n=3, cutoff=0.0))
        raise PolicyError(f"skip: there is no check {name!r}; the nearest are {nearest}.")


def policy_rows(policy: Policy) -> list[tuple[str, str, str, bool]]:
    """Each choice as (field, value in words, meaning, changed from the default), for reports."""
    return [
        (
            choice.name,
            _words(getattr(policy, choice.name)),
            _without_tags(choice.metadata["says"]),
            getattr(policy, choice.name) != choice.default,
        )
        for choice in fields(policy)
    ]


def _without_tags(says: str) -> str:
    """A meaning for readers who cannot look its tags up: they are for who works on the rules."""
    text, opening, notes = says.rpartition(" (")
    if not opening or not notes.endswith(")"):
        return says
    kept = [note for note in notes[:-1].split(", ") if not _TAG.fullmatch(note)]
    return f"{text} ({', '.join(kept)})" if kept else text


def _words(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(str(part) for part in value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
