"""A training stage from its settings to its outputs: everything around the loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from srgan.atomic import json_number, write_json, write_text
from srgan.data.appearance import appearance, summary
from srgan.data.batches import Batch, batches
from srgan.data.manifest import MANIFEST, verify
from srgan.degradation.degrade import degradation
from srgan.digest import digest
from srgan.errors import UserError
from srgan.losses.content import content_loss
from srgan.losses.pixel import ContentLoss
from srgan.models.architecture import adversary_spec, generator_spec
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.models.normalisation import set_reference
from srgan.models.stored import read_model
from srgan.models.weights import load_network, save_networks
from srgan.params import Params, StageSettings
from srgan.params.init import check_init, find_init, roles
from srgan.pipeline import BENCHMARKS, CURVES, NETWORKS, PATCHES, RESULTS, TRAINING_STAGES, VGG
from srgan.recipes.recipe import Recipe, StepOptions
from srgan.tracking import runs
from srgan.tracking.pipeline_run import PHOTOGRAPH_COUNT
from srgan.training.checkpoint import MLFLOW_RUN, scratch_root
from srgan.training.devices import check_batch_size, choose_jit, choose_strategy, make_reproducible, share_batches
from srgan.training.history import learned
from srgan.training.loop import Context, Row
from srgan.training.run_key import run_key
from srgan.training.validation import validation
from srgan.training.workers import SharedScratch, is_chief, report_lost_workers, require_agreement

LR_CROPS = 512  # so many are measured for model.json
FEATURES = "vgg16_sha256"  # in model.json: of the features by which a projected discriminator judges
FIGURE = ".6g"  # of the curves; a seventh digit of float32 differs from one processor to the next


class TrainingStage:
    """Builds the networks of a stage, trains them, and writes its outputs.

    Args:
        name: the stage, a section of params.
        params: all settings.

    Raises:
        UserError: the data are damaged, or settings, devices and what the stage starts from do not fit.
    """

    def __init__(self, name: str, params: Params):
        make_reproducible(params.training.threads)
        keras.utils.set_random_seed(params.seed)
        self.name, self.params = name, params
        self.settings: StageSettings = getattr(params, name)
        # Checked for all stages, so that a mistake in a later one shows before hours of training.
        self.init = {stage: find_init(stage, params) for stage in TRAINING_STAGES}[name]
        self.taken_over = read_model(self.init) if self.init else {}  # model.json of what the stage starts from
        if self.init and self.settings.init in TRAINING_STAGES:  # find_init has checked a folder of the user's
            check_init(name, params, self.taken_over)
        self.results = [CURVES / f"{name}.csv", RESULTS / f"{name}.json"]
        manifest = verify(PATCHES)
        self._check_patches(manifest)
        self.photographs = manifest["photos"]
        self.strategy = choose_strategy(name)
        require_agreement(self.strategy, name, f"{name} {params!r}", "stage and settings")
        check_batch_size(self.strategy, name, self.settings.batch_size)
        precision = params.training.precision
        jit = choose_jit(self.strategy, params.training.jit)
        self.options = StepOptions(params.seed, precision, jit)
        self.build_options = {"dtype": precision, "synchronized": self.strategy.num_replicas_in_sync > 1}
        self.specs = {role: self.taken_over.get(role) or self._described(role) for role in roles(name)}

    def generator(self) -> keras.Model:
        """The generator that the stage starts from, or a new one as the section `generator` describes it."""
        if self.init:
            return load_network(self.init, "generator", **self.build_options)
        network = build_generator(**self.specs["generator"], **self.build_options)
        if "reference" in self.specs["generator"]:
            set_reference(network, self._reference().lr)
        return network

    def adversary(self) -> keras.Model:
        """The discriminator or critic that the stage starts from, or a new one as the settings describe it."""
        (role,) = self.specs.keys() - {"generator"}
        if self.init and role in self.taken_over:
            self._check_features(role)
            return load_network(self.init, role, **self.build_options, vgg16=VGG["vgg16"])
        network = build_discriminator(**self.specs[role], **self.build_options, vgg16=VGG["vgg16"])
        if "reference" in self.specs[role]:
            set_reference(network, self._reference().hr)
        return network

    def content_loss(self) -> ContentLoss:
        """The content loss that the stage's settings name."""
        return content_loss(self.settings.content, self.params.features, VGG, self.params.training.precision)

    def _described(self, role: str) -> dict[str, Any]:
        """A new network as the settings describe it: what model.json says of it."""
        crop, size = self.settings.crop, self.params.training.reference_size
        if role == "generator":
            return generator_spec(self.params.generator.model_dump(), self.params.scale, crop, size)
        norm = self.params.wgan.norm if role == "critic" else self.params.discriminator.norm
        return adversary_spec(self.params.discriminator.model_dump(), norm, crop, size)

    def _check_features(self, role: str) -> None:
        """Refuse an adversary that learned to judge by the features of another VGG16, which is no part of it."""
        if self.taken_over.get(FEATURES) not in (None, digest(VGG["vgg16"])):
            raise UserError(
                f"{self.name}.init: the {role} in {self.init} judges by another VGG16 than data.features names; set "
                f"data.features as it was in that training, or start from a folder without a {role}"
            )

    def _check_patches(self, manifest: dict[str, Any]) -> None:
        """Refuse patches that were cut for other settings, as where a stage is run without DVC."""
        for key, wanted in {"scale": self.params.scale, "size": self.params.patches.size}.items():
            if manifest[key] != wanted:
                raise UserError(
                    f"{PATCHES}: cut with {key} {manifest[key]}, and the setting is {wanted}; run: dvc repro patches"
                )

    @contextmanager
    def running(self, recipe: Recipe) -> Iterator[Context]:
        """Open what a training of the recipe needs: the scratch folder, the MLflow run, the validation.

        Of several workers only the chief writes; the others wait for it at the end.
        """
        weights = sorted(self.init.glob("*.weights.h5")) if self.init else []
        key = run_key(self.name, self.params.model_dump(), weights)
        sections = {"seed", "scale", "data", "patches", "generator", "discriminator", "features"}
        sections |= {"degradation", "training", self.name}
        params = self.params.model_dump(mode="json", include=sections)
        tags = {f"init_{path.name.partition('.')[0]}_sha256": digest(path) for path in weights}
        tags[PHOTOGRAPH_COUNT] = str(self.photographs)
        chief, training = is_chief(self.strategy), self.params.training

        def remember(run_id: str) -> None:
            scratch.remember(MLFLOW_RUN, run_id)

        with (
            report_lost_workers(self.strategy, self.name),
            SharedScratch(scratch_root(), self.name, key, self.strategy) as scratch,
            runs.run(self.name, params, tags, scratch.recall(MLFLOW_RUN), remember, recorded=chief) as run,
        ):
            run.log_dataset("patches", digest(PATCHES / MANIFEST), self.params.data.train)
            watched, count = BENCHMARKS / training.validation, training.validation_images
            validate = validation(recipe.result, VGG["vgg16"], watched, count, self.params.scale, run)
            yield Context(self.name, self.settings, training, self._feed, validate, scratch, run, chief)
            require_agreement(self.strategy, self.name, key, "end")

    def write(self, recipe: Recipe, rows: list[Row], context: Context) -> None:
        """Write models/<stage>/, results/<stage>.json and results/curves/<stage>.csv, if this is the chief."""
        if not context.chief:
            return
        folder = NETWORKS / self.name
        networks = recipe.networks | {"generator": recipe.result}
        about: dict[str, Any] = {"trained": self._trained(), "lr": self._lr()}
        if any(spec.get("network") == "projected" for spec in self.specs.values()):
            about[FEATURES] = digest(VGG["vgg16"])
        save_networks(folder, {role: networks[role] for role in self.specs}, self.specs | about)
        curve = pd.DataFrame(rows).to_csv(index=False, float_format=f"%{FIGURE}", lineterminator="\n")
        write_text(self.results[0], curve)
        last = {name: json_number(float(f"{value:{FIGURE}}")) for name, value in rows[-1].items()}
        write_json(self.results[1], last | {"iteration": self.settings.iterations}, indent=2)
        context.run.set_tags({f"{role}_sha256": digest(folder / f"{role}.weights.h5") for role in self.specs})
        context.run.log_model(folder)
        context.scratch.finish(self.results)

    def _feed(self, start: int, count: int) -> Iterator[Batch]:
        """Batches, from where in the data an earlier part of the same training ended."""
        size = self.settings.batch_size
        start += self._earlier()[1] // size

        def part(part: tuple[int, int]) -> tf.data.Dataset:
            return self._batches(size, start=start, count=count, part=part)

        return iter(share_batches(self.strategy, size, part))

    def _trained(self) -> dict[str, Any]:
        """How the networks were trained, for model.json."""
        trained = {
            "stage": self.name,
            "iterations": self.settings.iterations,
            "batch_size": self.settings.batch_size,
            "crop": self.settings.crop,
            "content": self.settings.content,
            "from": self.init.name if self.init else None,
        }
        iterations, crops = self._earlier()
        if iterations:  # this run is a further part of the same training
            trained |= {"earlier_iterations": iterations, "earlier_crops": crops}
        return trained

    def _earlier(self) -> tuple[int, int]:
        """The iterations and crops of the earlier parts of the same training."""
        return learned(self.taken_over.get("trained", {}), self.name)

    def _lr(self) -> dict[str, Any]:
        """What LR is like in this training, for model.json: `srgan serve` compares the pictures that it is sent."""
        size = self.settings.batch_size
        crops = (lr for batch in self._batches(size, count=-(-LR_CROPS // size)) for lr in batch.lr.numpy())
        figures = [appearance(np.rint(255 * lr).astype(np.uint8)) for lr in islice(crops, LR_CROPS)]
        return {"side": self.settings.crop // self.params.scale, "quantiles": summary(figures)}

    def _reference(self) -> Batch:
        """The reference batch of virtual batch normalisation: crops of the training photographs."""
        return next(iter(self._batches(self.params.training.reference_size, count=1)))

    def _batches(self, size: int, **which: Any) -> tf.data.Dataset:
        """Batches of the training photographs, as the stage's settings want them.

        Args:
            size: crops in a batch.
            which: further arguments of srgan.data.batches.batches.
        """
        degrade = degradation(self.params.degradation, self.params.scale)
        crop, seed = self.settings.crop, self.params.seed
        return batches(PATCHES, batch_size=size, crop=crop, seed=seed, degrade=degrade, **which)
