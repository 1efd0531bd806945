"""Colours that a HEIF file describes by numbers (nclx; ITU-T H.273, tables 2 and 3) instead of a profile."""

from __future__ import annotations

from collections.abc import Mapping

import pyvips

UNKEPT = "unkept-colours"  # a picture's field: the name of its colours, where its result cannot have them
P3 = 12  # among primaries, with the white of daylight
LIKE_SRGB = frozenset((1, 2, 5, 6))  # primaries that look like sRGB's, or are not known
USUAL_CURVES = frozenset((1, 2, 4, 5, 6, 13, 14, 15))  # transfer characteristics of SDR
PRIMARIES = {9: "BT.2020", 11: "DCI-P3", P3: "Display P3"}
CURVES = {8: "linear light", 16: "PQ", 18: "HLG"}


def with_colours(image: pyvips.Image, nclx: Mapping[str, float] | None) -> pyvips.Image:
    """Give a picture without a profile what its numbers stand for.

    Display P3, which phones have, has a profile among libvips' own. Colours like sRGB's need none. Of all others, HDR
    and the widest gamuts, only the name is given, in the field UNKEPT.

    Args:
        image: the picture.
        nclx: `color_primaries` and `transfer_characteristics`, as pillow-heif calls them; None if the file has none.
    """
    if nclx is None or image.get_typeof("icc-profile-data"):
        return image
    primaries, curve = int(nclx["color_primaries"]), int(nclx["transfer_characteristics"])
    usual = curve in USUAL_CURVES
    if usual and primaries in LIKE_SRGB:
        return image
    image = image.copy()  # its own fields
    if usual and primaries == P3:
        profile = pyvips.Operation.call("profile_load", "p3")
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    else:
        names = [PRIMARIES.get(primaries), CURVES.get(curve)]
        name = " ".join(filter(None, names)) or f"primaries {primaries}, transfer {curve} of H.273"
        image.set_type(pyvips.GValue.gstr_type, UNKEPT, name)
    return image
