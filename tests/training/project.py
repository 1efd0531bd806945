"""A project with tiny networks and a few patches, in which a training stage takes seconds."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml
from PIL import Image
from skimage.data import astronaut, chelsea

from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.models.vgg_layers import BLOCKS
from srgan.models.weights import save_networks
from srgan.patches import cut
from srgan.sources.vgg_weights import write_random

REPOSITORY = Path(__file__).resolve().parents[2]
ITERATIONS = 20


def settings(stage: str, changes: dict) -> dict:
    """params.yaml with tiny networks, and a point of the curve at every iteration.

    Args:
        stage: whose settings are changed.
        changes: its settings by name; those of another section with a dot, as `generator.norm`; and `seed`.
    """
    params = yaml.safe_load((REPOSITORY / "params.yaml").read_text())
    params["generator"] |= {"blocks": 1, "filters": 4}
    params["discriminator"] |= {"filters": 2, "units": 4}
    params["features"] |= {"layers": {"block1_conv1": 0.5, "block1_conv2": 1.0}}
    params["training"] |= {"log_every": 1, "validate_every": 10, "checkpoint_every": 4}
    params["training"] |= {"validation_images": 1, "reference_size": 3}
    warmup = {"n_critic": 2, "warmup_critic": 3} if stage == "wgan" else {}
    params["patches"]["size"] = 64
    for name in ("pretrain", "gan", "vgg", "wgan"):
        params[name]["crop"] = 32
    params[stage] |= {"iterations": ITERATIONS, "batch_size": 4} | warmup
    for key, value in changes.items():
        section, _, setting = key.rpartition(".")
        (params if key in params else params[section or stage])[setting] = value
    return params


def make_data(folder: Path, vgg16: Path) -> None:
    """What the stages start from: patches, a picture to watch, VGG, and networks that are hardly trained.

    Args:
        folder: where to.
        vgg16: the weights of the perceptual distance.
    """
    for name, picture in (("train", astronaut()), ("benchmarks/sample", chelsea()[:64, :64])):
        (folder / "data/raw" / name).mkdir(parents=True)
        Image.fromarray(picture).save(folder / "data/raw" / name / "1.png")
    common = {"photos_per_shard": 1, "workers": 1, "backend": "loky", "on_bad_image": "error", "max_pixels": 10**6}
    cut(folder / "data/raw/train", folder / "data/patches", scale=4, size=64, **common)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(BLOCKS, "vgg19", BLOCKS["vgg19"][:1])
        write_random(folder / "data/raw/vgg19.h5", 1)
    (folder / "data/raw/vgg16.h5").symlink_to(vgg16)  # 59 MB, which no test has to copy
    params = settings("gan", {})
    roles = {"generator": params["generator"] | {"scale": 4}, "discriminator": params["discriminator"] | {"crop": 32}}
    for seed, name in ((11, "pretrain"), (12, "gan")):  # not what a stage draws from params.yaml's
        keras.utils.set_random_seed(seed)
        networks = {
            "generator": build_generator(**roles["generator"]),
            "discriminator": build_discriminator(**roles["discriminator"]),
        }
        last = networks["generator"].get_layer("last")
        last.set_weights([np.random.default_rng(0).normal(0, 0.02, w.shape) for w in last.get_weights()])
        left = ("generator",) if name == "pretrain" else tuple(roles)
        save_networks(
            folder / "models" / name, {role: networks[role] for role in left}, {role: roles[role] for role in left}
        )


def make_project(folder: Path, data: Path, stage: str, changes: dict) -> Path:
    """A folder in which a stage can run, with the settings it runs with."""
    if not folder.exists():  # a second stage there starts from what the first has left
        shutil.copytree(data, folder, symlinks=True)
    (folder / "params.yaml").write_text(yaml.safe_dump(settings(stage, changes)))
    (folder / "stage").write_text(stage)
    return folder
