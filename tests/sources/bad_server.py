"""A server on this machine that misbehaves in every way seen, and what is fetched from it."""

import hashlib
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np

from srgan.sources.fetch import RemoteFile

CONTENT = np.random.default_rng(0).bytes(200_000)
WRONG = np.random.default_rng(1).bytes(200_000)
# What is said of each kind of answer that has not the file.
ANSWERS = {
    "missing": "HTTP 404",
    "broken": "HTTP 500",
    "wrong": "wrong contents",
    "page": "offers 26 bytes, not 200000",
    "endless": "broke off|wrong contents",
    "truncated": "broke off",
    "truncated_unannounced": "broke off: 150000 of 200000 bytes",
    "other_range": "another range",
    "sent_astray": "redirects to an invalid address",
}


class Handler(BaseHTTPRequestHandler):
    """Behaves as the first part of the path says."""

    def do_GET(self) -> None:
        behaviour = self.path.split("/")[1]
        self.server.requests.append((behaviour, self.headers.get("Range")))
        getattr(self, behaviour)()

    def log_message(self, *args) -> None:
        pass

    def _send(self, body: bytes, length: int | None = None, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _rest(self) -> int:
        wanted = self.headers.get("Range")
        return int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0

    def good(self) -> None:
        self._send(CONTENT, len(CONTENT))

    def unannounced(self) -> None:
        self._send(CONTENT)

    def missing(self) -> None:
        self.send_error(404)

    def broken(self) -> None:
        self.send_error(500)

    def wrong(self) -> None:
        self._send(WRONG, len(WRONG))

    def page(self) -> None:
        self._send(b"<html>please log in</html>", 26)

    def endless(self) -> None:
        self._send(CONTENT + WRONG)

    def truncated(self) -> None:
        self._send(CONTENT[:150_000], len(CONTENT))

    def truncated_unannounced(self) -> None:
        self._send(CONTENT[:150_000])

    def ranged(self) -> None:
        """Breaks off after 60,000 bytes, but goes on where it is asked to."""
        start = self._rest()
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        self._send(CONTENT[start : start + 60_000], len(CONTENT) - start, 206 if start else 200, Content_Range=span)

    def other_range(self) -> None:
        self._send(CONTENT[1:], len(CONTENT) - 1, 206, Content_Range=f"bytes 1-{len(CONTENT) - 1}/{len(CONTENT)}")

    def sent_astray(self) -> None:
        self._send(b"", 0, 302, Location="http://[::1")

    def silent(self) -> None:
        self.server.done.wait(10)

    def stalled(self) -> None:
        self._send(CONTENT[:100_000], len(CONTENT))
        self.wfile.flush()
        self.server.done.wait(10)

    def trickle(self) -> None:
        self._send(b"", len(CONTENT))
        for byte in CONTENT[:200]:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.done.wait(0.05):
                return


def photo(*urls: str) -> RemoteFile:
    """The file with this content at some addresses."""
    return RemoteFile("set5", "baby.png", urls, f"sha256:{hashlib.sha256(CONTENT).hexdigest()}", len(CONTENT))


def names(folder: Path) -> list[str]:
    """The files in a folder and below, but for locks."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
