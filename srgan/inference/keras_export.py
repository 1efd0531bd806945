"""Export a Keras generator as SavedModel and TFLite, with free height and width."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from srgan.atomic import built_file, built_folder
from srgan.errors import UserError
from srgan.temporary import temporary_folder


def write_saved_model(generator: keras.Model, target: Path, about: dict[str, Any]) -> None:
    """Write a SavedModel; the note is assets.extra/srgan.json."""
    if target.exists() and not (target / "saved_model.pb").is_file():
        raise UserError(f"{target}: exists and is not a SavedModel; give another place with -o")

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32, name="lr")])
    def upscale(lr: tf.Tensor) -> dict[str, tf.Tensor]:
        sr = generator(lr, training=False)  # around [-1, 1]
        return {"sr": tf.clip_by_value(0.5 * sr + 0.5, 0.0, 1.0)}

    module = tf.Module()
    module.upscale = upscale
    module.weights = [variable.value for variable in generator.variables]  # a module must hold what it uses
    with built_folder(target) as partial:
        tf.saved_model.save(module, str(partial), signatures={"serving_default": upscale})
        extra = partial / "assets.extra"
        extra.mkdir()
        (extra / "srgan.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def write_tflite(generator: keras.Model, target: Path, about: dict[str, Any]) -> None:
    """Write a TFLite file; the note is srgan.json in a ZIP archive at its end, as TFLite does: unzip -p FILE."""
    with temporary_folder("the conversion to TFLite") as folder:
        try:
            write_saved_model(generator, folder / "network", about)
            content = tf.lite.TFLiteConverter.from_saved_model(str(folder / "network")).convert()
        except tf.errors.ResourceExhaustedError as error:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
    with built_file(target) as partial:
        partial.write_bytes(content)
        with zipfile.ZipFile(partial, "a") as archive:
            archive.writestr(zipfile.ZipInfo("srgan.json"), json.dumps(about, indent=2) + "\n")
