"""Write the page of results, with pictures, numbers and curves: python -m stages.render."""

import json
from pathlib import Path

from srgan.atomic import built_folder, write_text
from srgan.data.benchmark import benchmark_sets
from srgan.errors import UserError
from srgan.evaluation.results import read_metrics, read_scores
from srgan.metrics.score import WATCHED
from srgan.names import NAMES
from srgan.params import load_params
from srgan.pipeline import BENCHMARKS, CURVES, DATA_JSON, IMAGES_CSV, METRICS_JSON, RESULTS, SR, TRAINING_STAGES
from srgan.report.crops import write_crops
from srgan.report.curves import read_curve, write_curves
from srgan.report.overview import write_overview
from srgan.report.page import write_report
from srgan.report.table import page
from stages import run


def main() -> None:
    """Write results/crops/, results/overview.png, results/curves.png, results/table.md and results/report.html."""
    params = load_params()
    means, scores = read_metrics(METRICS_JSON), read_scores(IMAGES_CSV)
    sets = benchmark_sets(BENCHMARKS, params.data.benchmark_names)
    if list(sets) != list(means):
        raise UserError(
            f"{BENCHMARKS} holds {', '.join(sets)}, but {', '.join(means)} was measured; run: dvc repro evaluate"
        )
    first = next(iter(means))

    photographs = training_photographs(DATA_JSON)

    with built_folder(RESULTS / "crops") as folder:
        crops = write_crops(sets[first], SR / first, folder, params)

    write_overview(RESULTS / "overview.png", RESULTS / "crops", next(iter(crops.values())))
    curves = {name: read_curve(CURVES / f"{name}.csv") for name in TRAINING_STAGES}
    watched = scores[(scores["set"] == params.training.validation) & (scores["model"] == "bicubic")]
    watched = watched.head(params.training.validation_images)
    bicubic = watched[list(WATCHED)].mean().dropna().to_dict()
    write_curves(RESULTS / "curves.png", {NAMES[name]: curve for name, curve in curves.items()}, bicubic)

    write_text(RESULTS / "table.md", page(params, means, scores, crops, photographs))
    write_report(RESULTS / "report.html", params, means, scores, sets[first], SR / first, curves, bicubic, photographs)


def training_photographs(path: Path) -> int:
    """How many photographs the networks learned from, as the stage download counted them.

    Raises:
        UserError: the file is missing or is none of that stage's.
    """
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["train"]["photographs"])
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise UserError(
            f"{path}: cannot be read as a report on photographs ({error!r}); run: dvc repro download"
        ) from None


if __name__ == "__main__":
    run(main)
