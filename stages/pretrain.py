"""pretrain: train SRResNet, the generator alone against the content loss."""

from srgan.params import load_params
from srgan.tensorflow_import import import_tensorflow
from stages import run


def main() -> None:
    """Train a new generator; write models/pretrain."""
    params = load_params()
    # TensorFlow takes seconds to import, so the settings are checked first.
    import_tensorflow()
    from srgan.recipes.pixel import Pixel
    from srgan.training.loop import train
    from srgan.training.stage import TrainingStage

    stage = TrainingStage("pretrain", params)
    with stage.strategy.scope():
        generator, content_loss = stage.generator(), stage.content_loss()
        recipe = Pixel(params.pretrain, generator, content_loss, stage.options)
    with stage.running(recipe) as context:
        rows = train(recipe, context)
        stage.write(recipe, rows, context)


if __name__ == "__main__":
    run(main)
