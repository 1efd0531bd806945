"""The metadata of picture files: EXIF (camera, date, place), XMP and IPTC (title, author, licence)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyvips

# An enlarged picture is upright, so the orientation in its XMP is set to upright too.
XMP_ORIENTATION = re.compile(rb"(tiff:Orientation\s*(?:=\s*[\"']|>)\s*)([2-8])")
# JPEG has IPTC among Photoshop's resources (mark, number, name, length, data); TIFF has only the IPTC.
PHOTOSHOP, RESOURCE, NUMBER = b"Photoshop 3.0\0", b"8BIM", b"\x04\x04"

MM_PER_INCH = 25.4
NO_DENSITY = (1.0, 1.0)  # what libvips says of a file without one
USUAL_DENSITY = 72 / MM_PER_INCH


def add_metadata(image: pyvips.Image, found: Mapping[Any, Any], frames: int) -> pyvips.Image:
    """Give a picture what another reader found in its file.

    Args:
        image: upright already.
        found: `exif`, `xmp`, `icc_profile` and `dpi`, as Pillow calls them; others are left out.
        frames: how many pictures the file has.
    """
    across, down = found.get("dpi", (0, 0))
    image = image.copy(xres=across / MM_PER_INCH, yres=down / MM_PER_INCH)  # set before EXIF, as libvips does
    for key, name in (("exif", "exif-data"), ("xmp", "xmp-data"), ("icc_profile", "icc-profile-data")):
        if value := found.get(key):
            image.set_type(pyvips.GValue.blob_type, name, value)
    image.set_type(pyvips.GValue.gint_type, "orientation", 1)
    if frames > 1:
        image.set_type(pyvips.GValue.gint_type, "n-pages", frames)
    return image


def density(image: pyvips.Image) -> tuple[float, float]:
    """The pixels of a millimetre that a file asks for, across and down; those of 72 dpi if it asks for none."""
    if (image.xres, image.yres) == NO_DENSITY and image.get_typeof("exif-data"):
        image = image.copy()
        # WebP and AVIF have it in EXIF alone. libvips reads it there when EXIF is set.
        image.set_type(pyvips.GValue.blob_type, "exif-data", image.get("exif-data"))
    found = (image.xres, image.yres)
    return found if found != NO_DENSITY and min(found) > 0 else (USUAL_DENSITY, USUAL_DENSITY)


def with_orientation(image: pyvips.Image) -> pyvips.Image:
    """Tell libvips the orientation where only XMP has it; by itself it reads only EXIF's.

    HEIF and AVIF have an orientation of their own, which libvips has applied.
    """
    by_heif = image.get_typeof("vips-loader") and image.get("vips-loader").startswith("heifload")
    if by_heif or image.get_typeof("orientation") or not image.get_typeof("xmp-data"):
        return image
    found = XMP_ORIENTATION.search(image.get("xmp-data"))
    if not found:
        return image
    image = image.copy()  # its own fields
    image.set_type(pyvips.GValue.gint_type, "orientation", int(found[2]))
    return image


def copy_metadata(source: pyvips.Image, target: pyvips.Image, kind: str) -> None:
    """Copy the metadata of a picture to another, except the preview and the orientation, which becomes upright.

    Args:
        source: read from a file.
        target: the picture to save; libvips writes what the format can hold, and the new width and height into EXIF.
        kind: the format it is saved in, `jpg`, `tif` and others.
    """
    for name in source.get_fields():
        if name.startswith("exif-") or name in ("xmp-data", "iptc-data"):
            value = source.get(name)
            if name == "xmp-data":
                value = XMP_ORIENTATION.sub(rb"\g<1>1", value)
            elif name == "iptc-data":
                bare = bare_iptc(value)
                if not bare:
                    continue
                # libvips writes a quarter of the bytes into a TIFF (it counts in words where libtiff counts in bytes).
                value = in_photoshop(bare) if kind == "jpg" else bare + bytes(3 * len(bare))
            target.set_type(source.get_typeof(name), name, value)
    target.set_type(pyvips.GValue.gint_type, "orientation", 1)


def bare_iptc(block: bytes) -> bytes:
    """Take IPTC out of Photoshop's resources, if they are around it; empty if there is none among them."""
    at = len(PHOTOSHOP)
    if not block.startswith(PHOTOSHOP):
        return block
    while block[at : at + 4] == RESOURCE and at + 6 < len(block):  # a file may end anywhere
        number, name = block[at + 4 : at + 6], block[at + 6] + 1
        at += 6 + name + name % 2  # name and data are each padded to an even number of bytes
        length = int.from_bytes(block[at : at + 4], "big")
        if number == NUMBER:
            return block[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
    return b""


def in_photoshop(iptc: bytes) -> bytes:
    """Put IPTC into a block of Photoshop's resources, as the only one, without a name."""
    return PHOTOSHOP + RESOURCE + NUMBER + bytes(2) + len(iptc).to_bytes(4, "big") + iptc + bytes(len(iptc) % 2)
