"""The tool that puts bugs in: each of its patches fits, and it tells what is noticed from what is not."""

import subprocess

import pytest

from tests.mutants import REPOSITORY, main, mirror, read_mutants
from tests.soak.tiny_project import environment

MUTANTS = read_mutants(REPOSITORY / "tests/mutants.yaml")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_patch_still_fits_and_names_tests_that_are_there(mutant):
    assert mutant.fault(REPOSITORY) == ""
    assert mutant.old != mutant.new
    assert all((REPOSITORY / test).is_file() for test in mutant.tests)


def test_no_two_bugs_have_one_name():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_the_tests_of_a_file_are_its_mirror():
    assert mirror("srgan/data/batches.py") == "tests/data/test_batches.py"
    assert mirror("srgan/atomic.py") == "tests/test_atomic.py"
    assert mirror("stages/download.py") == "tests/stages/test_download.py"


@pytest.fixture
def small(tmp_path):
    """A repository of one function, whose test looks at one of its two lines."""
    files = {
        "srgan/half.py": "def half(x):\n    x = x + 0\n    return x / 2\n",
        "tests/test_half.py": "from srgan.half import half\n\n\ndef test_half():\n    assert half(4) == 2\n",
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\nmarkers = ['slow: late']\n",
        "mutants.yaml": "srgan/half.py:\n"
        "  - {name: third, old: x / 2, new: x / 3}\n"
        "  - {name: nothing, old: x + 0, new: x - 0}\n"
        "  - {name: gone, old: x * 2, new: x}\n"
        "  - {name: no-python, old: 'return', new: 'return return'}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, env=environment(), check=True)
    return lambda *arguments: main(arguments, tmp_path, tmp_path / "mutants.yaml")


def test_a_bug_is_caught_or_survives(small, capsys):
    assert small("third", "nothing", "--jobs", "2") == 1
    _, first, second, total = capsys.readouterr().out.splitlines()
    assert first.split() == ["caught", "third", *first.split()[2:4], "tests/test_half.py::test_half"]
    assert second.split()[:2] == ["survived", "nothing"]
    assert total == "1 of 2 caught"
    assert small("th*") == 0
    assert capsys.readouterr().out.endswith("1 of 1 caught\n")


def test_a_bug_that_fits_no_longer_is_named(small, capsys):
    assert small() == 1
    assert capsys.readouterr().out == "gone: its text is 0 times in srgan/half.py, not once\n"


def test_tests_that_cannot_run_have_caught_nothing(small, capsys):
    assert small("no-python") == 1
    assert "no result  no-python" in capsys.readouterr().out


def test_a_name_that_is_not_there_is_an_error(small):
    with pytest.raises(SystemExit, match=r"no bug in mutants\.yaml has one of these names: fourth"):
        small("fourth")
