"""MLflow's model registry: the evaluated network as a version of a model, the best of them under an alias."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import mlflow
from mlflow import MlflowClient

from srgan.errors import UserError
from srgan.metrics.score import METRICS
from srgan.params import Evaluate
from srgan.tracking.runs import Run, store_uri

ALIAS = "champion"


def register(
    run: Run,
    folder: Path,
    name: str,
    benchmark: str,
    features: str,
    figures: Mapping[str, float],
    rule: Evaluate,
) -> None:
    """Make a network the next version of a registered model; the alias moves to it if it is better.

    Args:
        run: the evaluation's run; the network is logged in it.
        folder: of the network.
        name: of the registered model.
        benchmark: the set the figures are of; only figures of one set are compared.
        features: sha256 of the perceptual distance's weights; only distances by the same are compared.
        figures: metric -> mean over the set.
        rule: what better means.
    """
    tags = {metric: repr(float(value)) for metric, value in figures.items()}
    tags |= {"benchmark": benchmark, "features_sha256": features}

    def add_version(model_uri: str) -> None:
        client = MlflowClient()
        champion = _champion(client, name)
        version = mlflow.register_model(model_uri, name, tags=tags).version
        reason = refusal(champion, tags, rule)
        if reason is None:
            client.set_registered_model_alias(name, ALIAS, version)
        print(f"{name}: version {version} registered; {f'{ALIAS} stays, {reason}' if reason else f'it is {ALIAS} now'}")

    run.log_model(folder, then=add_version)


def refusal(champion: Mapping[str, str] | None, candidate: Mapping[str, str], rule: Evaluate) -> str | None:
    """Why a version is not to become champion, or None.

    Args:
        champion: tags of the present one; None if there is none.
        candidate: tags of the new one.
        rule: the metric that decides, and the PSNR-Y wanted.
    """
    psnr_y, metric = float(candidate["psnr_y"]), rule.champion_metric
    if psnr_y < rule.champion_psnr_y:
        return f"psnr_y is {psnr_y:.2f} dB and evaluate.champion_psnr_y {rule.champion_psnr_y:g}"
    if champion is None:
        return None
    if champion.get("benchmark") != candidate["benchmark"]:
        return f"it was measured on {champion.get('benchmark')} and this version on {candidate['benchmark']}"
    if metric not in champion:
        return f"it has no {metric} to compare with; move the alias by hand, or choose another evaluate.champion_metric"
    if metric == "perceptual_distance" and champion.get("features_sha256") != candidate["features_sha256"]:
        return f"its {metric} was measured with other features than this version's (data.features)"
    new, old = float(candidate[metric]), float(champion[metric])
    better = new < old if METRICS[metric].lower_is_better else new > old
    return None if better else f"its {metric} is {old:.4g} and this version's {new:.4g}"


def download_network(uri: str) -> Path:
    """Fetch the network of a logged or registered model.

    Args:
        uri: `models:/<name>@<alias>`, `models:/<name>/<version>` or `runs:/<run>/model`.

    Returns:
        Its folder, as srgan.models.weights writes it; a temporary copy where the store is elsewhere.

    Raises:
        UserError: no such model, or the store does not answer.
    """
    mlflow.set_tracking_uri(store_uri())
    try:
        model = Path(mlflow.artifacts.download_artifacts(uri))
    except (mlflow.MlflowException, OSError) as error:
        raise UserError(f"{uri}: not in MLflow's store at {store_uri()} ({str(error).splitlines()[0]})") from None
    networks = [path.parent for path in model.rglob("model.json")]
    if not networks:
        raise UserError(f"{uri}: a model, but not one of this project's: it has no network in it")
    return networks[0]


def _champion(client: MlflowClient, name: str) -> Mapping[str, str] | None:
    try:
        return client.get_model_version_by_alias(name, ALIAS).tags
    except mlflow.MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None
