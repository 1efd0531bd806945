"""gan: train SRGAN, the generator of pretrain against a discriminator."""

from srgan.params import load_params
from srgan.tensorflow_import import import_tensorflow
from stages import run


def main() -> None:
    """Train generator and discriminator; write models/gan."""
    params = load_params()
    # TensorFlow takes seconds to import, so the settings are checked first.
    import_tensorflow()
    from srgan.recipes.adversarial import Adversarial
    from srgan.training.loop import train
    from srgan.training.stage import TrainingStage

    stage = TrainingStage("gan", params)
    with stage.strategy.scope():
        generator, discriminator, content_loss = stage.generator(), stage.adversary(), stage.content_loss()
        recipe = Adversarial(params.gan, generator, discriminator, content_loss, stage.options)
    with stage.running(recipe) as context:
        rows = train(recipe, context)
        stage.write(recipe, rows, context)


if __name__ == "__main__":
    run(main)
