"""Measure bicubic and the four trained networks on the benchmark photographs: python -m stages.evaluate."""

import math
from functools import partial

from srgan.atomic import built_folder
from srgan.data.benchmark import benchmark_sets
from srgan.data.images import read_image
from srgan.data.resize import enlarge
from srgan.evaluation.evaluate import Upscaler, evaluate, set_means, set_photographs
from srgan.evaluation.iqa import library_judges
from srgan.evaluation.results import write_metrics, write_scores, write_summary
from srgan.metrics.score import text_table
from srgan.params import load_params
from srgan.pipeline import (
    BENCHMARKS,
    IMAGES_CSV,
    METRICS_JSON,
    MODELS,
    NETWORKS,
    SR,
    SUMMARY_JSON,
    TRAINING_STAGES,
    VGG,
)
from srgan.tensorflow_import import import_tensorflow
from stages import run

TRAINED = {stage: NETWORKS / stage for stage in TRAINING_STAGES}
SHOWN = 3  # pictures of each set in MLflow's image grid


def main() -> None:
    """Write data/sr, results/images.csv, results/metrics.json and results/summary.json, and log them to MLflow."""
    params = load_params()
    sets = benchmark_sets(BENCHMARKS, params.data.benchmark_names)
    # These take seconds to import, so the settings are checked first.
    library = library_judges()
    import_tensorflow()
    from srgan.digest import digest
    from srgan.metrics.perceptual import PerceptualDistance
    from srgan.models.upscaler import upscaler
    from srgan.models.weights import load_generator
    from srgan.tracking import registry, runs

    upscalers: dict[str, Upscaler] = {"bicubic": partial(enlarge, scale=params.scale)}
    upscalers |= {name: upscaler(load_generator(folder)) for name, folder in TRAINED.items()}
    judges = {"perceptual_distance": PerceptualDistance(VGG["vgg16"]).to} | library
    settings = params.model_dump(mode="json", include={"scale", "data", "patches", "evaluate"})
    weights = {f"{name}_generator_sha256": digest(folder / "generator.weights.h5") for name, folder in TRAINED.items()}
    weights["features_sha256"] = digest(VGG["vgg16"])

    with runs.run("evaluate", settings, weights) as this:
        with built_folder(SR) as folder:
            scores = evaluate(sets, upscalers, params.scale, params.data.max_pixels, folder, judges)
        means, photographs = set_means(scores), set_photographs(scores)
        write_scores(IMAGES_CSV, scores)
        write_metrics(METRICS_JSON, means, photographs)
        write_summary(SUMMARY_JSON, means, TRAINING_STAGES)
        for set_name, models in means.items():
            print(f"{set_name}\n{text_table(models)}")

        for set_name, pictures in sets.items():
            for image in list(pictures)[:SHOWN]:
                for model in MODELS:
                    sr = read_image(SR / set_name / model / f"{image}.png", params.data.max_pixels)
                    this.log_image(f"{set_name}/{image}/{model}", sr, step=0)
        figures = {
            f"{set_name}/{model}/{metric}": value
            for set_name, models in means.items()
            for model, values in models.items()
            for metric, value in values.items()
            if not math.isnan(value)
        }
        this.log(figures, step=0)  # the row that closes the step, after its pictures
        this.log_for_experiment(figures)
        this.log_file(METRICS_JSON)
        this.log_file(IMAGES_CSV)
        if (chosen := params.evaluate.register) != "none":
            measured = registry.Measured(means, photographs, params.data.features, weights["features_sha256"])
            registry.register(this, TRAINED[chosen], f"srgan-x{params.scale}", measured, params.evaluate)


if __name__ == "__main__":
    run(main)
