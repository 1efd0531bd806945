"""The measurement protocol, in sentences for the pages."""

from __future__ import annotations

from srgan.data.benchmark import is_degraded
from srgan.params import Params

# data.features -> the network of the perceptual distance.
FEATURES = {
    "hed": "VGG16 of ImageNet, fine-tuned for edges (HED, BSDS500)",
    "imagenet": "VGG16 of ImageNet",
}

DEGRADED = (
    " A set with steps such as +jpeg60 in its name is degraded by them: HR blurred by a Gaussian of so many pixels "
    "before it is shrunk, noise of so many levels and JPEG of that quality on LR. HR stays as it is."
)


def protocol(params: Params) -> str:
    """How the figures are measured, as Markdown."""
    text = (
        f"Protocol: HR cropped to a multiple of {params.scale}, LR by MATLAB's antialiased bicubic, all pictures in "
        f"8 bits; PSNR and SSIM without {params.scale} px of border, Y is BT.601 luma (16..235), SSIM has an 11 × 11 "
        "Gaussian window of sigma 1.5. LR-PSNR compares the result and the photograph, both shrunk, in RGB. The "
        "perceptual distance compares deep features of unit length in five layers "
        "([Zhang et al. 2018](https://arxiv.org/abs/1801.03924), eq. 1 with w = 1; not LPIPS) of "
        f"{features(params.data.features)}. Mesh: standard deviation, over the sub-pixels of an LR pixel, of their "
        "mean error in the worst smooth window of a picture; halo: mean overshoot beyond what the photograph has "
        "within one LR pixel, near hard edges; both in levels of 255. Lattice: how far one frequency stands out of its "
        "neighbours, in the mean spectrum of windows with texture. A – stands where there is no such place. The "
        "spectral distance compares azimuthally averaged log power spectra ([Durall et al. 2020](https://arxiv.org/abs/2003.01826))."
    )
    return text + DEGRADED * any(map(is_degraded, params.data.benchmark_names))


def features(choice: str) -> str:
    """The network of the perceptual distance, as Markdown; choice is `data.features`."""
    return FEATURES.get(choice, f"VGG16 with weights of its own (`{choice}`)")
