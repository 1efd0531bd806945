"""Register the evaluated network in MLflow as a version of a model; the best version has an alias."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from srgan.digest import digest
from srgan.errors import UserError
from srgan.evaluation.results import Means
from srgan.params import Evaluate
from srgan.root import project_root
from srgan.tracking.card import model_card
from srgan.tracking.gate import comparison, decision, photographs_tag
from srgan.tracking.logged_model import log_network
from srgan.tracking.naming import mlflow_name
from srgan.tracking.pipeline_run import WEIGHTS
from srgan.tracking.runs import Run
from srgan.tracking.store import store_uri, without_password

ALIAS = "champion"
GATE = "gate"  # tag of a version: whether it became champion, and why not


class Measured(NamedTuple):
    """What the evaluation has found, and on what."""

    means: Means  # of every model, the first set first
    photographs: Mapping[str, str]  # `evaluate.set_photographs`; only figures on the same are compared
    features: str  # of the perceptual distance, as `data.features` names them
    features_sha256: str  # of their weights; only distances by the same are compared

    def tags(self, stage: str) -> dict[str, str]:
        """What a version of the stage's network says of its figures."""
        return (
            {"stage": stage, "features_sha256": self.features_sha256}
            | {photographs_tag(benchmark): digest for benchmark, digest in self.photographs.items()}
            | {
                mlflow_name(f"{benchmark}/{metric}"): repr(float(value))
                for benchmark, models in self.means.items()
                for metric, value in models[stage].items()
            }
        )


def register(run: Run, folder: Path, name: str, measured: Measured, rule: Evaluate) -> None:
    """Register a network as the next version of a model; the alias moves to it if `rule` allows.

    The tags of the version are its figures, and its description is its card. A network that has a version with the same
    figures gets no second one.

    Args:
        run: the evaluation's run; the network is logged in it.
        folder: the folder of the network, which has the name of its stage.
        name: of the registered model.
        measured: the figures of all networks.
        rule: which stage is registered, and what makes its network the champion.
    """
    tags = measured.tags(rule.register) | {WEIGHTS: digest(folder / "generator.weights.h5")}
    run.set_final_warning(
        f"{name}: the network of {rule.register} was not registered in MLflow at {without_password(store_uri())}; "
        f"when that answers, register it by: {_again()}"
    )

    def add_version() -> None:
        client, state = MlflowClient(), "is already registered with these figures"
        version = _version_of(client, name, tags)
        if version is None:
            state = "registered"
            model = log_network(client, run.id, folder)
            version = str(mlflow.register_model(model, name, tags=tags).version)
        run.send_next(partial(present, version, state))

    def present(version: str, state: str) -> None:
        client = MlflowClient()
        champion = _champion(client, name)
        if champion is not None and str(champion.version) == version:
            outcome = f"it is {ALIAS}"  # its card keeps what it was compared with then
        else:
            outcome, allowed = decision(champion, tags, measured.means, rule)
            compared = comparison(champion, tags, list(measured.means), rule, outcome)
            card = model_card(client, folder, rule.register, measured.means, measured.features, compared)
            client.update_model_version(name, version, card)
            client.set_model_version_tag(name, version, GATE, outcome)
            if allowed:
                client.set_registered_model_alias(name, ALIAS, version)
        run.set_final_warning("")
        print(f"{name}: version {version} {state}; {outcome}")

    run.put(add_version)


def download_network(uri: str) -> Path:
    """Fetch the network of a logged or registered model.

    Args:
        uri: `models:/<name>@<alias>`, `models:/<name>/<version>` or `runs:/<run>/model`.

    Returns:
        Its folder, as srgan.models.weights writes it; a temporary copy if the store is on another machine.

    Raises:
        UserError: no such model, or the store does not answer.
    """
    store = store_uri()
    if store.startswith("sqlite:///") and not Path(store.removeprefix("sqlite:///")).exists():  # MLflow would make one
        raise UserError(
            f"{uri}: there is no MLflow store here ({store}); run in the project's folder, or set MLFLOW_TRACKING_URI"
        )
    mlflow.set_tracking_uri(store)
    try:
        model = Path(mlflow.artifacts.download_artifacts(uri))
    except (mlflow.MlflowException, OSError) as error:
        raise UserError(
            f"{uri}: not in MLflow's store at {without_password(store)} ({str(error).splitlines()[0]}); "
            "`make ui` shows the models there"
        ) from None
    networks = [path.parent for path in model.rglob("model.json")]
    if not networks:
        raise UserError(f"{uri}: a model, but not one of this project's: it has no network in it")
    return networks[0]


def _version_of(client: MlflowClient, name: str, tags: Mapping[str, str]) -> str | None:
    """The newest version that is of the same network with the same figures, by all of these tags."""
    found = client.search_model_versions(f"name = '{name}' AND tags.`{WEIGHTS}` = '{tags[WEIGHTS]}'")
    same = [int(version.version) for version in found if tags.items() <= version.tags.items()]
    return str(max(same)) if same else None


def _champion(client: MlflowClient, name: str) -> ModelVersion | None:
    try:
        return client.get_model_version_by_alias(name, ALIAS)
    except mlflow.MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None


def _again() -> str:
    """The command that evaluates this network again. DVC deletes its temporary copies of the repository."""
    again, experiment = "dvc repro -f -s evaluate", os.environ.get("DVC_EXP_NAME")
    return f"dvc exp apply {experiment} && {again}" if experiment and Path.cwd() != project_root() else again
