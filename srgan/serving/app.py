"""Answer programs: a picture, enlarged; whether the server is well; its figures for Prometheus."""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from srgan.errors import UserError
from srgan.serving.figures import Figures
from srgan.serving.process import Worker, WorkerDiedError
from srgan.web.body import receive

LEFT = 499  # status of a picture whose sender did not wait for the result, as in nginx's logs


class Service:
    """What answers: one picture is enlarged at a time, and at most `places` pictures are here.

    Args:
        worker: the process that holds the network.
        figures: for Prometheus.
        places: pictures that arrive, wait or are enlarged; others are sent away.
        about: the network, as /health shows it.
    """

    def __init__(self, worker: Worker, figures: Figures, places: int, about: dict[str, Any]):
        self.worker, self.figures, self.places, self.about = worker, figures, places, about
        self.taken = 0

    async def enlarge(self, request: Request) -> Response:
        """Enlarge the picture that is the request's body; the answer is a PNG.

        The status is 422 if it cannot be enlarged, and 503 with Retry-After if no place is free.
        """
        arrived = time.monotonic()
        try:
            response = await self._in_a_place(request)
        except (HTTPException, UserError, ClientDisconnect, WorkerDiedError) as error:
            response = _refusal(error)
        self.figures.requests.labels(status=str(response.status_code)).inc()
        if response.status_code == 200:
            self.figures.latency.observe(time.monotonic() - arrived)
        return response

    async def health(self, _: Request) -> Response:
        """What is served, and how many pictures are here; 503 while the network is not loaded."""
        state = self.about | {"places": self.places, "taken": self.taken}
        return JSONResponse(state, 200 if self.worker.alive else 503)

    async def metrics(self, _: Request) -> Response:
        """The figures, in Prometheus' format."""
        self.figures.taken.set(self.taken)
        # Drift of a thousand pictures takes a while, during which pictures are still received.
        return Response(await asyncio.to_thread(self.figures.text), media_type=CONTENT_TYPE_LATEST)

    async def _in_a_place(self, request: Request) -> Response:
        if self.taken >= self.places:
            await receive(request, None)
            seconds = math.ceil(self.places * self.figures.seconds_a_picture())
            raise HTTPException(
                503, f"{self.places} pictures wait already; try again later", {"Retry-After": str(seconds)}
            )
        with ExitStack() as place:
            self.taken += 1
            place.callback(self._leave)
            folder = Path(place.enter_context(tempfile.TemporaryDirectory(prefix="srgan-serve-")))
            result = await self._enlarge(request, folder)
            return Result(result, place.pop_all())

    def _leave(self) -> None:
        self.taken -= 1

    async def _enlarge(self, request: Request, folder: Path) -> Path:
        source, target = folder / "picture", folder / "enlarged.png"
        with source.open("wb") as file:
            await receive(request, file)
        async with self.worker.turn:
            if await request.is_disconnected():
                raise ClientDisconnect
            begun = time.monotonic()
            try:
                said = await self.worker.enlarge(source, target)
            except WorkerDiedError:
                self.figures.worker_deaths.inc()
                raise
        self.figures.enlarged(time.monotonic() - begun, said["pixels"], said["figures"])
        return target


class Result(FileResponse):
    """A file to send, which keeps its place until it is sent: results on disk are bounded as pictures are."""

    def __init__(self, path: Path, place: ExitStack):
        super().__init__(path, media_type="image/png")
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and leave its place whatever happens."""
        with self._place:
            await super().__call__(scope, receive, send)


def build_app(service: Service, hosts: Sequence[str]) -> Starlette:
    """The application.

    Args:
        service: what answers.
        hosts: names by which it may be called, or `*`.
    """
    routes = [
        Route("/enlarge", service.enlarge, methods=["POST"]),
        Route("/health", service.health),
        Route("/metrics", service.metrics),
    ]
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)]
    return Starlette(routes=routes, middleware=middleware)


def _refusal(error: Exception) -> Response:
    """The answer to a picture that is not enlarged: a sentence."""
    match error:
        case HTTPException():
            return JSONResponse({"error": error.detail}, error.status_code, error.headers)
        case ClientDisconnect():
            return Response(status_code=LEFT)
        case WorkerDiedError():
            sentence = "the server gave up; the picture may be damaged, or need more memory than there is"
            return JSONResponse({"error": sentence}, 500)
    return JSONResponse({"error": str(error)}, 422)
