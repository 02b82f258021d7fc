"""Workbooks that only a password opens: decrypted in memory with what a person says."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress

from auditor.load.errors import UnreadableFile
from auditor.load.guard import DamagedWorkbook, old_stream

Unlock = Callable[[str, int], str | None]
"""The password of a file of that name, asked for the so-many-th time; ``None`` to give up."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_BEGIN, _LOCKED = 0x809, 0x2F  # records of an .xls: how it begins, and how it is encrypted
_USUAL = "VelvetSweatshop"  # with which Excel encrypts a workbook whose structure alone is locked
_TRIES = 5


def unlocked(name: str, data: bytes, unlock: Unlock | None) -> bytes:
    """The content of a workbook, decrypted where it is encrypted.

    UnreadableFile where nobody gives the password, or where it cannot be decrypted.
    """
    if not _is_locked(data):
        return data
    plain = None
    with suppress(UnreadableFile):
        plain = _decrypted(name, data, _USUAL)
    for attempt in range(_TRIES):
        if plain is not None:
            return plain
        password = unlock(name, attempt) if unlock is not None else None
        if password is None:
            break
        plain = _decrypted(name, data, password)
    if plain is None:
        raise protected(name)
    return plain


def protected(name: str) -> UnreadableFile:
    """The sentence for a file that stays closed."""
    return UnreadableFile(
        f"{name}: is protected by a password; run on a terminal, where it is asked for, set "
        "INFUSION_AUDITOR_PASSWORD to it, or save the file without one."
    )


def _is_locked(data: bytes) -> bool:
    if not data.startswith(_OLE):
        return False
    if _PACKAGE in data:
        return True
    try:
        head = old_stream(data)[:4096]
    except DamagedWorkbook:
        return False  # the reader will say that it is damaged
    at = 0
    while at + 4 <= len(head):
        kind, size = (
            int.from_bytes(head[at : at + 2], "little"),
            int.from_bytes(head[at + 2 : at + 4], "little"),
        )
        if kind == _LOCKED:
            return True
        at += 4 + size
    return False


def _decrypted(name: str, data: bytes, password: str) -> bytes | None:
    """The plain content, ``None`` where the password is another one."""
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import InvalidKeyError
    from msoffcrypto.format.ooxml import OOXMLFile

    plain = io.BytesIO()
    try:
        office = OfficeFile(io.BytesIO(data))
        verified = {"verify_password": True} if isinstance(office, OOXMLFile) else {}
        office.load_key(password=password, **verified)
        office.decrypt(plain)
    except InvalidKeyError:
        return None
    except Exception:  # the library has many for what is damaged, or encrypted in unknown ways
        raise UnreadableFile(
            f"{name}: is encrypted in a way that cannot be opened here, or damaged; save it "
            "without a password."
        ) from None
    return plain.getvalue()
