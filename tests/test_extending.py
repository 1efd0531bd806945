"""docs/extending.md: its example works as it is written, and the places that it names are there."""

import ast
import re
import shutil
import subprocess
import sys

from tests.pages import blocks, text_of

PAGE = "docs/extending.md"


def test_the_example_takes_a_function_its_name_and_a_test(repository, tmp_path):
    loss, line, test = blocks(PAGE, "python")
    for name in ("srgan", "stages", "params.yaml", "pyproject.toml"):
        copy = shutil.copytree if (repository / name).is_dir() else shutil.copy
        copy(repository / name, tmp_path / name)
    pixel, values = tmp_path / "srgan/losses/pixel.py", tmp_path / "srgan/params/values.py"
    pixel.write_text(f"{pixel.read_text()}\n\n{loss}")
    (before,) = re.findall(r"^PIXEL_LOSSES = .*\n", values.read_text(), re.MULTILINE)
    assert set(ast.literal_eval(line.partition("=")[2].strip().partition("#")[0])) > set(
        ast.literal_eval(before.partition("=")[2].strip().partition("#")[0])
    )
    values.write_text(values.read_text().replace(before, line))
    params = (tmp_path / "params.yaml").read_text()
    for key in ("content", "pixel_loss"):
        params = re.sub(rf"{key}: \w+", f"{key}: charbonnier", params, count=1)
    (tmp_path / "params.yaml").write_text(params)
    (tmp_path / "test_it.py").write_text(
        "import numpy as np\nimport pytest\n\n"
        "from srgan.losses.content import content_loss\nfrom srgan.losses.pixel import charbonnier\n"
        f"from srgan.params import load_params\n\n\n{test}\n\n"
        "def test_it_is_the_one_that_a_stage_takes():\n"
        "    params = load_params()\n"
        "    assert content_loss(params.pretrain.content, params.features, {}, 'float32') is charbonnier\n"
        "    assert params.pretrain.pixel_loss == 'charbonnier'\n"
    )
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_names_said_to_be_in_a_file_are_there(repository):
    named = re.findall(r"`(\w+)`\s+in\s+`(srgan/[\w/]+\.py)`", text_of(PAGE))
    assert len(named) > 3
    for name, file in named:
        assert re.search(rf"\b{name}\b", (repository / file).read_text(encoding="utf-8")), f"{name} in {file}"
