"""Measure the pretrained networks, as the stage evaluate does: python -m tools.measure_pretrained ../Set5 ../BSD100

Writes pretrained/metrics.json, whose figures the pages show (python -m tools.renew_pages). A set has its folder's name.
Of worse pictures, as BSD100+jpeg60, the folder is what the stage download made: data/raw/benchmarks/BSD100+jpeg60.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from srgan.data.listing import images_by_name
from srgan.data.resize import enlarge
from srgan.errors import UserError
from srgan.evaluation.evaluate import evaluate, set_means, set_photographs
from srgan.evaluation.judges import make_judges
from srgan.evaluation.results import write_metrics
from srgan.inference.shipped import PRETRAINED, SHIPPED
from srgan.params import load_params

REPOSITORY = Path(__file__).resolve().parent.parent
SCALE = 4


def measure(folders: list[Path], features: str, out: Path) -> None:
    """Write the means of bicubic and the networks over each folder's photographs.

    Raises:
        UserError: a folder has no photographs, or one cannot be used.
    """
    sets = {folder.name: images_by_name(folder) for folder in folders}
    if len(sets) < len(folders):
        raise UserError("two folders have one name, by which their figures are told apart; rename one, or link to it")
    if empty := [str(folder) for folder in folders if not sets[folder.name]]:
        raise UserError(f"{', '.join(empty)}: no photographs there")
    max_pixels = load_params(REPOSITORY / "params.yaml").data.max_pixels
    judges = make_judges(features, "--features")  # before what imports TensorFlow
    from srgan.models.upscaler import upscaler  # noqa: PLC0415
    from srgan.models.weights import load_generator  # noqa: PLC0415

    upscalers = {"bicubic": partial(enlarge, scale=SCALE)}
    upscalers |= {stage: upscaler(load_generator(SHIPPED / stage)) for stage in PRETRAINED}
    with tempfile.TemporaryDirectory() as sr:
        scores = evaluate(sets, upscalers, SCALE, max_pixels, Path(sr), judges)
        write_metrics(out, set_means(scores), set_photographs(scores))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.measure_pretrained")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="photographs of a benchmark set")
    parser.add_argument(
        "-o", "--out", type=Path, default=SHIPPED / "metrics.json", help="default: pretrained/metrics.json"
    )
    parser.add_argument("--features", default="hed", metavar="F", help="VGG16, as for srgan score (default: hed)")
    options = parser.parse_args()
    try:
        measure(options.folders, options.features, options.out)
    except UserError as error:
        sys.exit(f"error: {error}")
