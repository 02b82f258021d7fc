"""Which administrations share a vascular access (coding.md, section 4; H-03, H-04)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from auditor.coding.courses import DRUGS, Given, courses_of
from auditor.coding.minutes import length, minus, seconds, union
from auditor.policy import Policy
from auditor.record import AccessSite, Administration, DrugClass, Encounter, Route
from auditor.tables.sites import different_sites, label_of, says_need, says_restart, site_key

_USES_A_VEIN = ("infusion", "push", "hydration", "transfusion")


@dataclass(slots=True)
class SiteUse:
    """One documented site: what was given there and what the line record says of it."""

    name: str
    key: frozenset[str]
    courses: list[Given] = field(default_factory=list)
    records: list[AccessSite] = field(default_factory=list)


def assign_accesses(
    encounter: Encounter, courses: list[Given], policy: Policy
) -> tuple[str | None, ...]:
    """Set each course's access and return the accesses' names, the first access first.

    A second documented site is a second access only where it is really used beside the first, or
    where its need is documented, and it does not merely replace one that failed.  Everything
    else, what has no site included, belongs to the first access.
    """
    sites = site_uses(encounter, courses)
    if len(sites) < 2:
        return (sites[0].name if sites else None,)
    accesses = [sites[0]]
    for site in sites[1:]:
        if confirms_access(site, accesses, policy):
            for course in site.courses:
                course.access = len(accesses)
            accesses.append(site)
        else:  # it belongs to the first access, and so does its use
            sites[0].courses.extend(site.courses)
            sites[0].records.extend(site.records)
    return tuple(access.name for access in accesses)


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """What the record shows about accesses: the documented sites in the order of their use.

    ``untied`` counts the services by vein whose site is blank, ``placed`` are the sites that the
    line record names, and ``restarted`` says that one of them replaced a line that failed.
    ``has_line_record`` says whether any file has the record of lines.
    """

    sites: tuple[str, ...]
    untied: int
    placed: tuple[str, ...]
    restarted: bool
    has_line_record: bool


def site_record(encounter: Encounter, policy: Policy) -> SiteRecord:
    """The documented access sites of an encounter, for a check to judge."""
    courses = [
        course if course.technique in _USES_A_VEIN else _as_charted(course)
        for course in courses_of(encounter, policy, [])
        if _by_vein(course)
    ]
    uses = site_uses(encounter, courses)
    tied = sum(len(use.courses) for use in uses)
    placed: dict[frozenset[str], str] = {}
    for record in encounter.access_sites:
        text = record.site or record.description
        key = site_key(text)
        if text and key and not any(not different_sites(key, other) for other in placed):
            placed[key] = text
    reasons = [text for use in uses for text in site_texts(use)]
    return SiteRecord(
        sites=tuple(use.name for use in uses),
        untied=len(courses) - tied,
        placed=tuple(placed.values()),
        restarted=any(says_restart(text) for text in reasons),
        has_line_record=any(column.startswith("access.") for column in encounter.supplied),
    )


def _by_vein(course: Given) -> bool:
    """Whether it is a drug, fluid or blood by vein, whatever its times support."""
    administration = course.administrations[0]
    given = (*DRUGS, DrugClass.HYDRATION, DrugClass.BLOOD, DrugClass.UNCLASSIFIED)
    return administration.route is Route.IV and administration.drug_class in given


def _as_charted(course: Given) -> Given:
    """What supports no minutes still documents its site."""
    start = course.administrations[0].start
    return replace(course, technique="push", at=seconds(start) if start else course.at)


def site_uses(encounter: Encounter, courses: list[Given]) -> list[SiteUse]:
    """The documented sites in the order of their first use by vein."""
    sites: list[SiteUse] = []
    for course in sorted(courses, key=lambda course: (course.at, course.number)):
        by_vein = course.technique in _USES_A_VEIN
        text = site_of(course.administrations[0], encounter) if by_vein else None
        key = site_key(text)
        if not key:
            continue
        site = next((site for site in sites if not different_sites(site.key, key)), None)
        if site is None:
            site = SiteUse(text or "", key)
            site.records = [r for r in encounter.access_sites if _is_record_of(r, key)]
            sites.append(site)
        elif len(key) > len(site.key):
            site.key = key
        site.courses.append(course)
    return sites


def tells_the_access(one: Administration, other: Administration, encounter: Encounter) -> bool:
    """Whether the record says of two that share an access by the coding rules that they do.

    One line was placed, or both name a place or the same line.  A blank site belongs to the first
    access by the rules, and says nothing itself.
    """
    if len(encounter.access_sites) == 1:
        return True
    texts = [site_of(given, encounter) for given in (one, other)]
    labels = set(map(label_of, texts))
    return all(map(site_key, texts)) or (len(labels) == 1 and None not in labels)


def site_of(administration: Administration, encounter: Encounter) -> str | None:
    """Where it went in, as its row or the record of its line words it; ``None`` for a blank."""
    if administration.line is None:
        return administration.site
    for record in encounter.access_sites:
        if record.access_id == administration.line:
            return record.site or record.description or administration.site
    return administration.site or administration.line


def _is_record_of(record: AccessSite, key: frozenset[str]) -> bool:
    own = site_key(record.site or record.description)
    return bool(own) and not different_sites(own, key)


def confirms_access(site: SiteUse, accesses: list[SiteUse], policy: Policy) -> bool:
    """Whether the record shows that ``site`` is an access beside ``accesses``, and not after."""
    if any(_replaces(site, access) for access in accesses):
        return policy.second_site_after_removal
    if any(uses_overlap(site, access) for access in accesses):
        return True
    if policy.access_needs_documented_need == "any second site":
        return True
    return any(says_need(text) for text in site_texts(site))


def _replaces(site: SiteUse, earlier: SiteUse) -> bool:
    """Whether ``site`` is the restart of a line that failed, by its own record or the line's.

    The charted use of both may overlap by minutes; what ran beside the earlier line for more than
    15 did not replace it, whatever became of that line later (T-07).
    """
    if any(map(says_restart, site_texts(site))):
        return True
    return any(map(says_restart, site_texts(earlier))) and not _ran_together(site, earlier)


def _ran_together(one: SiteUse, other: SiteUse) -> bool:
    """Whether something ran at both for more than 15 minutes."""
    ran, beside = (
        union(span for course in use.courses for span in course.running) for use in (one, other)
    )
    return (length(ran) - length(minus(ran, beside))) // 60 > 15


def site_texts(site: SiteUse) -> list[str]:
    """What the line record and the administrations say of why the site was used."""
    texts = [text for record in site.records for text in (record.reason, record.description)]
    texts += [a.reason for course in site.courses for a in course.administrations]
    return [text for text in texts if text]


def uses_overlap(one: SiteUse, other: SiteUse) -> bool:
    """Whether something ran at one site while something ran, or was pushed, at the other."""
    return any(_overlap(a, b) for a in one.courses for b in other.courses)


def _overlap(a: Given, b: Given) -> bool:
    if a.running and b.running:
        return any(s < v and u < t for s, t in a.running for u, v in b.running)
    running, moment = (a.running, b.at) if a.running else (b.running, a.at)
    return any(start <= moment < stop for start, stop in running)
