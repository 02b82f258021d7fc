"""The hospital's masking key: made once, kept in the user's folder, read by nobody else."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

NAME = "mask.key"
_BYTES = 32


class MaskKeyError(Exception):
    """The key cannot be made or read; the text says what to do."""


def kept_key(folder: Path) -> bytes:
    """The key of ``folder``, made there if there is none; 256 random bits, mode 0600.

    Raises:
        MaskKeyError: the file cannot be read or written, or is no key.
    """
    path = folder / NAME
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _make(path)
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except OSError as error:
        raise MaskKeyError(
            f"{path}: the masking key cannot be read or made ({error.strerror})."
        ) from None
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise MaskKeyError(
            f"{path}: is no masking key. Put back the one that was made; if it is lost, move this "
            "file away, and a new key will give other pseudonyms."
        )
    return key


def has_key(folder: Path) -> bool:
    """Whether a key was made there."""
    return (folder / NAME).exists()


def _make(path: Path) -> None:
    """Write a new key whole or not at all; of two programs at once the first one's stands."""
    made = path.with_name(f"{NAME}.{os.getpid()}")
    opened = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES) + "\n")
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        except OSError:  # a disk without hard links
            made.replace(path)
    finally:
        made.unlink(missing_ok=True)
