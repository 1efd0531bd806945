"""How a stage ends that cannot go on."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from PIL import Image
from skimage.data import coffee

import stages
from srgan.errors import UserError
from stages import patches

REPOSITORY = Path(__file__).resolve().parents[2]
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}


def failing(error):
    def main():
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "said"), [(KeyboardInterrupt(), "interrupted\n"), (KeyboardInterrupt("gan: stopped"), "gan: stopped\n")]
)
def test_an_interruption_is_a_word_and_status_130(capsys, error, said):
    with pytest.raises(SystemExit) as ended:
        stages.run(failing(error))
    assert ended.value.code == 130
    assert capsys.readouterr().err == said


def test_sigterm_ends_a_stage_in_order(tmp_path):
    """What a cluster sends before it takes the machine back: runs are closed, temporary folders deleted."""
    main = "open('begun', 'w').close(); time.sleep(60)"
    code = f"import time\nfrom stages import run\ndef main():\n try: {main}\n finally: print('closed')\nrun(main)"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(REPOSITORY)}, **PIPES
    ) as process:
        while not (tmp_path / "begun").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.communicate(timeout=30) == ("closed\n", "interrupted\n")
    assert process.returncode == 130


def test_patches_say_what_they_need(repository, tmp_path, monkeypatch):
    shutil.copy(repository / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="data/raw/train: no such folder; run `dvc repro download`"):
        patches.main()


def test_a_mistake_is_a_sentence_and_status_1():
    with pytest.raises(SystemExit, match=r"^error: no photographs$"):
        stages.run(failing(UserError("no photographs")))


def test_photographs_are_cut_in_all_sizes_that_are_set(repository, tmp_path, monkeypatch, capsys):
    params = yaml.safe_load((repository / "params.yaml").read_text())
    params["patches"] |= {"size": 192, "shrink": [1, 2]}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "data/raw/train").mkdir(parents=True)
    Image.fromarray(coffee()[:384, :384]).save(tmp_path / "data/raw/train/cup.png")
    monkeypatch.chdir(tmp_path)
    patches.main()
    assert capsys.readouterr().out.endswith("5 pairs of 1 photos in 1 shards\n")  # four of it, and one of its half
