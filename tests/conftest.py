"""What all tests share: a clean environment, and the research data that lies beside some checkouts."""

import os
from pathlib import Path

import hypothesis
import pytest

# A stage of the pipeline under test must not find the store, the experiment or the repository of the shell it runs in.
for name in [name for name in os.environ if name.startswith(("DVC_", "MLFLOW_", "GIT_"))]:
    del os.environ[name]
# xdist runs several processes on the same cores.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "2")

# Tests run beside each other: how long an example takes says nothing.
hypothesis.settings.register_profile("shared cores", deadline=None)
hypothesis.settings.load_profile("shared cores")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Research data (Set5, BSD100, VGG19 weights) that may lie beside the checkout, not in it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the research data folder ../shared, which is not part of the project")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, so that a mistake shows soon; beside each other, the longest file first, so that none waits."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.path.name != "test_pipeline.py")
    else:
        items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
