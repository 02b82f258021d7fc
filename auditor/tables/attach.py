"""The public tables that an encounter's dates of service call for."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import replace
from datetime import date

from auditor.record import Encounter
from auditor.tables.published import PublicTables
from auditor.tables.quarter import Quarter
from auditor.tables.store import Loaded, Store


def tables_for(encounters: Iterable[Encounter], store: Store) -> PublicTables:
    """What the store has for the quarters and the codes of some encounters; StoreError."""
    quarters: set[Quarter] = set()
    codes: set[str] = set()
    for encounter in encounters:
        quarters |= quarters_of(encounter)
        codes |= {line.hcpcs for line in encounter.claim_lines if line.hcpcs}
    return store.tables(quarters, codes)


def tables_on(days: Iterable[date], codes: Collection[str], store: Store) -> PublicTables:
    """What the store has for some dates of service and codes; StoreError."""
    return store.tables({Quarter.of(day) for day in days}, codes)


def attach(encounter: Encounter, tables: PublicTables) -> Encounter:
    """The encounter with the tables of the audit; each of its dates asks for its own."""
    return replace(encounter, tables=tables)


def editions_of(
    tables: PublicTables, store: Store, quarters: Container[Quarter] | None = None
) -> tuple[Loaded, ...]:
    """What of the store an audit asked, with its files, for the report; StoreError.

    ``quarters`` are those that it has services in, where the tables have others, too.
    """
    asked = {
        edition
        for quarter, its in tables.quarters.items()
        if quarters is None or quarter in quarters
        for edition in its.editions
    }
    return tuple(loaded for loaded in store.loaded() if loaded.edition in asked)


def quarters_of(encounter: Encounter) -> set[Quarter]:
    """The quarters in which a line of its claim is dated or something was given."""
    billed = (line.service_date for line in encounter.claim_lines)
    segments = [s for given in encounter.administrations for s in given.segments]
    times = [time for s in segments for time in (s.start, s.stop)]
    days = [*billed, *(time.date() for time in times if time is not None)]
    return {Quarter.of(day) for day in days if day is not None}
