"""The same networks, losses and batch in PyTorch, in its best form: channels_last, the generator's forward pass once.

On a GPU its networks are compiled, as ours are by XLA, and float32 products may use TF32, as TensorFlow's do.

python -m benchmarks.pytorch_steps WHAT PRECISION SECONDS, WHAT as in benchmarks.steps; needs requirements-bench.txt.
"""

from __future__ import annotations

import contextlib
import sys
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from benchmarks.measure import BATCH, CROP, LR_SIDE, SCALE, Row, median_seconds

VGG_BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
CRITIC_STEPS, CLIP = 5, 0.01
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Generator(nn.Module):
    """SRResNet with the bicubic skip, 16 blocks of 64 filters."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 64, 9, padding=4), nn.PReLU(64))
        self.blocks = nn.ModuleList(
            nn.Sequential(_conv(64, 64), nn.BatchNorm2d(64), nn.PReLU(64), _conv(64, 64), nn.BatchNorm2d(64))
            for _ in range(16)
        )
        self.trunk = nn.Sequential(_conv(64, 64), nn.BatchNorm2d(64))
        ups = [[nn.Conv2d(64, 256, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(64)] for _ in range(2)]
        self.up = nn.Sequential(*ups[0], *ups[1])
        self.last = nn.Conv2d(64, 3, 9, padding=4)

    def forward(self, lr: torch.Tensor) -> torch.Tensor:
        """(B, 3, h, w) in [0, 1] -> (B, 3, 4 h, 4 w) around [-1, 1]."""
        x = first = self.first(lr)
        for block in self.blocks:
            x = x + block(x)
        residual = self.last(self.up(self.trunk(x) + first)).float()
        bicubic = functional.interpolate(lr, scale_factor=SCALE, mode="bicubic", align_corners=False)
        return residual + 2 * bicubic - 1


def discriminator() -> nn.Module:
    """The paper's: eight convolutions, 1024, 1."""
    parts: list[nn.Module] = [nn.Conv2d(3, 64, 3, padding=1), nn.LeakyReLU(0.2)]
    inputs = 64
    for outputs, stride in ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 2)):
        parts += [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
        inputs = outputs
    side = CROP // 16
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(512 * side**2, 1024), nn.LeakyReLU(0.2), nn.Linear(1024, 1))


def vgg(block: int, convolution: int) -> nn.Module:
    """VGG19 up to one convolution, frozen, with random weights."""
    parts: list[nn.Module] = []
    inputs = 3
    for i, (width, count) in enumerate(VGG_BLOCKS[:block], start=1):
        for _ in range(convolution if i == block else count):
            parts += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
            inputs = width
        if i < block:
            parts.append(nn.MaxPool2d(2))
    return nn.Sequential(*parts).requires_grad_(False)


class Step:
    """One training iteration of a stage, by what it is called in benchmarks.steps."""

    def __init__(self, what: str, precision: str):
        self.what = what
        bfloat16 = precision == "mixed_bfloat16"
        self.precision = lambda: torch.autocast(DEVICE, torch.bfloat16) if bfloat16 else contextlib.nullcontext()
        self.generator = _prepared(Generator())
        self.adversary = _prepared(discriminator())
        self.vgg = _prepared(vgg(int(what[3]), int(what[4]))) if what.startswith("vgg") else None
        optimizer = torch.optim.RMSprop if what == "wgan" else torch.optim.Adam
        self.optimizer = optimizer(self.generator.parameters(), 1e-4)
        self.adversary_optimizer = optimizer(self.adversary.parameters(), 1e-4)
        lr_side = CROP // SCALE
        self.lr = torch.rand(BATCH, 3, lr_side, lr_side, device=DEVICE).to(memory_format=torch.channels_last)
        self.hr = (torch.rand(BATCH, 3, CROP, CROP, device=DEVICE) * 2 - 1).to(memory_format=torch.channels_last)

    def __call__(self) -> float:
        """Do it, and read the loss."""
        if self.what == "wgan":
            for _ in range(CRITIC_STEPS - 1):
                with self.precision(), torch.no_grad():
                    sr = self.generator(self.lr)
                self._adversary_step(sr)
        with self.precision():
            sr = self.generator(self.lr)
        if self.what != "pretrain":
            self._adversary_step(sr.detach())
        with self.precision():
            loss = self._content(sr)
            if self.what != "pretrain":
                self.adversary.requires_grad_(False)
                score = self.adversary(sr).float()
                adversarial = -score.mean() if self.what == "wgan" else functional.softplus(-score).mean()
                loss = loss + 1e-3 * adversarial
                self.adversary.requires_grad_(True)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def _content(self, sr: torch.Tensor) -> torch.Tensor:
        if self.vgg is None:
            return functional.mse_loss(sr, self.hr)
        with torch.no_grad():
            target = self.vgg(self.hr)
        return functional.mse_loss(self.vgg(sr).float(), target.float())

    def _adversary_step(self, sr: torch.Tensor) -> None:
        with self.precision():
            real, fake = self.adversary(self.hr).float(), self.adversary(sr).float()
            if self.what == "wgan":
                loss = fake.mean() - real.mean()
            else:
                target = torch.full_like(real, 0.9)
                loss = functional.binary_cross_entropy_with_logits(real, target) + functional.softplus(fake).mean()
        self.adversary_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.adversary_optimizer.step()
        if self.what == "wgan":
            with torch.no_grad():
                for module in self.adversary.modules():
                    if isinstance(module, nn.Conv2d | nn.Linear):
                        for weight in module.parameters():
                            weight.clamp_(-CLIP, CLIP)


def step_seconds(what: str, precision: str, seconds: float) -> float:
    """Median seconds of an iteration, the loss read after each."""
    return median_seconds(Step(what, precision), seconds)


def inference_seconds(precision: str, seconds: float) -> float:
    """Median seconds for a picture of LR_SIDE x LR_SIDE."""
    network = _prepared(Generator()).eval()
    lr = torch.rand(1, 3, LR_SIDE, LR_SIDE, device=DEVICE).to(memory_format=torch.channels_last)
    bfloat16 = precision == "mixed_bfloat16"

    def run() -> None:
        with torch.inference_mode(), torch.autocast(DEVICE, torch.bfloat16, enabled=bfloat16):
            network(lr)
        if DEVICE == "cuda":
            torch.cuda.synchronize()

    return median_seconds(run, seconds)


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)


def _prepared(module: nn.Module) -> nn.Module:
    module.to(DEVICE, memory_format=torch.channels_last)
    if DEVICE == "cuda":
        module.compile()
    return module


def main() -> None:
    """Measure one thing; print its row."""
    what, precision, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    torch.manual_seed(1)
    if DEVICE == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    measured = inference_seconds if what == "inference" else partial(step_seconds, what)
    taken = measured(precision, seconds)
    Row(f"{what} in PyTorch", precision, taken * 1e3, "ms").show()


if __name__ == "__main__":
    main()
