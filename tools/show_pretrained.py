"""Show what the pretrained networks make of photographs that they never saw: python -m tools.show_pretrained

Writes docs/networks.webp, the README's first picture, docs/pretrained.webp, the card's: a row for each of ten
photographs, and docs/photo.webp: what becomes of a JPEG as it is found.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_image

from srgan.data.images import from_signed, read_image, to_rgb, to_unit, write_png
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.inference.network import as_function
from srgan.inference.shipped import PHOTO, SHIPPED, SRRESNET
from srgan.models.stored import read_generator
from srgan.names import NAMES
from srgan.pipeline import TRAINING_STAGES
from srgan.report.overview import ENLARGED, sheet

DOCS = Path(__file__).resolve().parents[1] / "docs"
TITLES = {"bicubic": "bicubic", **NAMES, "photo": "Photo", "target": "photograph"}
FIRST = ("chelsea", 8, 100)  # fur round an eye
DETAILS = (  # photograph, top, left
    ("chelsea", 10, 130),
    ("coffee", 235, 330),
    ("astronaut", 20, 190),
    ("rocket", 130, 8),
    ("flower", 250, 230),
    ("china", 300, 330),
    ("motorcycle_left", 250, 360),
    ("camera", 60, 200),
    ("grass", 100, 100),
    ("gravel", 200, 200),
)

JPEG = "grace_hopper.jpg"  # of quality 80; a photograph of the US Navy, in the public domain, that matplotlib brings
JPEG_DETAILS = ((168, 186), (330, 292))  # top, left
JPEG_SIDE, JPEG_MARGIN = 68, 32  # px of a detail, and round it


def photograph(name: str) -> np.ndarray:
    """One of those that come with scikit-image and scikit-learn, uint8 (H, W, 3)."""
    if name in ("flower", "china"):
        return load_sample_image(f"{name}.jpg")
    (file,) = Path(skimage.data.__file__).parent.glob(f"{name}.*g")
    return to_rgb(read_image(file))


def versions(name: str, networks: dict[str, Path]) -> dict[str, np.ndarray]:
    """A photograph as bicubic and each network enlarge its reduction, and itself, under the names in TITLES.

    Args:
        name: of the photograph.
        networks: column -> folder.
    """
    hr = crop_to_multiple(photograph(name), 4)
    return upscaled(shrink(hr, 4), networks) | {"target": hr}


def upscaled(picture: np.ndarray, networks: dict[str, Path]) -> dict[str, np.ndarray]:
    """A picture as bicubic and each network enlarge it."""
    unit = to_unit(picture)
    made = {column: from_signed(as_function(*read_generator(path))(unit)) for column, path in networks.items()}
    return {"bicubic": enlarge(picture, 4)} | made


def jpeg_details(networks: dict[str, Path]) -> list[dict[str, np.ndarray]]:
    """Squares of a JPEG as it is found, enlarged; nobody has a better one to compare with."""
    jpeg = to_rgb(read_image(Path(matplotlib.get_data_path(), "sample_data", JPEG)))
    inside = slice(4 * JPEG_MARGIN, 4 * (JPEG_MARGIN + JPEG_SIDE))
    rows = []
    for top, left in JPEG_DETAILS:
        down, across = (slice(start - JPEG_MARGIN, start + JPEG_SIDE + JPEG_MARGIN) for start in (top, left))
        rows.append({name: made[inside, inside] for name, made in upscaled(jpeg[down, across], networks).items()})
    return rows


def main() -> None:
    """Write the three pictures, or the photographs of one of them."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.show_pretrained", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument(
        "--networks", type=Path, default=SHIPPED, help="folder of the networks (default: the pretrained ones)"
    )
    parser.add_argument("-o", "--out", type=Path, default=DOCS, help="folder of the pictures (default: docs)")
    parser.add_argument(
        "--photographs", type=Path, metavar="FOLDER", help="write those of the card there, to measure the networks on"
    )
    options = parser.parse_args()
    if options.photographs:
        for name, *_ in DETAILS:
            write_png(options.photographs / f"{name}.png", photograph(name))
        return
    clean = {stage: options.networks / stage for stage in TRAINING_STAGES}
    first = details([FIRST], clean, side=160)[0]
    shown = {column: first[column] for column in ("bicubic", "pretrain", "gan", "target")}
    write(options.out / "networks.webp", [shown], quality=90)
    write(options.out / "pretrained.webp", details(DETAILS, clean, side=96), quality=85)
    # Three in the width of GitHub's page, as people see such pictures: one to one.
    found = {stage: options.networks / stage for stage in (SRRESNET, PHOTO)}
    write(options.out / "photo.webp", jpeg_details(found), quality=90, enlarged=1)


def details(
    places: Sequence[tuple[str, int, int]], networks: dict[str, Path], side: int
) -> list[dict[str, np.ndarray]]:
    """Squares of photographs in all their versions, see `versions`."""
    made = {name: versions(name, networks) for name in {name for name, *_ in places}}
    return [
        {column: picture[top : top + side, left : left + side] for column, picture in made[name].items()}
        for name, top, left in places
    ]


def write(path: Path, rows: list[dict[str, np.ndarray]], quality: int, enlarged: int = ENLARGED) -> None:
    """Put details into a WebP."""
    Image.fromarray(sheet(rows, TITLES, enlarged)).save(path, quality=quality, method=6)


if __name__ == "__main__":
    main()
