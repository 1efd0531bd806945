"""Between two networks: weights mixed one by one (Wang et al. 1809.00219, section 3.4)."""

from __future__ import annotations

from pathlib import Path

from srgan.errors import UserError
from srgan.models.weights import load_generator, read_model, save_networks


def interpolate(first: Path, second: Path, alpha: float, target: Path) -> None:
    """Write the network (1 - alpha) first + alpha second, moving averages of batch norm included.

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
    models = [read_model(folder) for folder in (first, second)]
    a, b = (model["generator"] for model in models)
    different = sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))
    if different:
        values = ", ".join(f"{key} {a.get(key)} and {b.get(key)}" for key in different)
        raise UserError(f"{first} and {second}: of two architectures ({values}); only networks of one can be mixed")
    if target.exists() and not (target / "model.json").is_file():
        raise UserError(f"{target}: is there and is no network; give another folder with -o")
    network, other = load_generator(first), load_generator(second)
    for weight, goal in zip(network.variables, other.variables, strict=True):
        weight.assign((1.0 - alpha) * weight.value + alpha * goal.value)
    trained = {"interpolated": [model["trained"] for model in models], "alpha": alpha}
    save_networks(target, {"generator": network}, {"generator": a, "trained": trained})
