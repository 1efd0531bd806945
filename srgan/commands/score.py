"""`srgan score` compares two pictures, or folders with pictures of the same names, by the metrics of results/table.md.

docs/scoring.md says what PSNR, SSIM and the others mean. LPIPS, DISTS and NIQE come with requirements-metrics.txt.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from srgan.commands.numbers import add_scale
from srgan.commands.replacing import add_out, add_overwrite, check_free


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("hr", type=Path, metavar="HR", help="the original, or a folder of originals")
    parser.add_argument("sr", type=Path, metavar="SR", help="the enlarged picture, or a folder of them")
    add_scale(parser, "the factor of enlargement; LR-PSNR shrinks by it, and a border of that many pixels is left out")
    parser.add_argument(
        "--features",
        default="hed",
        metavar="F",
        help="VGG16 of the perceptual distance: hed, imagenet, or the path of an .h5; default: hed",
    )
    add_out(parser, metavar="CSV", help="also write the figures of every picture to this file")
    add_overwrite(parser)


def main(options: argparse.Namespace) -> None:
    """Measure, and print a table."""
    import pandas as pd

    from srgan.evaluation.folders import pair_up, score_pairs
    from srgan.evaluation.judges import make_judges
    from srgan.evaluation.results import write_scores
    from srgan.metrics.score import means, text_table
    from srgan.report.protocol import features
    from srgan.sources.unread import warn_of_unread

    pairs = pair_up(options.hr, options.sr)
    for folder in options.hr, options.sr:
        if folder.is_dir():
            warn_of_unread(folder)
    if options.out:
        check_free(options.out, options.overwrite)
    judges = make_judges(options.features, "--features")
    rows = {}
    with tqdm(total=len(pairs), unit="picture", file=sys.stderr, disable=None) as bar:
        for name, figures in score_pairs(pairs, options.scale, judges):
            rows[name] = figures
            bar.update()
    if options.out:
        write_scores(options.out, pd.DataFrame([{"image": name} | figures for name, figures in rows.items()]))
    mean = {f"mean of {len(rows)}": means(list(rows.values()))} if len(rows) > 1 else {}
    print(text_table(rows | mean))
    print(f"Perceptual distance: features of {features(options.features)}.")
