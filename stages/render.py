"""Write the page of results: pictures, numbers and curves."""

from pathlib import Path

from srgan.atomic import built_folder, write_text
from srgan.errors import UserError
from srgan.evaluation.crops import write_crops
from srgan.evaluation.curves import VALIDATED, read_curve, write_curves
from srgan.evaluation.evaluate import MODELS, benchmark_sets, read_metrics, read_scores
from srgan.evaluation.overview import write_overview
from srgan.evaluation.report import write_report
from srgan.evaluation.table import labels, page
from srgan.params import load_params
from stages import run

BENCHMARKS = Path("data/raw/benchmarks")
SR = Path("data/sr")
RESULTS = Path("results")


def main() -> None:
    """Write results/crops/, results/overview.png, results/curves.png, results/table.md and results/report.html."""
    params = load_params()
    means, scores = read_metrics(RESULTS / "metrics.json"), read_scores(RESULTS / "images.csv")
    sets = benchmark_sets(BENCHMARKS, params.data.benchmarks)
    if list(sets) != list(means):
        raise UserError(
            f"{BENCHMARKS} holds {', '.join(sets)}, but {', '.join(means)} was measured; run: dvc repro evaluate"
        )
    first = next(iter(means))

    with built_folder(RESULTS / "crops") as folder:
        crops = write_crops(sets[first], SR / first, folder, params)

    titles = labels(params)
    names = {name: title.partition(" (")[0] for name, title in titles.items()} | {
        "bicubic": "bicubic",
        "target": "target",
    }
    write_overview(RESULTS / "overview.png", RESULTS / "crops", next(iter(crops.values())), names)
    curves = {name: read_curve(RESULTS / "curves" / f"{name}.csv") for name in MODELS if name != "bicubic"}
    watched = scores[(scores["set"] == params.training.validation) & (scores["model"] == "bicubic")]
    watched = watched.head(params.training.validation_images)
    bicubic = {} if watched.empty else {metric: float(watched[metric].mean()) for metric in VALIDATED}
    write_curves(RESULTS / "curves.png", {titles[name]: curve for name, curve in curves.items()}, bicubic)

    write_text(RESULTS / "table.md", page(params, means, scores, crops))
    write_report(RESULTS / "report.html", params, means, scores, sets[first], SR / first, curves, bicubic)


if __name__ == "__main__":
    run(main)
