"""The files of an audit on a cluster: on its own disks, or wherever fsspec finds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import fsspec

from auditor.load.errors import InputError, UnreadableFile
from auditor.load.files import shown_names
from auditor.load.read import LARGEST, printable

_URL = re.compile(r"[a-z][a-z0-9+.:-]+://.*", re.IGNORECASE)  # longer than a drive's letter
_READ = (".parquet", ".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Input:
    """A file by its address, its path there, its name in findings, size in bytes and version."""

    url: str
    path: Path
    name: str
    size: int
    version: str

    def read(self) -> bytes:
        """Its content; UnreadableFile where there is none."""
        if self.size > LARGEST:
            raise UnreadableFile(f"{self.name}: has more than 1 GiB; split it, by month or unit.")
        fs, path = fsspec.core.url_to_fs(self.url)
        try:
            data: bytes = fs.cat_file(path)
        except OSError:
            raise UnreadableFile(f"{self.name}: cannot be read.") from None
        return data


def is_url(named: str) -> bool:
    """Whether something is named by its address and not by its path."""
    return _URL.fullmatch(named) is not None


def urls_in(named: str) -> list[str]:
    """The files of an address, a folder's or a pattern's in their order; InputError for none."""
    try:
        fs, path = fsspec.core.url_to_fs(named)
        if any(sign in path for sign in "*?["):
            found = sorted(p for p in fs.glob(path) if not fs.isdir(p))
        elif fs.isdir(path):
            found = sorted(p for p in fs.find(path) if _is_meant(p, path))
        else:
            found = [path] if fs.exists(path) else []
    except (OSError, ValueError, ImportError) as error:
        raise InputError([f"{printable(named)}: cannot be reached ({_why(error)})."]) from None
    if not found:
        raise InputError([f"{printable(named)}: no file that is read has such an address."])
    return [fs.unstrip_protocol(path) for path in found]


def _why(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "fsspec needs another package for it"
    return getattr(error, "strerror", None) or "no such address is possible"


def _is_meant(path: str, folder: str) -> bool:
    within = PurePosixPath(path.removeprefix(folder).lstrip("/"))
    hidden = any(part.startswith((".", "_")) for part in within.parts)
    return within.suffix.casefold() in _READ and not hidden


def inputs_at(urls: Sequence[str]) -> list[Input]:
    """The files at some addresses, in which they stand for what lies there now; InputError."""
    places = [fsspec.core.url_to_fs(url) for url in urls]
    paths = [Path(path) for _, path in places]
    inputs, missing = [], []
    for url, (fs, path), local, name in zip(urls, places, paths, shown_names(paths), strict=True):
        try:
            size = int(fs.info(path)["size"] or 0)
            inputs.append(Input(url, local, name, size, str(fs.ukey(path))))
        except OSError:
            missing.append(f"{name}: cannot be read.")
    if missing:
        raise InputError(missing)
    return inputs
