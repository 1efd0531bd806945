"""Write the page of results, with pictures, numbers and curves: python -m stages.render."""

from srgan.atomic import built_folder, write_text
from srgan.data.benchmark import benchmark_sets
from srgan.errors import UserError
from srgan.evaluation.results import read_metrics, read_scores
from srgan.params import load_params
from srgan.pipeline import BENCHMARKS, CURVES, IMAGES_CSV, METRICS_JSON, RESULTS, SR, TRAINING_STAGES
from srgan.report.crops import write_crops
from srgan.report.curves import VALIDATED, read_curve, write_curves
from srgan.report.overview import write_overview
from srgan.report.page import write_report
from srgan.report.table import labels, page
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

    with built_folder(RESULTS / "crops") as folder:
        crops = write_crops(sets[first], SR / first, folder, params)

    titles = labels(params)
    names = {name: title.partition(" (")[0] for name, title in titles.items()} | {
        "bicubic": "bicubic",
        "target": "target",
    }
    write_overview(RESULTS / "overview.png", RESULTS / "crops", next(iter(crops.values())), names)
    curves = {name: read_curve(CURVES / f"{name}.csv") for name in TRAINING_STAGES}
    watched = scores[(scores["set"] == params.training.validation) & (scores["model"] == "bicubic")]
    watched = watched.head(params.training.validation_images)
    bicubic = {} if watched.empty else {metric: float(watched[metric].mean()) for metric in VALIDATED}
    write_curves(RESULTS / "curves.png", {titles[name]: curve for name, curve in curves.items()}, bicubic)

    write_text(RESULTS / "table.md", page(params, means, scores, crops))
    write_report(RESULTS / "report.html", params, means, scores, sets[first], SR / first, curves, bicubic)


if __name__ == "__main__":
    run(main)
