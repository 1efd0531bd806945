"""wgan: train a Wasserstein GAN, the generator of pretrain against a critic."""

from srgan.params import load_params
from srgan.tensorflow_import import import_tensorflow
from stages import run


def main() -> None:
    """Train generator and critic; write models/wgan."""
    params = load_params()
    # TensorFlow takes seconds to import, so the settings are checked first.
    import_tensorflow()
    from srgan.recipes.wasserstein import Wasserstein
    from srgan.training.loop import train
    from srgan.training.stage import TrainingStage

    stage = TrainingStage("wgan", params)
    with stage.strategy.scope():
        generator, critic, content_loss = stage.generator(), stage.adversary(), stage.content_loss()
        recipe = Wasserstein(params.wgan, generator, critic, content_loss, stage.options)
    with stage.running(recipe) as context:
        rows = train(recipe, context)
        stage.write(recipe, rows, context)


if __name__ == "__main__":
    run(main)
