"""A program that calls the server, and what can be seen of the server from outside."""

import json
from http.client import HTTPConnection

import numpy as np
import psutil
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from srgan.atomic import MARK
from tests.web_servers import SECONDS


class Client:
    """A program that calls the server."""

    def __init__(self, server):
        self.host = server.url.removeprefix("http://")

    def ask(self, method, path, data=None, **headers):
        """Status, headers and body of an answer."""
        connection = HTTPConnection(self.host, timeout=SECONDS)
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def enlarge(self, data):
        """Status, headers and body of the answer to a picture."""
        return self.ask("POST", "/enlarge", data)

    def health(self):
        """Status of the server, and what it says of itself."""
        status, _, text = self.ask("GET", "/health")
        return status, json.loads(text)

    def figure(self, name, *labels):
        """One of Prometheus' figures; 0 where it is not there."""
        families = text_string_to_metric_families(self.ask("GET", "/metrics")[2].decode())
        found = {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}
        return found.get((name, *labels), 0)


def picture(folder, height, width):
    """The bytes of a picture of noise, which is `picture.png` in the folder, too."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "picture.png")
    return (folder / "picture.png").read_bytes()


def empty(client, server):
    """Whether no place is taken and no file left."""
    return client.health()[1]["taken"] == 0 and not list(server.files.glob("srgan-serve-*"))


def in_work(server):
    """Whether a picture is being enlarged: the target's temporary file is there, or the target."""
    return any(path.name.startswith((MARK, "enlarged")) for path in server.files.glob("srgan-serve-*/*"))


def process_of(server):
    """The process that holds the network."""
    (process,) = psutil.Process(server.pid).children()
    return process
