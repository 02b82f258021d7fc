"""Outputs that only a password opens, and such workbooks opened again.

The workbook is encrypted as Excel does it (ECMA-376 agile encryption), the PDF with AES-256
(ISO 32000-2), everything else in a ZIP with AES-256 (WinZip's AE-2).
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO

from auditor.report.errors import DecisionsError

FEWEST, MOST = 8, 127  # characters at least; bytes at most that a PDF takes
_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an OLE container, where a workbook is a ZIP


class PasswordError(Exception):
    """A password that cannot protect; the text says why."""


def checked_password(password: str) -> str:
    """The password, if it can protect; :class:`PasswordError` where it cannot."""
    if len(password) < FEWEST:
        raise PasswordError(f"A password has at least {FEWEST} characters.")
    if len(password.encode()) > MOST:
        raise PasswordError(f"A password has at most {MOST} bytes: a PDF takes no more.")
    return password


def encrypted_workbook(plain: BinaryIO, password: str) -> bytes:
    """The workbook as Excel encrypts it."""
    from msoffcrypto.format.ooxml import OOXMLFile

    encrypted = BytesIO()
    OOXMLFile(plain).encrypt(password, encrypted)
    return encrypted.getvalue()


def encrypted_pdf(plain: BinaryIO, password: str) -> bytes:
    """The PDF with AES-256; screen readers may read it."""
    import pikepdf

    encrypted = BytesIO()
    lock = pikepdf.Encryption(owner=password, user=password, R=6)
    with pikepdf.open(plain) as pdf:
        pdf.save(encrypted, encryption=lock)
    return encrypted.getvalue()


def write_zip(path: Path, files: Iterable[Path], password: str) -> None:
    """Move the files into an encrypted ZIP; their names are readable in it."""
    import pyzipper

    with pyzipper.AESZipFile(
        path, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        for file in files:
            archive.write(file, file.name)
            file.unlink()


def opened(path: Path, password: str | None) -> IO[bytes]:
    """The workbook's bytes, decrypted in memory where they are encrypted.

    :class:`DecisionsError` where the password is wanted or wrong, OSError where the file cannot be
    read.
    """
    file = path.open("rb")
    start = file.read(len(_ENCRYPTED))
    file.seek(0)
    if start != _ENCRYPTED:
        return file
    with file:
        if password is None:
            raise DecisionsError(f"{path} is protected by a password: give --password.")
        return _decrypted(file, path, password)


def _decrypted(file: IO[bytes], path: Path, password: str) -> IO[bytes]:
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError
    from msoffcrypto.format.ooxml import OOXMLFile

    plain = BytesIO()
    damaged = DecisionsError(f"{path} is damaged, or no encrypted .xlsx workbook.")
    try:
        office = OOXMLFile(file)
        office.load_key(password=password, verify_password=True)
    except InvalidKeyError:
        raise DecisionsError(f"{path} is protected by another password.") from None
    except (DecryptionError, FileFormatError, OSError):
        raise damaged from None
    try:
        office.decrypt(plain, verify_integrity=True)
    except (DecryptionError, InvalidKeyError, OSError):
        raise damaged from None
    plain.seek(0)
    return plain
