"""Make docs/pretrained.png, what the networks in the box make of a photograph: python -m tools.show_pretrained."""

import tempfile
from pathlib import Path

import numpy as np
from skimage.data import chelsea

from srgan.commands.networks import SHIPPED
from srgan.data.images import write_png
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.models.upscaler import upscaler
from srgan.models.weights import load_generator
from srgan.report.overview import write_overview

WINDOW = np.s_[92:220, 116:244]  # an eye and the fur round it
TITLES = {
    "bicubic": "bicubic",
    "pretrain": "SRResNet",
    "gan": "SRGAN",
    "vgg": "SRGAN-VGG22",
    "wgan": "WGAN",
    "target": "photograph",
}

if __name__ == "__main__":
    hr = crop_to_multiple(chelsea(), 4)
    lr = shrink(hr, 4)
    with tempfile.TemporaryDirectory() as crops:
        for name in TITLES:
            if name in ("bicubic", "target"):
                picture = enlarge(lr, 4) if name == "bicubic" else hr
            else:
                picture = upscaler(load_generator(SHIPPED / name))(lr)
            write_png(Path(crops) / f"{name}.png", picture[WINDOW])
        files = {name: f"{name}.png" for name in TITLES}
        write_overview(SHIPPED.parent / "docs/pretrained.png", Path(crops), files, TITLES, shown=tuple(TITLES))
