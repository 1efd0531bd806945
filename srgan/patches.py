"""Cut photographs into shards: HR/LR pairs of patches in TFRecord files, and a manifest of them.

A shard is a pure function of its few photographs, so any number of workers on one machine or many writes the
same bytes, and no more photographs are in memory than there are workers.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import joblib
import numpy as np

from srgan.atomic import built_folder
from srgan.data import resize
from srgan.data.images import read_image, to_rgb
from srgan.data.listing import list_images
from srgan.data.manifest import FORMAT, MANIFEST
from srgan.digest import digest
from srgan.errors import UserError
from srgan.parallel import in_parallel
from srgan.progress import Progress
from srgan.tensorflow_import import import_tensorflow

PHOTOS_A_PROCESS = 32  # fewer are cut sooner than another process has imported TensorFlow


class Shard(NamedTuple):
    """The result of one shard, which a worker sends back."""

    entry: dict[str, Any]  # file, count, sha256, bytes
    photos: int  # cut
    skipped: list[dict[str, str]]  # photo, reason


def cut(
    photos: Path | str,
    out: Path | str,
    *,
    scale: int,
    size: int,
    shrink: Sequence[int] = (1,),
    photos_per_shard: int,
    workers: int,
    backend: Literal["loky", "threading", "dask", "ray", "spark"],
    on_bad_image: Literal["error", "skip"],
    max_pixels: int,
) -> dict[str, Any]:
    """Cut every photograph of a folder, and write shards and `manifest.json`.

    LR is made from the whole photograph, so that no patch has borders of its own; then both are cut on one
    grid that covers the photograph. The folder is built beside `out` and renamed when it is whole.

    Args:
        photos: folder of photographs, subfolders included.
        out: folder to write; replaced if it is there.
        scale: enlargement.
        size: HR pixels of a patch's side, a multiple of scale.
        shrink: photographs are cut after they were shrunk by each of these factors; 1 is as they are.
        photos_per_shard: how many photographs, neighbours in the order of names, go into one shard.
        workers: how many photographs to work on at once; -1: as many as there are cores.
        backend: joblib's; dask, ray and spark need `photos` and `out` on a disk that all machines share.
        on_bad_image: stop at a photograph that is damaged or smaller than a patch, or leave it out.
        max_pixels: a photograph with more counts as damaged.

    Returns:
        The manifest: format, scale, size, count (pairs), photos (cut), skipped ({photo, reason}) and shards
        ({file, count, bytes, sha256}).

    Raises:
        UserError: nothing to cut, a photograph that cannot be used, a backend that is not installed, or no
            space left to write to.
    """
    photos, out = Path(photos), Path(out)
    names = [path.relative_to(photos).as_posix() for path in list_images(photos)]
    if not names:
        raise UserError(f"{photos}: no photographs; say in params.yaml, data.train, where they are")
    groups = [names[i : i + photos_per_shard] for i in range(0, len(names), photos_per_shard)]

    with built_folder(out) as partial:
        task = functools.partial(write_shard, photos, scale=scale, size=size, shrink=shrink, max_pixels=max_pixels)
        tasks = (joblib.delayed(task)(group, partial / f"{index:05d}.tfrecord") for index, group in enumerate(groups))
        shards = []
        most = min(len(groups), len(names) // PHOTOS_A_PROCESS)
        with contextlib.closing(in_parallel(tasks, workers, backend, most)) as results:
            for shard in _with_progress(results, groups):
                if shard.skipped and on_bad_image == "error":
                    bad = shard.skipped[0]
                    remedy = "or set data.on_bad_image to skip in params.yaml"
                    raise UserError(f"{photos / bad['photo']}: {bad['reason']} ({remedy})")
                shards.append(shard)
        manifest = _manifest(shards, scale, size)
        if not manifest["count"]:
            first = manifest["skipped"][0]
            raise UserError(
                f"{photos}: none of its {len(names)} photographs can be used; "
                f"the first is {first['photo']}: {first['reason']}"
            )
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (partial / MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def write_shard(
    photos: Path, names: list[str], shard: Path, *, scale: int, size: int, shrink: Sequence[int], max_pixels: int
) -> Shard:
    """Cut some photographs into one TFRecord file. One photograph is in memory at a time.

    Args:
        photos: folder of photographs.
        names: which, relative to it.
        shard: file to write; not there afterwards if no photograph could be used.
        scale: enlargement.
        size: HR pixels of a patch's side.
        shrink: factors that photographs are shrunk by before they are cut.
        max_pixels: a photograph with more is not used.

    Raises:
        OSError: the shard cannot be written.
    """
    # Here and not above: it takes seconds, and a process that only hands out work need not wait for it.
    import_tensorflow()
    import tensorflow as tf  # noqa: PLC0415

    from srgan.data.records import encode  # noqa: PLC0415

    count, skipped = 0, []
    try:
        with tf.io.TFRecordWriter(str(shard)) as writer:
            for name in names:
                try:
                    photo = usable(photos / name, size * min(shrink), max_pixels)
                except UserError as error:
                    skipped.append({"photo": name, "reason": str(error).removeprefix(f"{photos / name}: ")})
                    continue
                for hr in sizes(photo, shrink, size):
                    for lr_patch, hr_patch, y, x in pairs(hr, scale, size):
                        writer.write(encode(lr_patch, hr_patch, name, y, x))
                        count += 1
    except tf.errors.OpError as error:  # TensorFlow's own kind of OSError, which no other process can read
        raise OSError(errno.EIO, error.message.rpartition("; ")[2]) from None
    if not count:
        shard.unlink()
        return Shard({}, 0, skipped)
    entry = {"file": shard.name, "count": count, "bytes": shard.stat().st_size, "sha256": digest(shard)}
    return Shard(entry, len(names) - len(skipped), skipped)


def sizes(photo: np.ndarray, shrink: Sequence[int], size: int) -> Iterator[np.ndarray]:
    """A photograph in each of the sizes that it is cut in; one in which a patch does not fit is left out.

    A photograph that is shrunk has no traces of JPEG's blocks, and more detail in a pixel, as benchmark pictures have.

    Args:
        photo: uint8 (H, W, 3).
        shrink: factors, 1 for the photograph as it is.
        size: pixels of a patch's side.
    """
    for factor in shrink:
        if min(photo.shape[:2]) >= size * factor:
            yield resize.shrink(resize.crop_to_multiple(photo, factor), factor)


def usable(path: Path, size: int, max_pixels: int) -> np.ndarray:
    """Read a photograph that is to be cut: uint8 (H, W, 3), grey repeated, neither side below `size`.

    Raises:
        UserError: it is damaged or too small.
    """
    photo = to_rgb(read_image(path, max_pixels))
    height, width = photo.shape[:2]
    if min(height, width) < size:
        raise UserError(
            f"{path}: {width} x {height} is too small to be cut: patches.size times the least of patches.shrink is "
            f"{size}; make one of them smaller, or remove the photograph"
        )
    return photo


def pairs(photo: np.ndarray, scale: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray, int, int]]:
    """Every patch of a photograph: (lr, hr, y, x), with y and x in HR pixels.

    Args:
        photo: uint8 (H, W, 3), neither side below size.
        scale: enlargement.
        size: HR pixels of a patch's side, a multiple of scale.
    """
    hr = resize.crop_to_multiple(photo, scale)
    lr = resize.shrink(hr, scale)
    small = size // scale
    for y in grid(hr.shape[0], size, scale):
        for x in grid(hr.shape[1], size, scale):
            v, u = y // scale, x // scale
            yield lr[v : v + small, u : u + small], hr[y : y + size, x : x + size], y, x


def grid(length: int, size: int, scale: int) -> list[int]:
    """Where patches begin along a side: as few as cover it, evenly spaced, the last flush with the border.

    Args:
        length: pixels of the side, a multiple of scale and no less than size.
        size: pixels of a patch, a multiple of scale.
        scale: all positions are multiples of it.
    """
    count = -(-length // size)
    last = (length - size) // scale
    return [i * last // max(1, count - 1) * scale for i in range(count)]


def _with_progress(shards: Iterable[Shard], groups: list[list[str]]) -> Iterator[Shard]:
    """Count photographs on the way."""
    with Progress("patches", sum(map(len, groups)), unit="photo") as progress:
        for shard, group in zip(shards, groups, strict=True):
            progress.advance(len(group))
            progress.report()
            yield shard


def _manifest(shards: list[Shard], scale: int, size: int) -> dict[str, Any]:
    """What is in the folder, and nothing of how it came about."""
    entries = [shard.entry for shard in shards if shard.entry]
    skipped = [photo for shard in shards for photo in shard.skipped]
    return {
        "format": FORMAT,
        "scale": scale,
        "size": size,
        "count": sum(entry["count"] for entry in entries),
        "photos": sum(shard.photos for shard in shards),
        "skipped": sorted(skipped, key=lambda photo: (photo["photo"], photo["reason"])),
        "shards": entries,
    }
