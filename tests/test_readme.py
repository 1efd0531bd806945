"""README.md and the guides against what they describe."""

import json
import re

import pytest

from tests.pages import PAGES, anchors, code_spans, links, text_of
from tools.renew_pages import TITLES, pages, pretrained_table, renewed

PAGE = 9000  # bytes that are read in one sitting
OTHER_FOLDERS = ("stages", "params", "pretrained", "data", "results", "benchmarks", "cluster", "tests", "tools", "docs")


def tree(page, heading):
    """The drawing of the folders below a heading."""
    return text_of(page).split(f"\n## {heading}\n")[1].split("```")[1]


def sections(drawing):
    """Folder of srgan/ -> the modules that stand in the first column below it; "" -> those of srgan/ itself."""
    found = {"": set()}
    folder = ""
    for line in drawing.split("\nsrgan/\n")[1].splitlines():
        if not line.startswith("  "):
            return found
        if entry := re.match(r"  (\w+)/", line):
            folder = entry[1]
            found[folder] = set()
        else:
            folder = folder if line.startswith("    ") else ""  # a module beside the folders
            found[folder] |= set(re.split(r" {3,}", line.strip())[0].split())
    raise AssertionError("srgan/ is the last folder")


def test_the_readme_is_one_page():
    assert len(text_of("README.md").encode()) <= PAGE


def test_the_pages_show_the_committed_results(repository):
    for path, block in pages(repository):
        assert path.read_text() == renewed(path, block), f"{path.name}: run: python -m tools.renew_pages"


def test_the_networks_in_the_box_stand_beside_the_paper_s(tmp_path):
    figures = {name: {"psnr_y": 30 + place, "perceptual_distance": 0.5} for place, name in enumerate(TITLES)}
    (tmp_path / "pretrained/gan").mkdir(parents=True)
    (tmp_path / "pretrained/metrics.json").write_text(json.dumps({"Set5": figures, "BSD100": figures}))
    how = {"stage": "gan", "iterations": 500, "earlier_iterations": 1500, "batch_size": 8}
    (tmp_path / "pretrained/gan/model.json").write_text(json.dumps({"trained": how}))
    rows = pretrained_table(tmp_path).splitlines()
    assert rows[2] == "| bicubic |  | 30.00 | 0.500 | 30.00 | 0.500 |"
    assert rows[4] == "| `gan`, SRGAN | 2,000 × 8, after `pretrain` | 32.00 | 0.500 | 32.00 | 0.500 |"
    (tmp_path / "pretrained/gan/model.json").write_text(json.dumps({"trained": how | {"earlier_crops": 24000}}))
    assert "| `gan`, SRGAN | 2,000 × 14, after `pretrain` |" in pretrained_table(tmp_path)
    assert rows[8] == "| the paper's SRResNet | 1,000,000 × 16 | 32.05 | – | 27.58 | – |"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(repository, page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (repository / page).parent / path if path else repository / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.resolve().relative_to(repository).as_posix()), link


def test_every_guide_says_what_it_is_for_and_leads_back(repository):
    guides = [page for page in PAGES if page.startswith("docs/")]
    assert len(guides) > 10
    for guide in guides:
        title, _, first = text_of(guide).split("\n")[:3]
        assert title.startswith("# ")
        assert first.startswith("This page "), guide
        assert "[Back to the README](../README.md)" in text_of(guide).split("\n## ")[0], guide
        assert guide in links("README.md"), f"{guide} is not in the README"


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(repository, page):
    for span in code_spans(page):
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)+\.(py|yaml|md|csv|html|txt|sh|json|png)", span):
            assert (repository / span).exists(), span


def test_the_tree_in_the_readme_has_every_package(repository):
    drawing = tree("README.md", "Folders")
    packages = {path.parent.name for path in (repository / "srgan").glob("*/__init__.py")}
    assert set(re.findall(r"^  (\w+)/", drawing, re.MULTILINE)) == packages
    assert all(f"{folder}/" in drawing for folder in OTHER_FOLDERS)


def test_the_tree_in_the_design_has_every_module(repository):
    modules = {}
    for path in (repository / "srgan").rglob("*.py"):
        folder = path.parent.relative_to(repository / "srgan").as_posix()
        modules.setdefault(folder.strip("."), set()).add(path.stem)
    drawn = sections(tree("docs/design.md", "The tree"))
    assert drawn == {folder: names - {"__init__", "__main__"} for folder, names in modules.items()}
