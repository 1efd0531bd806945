"""Download files completely or not at all: checksums, several mirrors, continued transfers."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pooch
import requests
from filelock import FileLock
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from srgan.errors import UserError
from srgan.progress import Progress

CONNECT_TIMEOUT = 10.0  # seconds; with STALL_TIMEOUT, a dead server costs half a minute
STALL_TIMEOUT = 20.0  # seconds in which SLOWEST bytes a second must come
SLOWEST = 256
ATTEMPTS = 5  # connections to one server that breaks off, as long as each brings something new
CHUNK = 1 << 18

_GITHUB = re.compile(r"https://raw\.githubusercontent\.com/([^/]+)/([^/]+)/([^/]+)/(.+)")


@dataclass(frozen=True)
class RemoteFile:
    """A file on the network: its place in the cache and on a mirror, where it is, and what proves it whole."""

    group: str  # folder in the cache and on a mirror, as set5
    name: str
    urls: tuple[str, ...]
    checksum: str  # as pooch writes it: sha256:<hex> or md5:<hex>
    size: int  # bytes


class TransferError(Exception):
    """One server did not give the file; the next one is tried."""


class UnreachableError(TransferError):
    """The server does not answer at all, so for other files it is tried last."""


class Downloads:
    """Fetches files into a cache that outlives the project's folder.

    Args:
        mirrors: base URLs tried first, as <mirror>/<group>/<name>.
        cache: the folder to keep files in; see cache_folder.

    Raises:
        UserError: a mirror that is not an http(s) address.
    """

    def __init__(self, mirrors: Iterable[str], cache: Path) -> None:
        self.mirrors = [mirror.rstrip("/") for mirror in mirrors]
        self.cache = cache
        self._silent: set[str] = set()  # hosts that did not answer
        for mirror in self.mirrors:
            if not _is_address(mirror):
                raise UserError(
                    f"data.mirrors: {mirror!r} is not an address; it must begin with http:// or https:// and a host"
                )

    def fetch(self, file: RemoteFile) -> Path:
        """Give a file's place in the cache, downloading it if it is not there whole.

        A file gets its name in the cache only after its checksum is right. What a broken transfer brought is kept
        beside it, under the address's own name, and the next try goes on from there.

        Args:
            file: what is wanted.

        Returns:
            The path of the file in the cache, its checksum verified.

        Raises:
            UserError: no server gave the file (each one's answer is listed), or the cache cannot be written.
        """
        path = self.cache / file.group / file.name
        failures = []
        try:
            if path.is_file() and _is_whole(path, file.checksum):  # so a read-only cache works as well
                return path
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.parent / ".lock"):  # two experiments may want the same file at once
                for url in self._addresses(file):
                    try:
                        return self._retrieve(url, path, file)
                    except TransferError as error:
                        if isinstance(error, UnreachableError):
                            self._silent.add(urlsplit(url).netloc)
                        print(f"{file.group}/{file.name}: {url}: {error}", flush=True)
                        failures.append(f"  {url}: {error}")
        except OSError as error:
            raise UserError(
                f"{path}: cannot be written ({error.strerror or error}); free some space or get write access there, or "
                "name another folder in the environment variable SRGAN_CACHE"
            ) from error
        raise UserError(
            f"{file.group}/{file.name} could not be downloaded:\n" + "\n".join(failures) + "\n"
            f"If there is no network here, put the file ({file.checksum}) at {path}, "
            "or name a server that has it in data.mirrors of params.yaml, as <mirror>/<set>/<file>."
        )

    def _addresses(self, file: RemoteFile) -> list[str]:
        """Where to try, in order: mirrors, the file's own addresses, their copies; hosts found silent at the end."""
        mirrored = [f"{mirror}/{quote(file.group)}/{quote(file.name)}" for mirror in self.mirrors]
        copies = [
            "https://cdn.jsdelivr.net/gh/{}/{}@{}/{}".format(*match.groups())
            for match in map(_GITHUB.fullmatch, file.urls)
            if match
        ]
        addresses = [*mirrored, *file.urls, *copies]
        return sorted(addresses, key=lambda url: urlsplit(url).netloc in self._silent)

    def _retrieve(self, url: str, path: Path, file: RemoteFile) -> Path:
        """Download from one address; pooch checks the sum and gives the file its name."""
        pooch.get_logger().setLevel("WARNING")

        def download(url: str, output: str, _: pooch.Pooch | None) -> None:
            part = path.with_name(f"{path.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")
            _transfer_all(url, part, file)
            part.replace(output)

        try:
            pooch.retrieve(url, file.checksum, fname=path.name, path=path.parent, downloader=download)
        except ValueError:  # pooch's, on a wrong sum
            raise TransferError(f"wrong contents: the {file.checksum.partition(':')[0]} differs") from None
        for part in path.parent.glob(f"{path.name}.*.part"):  # of other addresses
            part.unlink()
        return path


def _is_address(mirror: str) -> bool:
    try:
        parts = urlsplit(mirror)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def cache_folder(root: Path) -> Path:
    """Where downloads are kept: $SRGAN_CACHE (relative to root) or the user's cache folder of the system."""
    chosen = os.environ.get("SRGAN_CACHE")
    return root / Path(chosen).expanduser() if chosen else Path(pooch.os_cache("srgan"))


def _is_whole(path: Path, checksum: str) -> bool:
    algorithm, _, expected = checksum.partition(":")
    return pooch.file_hash(str(path), alg=algorithm) == expected


def _transfer_all(url: str, part: Path, file: RemoteFile) -> None:
    """Fill the part file from one address: continue after a broken transfer, and start again after wrong bytes."""
    begun = _bytes_in(part)
    for attempt in range(1, ATTEMPTS + 1):
        before = _bytes_in(part)
        try:
            _transfer(url, part, file)
            break
        except UnreachableError:
            raise
        except TransferError:
            if attempt == ATTEMPTS or _bytes_in(part) <= before:
                raise
    if begun and not _is_whole(part, file.checksum):
        part.unlink()
        _transfer(url, part, file)


def _bytes_in(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _transfer(url: str, part: Path, file: RemoteFile) -> None:
    """One connection: append what is missing to the part file, or write all of it if the server cannot continue."""
    have = _bytes_in(part)
    if have == file.size:
        return
    headers = {"Accept-Encoding": "identity"}  # the bytes as they are, for sizes and ranges to mean something
    if 0 < have < file.size:
        headers["Range"] = f"bytes={have}-"
    timeout = (CONNECT_TIMEOUT, STALL_TIMEOUT)
    try:
        with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
            if response.status_code not in (200, 206):
                raise TransferError(f"HTTP {response.status_code} {response.reason}")
            goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if response.status_code == 206 and not goes_on:
                raise TransferError("HTTP 206 with another range than was asked for")
            have = have if response.status_code == 206 else 0
            announced = response.headers.get("Content-Length", "")
            if announced.isdigit() and have + int(announced) != file.size:
                raise TransferError(f"offers {have + int(announced)} bytes, not {file.size}")
            # A connection cut short is no error here: what came is kept, and the count below tells.
            with part.open("ab" if have else "wb") as stream, suppress(ProtocolError):
                for chunk in _paced(response, have, file):
                    stream.write(chunk)
    except (requests.RequestException, HTTPError) as error:  # an OSError of the disk passes through
        raise _answer(error) from error
    except ValueError as error:  # where the server sends on to
        raise TransferError(f"redirects to an invalid address: {error}") from error
    if (done := _bytes_in(part)) != file.size:
        if done > file.size:
            part.unlink()
        raise TransferError(f"broke off: {done} of {file.size} bytes")


def _paced(response: requests.Response, have: int, file: RemoteFile) -> Iterator[bytes]:
    """The body in pieces as they come, with progress; refuses a trickle, and more bytes than the file has."""
    done, begin, recent = have, time.monotonic(), 0
    with Progress(f"{file.group}/{file.name}", file.size, unit="B", start=have) as progress:
        while done <= file.size and (chunk := response.raw.read1(CHUNK)):
            yield chunk
            progress.advance(len(chunk))
            progress.report()
            done, recent, now = done + len(chunk), recent + len(chunk), time.monotonic()
            if now - begin >= STALL_TIMEOUT:
                if recent < SLOWEST * (now - begin):
                    raise UnreachableError(f"stalled: {recent} bytes in {now - begin:.0f} s")
                begin, recent = now, 0


def _answer(error: requests.RequestException | HTTPError) -> TransferError:
    """What went wrong on the way, in words."""
    if isinstance(error, requests.ConnectTimeout):
        return UnreachableError(f"no connection within {CONNECT_TIMEOUT:g} s")
    if isinstance(error, requests.ReadTimeout | ReadTimeoutError):
        return UnreachableError(f"stalled: nothing for {STALL_TIMEOUT:g} s")
    reason = re.search(r"\[Errno -?\d+\] ([^'\")]+)", str(error))
    words = reason.group(1) if reason else " ".join(str(error).split())
    if isinstance(error, requests.ConnectionError):
        return UnreachableError(f"no connection: {words}")
    return TransferError(f"broke off: {words}")
