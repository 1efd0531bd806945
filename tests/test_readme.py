"""README.md and the guides against what they describe."""

import re

import pytest

from tests.pages import PAGES, anchors, code_spans, links, text_of
from tools.renew_readme import BLOCK, BOX, SAMPLE, results_block

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
            found[folder] |= set(re.split(r" {3,}", line.strip())[0].split())
    raise AssertionError("srgan/ is the last folder")


def test_the_readme_is_one_page():
    assert len(text_of("README.md").encode()) <= PAGE


def test_the_readme_shows_the_committed_results(repository):
    assert BLOCK.search(text_of("README.md"))[0] == results_block(repository), "run: python -m tools.renew_readme"


def test_the_readme_shows_some_columns_of_the_first_set(tmp_path):
    table = "| picture |\n| :-: |\n| ![](crops/a.png) |\n"
    for name, psnr in (("own", 30), ("other", 20)):
        table += f"\n**{name}**, mean of 7 photographs:\n\n| {' | '.join((*reversed(SAMPLE), 'Mesh'))} |\n"
        table += f"| --: | --: | --: | :-- | --: |\n| 0.5 | 0.9 | {psnr}.00 | SRGAN | 0.1 |\n"
    (tmp_path / "results").mkdir()
    (tmp_path / "results/table.md").write_text(table)
    (tmp_path / "pretrained").mkdir()
    (tmp_path / "pretrained/README.md").write_text(
        f"# Card\n\n| {' | '.join(BOX)} |\n| :-- | :-- | --: | --: | --: |\n"
    )
    block = results_block(tmp_path)
    assert "on the set own, mean of 7 photographs" in block
    assert f"| {' | '.join(SAMPLE)} |\n| :-- | --: | --: | --: |\n| SRGAN | 30.00 | 0.9 | 0.5 |\n" in block
    assert "20.00" not in block
    assert block.endswith("| :-- | :-- | --: | --: | --: |\n")


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


@pytest.mark.parametrize("name", ["pretrain", "gan", "vgg", "wgan"])
def test_the_figures_of_the_networks_in_the_box_are_the_card_s(name):
    card, shown = (
        [cell.strip(" *") for cell in re.search(row, text_of(page), re.MULTILINE)[0].strip("|").split("|")]
        for page, row in (
            ("pretrained/README.md", rf"^\| `{name}` .*\|$"),
            ("docs/results.md", rf"^\| `pretrained/{name}`, .*\|$"),
        )
    )
    psnr, ssim, spectral, bsd100 = card[3:7]
    assert [*shown[1:4], shown[6]] == [psnr, f"{float(ssim):.3f}", spectral, bsd100]
