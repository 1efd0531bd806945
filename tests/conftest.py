"""What all tests share: a clean environment, and the research data that lies beside some checkouts."""

import os
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

# A stage of the pipeline under test must not find the store, the experiment or the repository of the shell it runs in,
# and a make under test says less when it does not know that `make test-all` has started it.
for name in [name for name in os.environ if name.startswith(("DVC_", "MLFLOW_", "GIT_", "MAKE", "MFLAGS"))]:
    del os.environ[name]
# xdist runs several processes on the same cores.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "2")
# Tests that compare bytes in this process want what stages do: see srgan.training.devices.make_reproducible.
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

# How long an example takes says how busy the machine is, not whether it is right.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def no_store_left_behind() -> Iterator[None]:
    """MLflow writes the store it used into the environment, where the next test's processes would find it."""
    yield
    os.environ.pop("MLFLOW_TRACKING_URI", None)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY


# The tests that CI may skip, by the beginning of the reason they give, and why nothing is to be done about it there.
MAY_SKIP = {
    "needs the published photographs": "a download; what a clone can prove of their figures other tests prove",
    "needs pyiqa": "it brings PyTorch, and its networks are downloads; the adapter is tested on a module like it",
    "needs the right to mount a small disk": "a container's root may lack it; a machine's has it",
}


@pytest.fixture(scope="session")
def shared() -> Path:
    """Research data (Set5, BSD100, VGG19 weights) that may lie beside the checkout, not in it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the research data folder ../shared, which is not part of the project")
    return folder


@pytest.fixture(scope="session")
def vgg16(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of the perceptual distance, as `data.features: hed` makes them."""
    from srgan.sources.fetch import Downloads
    from srgan.sources.vgg_weights import write_vgg16

    path = tmp_path_factory.mktemp("features") / "vgg16.h5"
    write_vgg16(path, "hed", REPOSITORY, Downloads([], path.parent))
    return path


@pytest.fixture(scope="session")
def random_vgg(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """VGG19 with random weights; VGG16 is the same file, which has all of its layers that a test looks at."""
    from srgan.sources.vgg_weights import write_random

    path = tmp_path_factory.mktemp("random") / "vgg.h5"
    write_random(path, seed=1)
    return {"vgg19": path, "vgg16": path}


@pytest.fixture
def settings(repository: Path) -> Callable[..., object]:
    """A function giving a training stage's settings, those of params.yaml with some changed."""
    from srgan.params import load_params

    params = load_params(repository / "params.yaml")
    return lambda stage, **changes: getattr(params, stage).model_copy(update=changes)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A function that mounts a small disk, disk("size=64k"), or changes it: disk("remount,ro")."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"needs the right to mount a small disk ({done.stderr.strip()})")
        return folder

    yield mount
    while os.path.ismount(folder):
        subprocess.run(["umount", str(folder)], check=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI runs the tests, one that is skipped fails, unless MAY_SKIP has its reason."""
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same of a whole file."""
    return refuse_skip((yield))


def refuse_skip(report: Report) -> Report:
    """A report, failed if it is of a skip that CI may not have."""
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(tuple(MAY_SKIP)):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI: {reason}; make it run there, or add why it cannot to tests/conftest.py"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, so that a mistake shows soon; beside each other, the longest file first, so that none waits."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.path.name != "test_pipeline.py")
    else:
        items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
