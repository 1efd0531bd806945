"""Do the tests notice? Puts bugs into a copy, one at a time: python -m tests.mutants [NAME ...] [--jobs N]

The bugs are hand-picked and written down in mutants.yaml. mutmut and cosmic-ray make theirs by exchanging operators and
constants everywhere, thousands of them, and take no patch that somebody has thought of; hence these lines.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from srgan.params.read import read_yaml
from tests.soak.tiny_project import environment, working_files

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST = 900  # seconds; a bug that makes a test wait for ever has been noticed
PASSED, FAILED = 0, 1  # pytest's exit statuses; any other says that it could not run the tests


@dataclass(frozen=True)
class Mutant:
    """A bug: one piece of a file's text that becomes another."""

    name: str
    file: str  # relative to the repository, as are the tests
    old: str
    new: str
    tests: tuple[str, ...]  # the test files that must notice it

    def fault(self, root: Path) -> str:
        """Why it cannot be put in; empty where it can."""
        found = (root / self.file).read_text(encoding="utf-8").count(self.old) if (root / self.file).is_file() else 0
        return "" if found == 1 else f"its text is {found} times in {self.file}, not once"

    def put_into(self, root: Path) -> None:
        """Change the file."""
        path = root / self.file
        path.write_text(path.read_text(encoding="utf-8").replace(self.old, self.new), encoding="utf-8")


def read_mutants(path: Path) -> list[Mutant]:
    """The list, grouped by file; where a bug names no tests they are those that mirror the file."""
    return [
        Mutant(each["name"], file, each["old"], each["new"], tuple(each.get("tests", [mirror(file)])))
        for file, listed in read_yaml(path.read_text(encoding="utf-8")).items()
        for each in listed
    ]


def mirror(file: str) -> str:
    """srgan/data/batches.py -> tests/data/test_batches.py; stages/download.py -> tests/stages/test_download.py."""
    path = Path(file)
    return str(Path("tests", *path.parts[path.parts[0] == "srgan" : -1], f"test_{path.name}"))


def run_tests(root: Path, tests: Sequence[str], mutant: Mutant | None = None) -> tuple[int, str]:
    """The fast tests in a copy of the working tree: pytest's exit status, and the first that failed or the output."""
    with tempfile.TemporaryDirectory() as folder:
        for name in working_files(root):
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, Path(folder) / name)
        if mutant:
            mutant.put_into(Path(folder))
        command = [sys.executable, "-m", "pytest", "-x", "-m", "not slow", *tests]
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return FAILED, f"no end after {LONGEST} s"
    failures = [line.split(" - ")[0] for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return done.returncode, failures[0].partition(" ")[2] if failures else done.stdout[-2000:] + done.stderr[-2000:]


def try_out(root: Path, mutants: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, bool]]:
    """Put each bug in and run its tests; print what came of it as it comes.

    Yields:
        A bug, and whether it was caught.
    """

    def run(mutant: Mutant) -> tuple[int, str, float]:
        began = time.monotonic()
        return *run_tests(root, mutant.tests, mutant), time.monotonic() - began

    width = max(len(mutant.name) for mutant in mutants)
    with ThreadPoolExecutor(jobs) as pool:
        for mutant, (status, said, seconds) in zip(mutants, pool.map(run, mutants), strict=True):
            verdict = {PASSED: "survived", FAILED: "caught"}.get(status, "no result")
            print(
                f"{verdict:9}  {mutant.name:{width}}  {seconds:4.0f} s  {said if status else ''}".rstrip(), flush=True
            )
            yield mutant, status == FAILED


def main(arguments: Sequence[str], root: Path = REPOSITORY, path: Path = REPOSITORY / "tests/mutants.yaml") -> int:
    """Run the tool; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="of the bugs to put in, with * and ?; all without a name")
    parser.add_argument("--jobs", type=int, default=1, help="so many at a time")
    options = parser.parse_args(arguments)

    mutants = [each for each in read_mutants(path) if any(fnmatch(each.name, n) for n in options.names or "*")]
    if not mutants:
        sys.exit(f"error: no bug in {path.name} has one of these names: {' '.join(options.names)}")
    faults = [f"{mutant.name}: {fault}" for mutant in mutants if (fault := mutant.fault(root))]
    if faults:
        print(*faults, sep="\n")
        return 1

    tests = sorted({test for mutant in mutants for test in mutant.tests})
    print(f"without a bug: {' '.join(tests)}", flush=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        sound = list(pool.map(lambda test: run_tests(root, [test]), tests))
    if failing := [f"{test}: {said}" for test, (status, said) in zip(tests, sound, strict=True) if status]:
        print("these fail without a bug, so they can catch none:", *failing, sep="\n")
        return 1
    caught = [mutant.name for mutant, noticed in try_out(root, mutants, options.jobs) if noticed]
    print(f"{len(caught)} of {len(mutants)} caught")
    return int(len(caught) < len(mutants))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
