"""Ship a trained generator with the project, in half precision: python -m tools.ship_network models/gan pretrained/gan

Weights in float16 take half the room in every clone, and move a picture by less than rounding to 8 bits does.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from srgan.errors import UserError
from srgan.models.stored import network_folder, read_generator, read_model, write_weights


def ship(source: Path, target: Path) -> None:
    """Write the generator of a trained stage, without its adversary.

    Args:
        source: folder of the trained networks.
        target: folder to write; what is there is replaced.

    Raises:
        UserError: there is no generator, or a weight is beyond the range of float16.
    """
    description, weights = read_generator(source)
    arrays = [array for of_layer in weights.values() for array in of_layer]
    if (largest := max(np.abs(array).max() for array in arrays)) > np.finfo(np.float16).max:
        raise UserError(f"{source}: has a weight of {largest:.3g}, which float16 cannot hold")
    known = read_model(source)  # of a mean of networks it does not always say what LR was like
    model = {"generator": description} | {key: known[key] for key in ("trained", "lr") if key in known}
    with network_folder(target, ["generator"], [array.shape for array in arrays], model) as partial:
        name = "generator.weights.h5"
        write_weights(partial / name, source / name, weights, dtype="float16")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.ship_network")
    parser.add_argument("source", type=Path, help="folder of the trained networks, as models/gan")
    parser.add_argument("target", type=Path, help="folder to write, as pretrained/gan")
    options = parser.parse_args()
    try:
        ship(options.source, options.target)
    except UserError as error:
        sys.exit(f"error: {error}")
