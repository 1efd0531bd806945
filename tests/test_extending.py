"""docs/extending.md: its example is right, and the places that it names are there."""

import re

import numpy as np
import pytest
import tensorflow as tf

from tests.pages import blocks, text_of

PAGE = "docs/extending.md"


def test_the_example_s_loss_passes_the_example_s_test():
    loss, test = blocks(PAGE, "python")
    names = {"np": np, "pytest": pytest, "tf": tf}
    exec(loss, names)
    exec(test, names)
    names["test_charbonnier_by_definition"]()


def test_the_places_of_the_example_are_there(repository):
    places = re.findall(r"^\| `(\S+)` \| `(\w+)` \|", text_of(PAGE), re.MULTILINE)
    assert len(places) > 3
    for file, place in places:
        assert re.search(rf"\b{place}\b", (repository / file).read_text(encoding="utf-8")), file


def test_names_said_to_be_in_a_file_are_there(repository):
    named = re.findall(r"`(\w+)`\s+in\s+`(srgan/[\w/]+\.py)`", text_of(PAGE))
    assert len(named) > 3
    for name, file in named:
        assert re.search(rf"\b{name}\b", (repository / file).read_text(encoding="utf-8")), f"{name} in {file}"
