"""Fetch the photographs to train on and to measure with, and VGG's weights: python -m stages.download."""

from srgan.params import load_params
from srgan.pipeline import RAW, VGG
from srgan.root import project_root
from srgan.sources.datasets import find_benchmarks, find_train, write_photos
from srgan.sources.fetch import Downloads, cache_folder
from srgan.sources.vgg_weights import check_choice, write_vgg16, write_vgg19
from stages import run


def main() -> None:
    """Write data/raw: train/, benchmarks/<set>/, vgg19.h5 and vgg16.h5."""
    params = load_params()
    root = project_root()
    train = find_train(params.data.train, root)
    benchmarks = find_benchmarks(params.data.benchmarks, root)
    downloads = Downloads(params.data.mirrors, cache_folder(root))
    check_choice("vgg19", params.data.vgg19, root)
    check_choice("vgg16", params.data.features, root)

    write_vgg19(VGG["vgg19"], params.data.vgg19, params.seed, root, downloads)
    print(f"vgg19.h5: {params.data.vgg19}")
    write_vgg16(VGG["vgg16"], params.data.features, root, downloads)
    print(f"vgg16.h5: {params.data.features}")
    counts = write_photos(train, benchmarks, RAW, downloads, params.data.max_pixels, params.scale)
    sources = [train, *benchmarks]
    for (name, count), source in zip(counts.items(), sources, strict=True):
        print(f"{name}: {count} photos from {source.folder or source.name}")
    if any(source.folder for source in sources):
        print("DVC does not watch your own folders: after a change in one, dvc repro -f download, then dvc repro")


if __name__ == "__main__":
    run(main)
