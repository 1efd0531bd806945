"""Answer the browser: the page, and the pictures of the visitor who asks.

Visitors have a random cookie, pictures have random keys. For everyone but its owner a picture does not exist.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path, PurePath
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from srgan.errors import UserError
from srgan.hosting.body import no_room, receive
from srgan.web.networks import offered
from srgan.web.queue import FullError, Job, Queue
from srgan.web.wish import wish_of

PAGE = Path(__file__).parent / "page"
COOKIE = "srgan"
# The page loads only from this server, and no other page may show it in a frame.
HEADERS = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]


def build_app(hosts: Sequence[str]) -> Starlette:
    """The application.

    Args:
        hosts: names by which browsers may call it, or `*`. Others are refused, because a foreign page could use them to
            reach this server.
    """
    routes = [
        Route("/", page),
        Mount("/page", StaticFiles(directory=PAGE)),
        Mount("/shared", StaticFiles(packages=[("srgan.report", "shared")])),
        Route("/networks", networks),
        Route("/pictures", add, methods=["POST"]),
        Route("/pictures/{key}", show),
        Route("/pictures/{key}", remove, methods=["DELETE"]),
        Route("/pictures/{key}/{part}", send),
    ]
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)]
    handlers: dict[Any, Any] = {
        UserError: _refuse,
        HTTPException: _refuse,
        ClientDisconnect: _forget,
        Exception: _fail,
    }
    return Starlette(routes=routes, middleware=middleware, lifespan=_working, exception_handlers=handlers)


@asynccontextmanager
async def _working(app: Starlette) -> AsyncIterator[None]:
    """Keep the pictures in a folder that is deleted with the server, and that no other user of the machine can open."""
    with tempfile.TemporaryDirectory(prefix="srgan-web-") as folder:
        app.state.queue = Queue(Path(folder), shutil.disk_usage(folder).free // 2)
        worker = asyncio.create_task(app.state.queue.work())
        try:
            yield
        finally:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker


async def page(request: Request) -> Response:
    """The page; a new visitor gets a cookie."""
    response = FileResponse(PAGE / "index.html")
    if COOKIE not in request.cookies:
        response.set_cookie(COOKIE, secrets.token_urlsafe(16), httponly=True, samesite="strict")
    return response


async def networks(_: Request) -> Response:
    """The networks to choose from."""
    return JSONResponse(offered())


async def add(request: Request) -> Response:
    """Take a picture: its bytes are the request's body; its name and what is asked for are the query."""
    queue: Queue = request.app.state.queue
    try:
        key = await _take(request, queue)
    except OSError as error:
        raise HTTPException(503, no_room(error)) from error
    queue.start(key)
    return JSONResponse({"key": key}, status_code=201)


async def show(request: Request) -> Response:
    """The state of a picture."""
    key, job = _own(request)
    ahead = {"ahead": request.app.state.queue.ahead(key)} if job.state["state"] == "waiting" else {}
    return JSONResponse(job.state | ahead)


async def remove(request: Request) -> Response:
    """Delete a picture and its result."""
    _check_page(request)
    key, _ = _own(request)
    request.app.state.queue.remove(key)
    return Response(status_code=204)


async def send(request: Request) -> Response:
    """The result as a file to save, or one of the two pictures that the browser shows."""
    _, job = _own(request)
    part = request.path_params["part"]
    if job.state["state"] != "done" or part not in ("result", "before", "after"):
        raise HTTPException(404, "there is no such picture")
    if part == "result":
        return FileResponse(job.folder / job.state["file"], filename=job.state["name"])
    return FileResponse(job.folder / f"{part}.png")


async def _take(request: Request, queue: Queue) -> str:
    """Receive a picture; returns the key of its job."""
    try:
        key = _admit(request, queue)
    except Exception:
        await receive(request, None)
        raise
    try:
        with queue.jobs[key].source.open("wb") as file:
            await receive(request, file)
    except BaseException:
        queue.remove(key)
        raise
    return key


def _admit(request: Request, queue: Queue) -> str:
    _check_page(request)
    asked = request.query_params
    name = PurePath(asked.get("name", "").replace("\0", "")).name or "picture"
    return queue.admit(_visitor(request), name, wish_of(asked))


def _check_page(request: Request) -> None:
    """Refuse what the page of another server asks: a cookie holds for all ports of a machine.

    Browsers say whether it is the same server where the connection is encrypted or stays on the machine. Elsewhere they
    say at least which server the page is of.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if site:
        own = site in ("same-origin", "none")
    else:
        own = origin is None or origin.partition("://")[2] == request.headers.get("host")
    if not own:
        raise HTTPException(
            403, "this is for the page of this server alone; a server in front of it must pass on the header Host"
        )


def _visitor(request: Request) -> str:
    if COOKIE not in request.cookies:
        raise HTTPException(403, "the page cannot tell whose picture this is; allow its cookie and reload it")
    return request.cookies[COOKIE]


def _own(request: Request) -> tuple[str, Job]:
    """The key and the job that a visitor asks for, if the job is the visitor's."""
    key = request.path_params["key"]
    job = request.app.state.queue.jobs.get(key)
    if job is None or not secrets.compare_digest(job.owner.encode(), _visitor(request).encode()):
        raise HTTPException(
            404, "this picture is no longer here: results are deleted after an hour, or earlier if there is no room"
        )
    return key, job


async def _refuse(_: Request, error: UserError | HTTPException) -> Response:
    """Answer an error with a sentence, which the page shows."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    return JSONResponse({"error": str(error)}, 503 if isinstance(error, FullError) else 422)


async def _fail(_: Request, error: Exception) -> Response:
    """Answer an error that nobody expected; Starlette raises it again for the log."""
    del error
    return JSONResponse({"error": "the server failed; its log says why"}, 500)


async def _forget(_: Request, error: ClientDisconnect) -> Response:
    """Ignore a visitor who has left."""
    del error
    return Response(status_code=400)
