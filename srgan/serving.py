"""A trained generator as an MLflow model: base64 PNG in, base64 PNG out. MLflow runs this file to load the model."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext
from PIL import Image

from srgan.inference.network import upscaler
from srgan.models.weights import load_generator


class UpscalingModel(PythonModel):
    """Enlarges pictures: a table with a column `image` of base64-encoded picture files."""

    def load_context(self, context: PythonModelContext) -> None:
        """Rebuild the generator from the weights folder logged with the model."""
        self.upscale = upscaler(load_generator(Path(context.artifacts["network"])))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Enlarge every picture of the column `image`; the answer has the same column, as PNG."""
        del context, params
        return pd.DataFrame({"image": [self._enlarge(image) for image in model_input["image"]]})

    def _enlarge(self, encoded: str) -> str:
        lr = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))
        file = io.BytesIO()
        Image.fromarray(self.upscale(lr)).save(file, format="PNG")
        return base64.b64encode(file.getvalue()).decode()


mlflow.models.set_model(UpscalingModel())
