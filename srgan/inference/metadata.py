"""What a picture file says beside its pixels: EXIF (camera, date, place), XMP and IPTC (title, author, licence)."""

from __future__ import annotations

import re

import pyvips

# A turned picture is upright once it is enlarged, so XMP's own note of how the camera was held is set to upright too.
XMP_ORIENTATION = re.compile(rb"(tiff:Orientation\s*(?:=\s*[\"']|>)\s*)[2-8]")
# JPEG keeps IPTC among Photoshop's resources (mark, number, name, length, data); TIFF keeps it bare.
PHOTOSHOP, RESOURCE, NUMBER = b"Photoshop 3.0\0", b"8BIM", b"\x04\x04"


def add_metadata(image: pyvips.Image, exif: bytes | None, xmp: bytes | None) -> None:
    """Give an opened picture the metadata that another reader found in its file."""
    for name, value in (("exif-data", exif), ("xmp-data", xmp)):
        if value:
            image.set_type(pyvips.GValue.blob_type, name, value)


def copy_metadata(source: pyvips.Image, target: pyvips.Image, kind: str) -> None:
    """Give a picture all that another one says, but its orientation, which becomes upright, and its small preview.

    Args:
        source: read from a file.
        target: to be saved; libvips writes what the format has a place for, and its own width and height into EXIF.
        kind: the format it is saved in, `jpg`, `tif` and others.
    """
    for name in source.get_fields():
        if name.startswith("exif-") or name in ("xmp-data", "iptc-data"):
            value = source.get(name)
            if name == "xmp-data":
                value = XMP_ORIENTATION.sub(rb"\g<1>1", value)
            elif name == "iptc-data":
                bare = bare_iptc(value)
                # libvips writes a quarter of the bytes into a TIFF (it counts in words where libtiff counts in bytes).
                value = in_photoshop(bare) if kind == "jpg" else bare + bytes(3 * len(bare))
            target.set_type(source.get_typeof(name), name, value)
    target.set_type(pyvips.GValue.gint_type, "orientation", 1)


def bare_iptc(block: bytes) -> bytes:
    """IPTC out of Photoshop's resources; what is bare already, or has no IPTC, is returned as it is."""
    at = len(PHOTOSHOP)
    if not block.startswith(PHOTOSHOP):
        return block
    while block[at : at + 4] == RESOURCE:
        number, name = block[at + 4 : at + 6], block[at + 6] + 1
        at += 6 + name + name % 2  # both the name and the data fill whole pairs of bytes
        length = int.from_bytes(block[at : at + 4], "big")
        if number == NUMBER:
            return block[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
    return block


def in_photoshop(iptc: bytes) -> bytes:
    """IPTC as the one of Photoshop's resources, without a name."""
    return PHOTOSHOP + RESOURCE + NUMBER + bytes(2) + len(iptc).to_bytes(4, "big") + iptc + bytes(len(iptc) % 2)
