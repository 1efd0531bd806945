"""The page of results of a project whose photographs have names that HTML would take for its own."""

from contextlib import chdir

from srgan.pipeline import MODELS
from stages import render

HOSTILE = ["<img src=x onerror=alert(1)>", "a\"' & b"]  # a user's own file names are no HTML
COLUMNS = (*MODELS, "target")


def rendered(root):
    """The page that the stage writes in a project."""
    with chdir(root):
        render.main()
    return (root / "results/report.html").read_text(encoding="utf-8")
