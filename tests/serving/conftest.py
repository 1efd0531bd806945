"""A server of one network, and a program that calls it."""

import pytest

from tests.serving.client import Client
from tests.web_servers import serving


@pytest.fixture(scope="session")
def server(repository, tmp_path_factory):
    """One server for all tests that leave it as it was, with three places."""
    folder = tmp_path_factory.mktemp("serve")
    with serving(repository, folder, "serve", "--model", "pretrained/gan", "--places", "3") as running:
        yield running


@pytest.fixture
def client(server):
    """A program that calls it."""
    return Client(server)
