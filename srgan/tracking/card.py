"""The card of a registered network, as Markdown: what it is, what it was trained on, how good it is, its limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

from srgan.digest import digest
from srgan.evaluation.results import Means
from srgan.metrics.score import printed
from srgan.models.architecture import layer_shapes, receptive_radius
from srgan.models.stored import read_model
from srgan.report.protocol import features as described
from srgan.report.table import mean_table
from srgan.tracking.pipeline_run import PHOTOGRAPH_COUNT, WEIGHTS
from srgan.tracking.store import tagged_runs


def model_card(client: MlflowClient, folder: Path, stage: str, sets: Means, features: str, compared: str) -> str:
    """The card of a network.

    Args:
        client: of the store, where the run that trained it is looked for.
        folder: of the network.
        stage: that trained it.
        sets: `evaluate.set_means`.
        features: of the perceptual distance, as `data.features` names them.
        compared: what came of the comparison with the champion, as Markdown.
    """
    model = read_model(folder)
    made = tagged_runs(client, WEIGHTS, digest(folder / "generator.weights.h5"))
    run = made[-1] if made else None
    parts = [
        _network(model["generator"]),
        "### Training",
        _training(model.get("trained", {})),
        _data(run) if run else "No run in this store trained it, so the data are not known here.",
        "### Figures",
        *(_figures(name, models) for name, models in sets.items()),
        f"The perceptual distance compares deep features of {described(features)}.",
        "### Beside the champion",
        compared,
        "### Limits",
        _limits(model, stage, sets, run),
    ]
    return "\n\n".join(parts)


def _network(generator: Mapping[str, Any]) -> str:
    """Size, normalisation and reach of the network in a sentence or two."""
    count = sum(math.prod(shape) for shapes in layer_shapes(generator).values() for shape in shapes)
    radius = receptive_radius(generator)
    reach = f"pixels up to {radius} away" if radius is not None else "all pixels"
    added = ", and adds the bicubic enlargement to its output" if generator["skip"] == "bicubic" else ""
    return (
        f"A generator that enlarges photographs ×{generator['scale']}: {generator['blocks']} residual blocks of "
        f"{generator['filters']} filters, normalisation {generator['norm']}, {count:,} weights{added}. Each pixel of "
        f"the result depends on {reach} in the small picture."
    )


def _training(trained: Mapping[str, Any]) -> str:
    """What model.json says of how it came to be, as Markdown."""
    return (
        "\n".join(f"* {key}: {value}" for key, value in trained.items() if value is not None)
        or "model.json does not say how."
    )


def _data(run: Run) -> str:
    """What its run says of the photographs, as Markdown."""
    params, tags = run.data.params, run.data.tags
    digests = ", ".join(each.dataset.digest for each in (run.inputs.dataset_inputs if run.inputs else []))
    said = {
        "photographs (data.train)": params.get("data.train"),
        "how many": tags.get(PHOTOGRAPH_COUNT),
        "shrunk by (patches.shrink)": params.get("patches.shrink"),
        "digest of the patches": digests,
        "seed": params.get("seed"),
        "git commit": tags.get("git_commit"),
        "MLflow run": run.info.run_id,
    }
    return "\n".join(f"* {key}: {value}" for key, value in said.items() if value)


def _figures(name: str, models: Mapping[str, Mapping[str, float]]) -> str:
    return f"**{name}**, means:\n\n{mean_table(models, {model: model for model in models})}"


def _limits(model: Mapping[str, Any], stage: str, sets: Means, run: Run | None) -> str:
    """What one must not expect, from how the network was made and measured."""
    generator = model["generator"]
    limits = []
    if run and run.data.params.get("degradation.orders", "0") == "0":
        limits.append(
            "It was trained on photographs that were shrunk cleanly: noise, blur and blocks of JPEG are enlarged with "
            "the rest."
        )
    if stage == "pretrain":
        limits.append("It is smooth where the small picture does not decide what was there.")
    else:
        limits.append(
            "Its detail is made up where the small picture does not decide what was there: it is no evidence of faces, "
            "numbers or anything else in a picture."
        )
    if model.get("trained", {}).get("content") == "features":
        limits.append(
            "It learned from deep features, and the perceptual distance is made of such: that figure may flatter it."
        )
    if receptive_radius(generator) is None:
        limits.append(f"With normalisation {generator['norm']} the result for a part depends on the picture's size.")
    for name, models in sets.items():
        if stage in models and "bicubic" in models:
            lost = models["bicubic"]["psnr_y"] - models[stage]["psnr_y"]
            if float(printed("psnr_y", lost)) > 0:
                limits.append(f"On {name} it is {printed('psnr_y', lost)} dB of PSNR-Y below bicubic interpolation.")
    return "\n".join(f"* {limit}" for limit in limits)
