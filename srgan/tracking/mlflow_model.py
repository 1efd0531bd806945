"""A trained generator as an MLflow model: base64 PNG in, base64 PNG out. MLflow runs this file to load the model."""

from __future__ import annotations

import base64
import tempfile
import threading
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext

from srgan.errors import UserError
from srgan.inference.enlarger import Enlarger
from srgan.inference.guard import block_other_readers, refuse_large


class UpscalingModel(PythonModel):
    """Enlarges pictures: a table with a column `image` of base64-encoded picture files."""

    def load_context(self, context: PythonModelContext) -> None:
        """Rebuild the generator from the weights folder logged with the model, and read photographs only."""
        block_other_readers()
        self.enlarger = Enlarger(Path(context.artifacts["network"]))
        # A server answers requests in threads. One picture at a time uses all cores and the memory; others wait.
        self.turn = threading.Lock()

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Enlarge every picture of the column `image`; the answer has the same column, as PNG.

        Raises:
            MlflowException: an entry is not a picture; a server answers 400 with the sentence.
        """
        del context, params
        return pd.DataFrame({"image": [self._enlarge(image) for image in model_input["image"]]})

    def _enlarge(self, encoded: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "image", Path(folder) / "enlarged.png"
            try:
                source.write_bytes(_decoded(encoded))
                refuse_large(source)
                with self.turn:
                    self.enlarger.enlarge(source, target)
            except UserError as error:
                reason = str(error).replace(f"{source}", "image")
                raise mlflow.MlflowException.invalid_parameter_value(
                    f"{reason} (wanted: a picture file, encoded as base64)"
                ) from None
            return base64.b64encode(target.read_bytes()).decode()


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise UserError(str(error)) from None


mlflow.models.set_model(UpscalingModel())
