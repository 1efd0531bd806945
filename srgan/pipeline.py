"""The names of the pipeline's stages and files, for all code. dvc.yaml has the same names for DVC."""

from pathlib import Path

TRAINING_STAGES = ("pretrain", "gan", "vgg", "wgan")
MODELS = ("bicubic", *TRAINING_STAGES)  # all that are measured, in the order of every table
CODE = ("srgan/", "stages/")  # how dependencies in dvc.yaml begin that are code

RAW = Path("data/raw")  # what the stage download writes
PHOTOS = RAW / "train"
BENCHMARKS = RAW / "benchmarks"
VGG = {network: RAW / f"{network}.h5" for network in ("vgg19", "vgg16")}
PATCHES = Path("data/patches")
SR = Path("data/sr")  # the benchmark photographs as every model enlarges them
NETWORKS = Path("models")  # a folder for each training stage
RESULTS = Path("results")
DATA_JSON = RESULTS / "data.json"  # what the photographs are like
DATA_HTML = RESULTS / "data.html"
ACCEPTED = Path("data/accepted.json")  # the DATA_JSON that a person accepted last
CURVES = RESULTS / "curves"
METRICS_JSON = RESULTS / "metrics.json"  # means over each set
SUMMARY_JSON = RESULTS / "summary.json"  # those of the tables, which `dvc metrics diff` and `dvc exp show` show
IMAGES_CSV = RESULTS / "images.csv"  # figures of every picture


def files_of(dependency: Path) -> list[Path]:
    """The files of a dependency in dvc.yaml, in one order; of a folder without what Python has compiled."""
    if dependency.is_file():
        return [dependency]
    return sorted(path for path in dependency.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
