"""Fetch the photographs to train on and to measure with, and VGG's weights: python -m stages.download."""

import sys

from srgan.audit.drift import moved, read_accepted
from srgan.audit.limits import check
from srgan.audit.page import write_page
from srgan.audit.report import report, write_report
from srgan.audit.survey import audit, survey
from srgan.errors import UserError
from srgan.params import Params, load_params
from srgan.params.init import find_init
from srgan.pipeline import ACCEPTED, BENCHMARKS, DATA_HTML, DATA_JSON, PHOTOS, RAW, TRAINING_STAGES, VGG
from srgan.root import project_root
from srgan.sources.datasets import Source, find_benchmarks, find_train, write_photos
from srgan.sources.fetch import Downloads, cache_folder
from srgan.sources.unread import warn_of_unread
from srgan.sources.vgg_weights import CHOICES, check_choice, write_vgg16, write_vgg19
from stages import run


def main() -> None:
    """Write data/raw: train/, benchmarks/<set>/, vgg19.h5 and vgg16.h5; and results/data.json and results/data.html."""
    params = load_params()
    root = project_root()
    train = find_train(params.data.train, root)
    benchmarks = find_benchmarks(params.data.benchmarks, root)
    downloads = Downloads(params.data.mirrors, cache_folder(root))
    for stage in TRAINING_STAGES:
        find_init(stage, params)  # a mistake there would otherwise be noticed only after hours of training
    check_choice("vgg19", params.data.vgg19, root, params.layers_of("vgg19"))
    check_choice("vgg16", params.data.features, root, params.layers_of("vgg16"))
    accepted = read_accepted(ACCEPTED)

    write_vgg19(VGG["vgg19"], params.data.vgg19, params.seed, root, downloads)
    print(f"vgg19.h5: {params.data.vgg19}")
    write_vgg16(VGG["vgg16"], params.data.features, root, downloads)
    print(f"vgg16.h5: {params.data.features}")
    counts = write_photos(train, benchmarks, RAW, downloads, params.data.max_pixels, params.scale)
    sources = [train, *benchmarks]
    for (name, count), source in zip(counts.items(), sources, strict=True):
        print(f"{name}: {count} photos from {source.folder or source.name}")
        if source.folder:
            warn_of_unread(source.folder)
    name_unwatched(sources, params)
    report_on(train, benchmarks, accepted, params)


def name_unwatched(sources: list[Source], params: Params) -> None:
    """Say which of the user's own files and folders decide on results though DVC knows nothing of them but a path."""
    own = [str(source.folder) for source in sources if source.folder]
    weights = {"vgg19": params.data.vgg19, "vgg16": params.data.features}
    own += [path for network, path in weights.items() if path not in CHOICES[network]]
    if own:
        print(f"DVC does not watch {', '.join(own)}: after a change there, dvc repro -f download, then dvc repro")
    for stage in TRAINING_STAGES:
        if (init := getattr(params, stage).init) not in ("none", *TRAINING_STAGES):
            again = f"dvc repro -f -s {stage}, then dvc repro"
            print(f"DVC does not watch {init}, from which {stage} starts: after a change there, {again}")


def report_on(train: Source, benchmarks: list[Source], accepted: dict, params: Params) -> None:
    """Measure the photographs that are there now, write both reports, and hold the photographs to the limits.

    Raises:
        UserError: they do not keep to a limit that stops the pipeline. The reports are there then.
    """
    how = params.data.max_pixels, params.patches.workers, params.patches.backend
    found = audit(
        survey(train.name, PHOTOS, *how),
        [survey(source.name, BENCHMARKS / source.name, *how) for source in benchmarks],
        params.patches.size * min(params.patches.shrink),
    )
    figures = report(found)
    drift = moved(figures["train"], accepted) if accepted["name"] == train.name else None
    if drift is None:
        print(
            f"{ACCEPTED} describes {accepted['name']}, so drift is not measured; to accept {train.name}: "
            f"cp {DATA_JSON} {ACCEPTED}"
        )
    findings = check(figures, drift, params.limits)
    write_report(DATA_JSON, figures)
    write_page(DATA_HTML, found, findings, drift or {}, accepted, *how)
    print(f"{DATA_HTML} shows what the photographs are like")
    for finding in findings:
        if not finding.error:
            print(f"warning: {finding.message}", file=sys.stderr)
    if errors := [finding.message for finding in findings if finding.error]:
        raise UserError(f"{'; and '.join(errors)} ({DATA_HTML} shows them)")


if __name__ == "__main__":
    run(main)
