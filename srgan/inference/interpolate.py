"""Between two networks: weights mixed one by one (Wang et al. 1809.00219, section 3.4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from srgan.errors import UserError
from srgan.inference.folding import fold
from srgan.models.stored import Weights, network_folder, read_generator, read_model, write_weights


def mix(first: Path, second: Path, alpha: float) -> tuple[dict[str, Any], Weights]:
    """The generator (1 - alpha) first + alpha second: its description and its arrays.

    Batch normalisation is folded into the convolutions of both before they are mixed. Two kernels can be compared only
    when what their normalisations multiply them by is in them: training may have gone on with the one network folded
    and the other not.

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
        raise UserError(f"{first} and {second}: of two architectures ({values}); only networks of one can be mixed")
    start, goal = fold(a, first_weights), fold(b, second_weights)
    return a, {
        name: [(1.0 - alpha) * x + alpha * y for x, y in zip(arrays, goal[name], strict=True)]
        for name, arrays in start.items()
    }


def interpolate_networks(first: Path, second: Path, alpha: float, target: Path) -> None:
    """Write the mixed network, see mix.

    Between SRResNet and the GAN that went on from it, every alpha gives a network: less noise than the one, more detail
    than the other.

    Args:
        first: folder of a network.
        second: folder of a network of the same architecture.
        alpha: in [0, 1]; 0 gives first, 1 second.
        target: folder to write, as srgan.models.weights does.

    Raises:
        UserError: they differ in architecture, or the target is there and no network.
    """
    description, weights = mix(first, second, alpha)
    if target.exists() and not (target / "model.json").is_file():
        raise UserError(f"{target}: is there and is no network; give another folder with -o")
    trained = {"interpolated": [read_model(folder).get("trained") for folder in (first, second)], "alpha": alpha}
    shapes = [array.shape for arrays in weights.values() for array in arrays]
    model = {"generator": description, "trained": trained}
    with network_folder(target, ["generator"], shapes, model) as partial:
        write_weights(partial / "generator.weights.h5", first / "generator.weights.h5", weights)
