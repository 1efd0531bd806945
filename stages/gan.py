"""gan: SRGAN, the generator of pretrain against a new discriminator."""

from pathlib import Path

from srgan.params import load_params
from srgan.quiet import import_tensorflow
from stages import run


def main() -> None:
    """Train generator and discriminator; write models/gan, both networks."""
    params = load_params()
    # Only now that the settings are known to be right: TensorFlow takes seconds.
    import_tensorflow()
    from srgan.training.adversarial import Adversarial
    from srgan.training.stage import TrainingStage

    stage = TrainingStage("gan", params, init=Path("models/pretrain"))
    with stage.strategy.scope():
        recipe = Adversarial(
            params.gan, stage.initial("generator"), stage.new_discriminator(), stage.content(), **stage.options
        )
    stage.run(recipe, keep=("generator", "discriminator"))


if __name__ == "__main__":
    run(main)
