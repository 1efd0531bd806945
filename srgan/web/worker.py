"""Enlarge one picture in a process of its own: python -m srgan.web.worker SOURCE NAME WISH.

So a file that crashes a decoder or needs too much memory ends this process and not the server, and an enlargement that
is no longer needed can be stopped at once. The process prints JSON objects, one a line, each a part of the job's state.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from srgan.errors import UnreadableError, UnwritableError, UserError
from srgan.hosting.process import NO_ROOM, end_with_server, log_no_room
from srgan.inference.enlarger import Enlarger
from srgan.inference.files import targets
from srgan.inference.guard import block_other_readers, refuse_large
from srgan.inference.pictures import Picture, pixel_count
from srgan.inference.sizes import Size
from srgan.inference.views import shown_size, write_views
from srgan.web.networks import suiting_picture
from srgan.web.wish import Wish

log = logging.getLogger(__name__)


def enlarge(source: Path, name: str, wish: Wish) -> None:
    """Enlarge a file into `enlarged/` beside it, and show it and the original in `before.png` and `after.png`.

    Args:
        source: the file.
        name: its name on the owner's machine.
        wish: what its owner asks for.
    """
    folder, network = source.parent, wish.network
    told: dict[str, str] = {}  # of a network that the visitor did not choose
    try:
        refuse_large(source)
        if network is None:
            network, told = suiting_picture(source)
            _say(**told)
        ((_, target),) = targets([(source, Path(source.name))], folder / "enlarged", wish.suffix)
        done, whole = 0.0, pixel_count(source)

        def advance(pixels: float) -> None:
            nonlocal done
            done += pixels
            _say(done=min(1.0, done / whole))

        enlarger = Enlarger(network, strength=wish.strength, size=Size(wish.scale))
        picture = enlarger.enlarge(source, target, advance)
        result = Picture(target)
        size = shown_size(result.height, result.width)
        write_views(Picture(source), result, size, folder / "before.png", folder / "after.png")
    except UnwritableError as error:
        log_no_room(folder, error)
        _say(state="failed", error=f"{name}: {NO_ROOM}", again=True)
        return
    except UnreadableError as error:
        log.warning("%s", error)  # a decoder's words and what to do with a file here are not for its owner
        _say(state="failed", error=f"{name}: {error.what}")
        return
    except UserError as error:
        _say(state="failed", error=str(error).replace(str(source), name).replace(str(folder), "the server"))
        return
    _say(
        state="done",
        file=target.relative_to(folder).as_posix(),
        name=Path(name).with_suffix(target.suffix).name,
        source=[picture.width, picture.height],
        size=[result.width, result.height],
        shown=[size[1], size[0]],
        pages=picture.pages,
        unkept=picture.unkept_colours,
        **told,
    )


def _say(**state: object) -> None:
    print(json.dumps(state), flush=True)


if __name__ == "__main__":
    end_with_server()
    block_other_readers()
    enlarge(Path(sys.argv[1]), sys.argv[2], Wish.loads(sys.argv[3]))
