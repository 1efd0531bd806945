"""What pages have in common: figures that can stand in a page twice and take its colours."""

import re

import matplotlib.style
import pytest
from jinja2 import UndefinedError
from matplotlib.figure import Figure

from srgan.report.page_parts import looks, stand_ins, svg_elements, templates

COLOURS = stand_ins("soft", "line", *(f"c{number}" for number in range(14)))


def drawn():
    with matplotlib.style.context(["default", looks(COLOURS)]):
        axes = (figure := Figure((2, 2))).add_subplot()
        for number, variable in enumerate(COLOURS):
            axes.plot([0, 1], [number, number], color=COLOURS[variable])
        axes.grid(visible=True)
        axes.set_xlabel("iterations")
        return svg_elements(figure, COLOURS)


def test_every_colour_is_the_page_s_variable():
    found = dict.fromkeys(re.findall(r"stroke: var\(--(\w+)\); stroke-width: 1\.5", drawn()))
    assert list(found) == list(COLOURS)  # also of the tenth and later, whose numbers begin as the first's


def test_two_figures_on_a_page_share_no_name_and_no_style_and_are_the_same_text():
    drawing = drawn()
    assert drawn() == drawing
    assert not re.search(r"\bid=|url\(|<style|<defs|#[0-9a-f]{6}", drawing)
    assert set(re.findall(r"font-family: ([^;]*)", drawing)) == {"var(--sans)"}
    assert ">iterations</text>" in drawing


def test_a_page_s_own_templates_come_before_the_report_s_and_what_is_missing_in_them_is_an_error():
    assert templates("srgan.audit").get_template("data.html.j2").filename.endswith("audit/templates/data.html.j2")
    assert templates("srgan.audit").get_template("pages.css").filename.endswith("report/shared/pages.css")
    with pytest.raises(UndefinedError):
        templates().from_string("{{ missing }}").render()
    assert templates().from_string("{{ text }}").render(text="<b>") == "&lt;b&gt;"
