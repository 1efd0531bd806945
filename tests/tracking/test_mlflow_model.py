"""The model that MLflow serves, and strangers' files."""

import base64
import io
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import mlflow
import pandas as pd
import pillow_heif
import pytest
import pyvips
from PIL import Image

from srgan.inference import guard
from srgan.inference.shipped import SHIPPED, SRRESNET
from srgan.tracking.mlflow_model import UpscalingModel


@pytest.fixture
def model():
    """One that is loaded as MLflow does it, with what it changes in the process undone."""
    loaded = UpscalingModel()
    loaded.load_context(SimpleNamespace(artifacts={"network": str(SHIPPED / SRRESNET)}))
    yield loaded
    pyvips.operation_block_set("VipsForeignLoad", False)
    pyvips.operation_block_set("VipsForeignLoadUhdr", True)  # as srgan.inference.pictures has it in every process


def ask(model, data):
    return model.predict(None, pd.DataFrame({"image": [base64.b64encode(data).decode()]}))["image"][0]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "PPM"])
def test_a_picture_is_enlarged_whose_file_has_no_suffix(model, kind):
    file = io.BytesIO()
    Image.new("RGB", (8, 6), (9, 99, 199)).save(file, kind)
    assert Image.open(io.BytesIO(base64.b64decode(ask(model, file.getvalue())))).size == (32, 24)


def test_what_is_no_photograph_is_not_read(model):
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    with pytest.raises(pyvips.Error, match="operation is blocked"):
        pyvips.Image.svgload_buffer(drawing)
    with pytest.raises(mlflow.MlflowException, match=r"ASCII.*wanted: a picture file, encoded as base64"):
        model.predict(None, pd.DataFrame({"image": ["Grüße"]}))
    with pytest.raises(mlflow.MlflowException, match="image: not a picture"):
        ask(model, drawing)


def test_too_many_pixels_are_refused_before_they_are_decoded(model, tmp_path, monkeypatch):
    pillow_heif.from_bytes("RGB", (64, 64), bytes(3 * 64 * 64)).save(tmp_path / "large.heic")
    monkeypatch.setattr(guard, "MOST_PIXELS", 64 * 64 - 1)
    monkeypatch.setattr(pillow_heif.HeifImage, "__array_interface__", property(lambda _: pytest.fail("decoded")))
    with pytest.raises(mlflow.MlflowException, match=r"image: more than .* pixels; send a smaller picture"):
        ask(model, (tmp_path / "large.heic").read_bytes())


def test_pictures_that_come_at_once_are_enlarged_one_after_the_other(model):
    """Each takes all cores, and the memory."""
    at_work, most = [], []

    def enlarge(_, target):
        at_work.append(target)
        most.append(len(at_work))
        time.sleep(0.05)
        target.write_bytes(b"")
        at_work.remove(target)

    model.enlarger = SimpleNamespace(enlarge=enlarge)
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, "PNG")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ask(model, file.getvalue()), range(4)))
    assert most == [1] * 4
