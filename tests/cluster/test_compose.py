"""cluster/compose.yaml, where no Docker is: its schema, who reaches what, and where the passwords come from."""

import re
import shutil
import subprocess

import pytest
import yaml


@pytest.fixture(scope="module")
def services(repository):
    return yaml.safe_load((repository / "cluster/compose.yaml").read_text())["services"]


def test_it_is_of_the_form_that_compose_reads(repository):
    """By the schema of the Compose specification."""
    command = ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "cluster/compose.yaml"]
    assert shutil.which(command[0]), "pip install -r requirements-dev.txt"
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_is_published_but_to_this_machine(services):
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:5000:5000", "127.0.0.1:7070:7070"]
    assert not any("network_mode" in service for service in services.values())


def test_every_service_says_whether_it_is_well_and_waits_for_what_it_needs(services):
    assert set(services) == {"mlflow", "postgres", "s3"}
    assert all(service["healthcheck"]["test"][0] == "CMD" for service in services.values())
    assert all(service["restart"] == "unless-stopped" for service in services.values())
    assert services["mlflow"]["depends_on"] == {
        name: {"condition": "service_healthy"} for name in services if name != "mlflow"
    }


def test_passwords_come_from_the_environment_and_there_is_no_start_without_them(services):
    secret = re.compile(r"PASSWORD|KEY")
    values = [
        value for service in services.values() for name, value in service["environment"].items() if secret.search(name)
    ]
    assert len(values) == 6
    assert all(re.fullmatch(r"\$\{(POSTGRES_PASSWORD|S3_ACCESS_KEY|S3_SECRET_KEY):\?is not set\}", v) for v in values)
    assert not re.search(r"//\w+:[^/]*@", yaml.safe_dump(services))  # none in an address


def test_git_does_not_take_the_file_of_passwords(repository):
    ignored = subprocess.run(["git", "check-ignore", "--quiet", "cluster/.env"], cwd=repository, check=False)
    assert ignored.returncode == 0


def test_images_have_a_version(repository, services):
    images = {name: service["image"] for name, service in services.items() if "image" in service}
    assert all(re.search(r":v?\d+\.\d+", image) for image in images.values())
    assert set(services) - set(images) == {"mlflow"}
    build = services["mlflow"]["build"]
    assert f" AS {build['target']}\n" in (repository / "cluster" / build["context"] / "Dockerfile").read_text()
