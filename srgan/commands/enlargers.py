"""Load the networks that a command line asks for, each once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from srgan.commands.networks import find_network
from srgan.inference.shipped import PHOTO, SHIPPED, SRRESNET

if TYPE_CHECKING:
    from srgan.inference.enlarger import Enlarger


class Enlargers:
    """The enlarger for each picture: of the network that the options name, or of the pretrained one that suits it."""

    def __init__(self, options: argparse.Namespace):
        self._options = options
        self._loaded: dict[str, Enlarger] = {}

    def choose(self, source: Path) -> tuple[Enlarger, str]:
        """The enlarger for a picture, and why its network was chosen; empty if the user named the network.

        Raises:
            UserError: there is no such network, or it does not go with the other options.
        """
        if self._options.model is not None:
            return self._named(self._options.model), ""
        from srgan.inference.choice import suiting

        network, reason = suiting(source)
        return self._named(str(network)), reason

    def load(self) -> None:
        """Load all that pictures may need, so that what is wrong with the options is said at once."""
        named = self._options.model
        for name in (str(SHIPPED / SRRESNET), str(SHIPPED / PHOTO)) if named is None else (named,):
            self._named(name)

    def _named(self, name: str) -> Enlarger:
        """The enlarger of a network, by its name on the command line."""
        if name not in self._loaded:
            self._loaded[name] = self._load(find_network(name))
        return self._loaded[name]

    def _load(self, network: Path) -> Enlarger:
        from srgan.inference.enlarger import Enlarger
        from srgan.inference.sizes import Size

        options = self._options
        return Enlarger(
            network,
            tile=options.tile,
            device=options.device,
            strength=options.strength,
            symmetric=options.ensemble,
            size=Size(options.scale, options.width, options.height),
            metadata=not options.no_metadata,
        )
