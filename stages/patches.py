"""Cut the training photographs into shards of HR/LR pairs: python -m stages.patches."""

from srgan.errors import UserError
from srgan.params import load_params
from srgan.patches import cut
from srgan.pipeline import PATCHES, PHOTOS
from stages import run


def main() -> None:
    """Write data/patches: shards and manifest.json."""
    params = load_params()
    if not PHOTOS.is_dir():
        raise UserError(f"{PHOTOS}: no such folder; run `dvc repro download` to fetch the photographs")
    manifest = cut(
        PHOTOS,
        PATCHES,
        scale=params.scale,
        size=params.patches.size,
        shrink=params.patches.shrink,
        photos_per_shard=params.patches.photos_per_shard,
        workers=params.patches.workers,
        backend=params.patches.backend,
        on_bad_image=params.data.on_bad_image,
        max_pixels=params.data.max_pixels,
    )
    shards, skipped = manifest["shards"], manifest["skipped"]
    print(f"{manifest['count']} pairs of {manifest['photos']} photos in {len(shards)} shards")
    for photo in skipped:
        print(f"left out: {photo['photo']}: {photo['reason']}")


if __name__ == "__main__":
    run(main)
