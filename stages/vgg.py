"""vgg: SRGAN on the features of a VGG network, from both networks of gan."""

from srgan.params import load_params
from srgan.tensorflow_import import import_tensorflow
from stages import run


def main() -> None:
    """Go on with generator and discriminator under a content loss on features; write models/vgg."""
    params = load_params()
    # Only now that the settings are known to be right: TensorFlow takes seconds.
    import_tensorflow()
    from srgan.recipes.adversarial import Adversarial
    from srgan.training.loop import train
    from srgan.training.stage import TrainingStage

    stage = TrainingStage("vgg", params)
    with stage.strategy.scope():
        generator, discriminator, content_loss = stage.generator(), stage.discriminator(), stage.content_loss()
        recipe = Adversarial(params.vgg, generator, discriminator, content_loss, **stage.options)
    with stage.running(recipe) as context:
        rows = train(recipe, context)
        stage.write(recipe, rows, context)


if __name__ == "__main__":
    run(main)
