"""What the server answers to a visitor: the pictures, and which networks there are."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from srgan.data.resize import enlarge
from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
from srgan.inference.sizes import Size
from tests.pictures import smooth
from tests.web.conftest import Visitor
from tests.web_servers import serving


def picture(answer):
    status, data = answer
    assert status == 200, data
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("asked", "file", "size"),
    [
        ({}, "photo.png", [128, 96]),
        ({"network": "pretrained/vgg", "strength": 0.5}, "photo.png", [128, 96]),
        ({"scale": "", "format": ""}, "photo.png", [128, 96]),  # as the page says that nothing is asked for
        ({"scale": 2, "format": "jpg"}, "photo.jpg", [64, 48]),
        ({"scale": 3, "format": "webp"}, "photo.webp", [96, 72]),
    ],
)
def test_the_download_is_what_upscale_makes(visitor, photo, tmp_path, asked, file, size):
    state, key = visitor.enlarge(photo, **asked)
    assert state["source"] == [32, 24]
    assert state["size"] == state["shown"] == size
    made = visitor.ask(f"/pictures/{key}/result")
    assert visitor.headers["Content-Disposition"] == f'attachment; filename="{file}"'
    network = asked.get("network", "pretrained/pretrain").removeprefix("pretrained/")
    enlarger = Enlarger(SHIPPED / network, strength=asked.get("strength", 1), size=Size(asked.get("scale") or None))
    enlarger.enlarge(photo, tmp_path / f"upscaled/{file}")
    assert made[1] == (tmp_path / f"upscaled/{file}").read_bytes()
    assert picture(made).getexif()[0x0110] == "Camera"
    after = picture(visitor.ask(f"/pictures/{key}/after"))
    assert after.size == tuple(size)
    np.testing.assert_array_equal(after.convert("RGB"), picture(made).convert("RGB"))


@pytest.mark.parametrize(("quality", "network"), [(75, "photo"), (95, "pretrain")])
def test_the_server_chooses_for_a_visitor_who_does_not(visitor, tmp_path, quality, network):
    Image.fromarray(smooth(24, 32, 3)).save(tmp_path / "photo.jpg", quality=quality)
    state, key = visitor.enlarge(tmp_path / "photo.jpg", network="auto")
    told = {"network": "Photo", "reason": "a JPEG of quality 75"} if network == "photo" else {"network": "SRResNet"}
    assert {name: state.get(name) for name in told} == told
    assert ("reason" in state) == (network == "photo")
    Enlarger(SHIPPED / network).enlarge(tmp_path / "photo.jpg", tmp_path / "upscaled.png")
    assert visitor.ask(f"/pictures/{key}/result")[1] == (tmp_path / "upscaled.png").read_bytes()


def test_before_is_bicubic(visitor, tmp_path):
    lr = smooth(24, 32, 3)
    Image.fromarray(lr).save(tmp_path / "photo.png")
    _, key = visitor.enlarge(tmp_path / "photo.png")
    before = np.asarray(picture(visitor.ask(f"/pictures/{key}/before"))).astype(int)
    assert np.abs(before - enlarge(lr, 4)).max() <= 2  # of 255: libvips rounds its weights


def test_sixteen_bits_stay_in_the_download_and_are_shown_in_eight(visitor, tmp_path):
    levels = smooth(24, 32).astype(np.uint16) * 257 + 7
    Image.fromarray(levels).save(tmp_path / "scan.tif")
    state, key = visitor.enlarge(tmp_path / "scan.tif")
    assert state["name"] == "scan.tif"
    assert picture(visitor.ask(f"/pictures/{key}/result")).mode == "I;16"
    assert picture(visitor.ask(f"/pictures/{key}/after")).mode == "L"


def test_the_networks_of_the_box_and_of_the_project(repository, tmp_path):
    for name in ("gan", "mine"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "model.json").write_text("{}")
    with serving(repository, tmp_path, "web") as server:
        found = json.loads(Visitor(server.url).ask("/networks")[1])
    shipped = [f"pretrained/{stage}" for stage in ("gan", "photo", "vgg", "wgan")]
    names = ["auto", "pretrained/pretrain", "models/gan", "models/mine", *shipped]
    assert [network["name"] for network in found] == names
    assert [network["name"] for network in found if not network["mixes"]] == names[:2]
    assert found[0]["title"] == "Automatic"
    assert found[0]["note"] == (
        "JPEGs of a quality below 90 are enlarged by Photo, which takes away noise and traces of JPEG; all others by "
        "SRResNet, which makes nothing up."
    )
    assert found[3]["title"] == "mine (yours, models/mine)"


def test_nothing_of_the_training_is_imported(repository):
    code = "import srgan.web.app, srgan.web.worker, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"tensorflow", "keras", "mlflow", "dvc", "pandas", "scipy", "matplotlib"}


def test_no_answer_is_kept_by_the_browser(visitor, photo):
    """What a visitor removes is then nowhere."""
    _, key = visitor.enlarge(photo)
    for path in ("/", f"/pictures/{key}", f"/pictures/{key}/result", f"/pictures/{key}/before"):
        assert visitor.ask(path)[0] == 200
        assert visitor.headers["Cache-Control"] == "no-store", path
