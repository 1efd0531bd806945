"""vgg: SRGAN on the features of a VGG network, from both networks of gan."""

from srgan.params import load_params
from srgan.quiet import import_tensorflow
from stages import run


def main() -> None:
    """Go on with generator and discriminator under a content loss on features; write models/vgg."""
    params = load_params()
    # Only now that the settings are known to be right: TensorFlow takes seconds.
    import_tensorflow()
    from srgan.training.adversarial import Adversarial
    from srgan.training.stage import TrainingStage

    stage = TrainingStage("vgg", params)
    with stage.strategy.scope():
        recipe = Adversarial(params.vgg, stage.generator(), stage.discriminator(), stage.content(), **stage.options)
    stage.run(recipe)


if __name__ == "__main__":
    run(main)
