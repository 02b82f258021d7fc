"""Files → sheets, whichever kind of file each is: a spreadsheet, or one of the standards."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.load.errors import InputError
from auditor.load.ledger import Problems
from auditor.load.locked import Unlock
from auditor.load.read import (
    RawSheet,
    UnreadableFile,
    decoded,
    printable,
    read_bytes,
    read_file,
    shown_name,
)
from auditor.progress import Step, Tell, silent

if TYPE_CHECKING:  # it comes with modules that few files need
    from auditor.load.fhir import FhirFiles

_LOOKED_AT = 65_536  # bytes from the start that tell what a file is
_X12 = re.compile(r"ISA[^\w\s,;]|GS([^\w\s,;])H[CP]\1|ST([^\w\s,;])83[57]\2")
_HL7 = re.compile(r"[\x0b\s]*(?:FHS|BHS|MSH)[^\w\s,;]")
_XML = re.compile(r"<.{0,2000}(?:http://hl7\.org/fhir|urn:hl7-org:v)", re.DOTALL)


def read_files(
    paths: Sequence[Path],
    problems: Problems,
    unlock: Unlock | None = None,
    tell: Tell = silent,
) -> Iterator[RawSheet]:
    """The sheets of each file; what of a file of a standard is passed over, ``problems`` says.

    ``unlock`` gives the password of a protected workbook, or None to give up.

    Raises:
        InputError: some file cannot be read; it names every such file, after all others.
    """
    from auditor.load.fhir import FhirFiles

    fhir = FhirFiles(problems)
    unreadable = []
    seen: dict[bytes, Path] = {}
    sizes = [path.stat().st_size / 1e6 if path.is_file() else 0.0 for path in paths]
    for number, (path, name) in enumerate(zip(paths, shown_names(paths), strict=True)):
        tell(Step.READ, sum(sizes[:number]), sum(sizes))
        try:
            data = read_bytes(path)
            earlier = seen.setdefault(sha256(data).digest(), path)
            if earlier is not path:
                problems.say(given_twice(path, earlier))
                continue
            yield from sheets_of(path, name, data, problems, unlock, fhir)
        except UnreadableFile as error:
            unreadable.append(str(error))
    tell(Step.READ, sum(sizes), sum(sizes))
    if unreadable:
        raise InputError(unreadable)
    yield from fhir.sheets()


def sheets_of(
    path: Path,
    name: str,
    data: bytes,
    problems: Problems,
    unlock: Unlock | None = None,
    fhir: FhirFiles | None = None,
) -> Iterator[RawSheet]:
    """The sheets of one file by its content; what refers to other files goes to ``fhir``.

    UnreadableFile where it is none that can be read, or FHIR and nobody takes it.
    """
    from auditor.load.hl7 import read_hl7
    from auditor.load.parquet import is_parquet, read_parquet
    from auditor.load.x12 import read_x12

    if is_parquet(data):
        yield read_parquet(name, data, problems)
        return
    match _standard(name, data):
        case "X12":
            yield from read_x12(name, decoded(name, data), problems)
        case "HL7":
            yield from read_hl7(name, decoded(name, data), problems)
        case "JSON" if fhir is not None:
            fhir.read(name, decoded(name, data))
        case "JSON":
            raise UnreadableFile(
                f"{name}: is FHIR in JSON, whose resources stand in several files; export tables, "
                "or audit it without --cluster."
            )
        case "XML":
            raise UnreadableFile(
                f"{name}: is a health record as XML; export it as FHIR in JSON, or as "
                "a spreadsheet."
            )
        case _:
            for sheet in read_file(path, data, unlock):
                yield replace(sheet, file=name)


def shown_names(paths: Sequence[Path]) -> list[str]:
    """What each file is called: its name, with as many of its folders as tell it from others."""
    files = [Path(os.path.abspath(path)) for path in paths]  # a link may lead nowhere
    by_name: dict[str, set[Path]] = {}
    for file in files:
        by_name.setdefault(file.name, set()).add(file)
    return [_told_apart(file, by_name[file.name] - {file}) for file in files]


def _told_apart(file: Path, others: Set[Path]) -> str:
    depth = 1
    while any(other.parts[-depth:] == file.parts[-depth:] for other in others):
        depth += 1
    return printable("/".join(file.parts[-depth:]))


def given_twice(path: Path, earlier: Path) -> str:
    """What is said of a file with the content of an earlier one."""
    name = shown_name(path)
    if name == shown_name(earlier):
        return f"{name}: was given twice and read once."
    return f"{name}: has the same content as {shown_name(earlier)} and was not read again."


def _standard(name: str, data: bytes) -> str | None:
    """Which standard a file begins like, or ``None`` for a spreadsheet or anything else."""
    head = ""
    with contextlib.suppress(UnreadableFile):
        head = decoded(name, data[:_LOOKED_AT]).lstrip("\ufeff \t\r\n")
    if _X12.match(head):
        return "X12"
    if _HL7.match(head):
        return "HL7"
    if re.match(r"\{\s*[\"}]|\[\s*[\[{]", head):
        return "JSON"
    return "XML" if _XML.match(head) else None
