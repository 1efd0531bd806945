"""gan: SRGAN, the generator of pretrain against a discriminator."""

from srgan.params import load_params
from srgan.quiet import import_tensorflow
from stages import run


def main() -> None:
    """Train generator and discriminator; write models/gan."""
    params = load_params()
    # Only now that the settings are known to be right: TensorFlow takes seconds.
    import_tensorflow()
    from srgan.training.adversarial import Adversarial
    from srgan.training.stage import TrainingStage

    stage = TrainingStage("gan", params)
    with stage.strategy.scope():
        recipe = Adversarial(params.gan, stage.generator(), stage.discriminator(), stage.content(), **stage.options)
    stage.run(recipe)


if __name__ == "__main__":
    run(main)
