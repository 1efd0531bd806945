"""The server from its network to its end."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import uvicorn

from srgan.errors import UserError
from srgan.models.stored import read_model
from srgan.serving.app import Service, build_app
from srgan.serving.figures import Figures
from srgan.serving.process import Worker, WorkerDiedError
from srgan.serving.worker import SIDE


class ServiceOptions(NamedTuple):
    """What is served, and to how many."""

    network: Path  # its folder
    strength: float  # its weight, see srgan.inference.enlarger
    device: str  # that computes
    places: int  # pictures that arrive, wait or are enlarged at a time


async def serve(
    options: ServiceOptions, listener: socket.socket, hosts: Sequence[str], ready: Callable[[], object]
) -> None:
    """Serve until a signal.

    Args:
        options: what is served.
        listener: an open port.
        hosts: names by which the server may be called, or `*`.
        ready: called when the network is loaded.

    Raises:
        UserError: the network cannot be loaded.
    """
    network, strength, device, places = options
    model = read_model(network)
    lr = model.get("lr")
    about = {"stage": model.get("trained", {}).get("stage", ""), "sha256": model.get("sha256", {}).get("generator", "")}
    worker = Worker(network, strength, device, lr["side"] if lr else SIDE)
    try:
        await worker.start()
    except WorkerDiedError:
        raise UserError(f"{network}: the process that loads the network ended; it may need more memory") from None
    try:
        ready()
        app = build_app(Service(worker, Figures(about, lr, places), places, about), hosts)
        config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=1)
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        await worker.stop()
