"""A watched folder: each picture once, when it is whole."""

import time
from contextlib import suppress

import numpy as np

from srgan.inference.watch import arrivals


def test_each_picture_is_given_out_once_it_is_whole(tmp_path):
    """The script says what happens in the folder between two looks."""
    a, b, broken = (tmp_path / name for name in ("a.png", "b.png", "broken.png"))
    script = [
        lambda: a.write_bytes(b"whole"),
        lambda: b.write_bytes(b"ha"),
        lambda: b.write_bytes(b"half"),
        (tmp_path / "out-a.png").touch,
        lambda: broken.write_bytes(b"broken"),
        lambda: None,
        lambda: None,
        lambda: broken.write_bytes(b"mended!"),
        lambda: None,
        lambda: None,
    ]
    looks = []

    def pairs():
        if not script:
            raise KeyboardInterrupt
        script.pop(0)()
        looks.append(sorted(path.name for path in tmp_path.glob("[!o]*.png")))
        return [(tmp_path / name, tmp_path / f"out-{name}") for name in looks[-1]]

    given = []
    try:
        for source, target in arrivals(pairs, set(), pause=0):
            given.append((source.name, source.read_bytes()))
            assert target == tmp_path / f"out-{source.name}"
    except KeyboardInterrupt:
        pass
    assert given == [
        ("a.png", b"whole"),
        ("b.png", b"half"),
        ("broken.png", b"broken"),
        ("broken.png", b"mended!"),
    ]


def test_a_picture_that_is_wanted_again_comes_again_after_a_while(tmp_path):
    picture, again, given = tmp_path / "a.png", set(), []
    picture.write_bytes(b"whole")

    def pairs():
        if len(given) == 3:
            raise KeyboardInterrupt
        return [(picture, tmp_path / "out.png")]

    with suppress(KeyboardInterrupt):
        for source, _ in arrivals(pairs, again, pause=0, patience=0.05):
            assert again == set()
            given.append(time.monotonic())
            again.add(source)
    assert min(np.diff(given)) > 0.04  # some of the time may pass between the watch's clock and this one


def test_a_picture_that_is_moved_away_meanwhile_is_left_out(tmp_path):
    def pairs():
        looks.append(1)
        if len(looks) > 3:
            raise KeyboardInterrupt
        return [(tmp_path / "gone.png", tmp_path / "out.png")]

    looks = []
    try:
        assert list(arrivals(pairs, set(), pause=0)) == []
    except KeyboardInterrupt:
        assert len(looks) == 4
