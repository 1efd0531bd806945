"""Unpack zip archives that may be malicious."""

from __future__ import annotations

import errno
import lzma
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from srgan.errors import UserError

# Photographs do not shrink in a zip: DIV2K unpacks to 1.00 times its size. Far more than that is a zip bomb.
UNZIP_FACTOR = 4
CHUNK = 1 << 20
# What zipfile raises on damaged files; RuntimeError if the damage looks like a password.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)


def unzip(archive: Path, folder: Path) -> list[Path]:
    """Unpack a zip into a folder, and nothing outside the folder.

    Every name is checked before the first byte is written. No more is unpacked than the sizes that the zip declares,
    so a limit on their sum limits what is written.

    Args:
        archive: the zip.
        folder: the folder to write; made if it is missing.

    Returns:
        The files written, in the archive's order.

    Raises:
        UserError: not a zip, or damaged; a member with no name, an absolute path or a `..`; a link or device;
            a sum of sizes that photographs cannot have.
    """
    try:
        with zipfile.ZipFile(archive) as contents:
            members = contents.infolist()
            for member in members:
                if fault := _fault(member):
                    raise UserError(f"{archive}: the member {member.filename!r} {fault}; nothing was unpacked")
            declared, limit = (
                sum(member.file_size for member in members),
                UNZIP_FACTOR * archive.stat().st_size,
            )
            if declared > limit:
                raise UserError(
                    f"{archive}: would unfold to {declared} bytes, more than {UNZIP_FACTOR} times its size, "
                    "which an archive of photographs never does; nothing was unpacked"
                )
            return [_unpack(contents, member, folder) for member in members if not member.is_dir()]
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # of the disk; but a damaged zip makes zipfile seek to impossible positions
        raise UserError(f"{archive}: not a zip, or damaged ({error}); remove it and run again") from error


def _fault(member: zipfile.ZipInfo) -> str:
    """Why a member must not be unpacked; empty if it may."""
    name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor:
        return "has an absolute path"
    if not PurePosixPath(name).name:
        return "has no name"
    if ".." in PureWindowsPath(name).parts:  # which splits at / and at \
        return "leads out of the folder"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):  # 0: made on a system without file kinds
        return "is a link or a device"
    return ""


def _unpack(contents: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> Path:
    path = folder / member.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    with contents.open(member) as packed, path.open("xb") as stream:
        shutil.copyfileobj(packed, stream, CHUNK)
    return path
