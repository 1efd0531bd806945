"""What a visitor asks for, from the query to the process that enlarges."""

from pathlib import Path

import pytest

from srgan.errors import UserError
from srgan.inference.shipped import SHIPPED
from srgan.web.wish import Wish, wish_of


@pytest.mark.parametrize(
    ("query", "wish"),
    [
        ({}, Wish(None, 1.0, None, None)),
        ({"network": "auto", "strength": "1", "scale": "", "format": ""}, Wish()),
        (
            {"network": "pretrained/gan", "strength": "0.25", "scale": "1.5", "format": "tif"},
            Wish(SHIPPED / "gan", 0.25, 1.5, "tif"),
        ),
    ],
)
def test_a_query_says_what_is_asked_for(query, wish):
    assert wish_of(query) == wish


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"network": "none"}, "none: no such network here"),
        ({"strength": "-0.1"}, "strength: '-0.1' is not a number from 0 to 1"),
        ({"strength": ""}, "strength: '' is not a number"),
        ({"strength": "0.5"}, "strength: it mixes a chosen network with SRResNet; choose a network"),
        ({"scale": "0"}, "scale: '0' is not a number from 0.1 to 16"),
        ({"scale": "inf"}, "scale: 'inf' is not a number"),
        ({"format": "gif"}, "format: 'gif' is none of jpg, png, tif, webp"),
    ],
)
def test_what_cannot_be_had_is_a_sentence(query, sentence):
    with pytest.raises(UserError, match=sentence):
        wish_of(query)


@pytest.mark.parametrize("wish", [Wish(), Wish(Path("a b/gan"), 0.5, 2.0, "jpg")])
def test_a_wish_comes_through_a_command_line(wish):
    assert Wish.loads(wish.dumps()) == wish
