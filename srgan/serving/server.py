"""The server from its network to its end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import uvicorn

from srgan.errors import UserError
from srgan.hosting.process import WorkerDiedError
from srgan.hosting.server import Server, serve_until_signal
from srgan.models.stored import read_model
from srgan.serving.app import GLANCE, Service, build_app
from srgan.serving.figures import Figures
from srgan.serving.process import Worker
from srgan.serving.worker import SIDE

GRACE = 30  # seconds that the picture in work has to be finished when the server stops


class ServiceOptions(NamedTuple):
    """What is served, and to how many."""

    name: str  # of the network, as the user gave it
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
    model = read_model(options.network)
    lr = model.get("lr") or {"side": SIDE, "quantiles": {}}
    about = {
        "network": options.name,
        "strength": f"{options.strength:g}",
        "sha256": model.get("sha256", {}).get("generator", ""),
    }
    figures = Figures(about, lr["quantiles"], options.places)
    arguments = str(options.network), str(options.strength), options.device, str(lr["side"])
    worker = Worker(arguments, figures.worker_deaths.inc)
    service = Service(worker, figures, options.places, about)
    config = uvicorn.Config(
        build_app(service, hosts),
        log_config=None,  # Python's own: warnings to stderr
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = Server(config)
    tasks: list[asyncio.Task[None]] = []
    try:
        await worker.start()
        ready()
        tasks = [asyncio.create_task(worker.keep()), asyncio.create_task(_stop(server, service))]
        await serve_until_signal(server, listener)
    except WorkerDiedError:
        raise UserError(
            f"{options.network}: the process ended while it loaded the network; its message is above, or there was too "
            "little memory"
        ) from None
    finally:
        for task in tasks:
            task.cancel()
        await worker.stop()


async def _stop(server: uvicorn.Server, service: Service) -> None:
    """Tell the service when the server stops."""
    while not server.should_exit:
        await asyncio.sleep(GLANCE)
    service.stopping = True
