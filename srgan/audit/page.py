"""results/data.html: what the photographs are like, on one page that needs nothing else."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np

from srgan.atomic import write_text
from srgan.audit.histograms import HEIGHT, WIDTH, Figures, histogram
from srgan.audit.likeness import ALIKE, HASH_BITS
from srgan.audit.limits import Finding
from srgan.audit.photograph import BLURRED, FLAT, GREY, REDUCED, Photograph, thumbnail
from srgan.audit.report import FLAGS
from srgan.audit.survey import Audit, Survey
from srgan.parallel import in_parallel
from srgan.report.page_parts import templates

SIDE = 220  # px of a thumbnail
SAMPLES = 24
SHOWN_LEAKS, SHOWN_GROUPS, NAMED_OF_A_GROUP, SHOWN_FLAGGED, SHOWN_UNREADABLE = 12, 12, 10, 8, 50
# What is drawn of each figure: title, whether on a logarithmic axis, the axis' bounds.
DRAWN: dict[str, tuple[str, bool, tuple[float, float] | None]] = {
    "megapixels": ("Size, megapixels", True, None),
    "quality": ("JPEG quality, estimated", False, (0, 100)),
    "sharpness": ("Sharpness, levels²", True, None),
    "brightness": ("Brightness, levels", False, (0, 255)),
    "contrast": ("Contrast, levels", False, None),
    "colourfulness": ("Colourfulness", False, None),
}


class Place(NamedTuple):
    """A photograph in one of the sets."""

    survey: Survey
    position: int  # among its photographs

    @property
    def photograph(self) -> Photograph:
        """What is known of it."""
        return self.survey.photographs[self.position]

    @property
    def path(self) -> Path:
        """Its file."""
        return self.survey.folder / self.photograph.name


class Row(NamedTuple):
    """A set in the table."""

    survey: Survey
    alike: int  # duplicates in the training set, without their originals; of a benchmark, its leaks
    megapixels: str
    shortest: str
    quality: str
    formats: str
    flagged: int


def write_page(
    path: Path,
    audit: Audit,
    findings: Sequence[Finding],
    drift: Mapping[str, float],
    accepted: Mapping[str, Any],
    max_pixels: int,
    workers: int,
    backend: str,
) -> None:
    """Write the page; the same photographs give the same bytes, in whatever folder they are.

    Args:
        path: the HTML file to write.
        audit: what is known of the photographs.
        findings: limits that are not kept to.
        drift: figure -> how far it has moved; empty where the accepted report is of another set.
        accepted: the accepted report's training set.
        max_pixels: the limit with which the photographs were read.
        workers: how many thumbnails to make at once; -1: as many as there are cores.
        backend: joblib's.
    """
    train = audit.train
    samples = _spread(train)
    flagged = {flag: _flagged(train, flag, audit.patch) for flag in FLAGS}
    groups = [[Place(train, index) for index in group] for group in audit.duplicates]
    leaks = {
        each.name: [
            (Place(train, leak.trained), Place(each, leak.measured), leak.bits)
            for leak in sorted(audit.leaks[each.name], key=lambda leak: leak.bits)  # those most alike first
        ]
        for each in audit.benchmarks
    }
    shown = [
        *samples,
        *(place for places in flagged.values() for place in places[:SHOWN_FLAGGED]),
        *(place for group in groups[:SHOWN_GROUPS] for place in group[:2]),
        *(place for pairs in leaks.values() for pair in pairs[:SHOWN_LEAKS] for place in pair[:2]),
    ]
    pictures = _thumbnails((place.path for place in shown), max_pixels, workers, backend)
    page = (
        templates("srgan.audit")
        .get_template("data.html.j2")
        .render(
            train=train,
            measured=sum(len(each.photographs) for each in audit.benchmarks),
            findings=findings,
            rows=[_row(each, audit) for each in (train, *audit.benchmarks)],
            charts=_charts(audit, accepted if drift else None),
            chart_size=(WIDTH, HEIGHT),
            drift=drift,
            accepted=accepted,
            leaks=leaks,
            groups=groups,
            flagged=flagged,
            samples=samples,
            pictures=pictures,
            most={
                "leaks": SHOWN_LEAKS,
                "groups": SHOWN_GROUPS,
                "names": NAMED_OF_A_GROUP,
                "flagged": SHOWN_FLAGGED,
                "unreadable": SHOWN_UNREADABLE,
            },
            bounds={"tiny": audit.patch, "flat": FLAT, "grey": GREY, "blurred": BLURRED},
            alike=ALIKE,
            bits=HASH_BITS,
            reduced=REDUCED,
        )
    )
    write_text(path, page)


def _spread(survey: Survey) -> list[Place]:
    """SAMPLES photographs, evenly spaced in the order of names."""
    count = len(survey.photographs)
    places = np.linspace(0, count - 1, min(count, SAMPLES)).round().astype(int)
    return [Place(survey, int(index)) for index in places]


def _flagged(survey: Survey, flag: str, patch: int) -> list[Place]:
    places = [Place(survey, index) for index in range(len(survey.photographs))]
    return [place for place in places if flag in place.photograph.flags(patch)]


def _thumbnails(paths: Iterable[Path], max_pixels: int, workers: int, backend: str) -> dict[Path, str]:
    """Each file's thumbnail as a data URI."""
    wanted = list(dict.fromkeys(paths))
    tasks = (joblib.delayed(thumbnail)(path, SIDE, max_pixels) for path in wanted)
    # So few are done before another process has started.
    with contextlib.closing(in_parallel(tasks, workers, backend, processes=1)) as results:
        return dict(zip(wanted, results, strict=True))


def _row(survey: Survey, audit: Audit) -> Row:
    photographs = survey.photographs
    is_train = survey is audit.train
    alike = sum(len(group) - 1 for group in audit.duplicates) if is_train else len(audit.leaks[survey.name])
    formats = Counter(photograph.format for photograph in photographs)
    patch = audit.patch if is_train else 0
    return Row(
        survey,
        alike,
        _range(photograph.megapixels for photograph in photographs),
        _range(min(photograph.width, photograph.height) for photograph in photographs),
        _range(photograph.quality for photograph in photographs if photograph.quality is not None),
        ", ".join(f"{count} {name}" for name, count in sorted(formats.items())),
        sum(bool(photograph.flags(patch)) for photograph in photographs),
    )


def _range(values: Iterable[float]) -> str:
    """The median, and the least and greatest in brackets, with as many decimals as the greatest needs."""
    values = list(values)
    if not values:
        return "–"
    whole = all(float(value).is_integer() for value in values)
    decimals = 0 if whole else next(n for n in range(4) if n == 3 or max(values) * 10**n >= 100)  # three digits
    low, middle, high = (f"{value:.{decimals}f}" for value in np.quantile(values, (0, 0.5, 1)))
    return middle if low == high else f"{middle} ({low}–{high})"


def _charts(audit: Audit, accepted: Mapping[str, Any] | None) -> dict[str, Any]:
    """A histogram for each figure that there is."""
    charts = {}
    for name, (title, log, bounds) in DRAWN.items():
        train = [getattr(each, name) for each in audit.train.photographs]
        others = [getattr(each, name) for survey in audit.benchmarks for each in survey.photographs]
        drawn = histogram(
            Figures(
                title,
                log,
                bounds,
                [value for value in train if value is not None],
                [value for value in others if value is not None],
                accepted["quantiles"][name] if accepted else [],
            )
        )
        if drawn:
            charts[name] = drawn
    return charts
