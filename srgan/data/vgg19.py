"""The VGG19 weight file (Simonyan & Zisserman 2014) that the content losses read: Keras' own, random, or the user's."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np

from srgan.atomic import built_file, reserve
from srgan.data.fetch import Downloads, RemoteFile
from srgan.errors import UserError

# Address and md5 as keras.applications.vgg19 has them (it fetches the same file), and the place it was published first.
_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
IMAGENET = RemoteFile(
    group="vgg19",
    name=_FILE,
    urls=(
        f"https://storage.googleapis.com/tensorflow/keras-applications/vgg19/{_FILE}",
        f"https://github.com/fchollet/deep-learning-models/releases/download/v0.1/{_FILE}",
    ),
    checksum="md5:253f8cb515780f3b799900260a226db6",
    size=80_134_624,
)
# The filters of each convolution, all 3x3, block by block (their table 1, column E).
BLOCKS = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)


def write_vgg19(path: Path, choice: str, seed: int, root: Path, downloads: Downloads) -> None:
    """Make the weight file, complete or not at all.

    Args:
        path: the file to make or replace, HDF5 in the layout of Keras' own file.
        choice: `data.vgg19`: imagenet, random, or the path of an .h5, relative to root.
        seed: of random weights.
        root: the folder that paths in params.yaml are relative to.
        downloads: fetches Keras' file.

    Raises:
        UserError: the download failed, the user's file is not VGG19 weights, or path cannot be written.
    """
    with built_file(path) as temporary:
        match choice:
            case "random":
                write_random(temporary, seed)
            case "imagenet":
                shutil.copyfile(downloads.fetch(IMAGENET), temporary)
            case _:
                own = (root / Path(choice).expanduser()).resolve()
                _check_weights(own, choice)
                shutil.copyfile(own, temporary)


def write_random(path: Path, seed: int) -> None:
    """Write He-normal kernels (He et al. 2015, section 2.2) and zero biases for all sixteen convolutions.

    Random features still compare textures; they need no network, and the file says what they are.

    Args:
        path: the file to make; the same seed gives the same bytes.
        seed: every layer draws from (seed, its number).
    """
    shapes = convolution_shapes()
    reserve(path.parent, sum(4 * int(np.prod(shape)) for shape in shapes.values()) + (1 << 20))
    with h5py.File(path, "w") as file:
        file.attrs["description"] = np.bytes_(f"random, seed {seed}")
        file.attrs["layer_names"] = np.array(list(shapes), dtype="S")
        for number, (name, shape) in enumerate(shapes.items()):
            deviation = np.sqrt(2 / np.prod(shape[:3]), dtype=np.float32)
            kernel = np.random.default_rng([seed, number]).standard_normal(shape, dtype=np.float32) * deviation
            weights = {f"{name}/kernel:0": kernel, f"{name}/bias:0": np.zeros(shape[3], np.float32)}
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array(list(weights), dtype="S")
            for key, value in weights.items():
                group.create_dataset(key, data=value)


def convolution_shapes() -> dict[str, tuple[int, int, int, int]]:
    """The kernel of each convolution by Keras' layer name: (3, 3, channels in, filters)."""
    shapes, channels = {}, 3
    for block, widths in enumerate(BLOCKS, start=1):
        for number, filters in enumerate(widths, start=1):
            shapes[f"block{block}_conv{number}"] = (3, 3, channels, filters)
            channels = filters
    return shapes


def _check_weights(path: Path, choice: str) -> None:
    """Refuse a file that is not VGG19 weights; that a deep enough layer is in it is checked where it is used."""
    wanted = "an .h5 in the layout of Keras' VGG19 weights, or imagenet, or random, is wanted"
    if not path.is_file():
        raise UserError(f"data.vgg19: {choice!r} is not a file ({path}); {wanted}")
    try:
        with h5py.File(path) as file:
            layer = file["block1_conv1"]
            shape = layer[layer.attrs["weight_names"][0]].shape
    except (OSError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise UserError(f"data.vgg19: {path} cannot be read as weights ({error}); {wanted}") from error
    if shape != convolution_shapes()["block1_conv1"]:
        raise UserError(
            f"data.vgg19: block1_conv1 in {path} has a kernel of shape {shape}, not (3, 3, 3, 64); {wanted}"
        )
