"""The HTTP application of `srgan serve`: enlarging, health, and metrics for Prometheus."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
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
from starlette.types import Message, Receive, Scope, Send

from srgan.errors import UserError
from srgan.hosting.body import STALLED, no_room, receive
from srgan.hosting.process import NO_ROOM, WorkerDiedError
from srgan.serving.figures import Figures
from srgan.serving.process import Worker, WorkerMissingError

LEFT = 499  # status of a picture whose sender did not wait for the result, as in nginx's logs
GLANCE = 0.5  # seconds between checks that a waiting sender is still connected


class Service:
    """What answers: one picture is enlarged at a time, and at most `places` pictures are here.

    Args:
        worker: the process that holds the network.
        figures: for Prometheus.
        places: pictures that arrive, wait or are enlarged; others are sent away.
        about: the network, as /health shows it.
    """

    def __init__(self, worker: Worker, figures: Figures, places: int, about: Mapping[str, str]):
        self.worker, self.figures, self.places, self.about = worker, figures, places, about
        self.taken = 0
        self.stopping = False  # the picture in work is still enlarged, those that wait are not
        self._turn = asyncio.Lock()

    async def enlarge(self, request: Request) -> Response:
        """Enlarge the picture that is the request's body; the answer is a PNG.

        The status is 422 if it cannot be enlarged, and 503 with Retry-After if no place is free.
        """
        arrived = time.monotonic()
        try:
            response = await self._in_a_place(request)
        except (HTTPException, UserError, OSError, ClientDisconnect, WorkerDiedError, WorkerMissingError) as error:
            response = self._refusal(error)
        self.figures.requests.labels(status=str(response.status_code)).inc()
        if response.status_code == 200:
            self.figures.latency.observe(time.monotonic() - arrived)
        return response

    async def health(self, _: Request) -> Response:
        """What is served, and how many pictures are here; 503 while the network is not loaded."""
        state = {**self.about, "places": self.places, "taken": self.taken}
        return JSONResponse(state, 200 if self.worker.ready and not self.stopping else 503)

    async def metrics(self, _: Request) -> Response:
        """The figures, in Prometheus' format."""
        self.figures.taken.set(self.taken)
        # Drift of a thousand pictures takes a while, during which pictures are still received.
        return Response(await asyncio.to_thread(self.figures.text), media_type=CONTENT_TYPE_LATEST)

    async def _in_a_place(self, request: Request) -> Response:
        if refused := self._not_admitted(request):
            await receive(request, None)  # clients that still send do not read an answer
            raise refused
        with ExitStack() as place:
            self.taken += 1
            place.callback(self._leave)
            folder = Path(place.enter_context(tempfile.TemporaryDirectory(prefix="srgan-serve-")))
            source, target = folder / "picture", folder / "enlarged.png"
            with source.open("wb") as file:
                await receive(request, file)
            async with self._in_turn(request):
                pages = await self._work(source, target)
            if await request.is_disconnected():
                raise ClientDisconnect
            return Result(target, pages, place.pop_all())

    def _not_admitted(self, request: Request) -> HTTPException | None:
        """Why a request gets no place, if it gets none."""
        if "origin" in request.headers:
            return HTTPException(403, "this server is for programs; pages in a browser are not answered")
        if request.headers.get("content-type", "").startswith("multipart/"):
            return HTTPException(415, "send the file alone as the body: curl --data-binary @photo.jpg")
        if request.query_params:
            said = ", ".join(request.query_params)
            return HTTPException(400, f"/enlarge has no parameters ({said}); the scale is the network's")
        if self.taken >= self.places:
            return HTTPException(503, f"no place is free ({self.places} pictures are here); try again later")
        return None

    def _leave(self) -> None:
        self.taken -= 1

    @asynccontextmanager
    async def _in_turn(self, request: Request) -> AsyncIterator[None]:
        """Wait until those that came before are done; a sender who leaves meanwhile gives its place back."""
        acquiring = asyncio.ensure_future(self._turn.acquire())
        try:
            while not (await asyncio.wait({acquiring}, timeout=GLANCE))[0]:
                if self.stopping:
                    raise HTTPException(503, "the server is stopping; send the picture again")
                if await request.is_disconnected():
                    raise ClientDisconnect
            yield
        finally:
            if not acquiring.cancel():  # it is done: the turn was taken
                self._turn.release()

    async def _work(self, source: Path, target: Path) -> int:
        """Enlarge a picture; returns how many pages or frames its file has, of which one is enlarged."""
        begun = time.monotonic()
        said = await self.worker.enlarge(source, target)
        if said.get("server_error"):
            raise HTTPException(503, NO_ROOM)
        if "error" in said:
            raise UserError(said["error"])
        self.figures.enlarged(time.monotonic() - begun, said["pixels"], said["figures"])
        return int(said["pages"])

    def _refusal(self, error: Exception) -> Response:
        """The answer to a picture that is not enlarged: a sentence."""
        again = {"Retry-After": str(self.figures.retry_after(self.taken))}
        match error:
            case HTTPException():
                return _sentence(error.detail, error.status_code, again if error.status_code == 503 else {})
            case ClientDisconnect():
                return Response(status_code=LEFT)
            case WorkerDiedError():
                return _sentence(
                    "the process that enlarges ended at this picture; the file may be damaged, or need more memory "
                    "than there is",
                    500,
                )
            case WorkerMissingError():
                return _sentence("the network is not loaded at present; try again later", 503, again)
            case OSError():
                return _sentence(no_room(error), 503, again)
        return _sentence(str(error), 422)


class Result(FileResponse):
    """A file to send, which keeps its place until its last part is sent: results on disk are bounded too."""

    def __init__(self, path: Path, pages: int, place: ExitStack):
        super().__init__(path, media_type="image/png", headers={"X-SRGAN-Pages": str(pages)})
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and leave the place whatever happens. A client that does not read is given up."""

        async def send_part(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._place.close()  # the client has the answer at once, and may send another picture
            async with asyncio.timeout(STALLED):
                await send(message)

        with self._place, suppress(TimeoutError):
            await super().__call__(scope, receive, send_part)


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
    handlers: dict[Any, Any] = {HTTPException: _not_answered}
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


async def _not_answered(request: Request, error: HTTPException) -> Response:
    """Answer a call of another path, or by another method."""
    with suppress(HTTPException, UserError, ClientDisconnect):
        await receive(request, None)  # clients that still send do not read an answer
    asked = f"{request.method} {request.url.path}"
    said = f"{asked} is not answered; send the picture by POST to /enlarge, or GET /health or /metrics"
    return _sentence(said, error.status_code, error.headers)


def _sentence(text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": text}, status, headers)
