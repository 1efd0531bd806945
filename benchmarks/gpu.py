"""The first minutes on a GPU: python -m benchmarks.gpu

Says which versions and which GPU there are. Takes three iterations of each stage at the paper's size, plain and
compiled by XLA, with deterministic operations, and compares their losses. Enlarges a picture, and prints the table of
speeds, beside PyTorch's where that is installed. On a machine without a GPU it says so and does the same on the CPU.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from benchmarks.__main__ import measure, table
from benchmarks.measure import ROOT
from srgan.tensorflow_import import import_tensorflow

STAGES = ("pretrain", "gan", "vgg54", "wgan")
ITERATIONS = 3
AGREEMENT = 0.02  # of a loss: XLA sums in another order, and three steps of Adam make more of it
STEPS = (*STAGES, "inference")  # of benchmarks.__main__


def devices() -> str:
    """The versions, and the GPUs with what they can compute; what is wrong with one as a sentence."""
    import_tensorflow()
    import tensorflow as tf  # noqa: PLC0415 - after the noise of its start was held back

    build = tf.sysconfig.get_build_info()
    lines = [
        f"Python {platform.python_version()}, TensorFlow {version('tensorflow')}, Keras {version('keras')}, "
        f"CUDA {build.get('cuda_version', 'none')}, cuDNN {build.get('cudnn_version', 'none')}"
    ]
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        details = tf.config.experimental.get_device_details(gpu)
        major, minor = details.get("compute_capability", (0, 0))
        lines.append(f"{details.get('device_name', gpu.name)}, compute capability {major}.{minor}")
        if sentence := unsupported((major, minor), build.get("cuda_compute_capabilities", [])):
            lines.append(sentence)
    if not gpus:
        lines.append("No GPU that TensorFlow can use: everything below is of the CPU")
    return "\n".join(lines)


def unsupported(capability: tuple[int, int], built_for: list[str]) -> str:
    """A sentence for a GPU that this TensorFlow has no code for; empty if it has.

    Args:
        capability: the GPU's, as (major, minor).
        built_for: of the build, as `sm_80` (that one and later minors) or `compute_90` (that one and all later).
    """
    known = [(int(name.partition("_")[2][:-1]), int(name[-1]), name.startswith("compute")) for name in built_for]
    fits = [
        (later and (major, minor) <= capability) or (major == capability[0] and minor <= capability[1])
        for major, minor, later in known
    ]
    if not known or any(fits):
        return ""
    return (
        f"This TensorFlow has no code for compute capability {capability[0]}.{capability[1]} (it has "
        f"{', '.join(built_for)}); take another version of it, or train on the CPU: CUDA_VISIBLE_DEVICES="
    )


def losses(what: str, *, jit: bool) -> list[float] | str:
    """The losses of a stage's first iterations, in a process of its own; or what stopped it, in its last line."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", "--stage", what, *(["--jit"] if jit else [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
    return list(json.loads(done.stdout.splitlines()[-1]))


def compared(what: str, plain: list[float] | str, compiled: list[float] | str) -> str:
    """A stage's line: whether it ran plain and compiled, and whether both came to the same."""
    for name, found in (("plain", plain), ("XLA", compiled)):
        if isinstance(found, str):
            return f"{what}: {name} FAILED: {found}"
    worst = max(abs(a - b) / abs(a) for a, b in zip(plain, compiled, strict=True))
    verdict = "agree" if worst <= AGREEMENT else "DIFFER"
    return f"{what}: plain and XLA {verdict}, by {100 * worst:.2g} % of the loss in {ITERATIONS} iterations"


def take_steps(what: str, *, jit: bool) -> None:
    """Print the losses of a stage's first iterations; an operation without a deterministic kernel raises its name."""
    import_tensorflow()
    import keras  # noqa: PLC0415

    from benchmarks.steps import batch, recipe  # noqa: PLC0415
    from srgan.training.devices import make_reproducible  # noqa: PLC0415

    make_reproducible()
    keras.utils.set_random_seed(1)
    trained, feed = recipe(what, "float32", jit=jit), itertools.repeat(batch())
    print(json.dumps([float(trained.step(iteration, feed)["loss"]) for iteration in range(1, ITERATIONS + 1)]))


def enlarge() -> str:
    """Enlarge a picture by the command line."""
    with tempfile.TemporaryDirectory() as folder:
        photo, large = ROOT / "results/crops/1-chelsea-target.png", Path(folder) / "large.png"
        done = subprocess.run(
            [sys.executable, "-m", "srgan", "upscale", str(photo), "-o", str(large)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return f"upscale: {'works' if large.is_file() else f'FAILED: {done.stderr.strip()}'}"


def main() -> None:
    """Print everything; the exit status is 1 where something failed or differed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=6.0, help="spent on each figure of the table (default: 6)")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)  # what this script runs itself with
    parser.add_argument("--jit", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        take_steps(options.stage, jit=options.jit)
        return
    os.environ["PYTHONUNBUFFERED"] = "1"
    said = [devices()]
    print(said[0], flush=True)
    for what in STAGES:
        said.append(compared(what, losses(what, jit=False), losses(what, jit=True)))
        print(said[-1], flush=True)
    said.append(enlarge())
    print(said[-1], flush=True)
    print(table(measure(list(STEPS), options.seconds)))
    sys.exit(any("FAILED" in line or "DIFFER" in line for line in said))


if __name__ == "__main__":
    main()
