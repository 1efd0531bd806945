"""A network as MLflow's model: there once, and of use."""

import base64
import io

import keras
import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from PIL import Image

from srgan.models.generator import build_generator
from srgan.models.upscaler import upscaler
from srgan.models.weights import load_generator, save_networks
from srgan.tracking import outbox, runs
from srgan.tracking.logged_model import log_network
from tests.tracking.stored import client, refuse

pytestmark = pytest.mark.slow


def test_a_model_that_was_half_logged_is_there_once(store, monkeypatch):
    """The store fails when the model is to be called ready; later a resumed run logs it again."""
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)
    (store / "network").mkdir()
    finalize, uris = MlflowClient.finalize_logged_model, []
    monkeypatch.setattr(MlflowClient, "finalize_logged_model", refuse)
    with pytest.warns(UserWarning, match="does not answer"), runs.run("gan", {}, {}) as run:
        run.put(lambda: uris.append(log_network(client(), run.id, store / "network")))
        monkeypatch.setattr(MlflowClient, "finalize_logged_model", finalize)
    with runs.run("gan", {}, {}, run_id=run.id) as again:
        again.put(lambda: uris.append(log_network(client(), run.id, store / "network")))
    experiment = client().get_run(run.id).info.experiment_id
    (model,) = client().search_logged_models([experiment])
    assert model.status == LoggedModelStatus.READY
    assert uris == [model.model_uri] * 2


def test_the_logged_model_upscales_an_image_after_loading(store):
    keras.utils.set_random_seed(0)
    spec = {"scale": 4, "blocks": 1, "filters": 4, "norm": "batch", "skip": "bicubic"}
    folder = store / "model"
    save_networks(folder, {"generator": build_generator(**spec)}, {"generator": spec})
    with runs.run("gan", {}, {}) as run:
        run.log_model(folder)
    experiment = client().get_run(run.id).info.experiment_id
    logged = client().search_logged_models([experiment])
    assert [model.source_run_id for model in logged] == [run.id]
    model = mlflow.pyfunc.load_model(logged[0].model_uri)
    assert model.metadata.signature is not None
    example = model.metadata.load_input_example()
    (shown,) = model.predict(example)["image"]
    assert Image.open(io.BytesIO(base64.b64decode(shown))).size == (4 * 24, 4 * 16)
    lr = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(lr).save(file, format="PNG")
    answer = model.predict(pd.DataFrame({"image": [base64.b64encode(file.getvalue()).decode()]}))
    sr = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer["image"][0]))))
    np.testing.assert_array_equal(sr, upscaler(load_generator(folder))(lr))
