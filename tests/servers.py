"""The servers that a team shares, on this machine alone: S3, PostgreSQL, and MLflow as cluster/compose.yaml has it."""

import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import psycopg
import pytest
import yaml
from moto.server import ThreadedMotoServer

from tests.ports import free_port

COMPOSE = Path(__file__).resolve().parent.parent / "cluster/compose.yaml"
PATIENCE = 300.0  # seconds that a server may take to start
KEYS = {"AWS_ACCESS_KEY_ID": "team", "AWS_SECRET_ACCESS_KEY": secrets.token_hex(8), "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_store(*buckets: str) -> Iterator[str]:
    """The address of an S3 server with empty buckets; what calls it has KEYS in its environment."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for bucket in buckets:
            s3_client(f"http://{host}:{port}").create_bucket(Bucket=bucket)
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def s3_client(address: str):
    """A client of an S3 server."""
    return boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name=KEYS["AWS_DEFAULT_REGION"],
    )


class Postgres:
    """A PostgreSQL with data of its own, run by a user without rights, with the database and the role `mlflow`.

    Args:
        folder: for its data; another user's, so not in pytest's.
    """

    def __init__(self, folder: Path):
        self.folder, self.port, self.password = folder, free_port(), secrets.token_hex(8)
        self.user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        if self.user:
            shutil.chown(folder, self.user)
        password = folder / "password"
        password.write_text(self.password)
        password.chmod(0o644)
        self._command("initdb", "--username=mlflow", "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8")
        self.start()
        with psycopg.connect(f"{self.uri('postgres')}?connect_timeout=10", password=self.password) as connection:
            connection.autocommit = True
            connection.execute("CREATE DATABASE mlflow")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder}"
        self._command("pg_ctl", "start", "--wait", f"--log={self.folder}/log", f"--options={options}")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` breaks off what is going on, `immediate` is a crash."""
        self._command("pg_ctl", "stop", "--wait", f"--mode={mode}")

    def uri(self, database: str) -> str:
        """A database's address, without the password."""
        return f"postgresql://mlflow@127.0.0.1:{self.port}/{database}"

    def _command(self, name: str, *arguments: str) -> None:
        command = [str(postgres_programs() / name), f"--pgdata={self.folder}/data", *arguments]
        with (self.folder / "printed").open("w+") as printed:  # not a pipe: the server would keep it open
            done = subprocess.run(
                command, cwd="/", user=self.user, stdout=printed, stderr=printed, check=False, extra_groups=()
            )
            printed.seek(0)
            assert done.returncode == 0, printed.read()


def postgres_programs() -> Path:
    """The folder of PostgreSQL's programs, which Debian does not put on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if not on_path:
        pytest.skip("needs PostgreSQL (apt-get install postgresql)")
    return Path(on_path).parent


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that is gone afterwards."""
    postgres_programs()
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def mlflow_server(database: Postgres, s3: str, log: Path) -> Iterator[str]:
    """The address of MLflow's server, with the command and the environment that cluster/compose.yaml gives it.

    Args:
        database: in place of the service `postgres`.
        s3: the address of what is in place of the service `s3`.
        log: what the server prints.
    """
    port = free_port()
    here = {
        "@postgres/": f"@127.0.0.1:{database.port}/",
        "http://s3:7070": s3,
        "0.0.0.0": "127.0.0.1",
        "5000": f"{port}",
    }
    secret = {"POSTGRES_PASSWORD": database.password, "S3_ACCESS_KEY": "team", "S3_SECRET_KEY": "secret"}
    text = COMPOSE.read_text()
    for name, value in (here | {f"${{{name}:?is not set}}": value for name, value in secret.items()}).items():
        text = text.replace(name, value)
    service = yaml.safe_load(text)["services"]["mlflow"]
    command = [sys.executable, "-m", *service["command"]]
    check = [sys.executable, *service["healthcheck"]["test"][2:]]
    environment = os.environ | service["environment"]
    with log.open("wb") as printed:
        server = subprocess.Popen(command, env=environment, stdout=printed, stderr=printed, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(check, stderr=subprocess.DEVNULL, check=False).returncode:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(PATIENCE)
