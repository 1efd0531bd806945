"""Show what the pretrained networks make of photographs that they never saw: python -m tools.show_pretrained

Writes docs/networks.webp, the README's first picture, docs/pretrained.webp, the card's: a row for each of ten details,
and docs/photo.webp: what becomes of noisy and compressed pictures.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_image

from srgan.data.images import from_signed, read_image, to_rgb, to_unit
from srgan.data.resize import crop_to_multiple, enlarge
from srgan.inference.network import as_function
from srgan.inference.shipped import PHOTO, SHIPPED, SRRESNET
from srgan.models.stored import read_generator
from srgan.names import NAMES
from srgan.pipeline import TRAINING_STAGES
from srgan.report.overview import ENLARGED, sheet
from srgan.sources.degraded import Step, degrade

DOCS = Path(__file__).resolve().parents[1] / "docs"
TITLES = {"bicubic": "bicubic", **NAMES, "photo": "Photo", "target": "photograph"}
FIRST = ("chelsea", 8, 100)  # fur round an eye
DETAILS = (  # photograph, top, left
    ("chelsea", 92, 116),
    ("chelsea", 10, 130),
    ("coffee", 235, 330),
    ("astronaut", 20, 190),
    ("astronaut", 416, 130),
    ("rocket", 130, 8),
    ("flower", 250, 230),
    ("china", 120, 100),
    ("china", 300, 330),
    ("motorcycle_left", 250, 360),
)

WORSE = (("coffee", 116, 190), ("flower", 180, 170))
WORSE_BY = (Step("noise", 5), Step("jpeg", 60))


def photograph(name: str) -> np.ndarray:
    """One of those that come with scikit-image and scikit-learn, uint8 (H, W, 3)."""
    if name in ("flower", "china"):
        return load_sample_image(f"{name}.jpg")
    (file,) = Path(skimage.data.__file__).parent.glob(f"{name}.*g")
    return to_rgb(read_image(file))


def versions(name: str, networks: dict[str, Path], steps: Sequence[Step] = ()) -> dict[str, np.ndarray]:
    """A photograph as bicubic and each network enlarge its reduction, and itself, under the names in TITLES.

    Args:
        name: of the photograph.
        networks: column -> folder.
        steps: that make the reduction worse.
    """
    hr = crop_to_multiple(photograph(name), 4)
    lr = degrade(hr, steps, 4, name)
    made = {column: from_signed(as_function(*read_generator(path))(to_unit(lr))) for column, path in networks.items()}
    return {"bicubic": enlarge(lr, 4)} | made | {"target": hr}


def main() -> None:
    """Write the three pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.show_pretrained", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument(
        "--networks", type=Path, default=SHIPPED, help="folder of the networks (default: the pretrained ones)"
    )
    parser.add_argument("-o", "--out", type=Path, default=DOCS, help="folder of the pictures (default: docs)")
    options = parser.parse_args()
    clean = {stage: options.networks / stage for stage in TRAINING_STAGES}
    worse = {stage: options.networks / stage for stage in (SRRESNET, PHOTO)}
    first = details([FIRST], clean, side=160)[0]
    shown = {column: first[column] for column in ("bicubic", "pretrain", "gan", "target")}
    write(options.out / "networks.webp", [shown], quality=90)
    write(options.out / "pretrained.webp", details(DETAILS, clean, side=96), quality=85)
    # Four in the width of GitHub's page, as people see such pictures: one to one.
    write(options.out / "photo.webp", details(WORSE, worse, side=204, steps=WORSE_BY), quality=90, enlarged=1)


def details(
    places: Sequence[tuple[str, int, int]], networks: dict[str, Path], side: int, steps: Sequence[Step] = ()
) -> list[dict[str, np.ndarray]]:
    """Squares of photographs in all their versions, see `versions`."""
    made = {name: versions(name, networks, steps) for name in {name for name, *_ in places}}
    return [
        {column: picture[top : top + side, left : left + side] for column, picture in made[name].items()}
        for name, top, left in places
    ]


def write(path: Path, rows: list[dict[str, np.ndarray]], quality: int, enlarged: int = ENLARGED) -> None:
    """Put details into a WebP."""
    Image.fromarray(sheet(rows, TITLES, enlarged)).save(path, quality=quality, method=6)


if __name__ == "__main__":
    main()
