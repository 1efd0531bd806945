"""The folders of srgan/ against the drawing in docs/design.md: what each may import."""

import ast
import re

import pytest

# From the ground up. A folder or module imports its own and those of lower floors; none of its own floor.
FLOORS = (
    {"errors", "root", "pipeline", "names", "tensorflow_import", "digest", "progress", "interrupt"},
    {"atomic", "parallel", "temporary"},
    {"data"},
    {"models"},
    {"params", "sources", "metrics", "inference", "patches"},
    {"losses", "evaluation", "degradation"},
    {"recipes", "report", "hosting"},
    {"tracking", "experiments", "audit"},
    {"training", "web", "serving"},
    {"commands"},
    {"__main__"},
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}


def imports(path):
    """The modules that a file names in imports, wherever they stand in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def places(folder):
    """Each file of the package, with the folder or module it is of."""
    for path in sorted(folder.rglob("*.py")):
        first = path.relative_to(folder).parts[0].removesuffix(".py")
        if first != "__init__":
            yield path, first


def test_every_folder_has_its_floor(repository):
    assert {place for _, place in places(repository / "srgan")} == set(FLOOR)


def test_the_drawing_has_this_order(repository):
    """From the ground up."""
    tree = (repository / "docs/design.md").read_text().partition("\nsrgan/\n")[2].partition("\n```")[0]
    drawn = [line.split()[0].rstrip("/") for line in tree.splitlines() if re.match(r"  \w", line)]
    assert {"data", "commands"} <= set(drawn)
    floors = [FLOOR[place] for place in drawn if place in FLOOR]
    assert floors == sorted(floors)


def test_imports_go_down(repository):
    up = [
        f"{path.relative_to(repository)} imports {name}"
        for path, place in places(repository / "srgan")
        for name in imports(path)
        if name.startswith("srgan.")
        and (other := name.split(".")[1]) in FLOOR
        and other != place
        and FLOOR[other] >= FLOOR[place]
    ]
    assert up == []


@pytest.mark.parametrize(("package", "allowed"), [("mlflow", {"tracking"}), ("pyvips", {"inference"})])
def test_a_package_that_one_folder_knows(repository, package, allowed):
    known = {
        place for path, place in places(repository / "srgan") for name in imports(path) if name.split(".")[0] == package
    }
    assert known == allowed


def test_the_package_does_not_know_its_users(repository):
    users = {"stages", "tests", "tools", "benchmarks"}
    assert [
        path for path, _ in places(repository / "srgan") for name in imports(path) if name.split(".")[0] in users
    ] == []
