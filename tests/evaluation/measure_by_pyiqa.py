"""Figures by our adapter and by pyiqa itself, as JSON: python -m tests.evaluation.measure_by_pyiqa.

pyiqa's own weights are downloads. Random ones are put in their places, in the folder that TORCH_HOME names.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pyiqa
import torch
import torchvision
from scipy.io import savemat
from skimage import data

from srgan.evaluation.judges import make_judges

HR = data.chelsea()[:200, :220]
SR = np.clip(HR + np.random.default_rng(0).normal(5, 20, HR.shape), 0, 255).astype(np.uint8)


def write_weights(root):
    torch.manual_seed(0)
    checkpoints, own = root / "hub/checkpoints", root / "hub/pyiqa"
    checkpoints.mkdir(parents=True)
    own.mkdir()
    torch.save(torchvision.models.alexnet().state_dict(), checkpoints / "alexnet-owt-7be5be79.pth")
    torch.save(torchvision.models.vgg16().state_dict(), checkpoints / "vgg16-397923af.pth")
    heads = {f"lin{i}.model.1.weight": torch.rand(1, c, 1, 1) for i, c in enumerate((64, 192, 384, 256, 256))}
    torch.save(heads, own / "LPIPS_v0.1_alex-df73285e.pth")
    torch.save({name: torch.rand(1, 1475, 1, 1) for name in ("alpha", "beta")}, own / "DISTS_weights-f5e65c96.pth")
    rng = np.random.default_rng(0)
    natural = {"mu_prisparam": rng.random((1, 36)), "cov_prisparam": np.diag(rng.random(36) + 0.5)}
    savemat(own / "niqe_modelparameters.mat", natural)


def tensor(image):
    return torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32) / 255)


def main() -> None:
    write_weights(Path(os.environ["TORCH_HOME"]))
    judges = make_judges("hed", "hed")
    measured = {"ours": {}, "equal": {}, "pyiqa": {}}
    for name, judge in judges.items():
        measured["ours"][name], measured["equal"][name] = judge(HR)(SR), judge(HR)(HR)
    for name in ("lpips", "dists", "niqe"):
        pictures = [tensor(SR)] if name == "niqe" else [tensor(SR), tensor(HR)]
        measured["pyiqa"][name] = float(pyiqa.create_metric(name, device="cpu")(*pictures))
    sys.stdout.write("\n" + json.dumps(measured) + "\n")


if __name__ == "__main__":
    main()
