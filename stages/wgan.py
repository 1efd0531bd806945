"""wgan: Wasserstein GAN, the generator of pretrain against a critic."""

from srgan.params import load_params
from srgan.quiet import import_tensorflow
from stages import run


def main() -> None:
    """Train generator and critic; write models/wgan."""
    params = load_params()
    # Only now that the settings are known to be right: TensorFlow takes seconds.
    import_tensorflow()
    from srgan.training.stage import TrainingStage
    from srgan.training.wasserstein import Wasserstein

    stage = TrainingStage("wgan", params)
    with stage.strategy.scope():
        recipe = Wasserstein(params.wgan, stage.generator(), stage.critic(), stage.content(), **stage.options)
    stage.run(recipe)


if __name__ == "__main__":
    run(main)
