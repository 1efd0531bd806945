"""Names that MLflow's own check lets through."""

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from srgan.tracking.naming import mlflow_name


@pytest.mark.parametrize("name", ["psnr_y", "bsd100/gan/psnr_y", "a-b.c/gan", "my photos/1"])
def test_what_mlflow_takes_stays(name):
    assert mlflow_name(name) == name


def test_names_that_differ_in_what_is_replaced_stay_apart():
    names = [mlflow_name(f"{folder}/gan/psnr_y") for folder in ("猫", "狗", "été")]
    assert len(set(names)) == 3
    assert [name.rpartition("-")[0] for name in names] == ["_/gan/psnr_y", "_/gan/psnr_y", "_t_/gan/psnr_y"]


def test_a_degraded_set_s_figures_pictures_and_tags_are_taken(tmp_path):
    """A plain plus is refused by all three."""
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.create_experiment("srgan", artifact_location=(tmp_path / "artifacts").as_uri())
    run = client.create_run(experiment).info.run_id
    plain, name = "bsd100+noise10+jpeg75/psnr_y", mlflow_name("bsd100+noise10+jpeg75/psnr_y")
    for key, refused in ((name, False), (plain, True)):
        calls = (
            lambda key=key: client.log_metric(run, key, 1.0),
            lambda key=key: client.log_image(run, np.zeros((4, 4, 3), np.uint8), key=key, step=0),
            lambda key=key: client.set_tag(run, key, "1"),
        )
        for call in calls:
            if refused:
                with pytest.raises((mlflow.MlflowException, ValueError)):
                    call()
            else:
                call()
    assert client.get_run(run).data.metrics == {"bsd100 noise10 jpeg75/psnr_y": 1.0}
