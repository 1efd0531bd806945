"""Mix two networks weight by weight (Wang et al. 1809.00219, section 3.4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from srgan.errors import UserError
from srgan.inference.folding import fold
from srgan.models.stored import Weights, network_folder, read_generator, read_model, write_weights


def mix(first: Path, second: Path, alpha: float) -> tuple[dict[str, Any], Weights]:
    """The generator (1 - alpha) first + alpha second: its description and its arrays.

    Batch normalisation is folded into the convolutions of both before they are mixed. Two kernels can be mixed only if
    they include the factors of their normalisations, because one network may have been folded during its training and
    the other not.

    Args:
        first: folder of a network.
        second: folder of a network of the same architecture.
        alpha: in [0, 1]; 0 gives first, 1 second.

    Raises:
        UserError: one cannot be read, or they differ in architecture.
    """
    (a, first_weights), (b, second_weights) = read_generator(first), read_generator(second)
    different = sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))
    if different:
        values = ", ".join(f"{key} {a.get(key)} and {b.get(key)}" for key in different)
        raise UserError(f"{first} and {second}: they have different architectures ({values}), so they cannot be mixed")
    start, goal = fold(a, first_weights), fold(b, second_weights)
    return a, {
        name: [(1.0 - alpha) * x + alpha * y for x, y in zip(arrays, goal[name], strict=True)]
        for name, arrays in start.items()
    }


def interpolate_networks(first: Path, second: Path, alpha: float, target: Path) -> None:
    """Write the mixed network, see mix.

    For SRResNet and a GAN whose training started from it, every alpha gives a usable network, with less noise than the
    GAN and more detail than SRResNet.

    Args:
        first: folder of a network.
        second: folder of a network of the same architecture.
        alpha: in [0, 1]; 0 gives first, 1 second.
        target: the folder to write, in the form of srgan.models.weights.

    Raises:
        UserError: they differ in architecture, or the target exists and is not a network.
    """
    description, weights = mix(first, second, alpha)
    if target.exists() and not (target / "model.json").is_file():
        raise UserError(f"{target}: exists and is not a network; give another folder with -o")
    models = [read_model(folder) for folder in (first, second)]
    trained = {"interpolated": [model.get("trained") for model in models], "alpha": alpha}
    shapes = [array.shape for arrays in weights.values() for array in arrays]
    model = {"generator": description, "trained": trained}
    if "lr" in models[1]:  # what LR was like in the second's training, which started from the first
        model["lr"] = models[1]["lr"]
    with network_folder(target, ["generator"], shapes, model) as partial:
        write_weights(partial / "generator.weights.h5", first / "generator.weights.h5", weights)
