"""The files that somebody named on the command line: folders and patterns become their files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

_READ = frozenset(
    {
        *(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".txt", ".parquet"),
        *(".837", ".835", ".edi", ".x12", ".hl7", ".json", ".jsonl", ".ndjson"),
    }
)
_SETTINGS = frozenset({".toml"})  # the profile may lie beside the exports
_LOCKS = ("~$", ".~lock.")  # what Excel and LibreOffice leave beside an open workbook
_SHOWN = 3  # names of what was passed over


def expand(named: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The files meant by files, folders and patterns, and a sentence of what was passed over.

    A folder means the files in it that can be read, by name; hidden files, those of an open
    workbook and what an earlier audit wrote are none of them.  A pattern is one only where no file
    has its name.  InputError where a file, folder or pattern means no file.
    """
    from auditor.load import InputError

    files: dict[Path, None] = {}
    told: list[str] = []
    empty: list[str] = []
    for path in named:
        if path.is_dir():
            found, others = _of_folder(path)
            if others:
                told.append(_passed_over(path, others))
            if not found:
                empty.append(f"{path}: holds no file of a kind that is read.")
        elif has_magic(str(path)) and not path.exists():
            found = sorted(filter(_is_meant, map(Path, glob(str(path), recursive=True))))
            if not found:
                empty.append(f"{path}: no file has such a name.")
        else:
            found = [path]
            if not os.path.lexists(path):  # a broken link is refused by its reader
                empty.append(f"{path}: no file has such a name.")
        files.update(dict.fromkeys(found))
    if empty:
        raise InputError(empty)
    return list(files), told


def _of_folder(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files of a folder that can be read, and what else lies in it, both by name."""
    found, others = [], []
    for path in sorted(_visible(folder)):
        if path.is_file() and path.suffix.casefold() in _READ:
            found.append(path)
        elif path.suffix.casefold() not in _SETTINGS:
            others.append(path)
    return found, others


def _visible(folder: Path) -> Iterator[Path]:
    from auditor.report import is_output

    for path in folder.iterdir():
        hidden = path.name.startswith((".", *_LOCKS))
        earlier_audit = path.is_dir() and is_output(path / "manifest.json")
        if not hidden and not earlier_audit and not is_output(path):
            yield path


def _is_meant(path: Path) -> bool:
    """Whether a pattern means a file: folders and what nobody exported are not meant."""
    from auditor.report import is_output

    return path.is_file() and not path.name.startswith((".", *_LOCKS)) and not is_output(path)


def _passed_over(folder: Path, others: Sequence[Path]) -> str:
    names = [f"{path.name}/" if path.is_dir() else path.name for path in others]
    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{folder}: passed over {shown}{more}; give by name what belongs to the audit."
