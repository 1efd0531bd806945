"""README.md against what it describes."""

import re

import pytest

from srgan.report.table import readme_block


def test_the_readme_shows_the_committed_results(repository):
    readme = (repository / "README.md").read_text()
    block = re.search(r"<!-- results:begin -->\n(.*)<!-- results:end -->", readme, re.DOTALL)
    table = readme_block((repository / "results/table.md").read_text())
    assert block[1].strip() == table.strip(), "run: python -m tools.renew_readme"


def test_links_and_files_named_in_the_readme_exist(repository):
    readme = (repository / "README.md").read_text()
    for link in re.findall(r"\]\((?!https?://|#)([^)\s]+)\)", readme):
        assert (repository / link).exists(), link


@pytest.mark.parametrize("folder", ["srgan", "stages", "params", "tests"])
def test_the_tree_in_the_readme_is_the_repository_s(repository, folder):
    readme = (repository / "README.md").read_text()
    tree = readme.split("## How it works")[1].split("```")[1]
    assert f"{folder}/" in tree
    if folder == "srgan":
        for path in (repository / "srgan").rglob("*.py"):
            if (
                path.stem not in ("__init__", "__main__", "errors", "atomic", "root", "quiet")
                and "training" not in path.parts
            ):
                assert path.stem in tree, path
