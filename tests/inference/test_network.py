"""The network without Keras is Keras' network, in ncnn and as ONNX, whole and in tiles."""

import sys

import numpy as np
import pytest

from srgan.data.images import from_signed
from srgan.errors import UserError
from srgan.inference import network as network_module
from srgan.inference.graph import before_depth_to_space
from srgan.inference.network import as_function
from srgan.models.architecture import receptive_radius
from srgan.models.generator import build_generator
from srgan.models.tiles import enlarged_tiles, plan
from tests.networks import random_network


def picture(*size, seed=1):
    return np.random.default_rng(seed).uniform(size=(*size, 3)).astype("float32")


def keras_network(description, weights):
    network = build_generator(**description)
    for layer in network.layers:
        for variable, array in zip(layer.variables, weights.get(layer.name, []), strict=True):
            variable.assign(array)
    return lambda lr: network(lr[None], training=False)[0].numpy()


def on_onnx(description, weights):
    return as_function(description, weights, "onnxruntime's own processor")


@pytest.mark.parametrize("make", [as_function, on_onnx])
@pytest.mark.parametrize("norm", ["batch", "virtual", "layer", "none"])
@pytest.mark.parametrize(("scale", "skip"), [(2, "none"), (3, "bicubic"), (4, "none"), (4, "bicubic"), (8, "bicubic")])
def test_the_function_is_keras_network(monkeypatch, make, norm, scale, skip):
    monkeypatch.setattr(network_module, "PIECE_SIDE", 16)
    description, weights = random_network(norm=norm, scale=scale, skip=skip)
    function, keras = make(description, weights), keras_network(description, weights)
    for size in ((1, 1), (33, 40), (16, 17)):
        lr = picture(*size)
        sr = function(lr)
        assert sr.dtype == np.float32
        np.testing.assert_allclose(sr, keras(lr), rtol=0, atol=5e-5)  # a level is 8e-3


@pytest.mark.parametrize("r", [2, 3])
def test_a_kernel_before_depth_to_space_is_the_one_after_it(r):
    """By numpy: pixels taken apart and put together by hand."""
    rng = np.random.default_rng(0)
    kernel, x = rng.normal(size=(9, 9, 2, 3)), rng.normal(size=(7, 8, r * r * 2))

    def conv(x, kernel):
        half = len(kernel) // 2
        padded = np.pad(x, ((half, half), (half, half), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2], axis=(0, 1))
        return np.einsum("hwcij,ijco->hwo", windows, kernel)

    def depth_to_space(x):
        height, width, channels = x.shape
        x = x.reshape(height, width, r, r, channels // r**2).transpose(0, 2, 1, 3, 4)
        return x.reshape(height * r, width * r, -1)

    before = depth_to_space(conv(x, before_depth_to_space(kernel, r)))
    np.testing.assert_allclose(before, conv(depth_to_space(x), kernel), atol=1e-5)


def tiled(function, lr, tile, radius, scale):
    sr = np.full((scale * lr.shape[0], scale * lr.shape[1], 3), np.nan, "float32")
    for place, part in enlarged_tiles(lambda seen: function(lr[seen.slices]), plan(*lr.shape[:2], tile, radius), scale):
        sr[place.slices] = part
    return sr


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("skip", ["none", "bicubic"])
def test_the_radius_is_the_one_found_by_changing_a_pixel(scale, skip):
    description, weights = random_network(scale=scale, skip=skip)
    radius = receptive_radius(description)
    size = 2 * radius + 9
    lr = np.full((size, size, 3), 0.5, "float32")
    changed = lr.copy()
    middle = size // 2
    changed[middle, middle] = 1.0
    # ONNX Runtime's convolutions sum the same numbers for every pixel; Winograd's carry roundings to their neighbours.
    function = on_onnx(description, weights)
    rows = np.flatnonzero((function(changed) != function(lr)).any(axis=(1, 2))) // scale  # in LR pixels
    assert middle - rows.min() <= radius
    assert rows.max() - middle <= radius
    assert middle - rows.min() >= radius - 1  # and not larger than it need be


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(1, 1), (33, 70), (64, 64)])
def test_tiled_is_untiled(scale, size):
    description, weights = random_network(scale=scale, norm="batch" if scale != 3 else "none")
    lr, function = picture(*size), as_function(description, weights)
    for tile in (16, 29):
        sr = tiled(function, lr, tile, receptive_radius(description), scale)
        np.testing.assert_allclose(sr, function(lr), rtol=0, atol=2e-5)


@pytest.mark.parametrize("tile", [32, 57, 100])
def test_tiles_of_the_papers_network_leave_no_seam(tile):
    """Sums are rounded differently in another tile, by a ten-thousandth of a level: now and then a level differs."""
    description, weights = random_network(blocks=16, filters=64)
    lr, function = picture(90, 110), as_function(description, weights)
    sr = from_signed(tiled(function, lr, tile, receptive_radius(description), 4)).astype(int)
    difference = np.abs(sr - from_signed(function(lr)))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def test_a_radius_too_small_would_show():
    description, weights = random_network()
    lr, function = picture(40, 40), as_function(description, weights)
    short = tiled(function, lr, 16, receptive_radius(description) - 2, 4)
    assert np.abs(short - function(lr)).max() > 1e-3


@pytest.mark.parametrize("device", ["cuda", "coreml", "directml"])
def test_a_device_that_is_not_there_is_a_sentence(device, monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    from srgan.inference.onnx_session import PROVIDERS

    provider, package, systems = PROVIDERS[device]
    monkeypatch.setattr(sys, "platform", systems[0])
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(UserError, match=rf"--device {device}: .* has no {provider}, .*; pip install {package}"):
        as_function(*random_network(), device)


@pytest.mark.parametrize(("device", "systems"), [("coreml", "macOS"), ("directml", "Windows")])
def test_a_device_of_another_system_is_said_to_be_one(device, systems, monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(UserError, match=f"--device {device}: exists only on {systems}; leave --device out"):
        as_function(*random_network(), device)
