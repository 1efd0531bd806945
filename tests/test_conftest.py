"""In CI a test that is skipped has failed, unless the list in conftest.py says why it may be."""

import shutil
import subprocess
import sys

import pytest

TESTS = {
    "test_allowed.py": 'import pytest\ndef test(): pytest.skip("needs the published photographs: set5")\n',
    "test_forbidden.py": 'import pytest\ndef test(): pytest.skip("needs chromium")\n',
    "test_missing.py": 'import pytest\npytest.importorskip("no_such_package", reason="needs it")\ndef test(): pass\n',
    "test_expected.py": "import pytest\n@pytest.mark.xfail(strict=True)\ndef test(): assert False\n",
    "test_passes.py": "def test(): pass\n",
}


@pytest.mark.parametrize(("ci", "failed"), [("", []), ("true", ["test_forbidden.py", "test_missing.py"])])
def test_a_skip_fails_in_ci_unless_its_reason_is_listed(tmp_path, repository, ci, failed):
    shutil.copy(repository / "tests/conftest.py", tmp_path)
    for name, text in TESTS.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."]
    command += ["--continue-on-collection-errors", *sorted(TESTS)]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PATH": "", "CI": ci}, capture_output=True, text=True, check=False
    )
    said = {
        line.split()[1].partition(":")[0] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR "))
    }
    assert sorted(said) == failed, done.stdout
    assert ("skipped in CI: needs chromium; make it run there" in done.stdout) == bool(ci)
    assert done.returncode == bool(failed)
