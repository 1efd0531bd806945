"""Find the pictures that the command line names, and the file that each becomes."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path

from srgan.data.images import SUFFIXES
from srgan.data.listing import list_images
from srgan.errors import UserError
from srgan.inference.canvas import FORMATS


@contextmanager
def _path_named() -> Iterator[None]:
    """Turn the system's refusal to look at a path into a UserError that names it."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be looked at ({error.strerror}); check the path") from None


@_path_named()
def find_pictures(names: Sequence[str], out: Path, *, empty: bool = False) -> list[tuple[Path, Path]]:
    """The pictures that files, folders and patterns name, each with its place under the output folder.

    Args:
        names: files; folders, searched with their subfolders; patterns such as `photos/**/*.jpg`.
        out: the output folder; if it lies inside an input, the pictures in it are not inputs.
        empty: whether folders without pictures, and patterns without a match, are allowed.

    Returns:
        For each picture its path, and its name relative to the output folder, in order.

    Raises:
        UserError: a name does not exist, cannot be looked at, or there is no picture in it.
    """
    found: dict[Path, Path] = {}
    for name in names:
        for file, place in _named_by(name, out, empty=empty):
            found.setdefault(file, place)
    return list(found.items())


def _named_by(name: str, out: Path, *, empty: bool) -> list[tuple[Path, Path]]:
    """The pictures that one name stands for."""
    path = Path(name)
    if name == "-" or (path.exists() and not path.is_dir() and not path.is_file()):
        raise UserError(f"{name}: is no file; a picture is read from a file, not from a pipe")
    if path.is_dir():
        if path.resolve() == out.resolve():
            raise UserError(
                f"-o {out}: the pictures are there, so results would be enlarged again; name another folder"
            )
        pictures = [(file, file.relative_to(path)) for file in outside(list_images(path, SUFFIXES), path, out)]
    elif path.exists():
        pictures = [(path, Path(path.name))]
    else:
        matches = sorted(Path(match) for match in glob.glob(name, recursive=True))  # noqa: PTH207  (also absolute ones)
        around = Path(*takewhile(lambda part: not glob.has_magic(part), path.parts))
        inputs = [file for file in outside(matches, around, out) if _is_picture(file)]
        pictures = [(file, file.relative_to(around)) for file in inputs]
        if not pictures and "://" in name:
            raise UserError(f"{name}: is an address; download the picture first")
        if not pictures and not glob.has_magic(name):
            raise UserError(f"{name}: no such file or folder; check the path")
        if not pictures and not empty:
            raise UserError(f"{name}: no picture matches this pattern ({_kinds()})")
    if not pictures and not empty:
        raise UserError(f"{name}: no pictures in this folder or its subfolders ({_kinds()})")
    return pictures


def targets(pictures: list[tuple[Path, Path]], out: Path, suffix: str | None) -> list[tuple[Path, Path]]:
    """Pair each picture with its target.

    Args:
        pictures: from find_pictures.
        out: a folder; or, for a single picture, a file with the suffix of a format.
        suffix: of the targets, without the dot; None means tif for a TIFF and png for others, which both lose nothing.

    Raises:
        UserError: two pictures would become one file, one would replace itself, a file is where a folder should be, or
            a format cannot be written.
    """
    pairs, problems = possible_targets(pictures, out, suffix)
    if problems:
        raise UserError(problems[0])
    return pairs


@_path_named()
def possible_targets(
    pictures: list[tuple[Path, Path]], out: Path, suffix: str | None
) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Pair pictures with their targets, as `targets` does, and say what is wrong with those that are left out.

    Returns:
        The pairs; and a message for each picture that would become the file of another one or replace itself, or whose
        result has the name of an existing folder.

    Raises:
        UserError: a file is where a folder should be, or a format cannot be written.
    """
    pairs = _pairs(pictures, out, suffix)
    for folder in sorted({folder for _, target in pairs for folder in target.parents}):
        if folder.is_file():
            raise UserError(f"-o {out}: {folder}: is a file, so no folder can be there; name another")
    taken: dict[Path, Path] = {}
    possible, problems = [], []
    for source, target in pairs:
        other = taken.setdefault(target, source)
        if other is not source:
            problems.append(f"{other} and {source} would both become {target}; enlarge them into different folders")
        elif _are_one(source, target):
            problems.append(f"{source}: the result would replace the picture itself; give another folder with -o")
        elif target.is_dir():
            problems.append(f"{target}: is a folder, so the result of {source} cannot be there; rename one of the two")
        else:
            possible.append((source, target))
    return possible, problems


def _pairs(pictures: list[tuple[Path, Path]], out: Path, suffix: str | None) -> list[tuple[Path, Path]]:
    """Each picture with its target: the output itself, where it names a file, or else a file in it."""
    if out == Path("-") or (out.exists() and not out.is_dir() and not out.is_file()):
        raise UserError(f"-o {out}: is no file; a result is written to a file or a folder, not to a pipe")
    try:
        str(out).encode()
    except UnicodeEncodeError:
        raise UserError(f"-o {str(out)!a}: the name is not UTF-8; give another") from None
    if names_file(out):
        named = FORMATS[out.suffix.lower()]
        if len(pictures) > 1:
            raise UserError(f"-o {out}: is a file, but {len(pictures)} pictures are to be enlarged; give a folder")
        if suffix not in (None, named):
            raise UserError(f"-o {out}: its suffix and --format {suffix} disagree; leave one out")
        return [(source, out) for source, _ in pictures]
    if out.suffix.lower() in SUFFIXES and not out.is_dir():
        raise UserError(
            f"-o {out}: results are written as png, jpg, webp or tif, not as {out.suffix[1:]}; "
            "end the name in one of these, or name a folder"
        )
    if len(pictures) == 1 and not out.exists() and (near := get_close_matches(out.suffix.lower(), FORMATS, n=1)):
        raise UserError(
            f"-o {out}: {out.suffix} is no format of a picture; did you mean {out.with_suffix(near[0])}? For a folder "
            "of this name, make it first"
        )
    return _in_folder(pictures, out, suffix)


def _in_folder(pictures: list[tuple[Path, Path]], out: Path, suffix: str | None) -> list[tuple[Path, Path]]:
    """Each picture's target: `a.heic` becomes `a.png`; where there is an `a.jpg` too, `a.heic.png` and `a.jpg.png`."""
    suffixes = [f".{suffix or _same(source)}" for source, _ in pictures]
    short = [place.with_suffix(ending) for (_, place), ending in zip(pictures, suffixes, strict=True)]
    count = Counter(short)
    return [
        (source, out / (name if count[name] == 1 else place.with_name(place.name + ending)))
        for (source, place), name, ending in zip(pictures, short, suffixes, strict=True)
    ]


@_path_named()
def names_file(out: Path) -> bool:
    """Whether an output is a file of a format, rather than a folder."""
    return out.suffix.lower() in FORMATS and not out.is_dir()


def outside(pictures: list[Path], around: Path, out: Path) -> list[Path]:
    """Those of a folder's pictures that are not in an output folder inside it."""
    inside = out.resolve()
    if around.resolve().is_relative_to(inside):
        return pictures
    return [picture for picture in pictures if not picture.resolve().is_relative_to(inside)]


def _are_one(source: Path, target: Path) -> bool:
    try:
        return target.samefile(source)
    except OSError:  # there is no target yet
        return False


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _same(source: Path) -> str:
    return "tif" if FORMATS.get(source.suffix.lower()) == "tif" else "png"


def _kinds() -> str:
    return ", ".join(sorted(suffix.removeprefix(".") for suffix in SUFFIXES))
