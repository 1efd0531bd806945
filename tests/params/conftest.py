"""Settings to look at: params.yaml with a change, and the presets."""

from pathlib import Path

import pytest
import yaml

from srgan.params import load_params, parse_params
from srgan.params.presets import compose


@pytest.fixture
def edited(tmp_path, repository):
    """A function that writes params.yaml with one key changed, by its dotted name, and reads it."""

    def edit(key, value):
        raw = yaml.safe_load((repository / "params.yaml").read_text())
        section, *parents = raw, *key.split(".")[:-1]
        for parent in parents:
            section = section[parent]
        section[key.split(".")[-1]] = value
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump(raw))
        return load_params(path)

    return edit


@pytest.fixture
def preset(repository):
    """A function that reads the settings of a preset."""
    return lambda name: parse_params(compose(repository / "params", name), Path(f"params/{name}.yaml"))
