"""Packets to test and to look at: ``python -m tests.packet_pages FOLDER`` writes them there.

A small encounter, a typical one of the sample month, and ugly ones.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import checks
from auditor import Policy
from auditor.check import discover
from auditor.load.quote import Quoted
from auditor.record import Encounter, Source
from auditor.report import Letter, WrittenPackets, sources_of_packet, write_packets
from auditor.run import Audit, run
from tests.report_fixtures import audit_of, plain_month
from tests.report_pages import LONG, other_scripts, sixty_doses, three_days, with_every_column

LETTER = Letter(date(2026, 11, 2))


def quoted_of(*encounters: Encounter) -> Mapping[Source, Sequence[Quoted]]:
    """Cells for the rows of hand-made encounters, as long as cells can be."""
    sources = [source for encounter in encounters for source in sources_of_packet(encounter)]
    return {
        source: tuple(
            Quoted(letter, f"HEADER_OF_{field}".upper(), f"{LONG} {source.row}")
            for field, letter in source.sheet.columns.items()
        )
        for source in sources
    }


def write(audit: Audit, out: Path, letter: Letter = LETTER, **options: bool) -> WrittenPackets:
    """The packets of every encounter of an audit."""
    order = [encounter.encounter_id for encounter in audit.encounters]
    quoted = quoted_of(*audit.encounters)
    return write_packets(audit, order, [], out, letter, quoted, **options)


def small() -> Audit:
    return audit_of(*plain_month())


def ugly() -> Audit:
    return with_every_column(sixty_doses(), three_days(), other_scripts())


def battery_of(*encounters: Encounter) -> Audit:
    return run(encounters, discover(checks), Policy(), encounters[0].supplied)


def main(folder: Path) -> None:
    """Write every set into a folder of its own."""
    for name, audit in (("small", small()), ("ugly", ugly())):
        print(name, write(audit, folder / name, merged=True).pages)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
