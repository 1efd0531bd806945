"""Show what the networks in the box make of photographs that they never saw: python -m tools.show_pretrained

Writes docs/networks.webp, the README's first picture, and docs/pretrained.webp, the card's: a row for each of ten
details.
"""

import argparse
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_image

from srgan.data.images import from_signed, read_image, to_rgb, to_unit
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.inference.network import as_function
from srgan.inference.shipped import SHIPPED
from srgan.models.stored import read_generator
from srgan.pipeline import TRAINING_STAGES
from srgan.report.overview import sheet

DOCS = Path(__file__).resolve().parents[1] / "docs"
TITLES = {
    "bicubic": "bicubic",
    "pretrain": "SRResNet",
    "gan": "SRGAN",
    "vgg": "SRGAN-VGG",
    "wgan": "WGAN",
    "target": "photograph",
}
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


def photograph(name: str) -> np.ndarray:
    """One of those that come with scikit-image and scikit-learn, uint8 (H, W, 3)."""
    if name in ("flower", "china"):
        return load_sample_image(f"{name}.jpg")
    (file,) = Path(skimage.data.__file__).parent.glob(f"{name}.*g")
    return to_rgb(read_image(file))


def versions(name: str, networks: dict[str, Path]) -> dict[str, np.ndarray]:
    """A photograph as bicubic and each network enlarge its reduction, and itself, under the names in TITLES."""
    hr = crop_to_multiple(photograph(name), 4)
    lr = shrink(hr, 4)
    made = {column: from_signed(as_function(*read_generator(path))(to_unit(lr))) for column, path in networks.items()}
    return {"bicubic": enlarge(lr, 4)} | made | {"target": hr}


def main() -> None:
    """Write both pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.show_pretrained", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument("--box", type=Path, default=SHIPPED, help="folder of the networks (default: those in the box)")
    parser.add_argument("-o", "--out", type=Path, default=DOCS, help="folder of the pictures (default: docs)")
    options = parser.parse_args()
    networks = {stage: options.box / stage for stage in TRAINING_STAGES}
    made = {name: versions(name, networks) for name in {name for name, *_ in (FIRST, *DETAILS)}}

    def detail(name: str, top: int, left: int, side: int) -> dict[str, np.ndarray]:
        return {column: picture[top : top + side, left : left + side] for column, picture in made[name].items()}

    first = detail(*FIRST, side=160)
    shown = {column: first[column] for column in ("bicubic", "pretrain", "gan", "target")}
    rows = [detail(*place, side=96) for place in DETAILS]
    Image.fromarray(sheet([shown], TITLES)).save(options.out / "networks.webp", quality=90, method=6)
    Image.fromarray(sheet(rows, TITLES)).save(options.out / "pretrained.webp", quality=85, method=6)


if __name__ == "__main__":
    main()
