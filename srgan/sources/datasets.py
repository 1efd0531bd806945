"""Where photographs come from: the sample, DIV2K, the benchmark sets, or a folder of the user's own."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from srgan.atomic import built_folder
from srgan.data.benchmark import benchmark_hr, is_degraded, stored_lr
from srgan.data.images import write_png
from srgan.data.listing import list_images
from srgan.errors import UserError
from srgan.sources.degraded import Step, degrade, parse
from srgan.sources.disjoint import check_disjoint
from srgan.sources.fetch import Downloads, RemoteFile
from srgan.sources.unread import unread

# Photographs inside the wheels of scikit-image and, named .jpg, of scikit-learn.
SAMPLE_TRAIN = ("astronaut", "coffee", "rocket", "china.jpg")
SAMPLE_HELD_OUT = ("chelsea", "flower.jpg")

_DIV2K = "https://data.vision.ee.ethz.ch/cvl/DIV2K/"
DIV2K_TRAIN = RemoteFile(  # Agustsson & Timofte 2017: 800 photographs
    group="div2k",
    name="DIV2K_train_HR.zip",
    urls=(_DIV2K + "DIV2K_train_HR.zip",),
    checksum="sha256:9d0b9c463f6e35b6c62cc6a930ee2224f670b34c1df841a57670f9acf0f6c335",
    size=3_530_603_713,
)
DIV2K_VALID = RemoteFile(  # and 100 for validation
    group="div2k",
    name="DIV2K_valid_HR.zip",
    urls=(_DIV2K + "DIV2K_valid_HR.zip",),
    checksum="sha256:20dd31fd84d777bc1cf5d6b7654a3f569c0aec74458ae094122ad1d0489900fc",
    size=448_993_893,
)
FILES_OF_SETS = Path(__file__).with_name("datasets.csv")  # columns: set, image, bytes, sha256, url
BUILT_IN_TRAIN = ("sample", "div2k")
BUILT_IN_BENCHMARKS = ("sample", "set5", "set14", "bsd100", "urban100", "div2k")


@dataclass(frozen=True)
class Source:
    """A set of photographs that is known to exist, not yet fetched."""

    name: str  # of the set; a benchmark's folder under data/raw/benchmarks, and its name in the results
    folder: Path | None = None  # of the user's own; None: built in
    base: str = ""  # name of the set that this is a degraded version of
    steps: tuple[Step, ...] = ()  # by which; none: LR is the bicubic reduction


def find_train(train: str, root: Path) -> Source:
    """Resolve `data.train`: a built-in set, or a folder relative to root.

    Raises:
        UserError: no such folder, no photographs in it, or it is the pipeline's own.
    """
    if train in BUILT_IN_TRAIN:
        return Source(train)
    return _find_folder("data.train", train, root, BUILT_IN_TRAIN)


def find_benchmarks(benchmarks: list[str], root: Path) -> list[Source]:
    """Resolve `data.benchmarks`, each a built-in set or a folder relative to root, or a degraded version of one.

    A folder's name is the set's. Where it has a subfolder HR, as benchmarks are published, only the
    photographs in that are taken.

    Raises:
        UserError: as find_train; or two sets of one name, steps that there are not, or a folder with the name of a
            degraded set.
    """
    sources: list[Source] = []
    for name in benchmarks:
        place, steps = parse(name, lambda place: (root / Path(place).expanduser()).is_dir())
        built_in = place in BUILT_IN_BENCHMARKS
        source = Source(place) if built_in else _find_folder("data.benchmarks", place, root, BUILT_IN_BENCHMARKS)
        if not steps and is_degraded(source.name):
            raise UserError(
                f"data.benchmarks: the name of the folder {source.folder} ends like that of a degraded set; rename it"
            )
        if steps:
            source = Source(source.name + name.removeprefix(place), source.folder, source.name, steps)
        if any(source.name == other.name for other in sources):
            raise UserError(f"data.benchmarks: two sets are called {source.name!r}; remove one or rename its folder")
        sources.append(source)
    return sources


def _find_folder(key: str, value: str, root: Path, built_in: tuple[str, ...]) -> Source:
    place = root / Path(value).expanduser()
    folder = place.resolve()
    if not folder.is_dir():
        raise UserError(f"{key}: {value!r} is neither a built-in set ({', '.join(built_in)}) nor a folder ({folder})")
    raw = (root / "data" / "raw").resolve()
    if raw.is_relative_to(folder) or folder.is_relative_to(raw):
        raise UserError(f"{key}: {folder} overlaps {raw}, which this stage writes; keep photographs elsewhere")
    name = place.name  # a link keeps its own name, which training.validation uses
    if name.startswith("."):  # list_images passes over hidden folders
        raise UserError(f"{key}: {folder} is a hidden folder; give it a name without the leading dot")
    if key == "data.benchmarks" and (folder / "HR").is_dir():
        folder = folder / "HR"
    if not list_images(folder):
        others = f" in a format that is read, but {others[0]}" if (others := unread(folder)) else ""
        raise UserError(f"{key}: {folder} has no pictures in it or its subfolders{others}; put PNG or JPEG files there")
    return Source(name, folder)


def write_photos(
    train: Source, benchmarks: list[Source], raw: Path, downloads: Downloads, max_pixels: int, scale: int
) -> dict[str, int]:
    """Make raw/train and raw/benchmarks/<set>, both complete or neither.

    Downloaded and own files keep their bytes. Training photos keep their place in their folder's tree; a
    benchmark's lie side by side (`a/b.png` as `a-b.png`), since their names become those of its results. A degraded
    set has LR beside them, where `benchmark_pair` finds it.

    Args:
        train: from find_train.
        benchmarks: from find_benchmarks.
        raw: the folder to write in; what is at the two places is replaced.
        downloads: fetches what is not there yet.
        max_pixels: a benchmark photo with more is refused.
        scale: at which the benchmarks will be measured.

    Returns:
        How many photos there are, by folder: `train`, `benchmarks/<set>`.

    Raises:
        UserError: a download failed, a benchmark photo cannot be read or measured, a training photo is in a
            benchmark too, or raw cannot be written.
    """
    with built_folder(raw / "train") as training, built_folder(raw / "benchmarks") as evaluation:
        _write_training(train, training, downloads)
        for source in benchmarks:
            _write_benchmark(source, evaluation / source.name, downloads)
        _check_measurable(evaluation, max_pixels, scale)
        for source in benchmarks:
            if source.steps:
                _degrade_benchmark(source, evaluation / source.name, max_pixels, scale)
        check_disjoint(training, evaluation, max_pixels)
        folders = {"train": training} | {f"benchmarks/{s.name}": evaluation / s.name for s in benchmarks}
        return {name: len(list_images(folder)) for name, folder in folders.items()}


def _write_training(source: Source, folder: Path, downloads: Downloads) -> None:
    if source.folder:
        for photo in tqdm(list_images(source.folder), desc="train", unit="photo", disable=None, leave=False):
            _copy(photo, folder / photo.relative_to(source.folder))
    elif source.name == "sample":
        _write_sample(SAMPLE_TRAIN, folder)
    else:
        _write_zip(downloads.fetch(DIV2K_TRAIN), folder)


def _write_benchmark(source: Source, folder: Path, downloads: Downloads) -> None:
    name = source.base or source.name
    if source.folder:
        _copy_flat(source.folder, folder)
    elif name == "sample":
        _write_sample(SAMPLE_HELD_OUT, folder)
    elif name == "div2k":
        _write_zip(downloads.fetch(DIV2K_VALID), folder)
    else:
        for file in registered(name):
            _copy(downloads.fetch(file), folder / file.name)


def _degrade_benchmark(source: Source, folder: Path, max_pixels: int, scale: int) -> None:
    """Write LR beside each photograph of a set."""
    for photo in tqdm(list_images(folder), desc=source.name, unit="photo", disable=None, leave=False):
        hr = benchmark_hr(photo, scale, max_pixels)
        # The noise is seeded by the photograph and the step's position, so that a step after it does not change it.
        write_png(stored_lr(photo), degrade(hr, source.steps, scale, f"{source.base}/{photo.stem}"))


def _check_measurable(evaluation: Path, max_pixels: int, scale: int) -> None:
    """Refuse a photo that could not be measured, which would otherwise show only after the training."""
    for photo in list_images(evaluation):
        try:
            benchmark_hr(photo, scale, max_pixels)
        except UserError as error:
            raise UserError(f"data.benchmarks: {str(error).replace(f'{evaluation}/', '')}") from None


def registered(benchmark: str) -> list[RemoteFile]:
    """The files of a benchmark set as datasets.csv lists them, in its order."""
    with FILES_OF_SETS.open(encoding="utf-8", newline="") as lines:
        return [
            RemoteFile(benchmark, row["image"], (row["url"],), f"sha256:{row['sha256']}", int(row["bytes"]))
            for row in csv.DictReader(lines)
            if row["set"] == benchmark
        ]


def _write_sample(names: tuple[str, ...], folder: Path) -> None:
    # Imported here: they take a second, and only the sample needs them.
    import skimage.data  # noqa: PLC0415
    from sklearn.datasets import load_sample_image  # noqa: PLC0415

    for name in names:
        photo = load_sample_image(name) if name.endswith(".jpg") else getattr(skimage.data, name)()
        write_png(folder / f"{name.removesuffix('.jpg')}.png", photo)


def _write_zip(archive: Path, folder: Path) -> None:
    """The photographs of a zip whose checksum was verified, without the folder they are packed in."""
    unpacked = folder / ".unpacked"
    shutil.unpack_archive(archive, unpacked, "zip")
    for photo in list_images(unpacked):
        photo.rename(folder / photo.name)
    shutil.rmtree(unpacked)


def _copy_flat(source: Path, folder: Path) -> None:
    taken: dict[str, Path] = {}
    for photo in list_images(source):
        name = "-".join(photo.relative_to(source).parts)
        other = taken.setdefault(Path(name).stem, photo)
        if other is not photo:
            raise UserError(f"data.benchmarks: {other} and {photo} would have one name in the results; rename one")
        _copy(photo, folder / name)


def _copy(photo: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(photo, target)
