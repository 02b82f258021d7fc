"""What the machines of a cluster leave for each other: a folder that all of them reach.

It may be of any file system that fsspec knows.  What lies there was pickled, and whoever can write
there can run programs here, as with Dask itself: on a disk the folder is its owner's alone, in a
store its permissions decide.
"""

from __future__ import annotations

import os
import pickle
import stat
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from auditor.collector import collector_paused
from auditor.report.errors import OutputError


@dataclass(frozen=True, slots=True)
class Work:
    """A folder by its address; names in it may have folders before them."""

    url: str

    @property
    def name(self) -> str:
        """What the folder is called."""
        return self.url.rpartition("/")[2]

    def at(self, name: str) -> Work:
        """A folder in this one."""
        return Work(f"{self.url}/{name}")

    def begin(self) -> None:
        """Make the folder; OutputError where somebody else may write to it, or nobody can."""
        fs, path = _place(self.url)
        try:
            fs.makedirs(path, exist_ok=True)
            if _is_disk(fs):
                found = os.stat(path)
                if hasattr(os, "getuid") and found.st_uid != os.getuid():
                    raise OutputError(f"{self.url}: belongs to somebody else; remove it.")
                os.chmod(path, stat.S_IRWXU)
        except OSError as error:
            raise OutputError(f"{self.url}: cannot be written ({error.strerror}).") from None

    def names(self) -> list[str]:
        """What lies in the folder itself."""
        fs, path = _place(self.url)
        fs.invalidate_cache()
        if not fs.isdir(path):
            return []
        return sorted(str(found).rpartition("/")[2] for found in fs.ls(path, detail=False))

    def keep_only(self, names: Container[str]) -> None:
        """Remove what lies in the folder under other names."""
        for name in self.names():
            if name not in names:
                self.remove(name)

    def keep(self, name: str, thing: object) -> None:
        """Leave a thing under a name, where it is whole or not at all."""
        with collector_paused():
            self.write(name, pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))

    def write(self, name: str, data: bytes) -> None:
        """Leave bytes under a name, where they are whole or not at all."""
        fs, path = _place(f"{self.url}/{name}")
        fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        if not _is_disk(fs):  # a store has what is put there at once
            fs.pipe_file(path, data)
            return
        unfinished = f"{path}.{uuid4().hex}"
        fs.pipe_file(unfinished, data)
        os.replace(unfinished, path)

    def load(self, name: str) -> Any:
        """What was left under a name."""
        with collector_paused():
            return pickle.loads(self.read(name))

    def read(self, name: str, first: int | None = None, last: int | None = None) -> bytes:
        """The bytes under a name, or some of them."""
        fs, path = _place(f"{self.url}/{name}")
        data: bytes = fs.cat_file(path, start=first, end=last)
        return data

    def shared(self, name: str) -> Any:
        """What was left under a name that is never written again, kept for the next who asks."""
        return _shared(self.url, name)

    def remove(self, name: str = "") -> None:
        """Remove what lies under a name, or the folder itself."""
        fs, path = _place(f"{self.url}/{name}" if name else self.url)
        if fs.exists(path):
            fs.rm(path, recursive=True)

    def move(self, name: str, to: Work) -> None:
        """Move a file or folder into another folder, in which it is new."""
        fs, path = _place(f"{self.url}/{name}")
        _, target = _place(f"{to.url}/{name}")
        fs.mv(path, target, recursive=True)


def _place(url: str) -> tuple[Any, str]:
    fs, path = fsspec.core.url_to_fs(url)
    return fs, str(path)


def _is_disk(fs: object) -> bool:
    return isinstance(fs, LocalFileSystem)


@lru_cache(maxsize=4)
def _shared(url: str, name: str) -> Any:
    return Work(url).load(name)
