"""A training stage from its settings to its outputs: everything around the loop."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import pandas as pd
import tensorflow as tf

from srgan import tracking
from srgan.atomic import write_text
from srgan.data.batches import Batch, batches
from srgan.data.manifest import MANIFEST, verify
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator, set_reference
from srgan.models.vgg import build_vgg
from srgan.models.weights import digest, load_network, read_model, save_networks
from srgan.params import Params, Stage
from srgan.training.checkpoint import MLFLOW_RUN, scratch_root
from srgan.training.distribute import check_batch_size, choose_jit, choose_strategy, make_reproducible, share_batches
from srgan.training.identity import run_key
from srgan.training.loop import Row, train
from srgan.training.losses import ContentLoss, mse, vgg_loss
from srgan.training.recipe import Recipe
from srgan.training.validation import validation
from srgan.training.workers import SharedScratch, agree, loss_named, place

PATCHES = Path("data/patches")
BENCHMARKS = Path("data/raw/benchmarks")
VGG19 = Path("data/raw/vgg19.h5")
RESULTS = Path("results")


class TrainingStage:
    """Builds the networks of a stage, trains them, and writes what it leaves.

    Args:
        name: the stage, a section of params.
        params: all settings.
        init: the folder of the stage it starts from, or None.
    """

    def __init__(self, name: str, params: Params, init: Path | None = None):
        make_reproducible()
        keras.utils.set_random_seed(params.seed)
        self.name, self.params, self.init = name, params, init
        self.settings: Stage = getattr(params, name)
        self.results = [RESULTS / "curves" / f"{name}.csv", RESULTS / f"{name}.json"]
        verify(PATCHES)
        self.manifest = PATCHES / MANIFEST
        self.strategy = choose_strategy(name)
        agree(self.strategy, name, f"{name} {params!r}", "stage and settings")
        check_batch_size(self.strategy, name, self.settings.batch_size)
        precision = params.training.precision
        self.options = {"precision": precision, "jit": choose_jit(self.strategy, params.training.jit)}
        self.build_options = {"dtype": precision, "synchronized": self.strategy.num_replicas_in_sync > 1}
        self.model: dict[str, Any] = {}  # model.json

    def new_generator(self) -> keras.Model:
        """A generator with fresh weights, as the section `generator` describes it."""
        reference = self._reference_shape(self.params.training.crop // self.params.scale)
        spec = self.params.generator.model_dump() | {"scale": self.params.scale}
        if self.params.generator.norm == "virtual":
            spec["reference"] = reference
        self.model["generator"] = spec
        network = build_generator(**spec, **self.build_options)
        set_reference(network, self._reference().lr)
        return network

    def new_discriminator(self, norm: str | None = None) -> keras.Model:
        """A discriminator with fresh weights, as the section `discriminator` describes it.

        Args:
            norm: another normalisation than the section's.
        """
        crop = self.params.training.crop
        spec = self.params.discriminator.model_dump() | {"crop": crop}
        spec["norm"] = norm or spec["norm"]
        if spec["norm"] == "virtual":
            spec["reference"] = self._reference_shape(crop)
        self.model["discriminator"] = spec
        network = build_discriminator(**spec, **self.build_options)
        set_reference(network, self._reference().hr)
        return network

    def initial(self, role: str) -> keras.Model:
        """A network of the stage this one starts from."""
        self.model[role] = read_model(self.init)[role]
        return load_network(self.init, role, **self.build_options)

    def content(self) -> ContentLoss:
        """The content loss that the stage's settings name."""
        if self.settings.content == "mse":
            return mse
        return vgg_loss(build_vgg(VGG19, self.settings.content, dtype=self.params.training.precision))

    def run(self, recipe: Recipe, *, keep: Sequence[str] = ("generator",)) -> None:
        """Train and write models/<stage>/, results/<stage>.json and results/curves/<stage>.csv.

        Of several workers the chief alone writes; the others leave when it has.

        Args:
            recipe: made of this stage's networks.
            keep: roles of the networks to write.
        """
        key = run_key(self.name, self.params.model_dump())
        params = self.params.model_dump(include={"seed", "scale", "generator", "discriminator", "training", self.name})
        weights = sorted(self.init.glob("*.weights.h5")) if self.init else []
        tags = {f"init_{path.name.partition('.')[0]}_sha256": digest(path) for path in weights}

        chief = place(self.strategy)[0] == 0

        def remember(run_id: str) -> None:
            scratch.remember(MLFLOW_RUN, run_id)

        with (
            loss_named(self.strategy, self.name),
            SharedScratch(scratch_root(), self.name, key, self.strategy) as scratch,
            tracking.run(self.name, params, tags, scratch.recall(MLFLOW_RUN), remember, recorded=chief) as run,
        ):
            run.log_dataset("patches", digest(self.manifest), self.params.data.train)
            watch = self.params.training
            validate = validation(
                recipe.trained, BENCHMARKS, watch.validation, watch.validation_images, self.params.scale, run
            )
            rows = train(
                self.name,
                recipe,
                self.settings,
                watch,
                feed=self._feed,
                validate=validate,
                scratch=scratch,
                run=run,
                chief=chief,
            )
            if chief:
                folder = self._write(recipe, keep, rows)
                run.set_tags({f"{role}_sha256": digest(folder / f"{role}.weights.h5") for role in keep})
                run.log_model(folder)
                scratch.finish(self.results)
            agree(self.strategy, self.name, key, "end")

    def _feed(self, start: int, count: int) -> Iterator[Batch]:
        size = self.settings.batch_size

        def part(part: tuple[int, int]) -> tf.data.Dataset:
            crop, seed = self.params.training.crop, self.params.seed
            return batches(PATCHES, batch_size=size, crop=crop, seed=seed, start=start, count=count, part=part)

        return iter(share_batches(self.strategy, size, part))

    def _write(self, recipe: Recipe, keep: Sequence[str], rows: list[Row]) -> Path:
        trained = {
            "stage": self.name,
            "iterations": self.settings.iterations,
            "batch_size": self.settings.batch_size,
            "crop": self.params.training.crop,
            "content": self.settings.content,
            "from": self.init.name if self.init else None,
        }
        networks = recipe.networks | {"generator": recipe.trained}
        folder = Path("models") / self.name
        model = {role: self.model[role] for role in keep} | {"trained": trained}
        save_networks(folder, {role: networks[role] for role in keep}, model)
        curve = pd.DataFrame(rows).to_csv(index=False, float_format="%.8g", lineterminator="\n")
        write_text(self.results[0], curve)
        last = {name: float(f"{value:.8g}") for name, value in rows[-1].items()}
        write_text(self.results[1], json.dumps(last, indent=2) + "\n")
        return folder

    def _reference(self) -> Batch:
        """The reference batch of virtual batch normalisation: crops of the training photographs."""
        size = self.params.training.reference_size
        crop = self.params.training.crop
        return next(iter(batches(PATCHES, batch_size=size, crop=crop, seed=self.params.seed, count=1)))

    def _reference_shape(self, size: int) -> tuple[int, int, int, int]:
        return (self.params.training.reference_size, size, size, 3)
