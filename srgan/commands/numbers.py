"""Types for numbers on the command line, which refuse a wrong value with a sentence."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def fraction(text: str) -> float:
    """A number from 0 to 1."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def times(text: str) -> float:
    """A number of at least 1."""
    value = _number(text)
    if not 1 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return value


def whole(least: int) -> Callable[[str], int]:
    """Make a type for whole numbers from `least` up."""

    def number(text: str) -> int:
        value = _number(text)
        if not (value >= least and value.is_integer()):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
        return int(value)

    return number


def add_scale(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare --scale for the factors that networks have.

    Args:
        parser: of the command.
        what: what the factor is, for the help.
    """
    parser.add_argument("--scale", type=int, choices=(2, 3, 4, 8), default=4, help=f"{what}; default: 4")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
