"""pretrain: SRResNet, the generator alone against the content loss."""

from srgan.params import load_params
from srgan.quiet import import_tensorflow
from stages import run


def main() -> None:
    """Train a new generator; write models/pretrain."""
    params = load_params()
    # Only now that the settings are known to be right: TensorFlow takes seconds.
    import_tensorflow()
    from srgan.training.pixel import Pixel
    from srgan.training.stage import TrainingStage

    stage = TrainingStage("pretrain", params)
    with stage.strategy.scope():
        recipe = Pixel(params.pretrain, stage.generator(), stage.content(), **stage.options)
    stage.run(recipe)


if __name__ == "__main__":
    run(main)
