"""A network's folder, read and written without Keras: model.json and the arrays in its weight files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from srgan.atomic import built_folder, reserve, write_json
from srgan.digest import digest
from srgan.errors import UserError
from srgan.models.architecture import faults, layer_shapes

Weights = dict[str, list[np.ndarray]]  # layer's name -> its arrays, float32, in Keras' order
HDF5_OVERHEAD = 4096  # bytes for each array, more than HDF5 needs


def read_model(folder: Path) -> dict[str, Any]:
    """The contents of a folder's model.json."""
    path = folder / "model.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train the stage first, with `dvc repro {folder.name}`") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); fetch the folder or train it again") from None


def checked_weights(folder: Path, role: str) -> tuple[dict[str, Any], Path]:
    """Read a network's description in model.json, and check the sha256 of its weight file.

    Args:
        folder: of the network.
        role: `generator`, `discriminator` or `critic`.

    Raises:
        UserError: the network is not described, or its weight file is missing or damaged.
    """
    model = read_model(folder)
    if role not in model or role not in model.get("sha256", {}):
        raise UserError(f"{folder}/model.json: describes no {role} with its sha256; train the stage again")
    weights = folder / f"{role}.weights.h5"
    if not weights.is_file():
        raise UserError(f"{weights}: no such file, though model.json names it; fetch the folder or train it again")
    if digest(weights) != model["sha256"][role]:
        raise UserError(f"{weights}: damaged (its sha256 is not the one in model.json); fetch or train it again")
    return model[role], weights


def read_generator(folder: Path) -> tuple[dict[str, Any], Weights]:
    """Read a trained generator: its description, see srgan.models.architecture, and the arrays of each layer.

    Arrays in half precision become float32.

    Raises:
        UserError: the folder is missing, incomplete or damaged, or its weights do not fit its description.
    """
    generator, path = checked_weights(folder, "generator")
    if wrong := faults(generator):
        raise UserError(
            f"{folder}/model.json: a generator with {', '.join(wrong)} is none of this project's; train the stage again"
        )
    try:
        weights = _read(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error}); fetch the folder or train it again") from None
    wanted, there = layer_shapes(generator), {name: [array.shape for array in of] for name, of in weights.items()}
    for name in sorted(wanted.keys() | there.keys()):
        if wanted.get(name) != there.get(name):
            raise UserError(
                f"{path}: not the weights of the generator in model.json (layer {name}: {there.get(name, 'missing')}, "
                f"{wanted.get(name, 'nothing')} is wanted)"
            )
    return generator, weights


@contextmanager
def network_folder(
    folder: Path, roles: Sequence[str], shapes: Sequence[tuple[int, ...]], model: dict[str, Any]
) -> Iterator[Path]:
    """Give an empty folder to write `<role>.weights.h5` into; it becomes the network's, with model.json beside them.

    Args:
        folder: the folder to write; an old one is replaced when the block has ended without an error.
        roles: of the networks.
        shapes: of all arrays that are written, in float32; their room is checked first, because HDF5 crashes the
            process when the disk is full.
        model: what goes into model.json: for each role the arguments of its builder, and `trained`, its training.

    Raises:
        UserError: there is no room, or something could not be written.
    """
    with built_folder(folder) as partial:
        reserve(partial, sum(4 * int(np.prod(shape)) + HDF5_OVERHEAD for shape in shapes))
        yield partial
        sha256 = {role: digest(partial / f"{role}.weights.h5") for role in roles}
        write_json(partial / "model.json", model | {"sha256": sha256}, indent=2)


def write_weights(path: Path, like: Path, weights: Weights, dtype: str = "float32") -> None:
    """Write arrays as Keras does.

    Args:
        path: the file to make.
        like: a weight file of the same architecture, whose group names are used.
        weights: its arrays.
        dtype: float32, or float16, which takes half the space.
    """
    with h5py.File(like) as source, h5py.File(path, "w") as target:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                layer, number = item.parent.attrs["name"], int(name.rpartition("/")[2])
                target.create_dataset(name, data=weights[layer][number].astype(dtype))
            else:
                target.require_group(name).attrs.update(item.attrs)

        source.visititems(copy)


def _read(path: Path) -> Weights:
    """The arrays in a file of Keras', which has a group `vars` for each layer, with the layer's name and 0, 1, ..."""
    with h5py.File(path) as file:
        groups = [layer["vars"] for layer in file["layers"].values() if "vars" in layer]
        return {
            group.attrs["name"]: [group[str(i)][...].astype(np.float32) for i in range(len(group))]
            for group in groups
            if len(group)
        }
