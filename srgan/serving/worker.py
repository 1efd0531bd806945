"""Enlarge one picture after the other with one network: python -m srgan.serving.worker NETWORK STRENGTH DEVICE SIDE.

It loads the network once, then reads and prints JSON objects, one a line. So a file that crashes a decoder ends this
process and not the server, and the process ends when the server does, because its input does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from srgan.data.appearance import appearance
from srgan.errors import UnwritableError, UserError
from srgan.hosting.process import end_with_server, log_no_room
from srgan.inference.enlarger import Enlarger
from srgan.inference.guard import block_other_readers, refuse_large
from srgan.inference.pictures import Picture
from srgan.models.stored import read_model
from srgan.models.tiles import Window

ACROSS = 4  # crops of a request's picture that are measured, in rows of so many
SIDE = 24  # LR pixels of a crop, for a network that does not say on what it was trained


def enlarge(enlarger: Enlarger, source: Path, target: Path, side: int) -> dict[str, object]:
    """Enlarge a file into a PNG, with a line after each tile.

    Returns:
        Its pixels, how many pages or frames it has, and the figures of its crops; or `error`, and `server_error`,
        whether the failure is not the picture's.
    """
    try:
        refuse_large(source)
        picture = enlarger.enlarge(source, target, lambda _: _say({"tile": True}))
        pixels = picture.width * picture.height
        return {"pixels": pixels, "pages": picture.pages, "figures": crop_figures(picture, side)}
    except UserError as error:
        if isinstance(error, UnwritableError):
            log_no_room(source.parent, error)
        said = str(error).replace(str(source), "the picture").replace(str(target), "the result")
        return {"error": said, "server_error": isinstance(error, UnwritableError)}


def crop_figures(picture: Picture, side: int) -> list[dict[str, float]]:
    """What LR looks like in ACROSS x ACROSS crops, evenly spread, of a training's size: the network saw such crops.

    Args:
        picture: the request's.
        side: LR pixels of a crop; a smaller picture is measured as far as it goes.
    """
    height, width = min(side, picture.height), min(side, picture.width)
    tops = np.linspace(0, picture.height - height, ACROSS).astype(int)
    lefts = np.linspace(0, picture.width - width, ACROSS).astype(int)
    windows = {Window(int(top), int(left), height, width) for top in tops for left in lefts}
    crops = (picture.read_colours(window) for window in sorted(windows))
    return [appearance(np.rint(255 * crop).astype(np.uint8)) for crop in crops]


def main(network: Path, strength: float, device: str, side: int) -> None:
    """Load the network and say so, then answer a line with a line."""
    try:
        enlarger = Enlarger(network, strength=strength, device=device)
    except (UserError, OSError) as error:
        _say({"error": str(error)})
        return
    block_other_readers()
    _say({"sha256": read_model(network)["sha256"]["generator"]})
    asked: SimpleQueue[str] = SimpleQueue()
    end_with_server(asked.put)
    while True:
        wanted = json.loads(asked.get())
        _say(enlarge(enlarger, Path(wanted["source"]), Path(wanted["target"]), side))


def _say(state: dict[str, object]) -> None:
    try:
        print(json.dumps(state), flush=True)
    except BrokenPipeError:  # the server has ended
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
